//! Several people: invited, at their first sign-in, within what their roles reach, and gone.

use super::*;
use domain::access::{RIGHTS, ReadyRole};
use std::collections::BTreeSet;
use zhanggui_app::rpc::{Access, COMMANDS};

const CLERK_PASSWORD: &str = "seven grey stones by the river";

/// A shop with two places of trade, their owner signed in.
struct House {
    shop: Shop,
    program: Arc<Program>,
    owner: Arc<Session>,
    shops: [String; 2],
}

impl House {
    async fn open() -> Self {
        let shop = Shop::found(Argon2Cost::FLOOR).await;
        let (program, owner) = (shop.start(2), session());
        sign_in(&program, &owner, &shop.code()).await.unwrap();
        let made = ask(&program, &owner, "shop_add", json!({"name": "Quay", "currency": "CNY", "zone": "Asia/Shanghai"})).await.unwrap();
        let shops = [0, 1].map(|i| made["shops"][i]["id"].as_str().unwrap().to_owned());
        Self { shop, program, owner, shops }
    }

    async fn ask(&self, command: &str, request: Value) -> Result<Value, WireError> {
        ask(&self.program, &self.owner, command, request).await
    }

    /// As the owner, with a fresh code for this act.
    async fn stepped(&self, command: &str, request: Value) -> Result<Value, WireError> {
        stepped(&self.program, &self.owner, command, request, &self.shop.code()).await
    }

    async fn invite(&self, name: &str, role: ReadyRole, shop: usize) -> Value {
        let role = json!({"role_id": role.id().to_string(), "place": "shop", "place_id": self.shops[shop], "valid_from_ms": null, "valid_to_ms": null});
        self.stepped("person_invite", json!({"name": name, "department_id": null, "roles": [role]})).await.unwrap()
    }

    /// Lets an invited person choose their password and answers the seed of their authenticator.
    async fn first_sign_in(&self, invitation: &Value) -> Vec<u8> {
        let asked = json!({"name": invitation["name"], "code": invitation["code"]});
        let shown = ask(&self.program, &session(), "invitation_look", asked).await.unwrap();
        let seed = data_encoding(shown["authenticator"]["secret"].as_str().unwrap());
        let totp = self.totp(&seed);
        let accept = json!({"name": invitation["name"], "code": invitation["code"], "password": CLERK_PASSWORD, "totp": totp});
        ask(&self.program, &session(), "invitation_accept", accept).await.unwrap();
        seed
    }

    fn totp(&self, seed: &[u8]) -> String {
        let now_ms = self.shop.move_by(60_000);
        code::current(&code::generator(seed, "Riverside", "anybody").unwrap(), now_ms).0
    }

    async fn enter(&self, name: &str, seed: &[u8]) -> Result<Arc<Session>, WireError> {
        let at = session();
        sign_in_as(&self.program, &at, name, CLERK_PASSWORD, &self.totp(seed)).await?;
        Ok(at)
    }

    /// Three orders of two customers: the first two of the first shop, the third of the second.
    async fn trade(&self) {
        let file = self.shop.dir.path().join("trade.csv");
        let rows = [
            "R1,2026-11-01 09:00,A1,Cup,10,1,10,13812346021,Riverside",
            "R2,2026-11-02 09:00,A2,Plate,20,1,20,13900000001,Riverside",
            "Q1,2026-11-03 09:00,A1,Cup,500,2,1000,13812346021,Quay",
        ];
        std::fs::write(&file, format!("订单号,下单时间,商品编码,商品名称,单价,数量,实付金额,手机号,门店\n{}\n", rows.join("\n"))).unwrap();
        let upload_id = self.program.adopt_file(&self.owner, &file).unwrap();
        let probed = self.ask("import_probe", json!({"upload_id": upload_id, "sample": false})).await.unwrap();
        let start = json!({"upload_id": upload_id, "mapping": probed["mapping"], "shop_id": self.shops[0], "dry_run": false});
        let started = self.ask("import_start", start).await.unwrap();
        let report = loop {
            let jobs = self.ask("job_list", json!({})).await.unwrap();
            let job = jobs["jobs"].as_array().unwrap().iter().find(|job| job["id"] == started["job_id"]).unwrap().clone();
            if job["state"] != "running" {
                break self.ask("import_report", json!({"job_id": started["job_id"]})).await.unwrap();
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        };
        assert_eq!(report["new_lines"], 3, "{report}");
    }
}

/// Base32 as authenticators read it.
fn data_encoding(secret: &str) -> Vec<u8> {
    let bits: String = secret.chars().filter_map(|letter| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(letter)).map(|value| format!("{value:05b}")).collect();
    bits.as_bytes().chunks_exact(8).map(|byte| u8::from_str_radix(std::str::from_utf8(byte).unwrap(), 2).unwrap()).collect()
}

async fn stepped(program: &Arc<Program>, at: &Arc<Session>, command: &str, request: Value, code: &str) -> Result<Value, WireError> {
    let inside = json!({"command": command, "request": request.to_string(), "code": code});
    let answer = ask(program, at, "step_up", inside).await?;
    Ok(serde_json::from_str(answer["answer"].as_str().unwrap()).unwrap())
}

fn order_filter(shops: &[&String]) -> Value {
    json!({
        "text": null, "from": null, "to": null, "hour_from": null, "hour_to": null, "weekday": null, "shop_ids": shops, "channels": [], "pay": [], "fulfil": [],
        "refund": [], "amount_min_minor": null, "amount_max_minor": null, "customer_id": null, "sku_id": null, "batch_id": null,
        "refunded_in_period": false, "with_refunds": false, "overdue": false, "visits_counted": false
    })
}

fn order_query(shops: &[&String]) -> Value {
    json!({"filter": order_filter(shops), "sort": "oldest_first", "after": null, "limit": 50})
}

fn customer_query(text: Option<&str>, sort: &str) -> Value {
    let filter = json!({"text": text, "country": null, "shop_ids": [], "bought_from": null, "bought_to": null, "min_orders": null});
    json!({"filter": filter, "sort": sort, "after": null, "limit": 50})
}

fn texts<'a>(page: &'a Value, key: &str) -> Vec<&'a str> {
    page["rows"].as_array().unwrap().iter().map(|row| row[key].as_str().unwrap_or("-")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_is_invited_and_sees_their_own_shop_alone() {
    let house = House::open().await;
    house.trade().await;
    let seed = house.first_sign_in(&house.invite("Wang", ReadyRole::Clerk, 1).await).await;
    let clerk = house.enter("Wang", &seed).await.unwrap();
    let as_clerk = |command: &'static str, request: Value| ask(&house.program, &clerk, command, request);

    let page = as_clerk("order_page", order_query(&[])).await.unwrap();
    assert_eq!(texts(&page, "order_no"), ["Q1"]);
    assert_eq!((&page["rows"][0]["cost_minor"], &page["rows"][0]["payable_minor"]), (&Value::Null, &json!(100_000)), "a clerk sees no cost");
    assert_eq!(as_clerk("order_totals", json!({"filter": order_filter(&[])})).await.unwrap()["count"], 1);
    // Whatever is asked for by name outside of the scope is not there.
    assert_eq!(as_clerk("order_page", order_query(&[&house.shops[0]])).await.unwrap_err().code, "not_found");
    let foreign = house.ask("order_page", order_query(&[&house.shops[0]])).await.unwrap()["rows"][0]["id"].clone();
    for command in ["order_get", "order_ship", "order_cancel"] {
        let request = json!({"id": foreign, "reason": ""});
        assert!(["not_found", "forbidden"].contains(&as_clerk(command, request).await.unwrap_err().code.as_str()), "{command}");
    }
    assert_eq!(as_clerk("refund_record", json!({"order_id": foreign, "amount_minor": 100, "reason": ""})).await.unwrap_err().code, "not_found");

    // The customer bought in both shops: of the other one nothing is seen, nor more of the person than a counter needs.
    let customers = as_clerk("customer_page", customer_query(None, "last_order")).await.unwrap();
    assert_eq!((texts(&customers, "phone_masked"), &customers["rows"][0]["paid_minor"]), (vec!["138****6021"], &json!(100_000)));
    let of_both = as_clerk("customer_get", json!({"id": customers["rows"][0]["id"]})).await.unwrap();
    assert_eq!((&of_both["row"]["orders"], of_both["recent"].as_array().unwrap().len()), (&json!(1), 1), "{of_both}");
    assert_eq!(as_clerk("customer_page", customer_query(None, "name")).await.unwrap_err().field.as_deref(), Some("sort"));
    for (text, found) in [("6021", 1), ("13812346021", 1), ("1234", 0), ("46021", 0), ("0001", 0)] {
        let page = as_clerk("customer_page", customer_query(Some(text), "last_order")).await.unwrap();
        assert_eq!(page["rows"].as_array().unwrap().len(), found, "{text}");
        let hits = as_clerk("search", json!({"text": text, "limit": 10})).await.unwrap();
        let people = hits["hits"].as_array().unwrap().iter().filter(|hit| hit["kind"] == "customers").count();
        assert_eq!(people, found, "{text}");
    }
    let hits = as_clerk("search", json!({"text": "R1", "limit": 10})).await.unwrap();
    assert!(hits["hits"].as_array().unwrap().iter().all(|hit| hit["kind"] != "orders"), "{hits}");
    assert_eq!(as_clerk("list_export", json!({"list": "orders", "format": "csv", "columns": []})).await.unwrap_err().code, "forbidden");
    // An article that sold in both shops tells of the one alone.
    let filter = json!({"text": "A1", "category_ids": [], "shop_ids": [], "sold_from": null, "sold_to": null, "goods_only": false, "low_stock": false, "no_sale": false});
    let goods = as_clerk("product_page", json!({"filter": filter, "sort": "code", "after": null, "limit": 10})).await.unwrap();
    let cup = as_clerk("product_get", json!({"id": goods["rows"][0]["sku_id"]})).await.unwrap();
    assert_eq!((&cup["row"]["sold_milli"], &cup["row"]["last_sold_on"]), (&json!(2_000), &json!("2026-11-03")), "{cup}");
    assert_eq!(cup["stock"].as_array().unwrap().len(), 1);
    // Nor of what others are at.
    let jobs = as_clerk("job_list", json!({})).await.unwrap();
    assert!(jobs["jobs"].as_array().unwrap().iter().all(|job| job["title"] != "trade.csv"), "{jobs}");
    let jobs = house.ask("job_list", json!({})).await.unwrap();
    let import = jobs["jobs"].as_array().unwrap().iter().find(|job| job["title"] == "trade.csv").unwrap()["id"].clone();
    assert_eq!(as_clerk("job_cancel", json!({"job_id": import})).await.unwrap_err().code, "not_found");
    // The owner, by the same questions.
    assert_eq!(texts(&house.ask("order_page", order_query(&[])).await.unwrap(), "order_no"), ["R1", "R2", "Q1"]);
    assert_eq!(house.ask("customer_page", customer_query(Some("1234"), "name")).await.unwrap()["rows"].as_array().unwrap().len(), 1);
    house.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clerk_gives_back_up_to_their_limit() {
    let house = House::open().await;
    house.trade().await;
    let seed = house.first_sign_in(&house.invite("Wang", ReadyRole::Clerk, 1).await).await;
    let clerk = house.enter("Wang", &seed).await.unwrap();
    let order = ask(&house.program, &clerk, "order_page", order_query(&[])).await.unwrap()["rows"][0]["id"].clone();
    // The limit of the ready role is 200.00 and ten a day: within it, over it by a role of the organisation's own.
    for _ in 0..10 {
        ask(&house.program, &clerk, "refund_record", json!({"order_id": order, "amount_minor": 1, "reason": ""})).await.unwrap();
    }
    let refused = ask(&house.program, &clerk, "refund_record", json!({"order_id": order, "amount_minor": 1, "reason": ""})).await.unwrap_err();
    assert_eq!(refused.code, "forbidden", "{}", refused.message);
    house.shop.move_by(24 * HOUR_MS);
    let clerk = house.enter("Wang", &seed).await.unwrap();
    ask(&house.program, &clerk, "refund_record", json!({"order_id": order, "amount_minor": 1, "reason": ""})).await.unwrap();
    let refused = ask(&house.program, &clerk, "refund_record", json!({"order_id": order, "amount_minor": 20_001, "reason": ""})).await.unwrap_err();
    assert_eq!(refused.code, "forbidden", "{}", refused.message);
    house.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_counts_from_the_next_command_on() {
    let house = House::open().await;
    let seed = house.first_sign_in(&house.invite("Wang", ReadyRole::Clerk, 1).await).await;
    let clerk = house.enter("Wang", &seed).await.unwrap();
    ask(&house.program, &clerk, "order_page", order_query(&[])).await.unwrap();
    let people = house.ask("person_list", json!({})).await.unwrap();
    let wang = people["people"].as_array().unwrap().iter().find(|person| person["name"] == "Wang").unwrap().clone();
    assert_eq!(
        (&wang["state"], &wang["opens_here"], &wang["roles"][0]["word"], &wang["roles"][0]["place_name"]),
        (&json!("active"), &json!(true), &json!("clerk"), &json!("Quay"))
    );
    house.stepped("role_take", json!({"id": wang["roles"][0]["id"]})).await.unwrap();
    assert_eq!(ask(&house.program, &clerk, "order_page", order_query(&[])).await.unwrap_err().code, "forbidden");
    let manager =
        json!({"role_id": ReadyRole::Manager.id().to_string(), "place": "shop", "place_id": house.shops[1], "valid_from_ms": null, "valid_to_ms": null});
    house.stepped("role_give", json!({"person_id": wang["id"], "role": manager})).await.unwrap();
    ask(&house.program, &clerk, "analysis", json!({"from": "2026-11-01", "to": "2026-11-30", "compare": "none", "shop_ids": [], "channels": []}))
        .await
        .unwrap();
    // Whoever leaves is out at once, and their password opens nothing.
    house.stepped("person_close", json!({"id": wang["id"]})).await.unwrap();
    assert_eq!(ask(&house.program, &clerk, "order_page", order_query(&[])).await.unwrap_err().code, "signed_out");
    assert_eq!(house.enter("Wang", &seed).await.unwrap_err().code, "wrong_name_or_password");
    // Everything is in the audit.
    let acts = acts(&house.program).await;
    for act in ["person.invite", "person.enter", "role.take", "role.give", "person.close", "code.use"] {
        assert!(acts.iter().any(|kind| kind == act), "{act} in {acts:?}");
    }
    house.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_gives_a_new_password_and_keeps_the_authenticator() {
    let house = House::open().await;
    let invitation = house.invite("Wang", ReadyRole::Clerk, 1).await;
    // A wrong code and an unknown name are one answer, and wrong ones are counted.
    for (name, code) in [("Wang", "AAAA-AAAA-AAAA-AAAA"), ("Nobody", invitation["code"].as_str().unwrap())] {
        let refused = ask(&house.program, &session(), "invitation_look", json!({"name": name, "code": code})).await.unwrap_err();
        assert_eq!(refused.code, "wrong_name_or_password");
    }
    let seed = house.first_sign_in(&invitation).await;
    let again = ask(&house.program, &session(), "invitation_look", json!({"name": "Wang", "code": invitation["code"]})).await.unwrap_err();
    assert_eq!(again.code, "wrong_name_or_password", "the code counts once");
    let reset = house.stepped("person_reset", json!({"id": invitation["person_id"]})).await.unwrap();
    assert_eq!(house.enter("Wang", &seed).await.unwrap_err().code, "wrong_name_or_password", "the password of before opens nothing");
    let shown = ask(&house.program, &session(), "invitation_look", json!({"name": "Wang", "code": reset["code"]})).await.unwrap();
    assert_eq!(shown["authenticator"], Value::Null);
    let accept = |totp: String| json!({"name": "Wang", "code": reset["code"], "password": CLERK_PASSWORD, "totp": totp});
    assert_eq!(ask(&house.program, &session(), "invitation_accept", accept("000000".into())).await.unwrap_err().code, "wrong_code");
    ask(&house.program, &session(), "invitation_accept", accept(house.totp(&seed))).await.unwrap();
    house.enter("Wang", &seed).await.unwrap();
    // Whoever knows the one-time code does not try the authenticator's without end: looking clears no count.
    let reset = house.stepped("person_reset", json!({"id": invitation["person_id"]})).await.unwrap();
    let mut answers = Vec::new();
    for _ in 0..8 {
        let looked = ask(&house.program, &session(), "invitation_look", json!({"name": "Wang", "code": reset["code"]})).await;
        let tried = json!({"name": "Wang", "code": reset["code"], "password": CLERK_PASSWORD, "totp": "000000"});
        let tried = ask(&house.program, &session(), "invitation_accept", tried).await;
        answers.extend([looked, tried].into_iter().filter_map(Result::err).map(|error| error.code));
    }
    assert!(answers.iter().any(|code| code == "wait"), "{answers:?}");
    // A day later the code of an invitation is none.
    let invitation = house.invite("Zhao", ReadyRole::Clerk, 1).await;
    house.shop.move_by(24 * HOUR_MS);
    let late = ask(&house.program, &session(), "invitation_look", json!({"name": "Zhao", "code": invitation["code"]})).await.unwrap_err();
    assert_eq!(late.code, "wrong_name_or_password");
    house.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dangerous_act_wants_a_code_of_its_own() {
    let house = House::open().await;
    let role = json!({"role_id": ReadyRole::Clerk.id().to_string(), "place": "shop", "place_id": house.shops[1], "valid_from_ms": null, "valid_to_ms": null});
    let invite = |name: &str| json!({"name": name, "department_id": null, "roles": [role]});
    assert_eq!(house.ask("person_invite", invite("Wang")).await.unwrap_err().code, "step_up");
    let code = house.shop.code();
    stepped(&house.program, &house.owner, "person_invite", invite("Wang"), &code).await.unwrap();
    // The code is used up, and it was for that act alone.
    let again = stepped(&house.program, &house.owner, "person_invite", invite("Zhao"), &code).await.unwrap_err();
    assert_eq!(again.code, "code_used");
    assert_eq!(house.stepped("settings_get", json!({})).await.unwrap_err().code, "bad_request", "what wants no code takes none");
    assert_eq!(house.ask("person_invite", invite("Zhao")).await.unwrap_err().code, "step_up");
    house.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gives_what_they_lack_nor_to_themselves() {
    let house = House::open().await;
    let security = json!({"role_id": ReadyRole::SecurityAdministrator.id().to_string(), "place": "organisation", "place_id": null, "valid_from_ms": null, "valid_to_ms": null});
    let invitation = house.stepped("person_invite", json!({"name": "Sun", "department_id": null, "roles": [security]})).await.unwrap();
    let seed = house.first_sign_in(&invitation).await;
    let sun = house.enter("Sun", &seed).await.unwrap();
    let give = |person: &Value, role: ReadyRole| json!({"person_id": person, "role": {"role_id": role.id().to_string(), "place": "organisation", "place_id": null, "valid_from_ms": null, "valid_to_ms": null}});
    let clerk = house.invite("Wang", ReadyRole::Clerk, 1).await;
    let own = stepped(&house.program, &sun, "role_give", give(&invitation["person_id"], ReadyRole::SecurityAdministrator), &house.totp(&seed)).await;
    assert_eq!(own.unwrap_err().code, "forbidden", "not to themselves");
    let more = stepped(&house.program, &sun, "role_give", give(&clerk["person_id"], ReadyRole::Manager), &house.totp(&seed)).await;
    assert_eq!(more.unwrap_err().code, "forbidden", "not what they lack");
    let larger = stepped(&house.program, &sun, "person_reset", json!({"id": clerk["person_id"]}), &house.totp(&seed)).await;
    assert_eq!(larger.unwrap_err().code, "forbidden", "nor into an account that may more");
    // Who gives rights does not look after them.
    let auditor = house.stepped("role_give", give(&invitation["person_id"], ReadyRole::Auditor)).await;
    assert_eq!(auditor.unwrap_err().code, "forbidden");
    let grants = json!([{"right": "role.write", "effect": "allow", "reach": "all", "amount_minor": null, "percent_bp": null, "per_day": null},
        {"right": "audit.export", "effect": "allow", "reach": "all", "amount_minor": null, "percent_bp": null, "per_day": null}]);
    let both = house.stepped("role_save", json!({"id": null, "version": 0, "name": "Both", "is_closed": false, "grants": grants, "fields": []})).await;
    assert_eq!(both.unwrap_err().code, "forbidden");
    house.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn departments_groups_and_own_roles_reach_what_they_say() {
    let house = House::open().await;
    house.trade().await;
    let department = json!({"id": null, "version": 0, "name": "South", "parent_id": null, "is_closed": false, "shop_ids": [house.shops[0]]});
    let places = house.stepped("department_save", department).await.unwrap();
    let south = places["departments"][0].clone();
    assert_eq!(south["shop_ids"], json!([house.shops[0]]));
    // Below itself it cannot stand, and what somebody else changed is looked at again.
    let mut below = json!({"id": south["id"], "version": 1, "name": "South", "parent_id": south["id"], "is_closed": false, "shop_ids": []});
    assert_eq!(house.stepped("department_save", below.clone()).await.unwrap_err().field.as_deref(), Some("parent_id"));
    below["parent_id"] = Value::Null;
    below["version"] = json!(7);
    assert_eq!(house.stepped("department_save", below).await.unwrap_err().code, "conflict");
    let grants = json!([{"right": "order.read", "effect": "allow", "reach": "department", "amount_minor": null, "percent_bp": null, "per_day": null}]);
    let roles =
        house.stepped("role_save", json!({"id": null, "version": 0, "name": "Reader", "is_closed": false, "grants": grants, "fields": []})).await.unwrap();
    let reader = roles["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Reader").unwrap().clone();
    let held = json!({"role_id": reader["id"], "place": "department", "place_id": south["id"], "valid_from_ms": null, "valid_to_ms": null});
    let invitation = house.stepped("person_invite", json!({"name": "Wang", "department_id": south["id"], "roles": [held]})).await.unwrap();
    let seed = house.first_sign_in(&invitation).await;
    let at = house.enter("Wang", &seed).await.unwrap();
    let page = ask(&house.program, &at, "order_page", order_query(&[])).await.unwrap();
    assert_eq!((texts(&page, "order_no"), texts(&page, "customer_name")), (vec!["R1", "R2"], vec!["-", "-"]));
    // The shop moves to another department: from the next command on its orders are not there.
    let moved = json!({"id": south["id"], "version": 1, "name": "South", "parent_id": null, "is_closed": false, "shop_ids": []});
    house.stepped("department_save", moved).await.unwrap();
    assert_eq!(ask(&house.program, &at, "order_page", order_query(&[])).await.unwrap_err().code, "not_found");
    // Whoever arranges groups does not widen what a role of their own reaches.
    let group = house.stepped("group_save", json!({"id": null, "version": 0, "name": "Both", "is_closed": false, "shop_ids": [house.shops[1]]})).await.unwrap();
    let both = group["groups"][0].clone();
    let grant =
        |right: &str, reach: &str| json!({"right": right, "effect": "allow", "reach": reach, "amount_minor": null, "percent_bp": null, "per_day": null});
    let grants = json!([grant("department.write", "all"), grant("order.read", "shop_group")]);
    let roles =
        house.stepped("role_save", json!({"id": null, "version": 0, "name": "Mover", "is_closed": false, "grants": grants, "fields": []})).await.unwrap();
    let mover = roles["roles"].as_array().unwrap().iter().find(|role| role["name"] == "Mover").unwrap().clone();
    let held = json!({"role_id": mover["id"], "place": "group", "place_id": both["id"], "valid_from_ms": null, "valid_to_ms": null});
    house.stepped("role_give", json!({"person_id": invitation["person_id"], "role": held})).await.unwrap();
    let wider = json!({"id": both["id"], "version": 1, "name": "Both", "is_closed": false, "shop_ids": house.shops});
    let own = stepped(&house.program, &at, "group_save", wider.clone(), &house.totp(&seed)).await.unwrap_err();
    assert_eq!(own.code, "forbidden", "{}", own.message);
    house.stepped("group_save", wider).await.unwrap();
    let told = house.ask("access_look", json!({"person_id": invitation["person_id"]})).await.unwrap();
    let right = |name: &str| told["rights"].as_array().unwrap().iter().find(|right| right["name"] == name).unwrap().clone();
    assert_eq!((&right("order.cancel")["why"], &right("session.lock")["is_held"]), (&json!("not_granted"), &json!(true)));
    house.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_manager_imports_into_their_own_shop_alone() {
    let house = House::open().await;
    house.trade().await;
    let seed = house.first_sign_in(&house.invite("Sun", ReadyRole::Manager, 1).await).await;
    let manager = house.enter("Sun", &seed).await.unwrap();
    let file = house.shop.dir.path().join("own.csv");
    std::fs::write(&file, "订单号,下单时间,商品编码,商品名称,单价,数量\nQ2,2026-11-04 09:00,A1,Cup,10,1\n").unwrap();
    let of_several = house.shop.dir.path().join("several.csv");
    std::fs::write(&of_several, "订单号,下单时间,商品编码,商品名称,单价,数量,门店\nQ3,2026-11-04 09:00,A1,Cup,10,1,Riverside\n").unwrap();
    for (path, shop, refused) in [
        (&file, json!(house.shops[0]), Some("not_found")),
        (&file, Value::Null, Some("forbidden")),
        (&of_several, json!(house.shops[1]), Some("forbidden")),
        (&file, json!(house.shops[1]), None),
    ] {
        let upload_id = house.program.adopt_file(&manager, path).unwrap();
        let probed = ask(&house.program, &manager, "import_probe", json!({"upload_id": upload_id, "sample": false})).await.unwrap();
        let start = json!({"upload_id": upload_id, "mapping": probed["mapping"], "shop_id": shop, "new_shop_name": "Third", "dry_run": false});
        let started = ask(&house.program, &manager, "import_start", start).await;
        assert_eq!(started.as_ref().err().map(|error| error.code.as_str()), refused, "{shop}: {started:?}");
    }
    // What others imported elsewhere is neither listed nor taken back.
    let listed = ask(&house.program, &manager, "import_list", json!({})).await.unwrap();
    let others = house.ask("import_list", json!({})).await.unwrap()["imports"].as_array().unwrap().last().unwrap()["id"].clone();
    assert!(listed["imports"].as_array().unwrap().iter().all(|import| import["id"] != others), "{listed}");
    assert_eq!(ask(&house.program, &manager, "import_undo", json!({"batch_id": others})).await.unwrap_err().code, "forbidden");
    house.program.shut_down().await;
}

/// Every command, asked as each ready role: what the role does not grant is refused before the request is looked at, and what it grants is not.
#[tokio::test(flavor = "multi_thread")]
async fn every_command_is_refused_to_each_role_that_does_not_grant_it() {
    let house = House::open().await;
    let everyone: BTreeSet<&str> = RIGHTS.iter().filter(|right| right.kind == domain::access::rights::Kind::Everyone).map(|right| right.name).collect();
    let (mut refused, mut let_in) = (0, 0);
    for role in ReadyRole::ALL {
        let place = if role == ReadyRole::SecurityAdministrator || role == ReadyRole::Owner { Value::Null } else { json!(house.shops[1]) };
        let kind = if place.is_null() { "organisation" } else { "shop" };
        let held = json!({"role_id": role.id().to_string(), "place": kind, "place_id": place, "valid_from_ms": null, "valid_to_ms": null});
        let invitation = house.stepped("person_invite", json!({"name": role.word(), "department_id": null, "roles": [held]})).await.unwrap();
        let seed = house.first_sign_in(&invitation).await;
        let at = house.enter(role.word(), &seed).await.unwrap();
        for command in COMMANDS {
            let (Access::May(right) | Access::Stepped(right)) = command.access else { continue };
            // They end the session or the test's time.
            if ["lock", "session_use"].contains(&command.name) {
                continue;
            }
            let answer = ask(&house.program, &at, command.name, json!({"no": "such request"})).await;
            let is_refused = answer.as_ref().is_err_and(|error| error.code == "forbidden");
            let is_granted = everyone.contains(right) || role.role().allows(right);
            assert_eq!(is_refused, !is_granted, "{} as {}: {answer:?}", command.name, role.word());
            refused += u32::from(is_refused);
            let_in += u32::from(!is_refused);
        }
    }
    println!("{refused} refused, {let_in} let in");
    assert!(refused > 100 && let_in > 100);
    house.program.shut_down().await;
}

#[test]
fn every_right_of_a_command_is_one_that_roles_speak_of() {
    let known: BTreeSet<&str> = RIGHTS.iter().map(|right| right.name).collect();
    for command in COMMANDS {
        if let Access::May(right) | Access::Stepped(right) | Access::Proof(right) = command.access {
            assert!(known.contains(right), "{} needs {right}, of which no role can speak", command.name);
        }
    }
}
