//! A store that is made: whole, or not at all; and the attempts at its door before anybody is in it.

use super::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_founding_that_fails_leaves_nothing_behind() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let other = Shop { dir: tempfile::tempdir().unwrap(), codes: shop.codes.clone(), hands: shop.hands.clone(), recovery_key: String::new(), ..shop };
    let program = other.start(2);
    // A folder stands where the lock is taken, after the keys were made; or where the database writes its log, after its file was.
    for stands in ["store.lock", "store.db-wal"] {
        std::fs::create_dir_all(other.own().join(stands)).unwrap();
        assert!(vault::found(&program, other.founder()).await.is_err());
        let names = std::fs::read_dir(other.own()).unwrap().flatten().map(|entry| entry.file_name());
        let left: Vec<_> = names.filter(|name| ![stands, "store.lock", "store.holder"].iter().any(|known| name == known)).collect();
        assert!(left.is_empty(), "{left:?} were left behind");
        std::fs::remove_dir(other.own().join(stands)).unwrap();
    }
    vault::found(&program, other.founder()).await.unwrap();
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_set_up_over_a_database_whose_keys_are_gone() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    std::fs::remove_file(shop.own().join(KEY_FILE)).unwrap();
    let (program, at) = (shop.start(2), session());
    for (command, request) in [
        ("setup_state", json!({})),
        ("sign_in", json!({"name": "Li", "password": PASSWORD, "code": "123456"})),
        ("recover", json!({"recovery_key": shop.recovery_key, "password": PASSWORD, "new_authenticator": false})),
    ] {
        let error = ask(&program, &at, command, request).await.unwrap_err();
        assert!(error.code == "damaged" && error.message.contains("store.keys"), "{command}: {error:?}");
    }
    assert!(vault::found(&program, shop.founder()).await.is_err());
    assert!(shop.own().join("store.db").exists() && !shop.own().join(KEY_FILE).exists());
    program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_making_that_was_cut_off_counts_for_none_and_the_next_takes_its_place() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let other = Shop { dir: tempfile::tempdir().unwrap(), codes: shop.codes.clone(), hands: shop.hands.clone(), recovery_key: String::new(), ..shop };
    let program = other.start(1);
    vault::prepare(&program, other.founder()).await.unwrap();
    // Another program that comes by meanwhile takes nothing away.
    let passing = other.start(2);
    assert_eq!(vault::found(&passing, other.founder()).await.err().unwrap().code().word(), "in_use");
    // The program ends before anybody was shown what opens the store; and so does the next.
    program.shut_down().await;
    let (program, at) = (other.start(3), session());
    assert_eq!(phase(&program, &at).await, "first_start");
    assert_eq!(sign_in(&program, &at, &other.code()).await.unwrap_err().code, "not_found");
    ask(&program, &at, "setup_state", json!({})).await.unwrap();
    vault::prepare(&program, other.founder()).await.unwrap();
    program.shut_down().await;
    let (program, at) = (other.start(4), session());
    vault::found(&program, other.founder()).await.unwrap();
    for kept in ["store.db.unfinished", "store.keys.unfinished", "store.db.unfinished-2", "store.keys.unfinished-2"] {
        assert!(other.own().join(kept).exists(), "{kept}");
    }
    let shop = json!({"shop_name": "x", "currency": "CNY", "zone": "UTC", "language": "en"});
    assert_eq!(ask(&program, &at, "setup_shop", shop).await.unwrap_err().code, "refused");
    assert_eq!(phase(&program, &at).await, "signed_out", "whoever asked changed nobody's screen");
    sign_in(&program, &at, &other.code()).await.unwrap();
    program.shut_down().await;
    assert!(other.start(5).has(StoreChoice::Own));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_fails_closes_only_what_attempts_alone_have_opened() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    for round in 0..4 {
        let (program, at, other) = (shop.start(2 + round), session(), session());
        sign_in(&program, &other, "000000").await.unwrap_err();
        assert!(program.opened(StoreChoice::Own).is_none(), "nobody is in");
        let code = shop.code();
        let (came_in, failed) = tokio::join!(sign_in(&program, &at, &code), sign_in(&program, &other, "000000"));
        came_in.unwrap();
        assert_eq!(failed.unwrap_err().code, "wrong_code");
        ask(&program, &at, "shop_list", json!({})).await.unwrap();
        // Also where the store was open, and what was asked needed no session.
        sign_in(&program, &other, "000000").await.unwrap_err();
        ask(&program, &at, "shop_list", json!({})).await.unwrap();
        program.shut_down().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn backups_and_copies_lie_elsewhere_than_the_shop_itself() {
    let shop = Shop::found(Argon2Cost::FLOOR).await;
    let (program, at) = (shop.start(2), session());
    sign_in(&program, &at, &shop.code()).await.unwrap();
    let inside = shop.own().join("new folder").display().to_string();
    for (command, request, field) in [
        ("settings_set", json!({"backup_dir": inside}), "backup_dir"),
        ("backup_to", json!({"dir": shop.dir.path().join("exports").display().to_string()}), "dir"),
        ("store_copy", json!({"path": shop.own().join("store.db-journal").display().to_string()}), "path"),
    ] {
        let error = ask(&program, &at, command, request).await.unwrap_err();
        assert_eq!((error.code.as_str(), error.field.as_deref()), ("bad_request", Some(field)), "{command}: {error:?}");
    }
    program.shut_down().await;
}
