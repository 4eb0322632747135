//! What an owner changes of their own: the password, and the shops.

use super::*;

const NEW: &str = "four green plates in a rack";

fn change(password: &str, code: &str, new: &str) -> Value {
    json!({"name": "Li", "password": password, "code": code, "new_password": new})
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_the_old_one_and_a_code_and_counts_at_once() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at, elsewhere) = (shop.start(2), session(), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    sign_in(&program, &elsewhere, &shop.code()).await.unwrap();
    let code = shop.code();
    for (request, refused, field) in [
        (change("another password altogether", &code, NEW), "wrong_name_or_password", None),
        (change(PASSWORD, "000000", NEW), "wrong_code", None),
        (change(PASSWORD, &code, PASSWORD), "bad_request", Some("new_password")),
        (change(PASSWORD, &code, "short"), "bad_request", Some("new_password")),
        (change(PASSWORD, &code, "riverside shop 42"), "bad_request", Some("new_password")),
    ] {
        let error = ask(&program, &at, "password_change", request).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), (refused, field), "{error:?}");
    }
    // The code is still good: a weak password does not use it up.
    ask(&program, &at, "password_change", change(PASSWORD, &code, NEW)).await.unwrap();
    assert_eq!(ask(&program, &at, "password_change", change(NEW, &code, PASSWORD)).await.unwrap_err().code, "code_used");
    assert_eq!(acts(&program).await.iter().filter(|kind| *kind == "password.change").count(), 1);
    // Whoever came in elsewhere with the old one comes in anew.
    assert_eq!(phase(&program, &elsewhere).await, "signed_out");
    assert_eq!(ask(&program, &elsewhere, "shop_list", json!({})).await.unwrap_err().code, "signed_out");
    ask(&program, &at, "shop_list", json!({})).await.unwrap();
    // Who changed it stays signed in, and a locked screen opens by the new password.
    ask(&program, &at, "lock", json!({})).await.unwrap();
    assert_eq!(ask(&program, &at, "unlock", json!({"password": PASSWORD})).await.unwrap_err().code, "wrong_name_or_password");
    ask(&program, &at, "unlock", json!({"password": NEW})).await.unwrap();
    program.shut_down().await;

    let again = shop.start(3);
    assert_eq!(sign_in(&again, &session(), &shop.code()).await.unwrap_err().code, "wrong_name_or_password");
    sign_in_as(&again, &session(), "Li", NEW, &shop.code()).await.unwrap();
    // The sheet is the same.
    let request = json!({"name": "Li", "password": NEW, "recovery_code": shop.codes[0]});
    ask(&again, &session(), "sign_in_recovery", request).await.unwrap();
    again.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_cannot_be_written_leaves_the_old_password() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    // Where the new file is written first, a folder with something in it stands.
    let beside = shop.own().join(format!("{KEY_FILE}.new"));
    std::fs::create_dir_all(beside.join("x")).unwrap();
    let before = std::fs::read(shop.own().join(KEY_FILE)).unwrap();
    ask(&program, &at, "password_change", change(PASSWORD, &shop.code(), NEW)).await.unwrap_err();
    assert_eq!(std::fs::read(shop.own().join(KEY_FILE)).unwrap(), before);
    std::fs::remove_dir_all(&beside).unwrap();
    // The credential recognises the new one already; the next sign-in, by the old one, settles it.
    assert_eq!(sign_in_as(&program, &at, "Li", NEW, &shop.code()).await.unwrap_err().code, "wrong_name_or_password");
    sign_in(&program, &at, &shop.code()).await.unwrap();
    sign_in(&program, &at, &shop.code()).await.unwrap();
    assert_eq!(acts(&program).await.iter().filter(|kind| *kind == "password.keep").count(), 1, "settled once");
    ask(&program, &at, "password_change", change(PASSWORD, &shop.code(), NEW)).await.unwrap();
    sign_in_as(&program, &at, "Li", NEW, &shop.code()).await.unwrap();
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_is_added_and_renamed_and_both_are_in_the_audit() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    for command in ["shop_add", "shop_rename"] {
        assert_eq!(ask(&program, &at, command, json!({})).await.unwrap_err().code, "signed_out", "{command}");
    }
    sign_in(&program, &at, &shop.code()).await.unwrap();
    let add = |name: &str, currency: &str, zone: &str| json!({"name": name, "currency": currency, "zone": zone});
    for (request, field) in [
        (add(" ", "GBP", "Europe/London"), "name"),
        (add("RIVERSIDE", "GBP", "Europe/London"), "name"),
        (add("Quay", "XYZ", "Europe/London"), "currency"),
        (add("Quay", "GBP", "Nowhere"), "zone"),
    ] {
        let error = ask(&program, &at, "shop_add", request).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("bad_request", Some(field)), "{error:?}");
    }
    let added = ask(&program, &at, "shop_add", add(" Quay ", "gbp", "Europe/London")).await.unwrap();
    let quay = &added["shops"][1];
    assert_eq!((&quay["name"], &quay["currency"], &quay["zone"]), (&json!("Quay"), &json!("GBP"), &json!("Europe/London")), "{added}");
    let first = added["shops"][0]["id"].clone();

    let rename = |id: &Value, name: &str| json!({"id": id, "name": name});
    assert_eq!(ask(&program, &at, "shop_rename", rename(&first, "quay")).await.unwrap_err().field.as_deref(), Some("name"));
    assert_eq!(ask(&program, &at, "shop_rename", rename(&json!(uuid::Uuid::nil().to_string()), "Pier")).await.unwrap_err().code, "not_found");
    ask(&program, &at, "shop_rename", rename(&first, "Hillside")).await.unwrap();
    // Another spelling of the own name is free, the same name is no act, and a second change goes on from the first.
    ask(&program, &at, "shop_rename", rename(&first, "HILLSIDE")).await.unwrap();
    let now = ask(&program, &at, "shop_rename", rename(&first, "HILLSIDE")).await.unwrap();
    assert_eq!((&now["shops"][0]["id"], &now["shops"][0]["name"]), (&first, &json!("HILLSIDE")), "the first shop stays the first");
    assert_eq!(ask(&program, &at, "app_state", json!({})).await.unwrap()["shop_name"], "HILLSIDE");
    // Amounts of two currencies are never added, and nobody asks for more shops than there can be.
    for ids in [json!([first, quay["id"]]), json!(vec![first.clone(); 1_001])] {
        let error = ask(&program, &at, "today", json!({"shop_ids": ids})).await.unwrap_err();
        assert_eq!(error.code, "bad_request", "{error:?}");
    }
    let kinds = acts(&program).await;
    for (act, times) in [("shop.add", 1), ("shop.rename", 2)] {
        assert_eq!(kinds.iter().filter(|kind| *kind == act).count(), times, "{act}: {kinds:?}");
    }
    program.shut_down().await;
}
