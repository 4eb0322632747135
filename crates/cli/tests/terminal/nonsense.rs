//! Words, names and files that make no sense: each is refused in the language of the terminal, with what would make sense.

use crate::shop::{Shop, json, lines, path, zhanggui};
use std::fs;

#[test]
fn a_shop_is_not_made_of_nonsense() {
    let dir = tempfile::tempdir().unwrap();
    let password = dir.path().join("password");
    fs::write(&password, crate::shop::PASSWORD).unwrap();
    let (long, file) = ("店".repeat(100_000 / 3), dir.path().join("file"));
    fs::write(&file, "x").unwrap();
    for (more, field, says) in [
        (["--zone", "Mars/Olympus"], "zone", "Asia/Shanghai"),
        (["--currency", "ZZZ"], "currency", "CNY, "),
        (["--shop", &long], "shop_name", "40"),
        (["--owner", &long], "owner_name", "40"),
        (["--backup-dir", path(&file)], "backup_dir", path(&file)),
    ] {
        for language in ["zh", "en"] {
            let common = ["--lang", language, "--json", "store", "create", "--password-file", path(&password)];
            let owner = if more[0] == "--owner" { &[][..] } else { &["--owner", "Li"][..] };
            let made = zhanggui(dir.path(), &[&common[..], owner, &more[..]].concat());
            assert_eq!(made.status.code(), Some(2), "{more:?}");
            let error = &json(&made)["error"];
            assert_eq!((error["code"].as_str(), error["field"].as_str()), (Some("bad_request"), Some(field)));
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(says) && message.len() < 500, "{message}");
            assert_eq!(message.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), language == "zh", "{message}");
        }
        assert!(!dir.path().join("data/own").exists(), "{field}: something was made");
    }
    let yen =
        zhanggui(dir.path(), &["--json", "store", "create", "--owner", "Li", "--currency", "JPY", "--zone", "Asia/Tokyo", "--password-file", path(&password)]);
    assert_eq!(yen.status.code(), Some(0), "{yen:?}");
}

#[test]
fn rows_that_are_left_out_are_told_in_sentences() {
    let shop = Shop::create();
    let file = shop.file("trade.csv");
    let rows = "489434,85048,LIGHTS,0,2024-12-01 07:45:00,6.95,13085,United Kingdom\n489435,85048,LIGHTS,1,soon,6.95,13085,United Kingdom\n";
    fs::write(&file, format!("Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country\n{rows}489436,85048,LIGHTS,1,2024-12-01 07:45:00,6.95,13085,United Kingdom\n")).unwrap();
    let input = format!("import orders '{}'\norders list --after nonsense\norders list --after newest.n.x.00\n", file.display());
    let batch = shop.run_with(&shop.file("password"), &shop.code(), &["--lang", "zh", "batch"], &input);
    let answers = lines(&batch);
    let finding = &answers[0]["findings"][0];
    assert_eq!((finding["reason"].as_str(), finding["remedy"].as_str()), (Some("zero_quantity"), Some("import.remedy.zero_quantity")));
    assert_eq!((finding["reason_text"].as_str(), finding["remedy_text"].as_str()), (Some("数量是 0"), Some("改成实际数量，或删掉这一行")));
    for answer in &answers[1..] {
        assert_eq!((answer["error"]["code"].as_str(), answer["error"]["field"].as_str()), (Some("bad_request"), Some("after")), "{answer}");
    }
    // For a person: sentences, and no key among them.
    let password = shop.file("password");
    let words = ["--lang", "en", "--user", "Li", "--password-file", path(&password), "--totp", &shop.code(), "import", "orders", path(&file), "--dry-run"];
    let printed = zhanggui(shop.dir.path(), &words);
    let printed = String::from_utf8_lossy(&printed.stdout).into_owned();
    assert!(printed.contains("The quantity is 0 (“0”). Enter the real quantity, or delete the row"), "{printed}");
    assert!(!printed.contains("remedy") && !printed.contains("zero_quantity"), "{printed}");
}

#[test]
fn a_line_that_is_not_understood_is_answered_in_the_language_of_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let asked = zhanggui(dir.path(), &["--lang", "zh", "--json", "orders", "list", "--limt", "3"]);
    assert_eq!(asked.status.code(), Some(2));
    let error = &json(&asked)["error"];
    assert_eq!(error["code"], "usage");
    assert!(error["message"].as_str().unwrap().contains("不认识“--limt”"), "{error}");
    let english = zhanggui(dir.path(), &["--lang", "en", "orders", "list", "--limt", "3"]);
    assert!(String::from_utf8_lossy(&english.stderr).contains("unexpected argument '--limt'"), "{english:?}");
}
