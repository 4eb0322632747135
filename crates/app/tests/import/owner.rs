//! The file of an owner whose orders come from a mini program: phones, channels, shops and amounts paid.

use super::Shop;
use serde_json::{Value, json};

const HEADING: &str = "订单号,下单时间,商品编码,商品名称,单价,数量,实付金额,手机号,门店,订单来源,备注";

impl Shop {
    /// Hands a file of these rows over and answers its upload.
    pub async fn rows(&self, heading: &str, rows: &[&str]) -> String {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("orders.csv");
        std::fs::write(&path, format!("{heading}\n{}\n", rows.join("\n"))).unwrap();
        self.upload(&path).await
    }

    /// Imports into the first shop with more that a person said, and answers the report.
    pub async fn import_saying(&self, upload: &str, dry_run: bool, said: Value) -> Value {
        let probed = self.ask("import_probe", json!({"upload_id": upload, "sample": false})).await;
        let shops = self.ask("shop_list", json!({})).await;
        let mut start = json!({"upload_id": upload, "mapping": probed["mapping"], "shop_id": shops["shops"][0]["id"], "dry_run": dry_run});
        for (key, value) in said.as_object().unwrap() {
            start[key] = value.clone();
        }
        let started = self.ask("import_start", start).await;
        self.job(&started).await;
        self.ask("import_report", json!({"job_id": started["job_id"]})).await
    }

    /// The orders of a text, oldest first: number, shop, channel, state of payment, due and paid.
    pub async fn orders(&self, text: Value) -> Vec<String> {
        let filter = json!({
            "text": text, "from": null, "to": null, "hour_from": null, "hour_to": null, "weekday": null, "shop_ids": [], "channels": [], "pay": [], "fulfil": [],
            "refund": [], "amount_min_minor": null, "amount_max_minor": null, "customer_id": null, "sku_id": null, "batch_id": null,
            "refunded_in_period": false, "with_refunds": false, "overdue": false, "visits_counted": false
        });
        let page = self.ask("order_page", json!({"filter": filter, "sort": "oldest_first", "after": null, "limit": 50})).await;
        let word = |row: &Value, key: &str| row[key].as_str().unwrap_or("-").to_owned();
        let told = |row: &Value| {
            let (due, paid, refunded) = (&row["payable_minor"], &row["paid_minor"], &row["refunded_minor"]);
            format!("{} {} {} {} {due} {paid} {refunded}", word(row, "order_no"), word(row, "shop_name"), word(row, "channel"), word(row, "pay"))
        };
        page["rows"].as_array().unwrap().iter().map(told).collect()
    }

    async fn customers(&self) -> Vec<String> {
        let filter = json!({"text": null, "country": null, "shop_ids": [], "bought_from": null, "bought_to": null, "min_orders": null});
        let page = self.ask("customer_page", json!({"filter": filter, "sort": "name", "after": null, "limit": 50})).await;
        let told = |row: &Value| format!("{} {} {}", row["code"].as_str().unwrap_or("-"), row["phone_masked"].as_str().unwrap_or("-"), row["orders"]);
        page["rows"].as_array().unwrap().iter().map(told).collect()
    }

    pub async fn shop_names(&self) -> Vec<String> {
        let shops = self.ask("shop_list", json!({})).await;
        shops["shops"].as_array().unwrap().iter().map(|shop| shop["name"].as_str().unwrap().to_owned()).collect()
    }
}

/// Row, reason and content of the findings.
pub fn findings(report: &Value) -> Vec<String> {
    let told = |finding: &Value| format!("{} {} {}", finding["row"], finding["reason"].as_str().unwrap(), finding["value"].as_str().unwrap());
    report["findings"].as_array().unwrap().iter().map(told).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_a_file_made_is_known_by_its_old_name_after_a_new_one() {
    let shop = Shop::open().await;
    let upload = shop.rows(HEADING, &["M1,2026-03-14 10:00,A1,杯子,10,1,,,,,"]).await;
    let old = json!({"shop_id": null, "new_shop_name": "码头店", "currency": "CNY", "zone": "Asia/Shanghai"});
    assert_eq!(shop.import_saying(&upload, false, old.clone()).await["new_lines"], 1);
    let made = shop.ask("shop_list", json!({})).await["shops"][1]["id"].clone();
    shop.ask("shop_rename", json!({"id": made, "name": "江景店"})).await;
    let upload = shop.rows(HEADING, &["M1,2026-03-14 10:00,A1,杯子,10,1,,,,,", "M2,2026-03-14 11:00,A1,杯子,10,1,,,,,"]).await;
    assert_eq!(shop.import_saying(&upload, false, old).await["new_lines"], 1);
    assert_eq!(shop.shop_names().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn phones_channels_and_what_was_paid_come_in_with_the_orders() {
    let shop = Shop::open().await;
    let upload = shop
        .rows(
            HEADING,
            &[
                // The whole order's on each line; on one line; each line's own; the same by line, which alone makes up the order.
                "M1,2025-11-01 09:00,A1,杯子,10,1,30,138 1234 6021,,小程序,",
                "M1,2025-11-01 09:00,A2,盘子,20,1,30,138 1234 6021,,小程序,",
                "M2,2025-11-01 10:00,A1,杯子,10,1,25,+8613812346021,,门店,",
                "M2,2025-11-01 10:00,A2,盘子,20,1,,,,门店,",
                "M3,2025-11-01 11:00,A1,杯子,10,1,8,139****0000,,抖音,",
                "M3,2025-11-01 11:00,A2,盘子,20,1,22,139****0000,,抖音,",
                "M4,2025-11-01 12:00,A1,杯子,10,1,10,13900000001,,网店,",
                "M4,2025-11-01 12:00,A1,杯子,10,1,10,13900000001,,网店,",
                // Nothing was paid; nothing is said; what is said is no number.
                "M5,2025-11-01 13:00,A1,杯子,10,1,0,,,,",
                "M6,2025-11-01 14:00,A1,杯子,10,1,,,,,",
                "M7,2025-11-01 15:00,A1,杯子,10,1,货到付款,,,,",
            ],
        )
        .await;
    let report = shop.import_saying(&upload, false, json!({})).await;
    assert_eq!((&report["orders"], &report["customers"], &report["rejected"]), (&json!(7), &json!(2), &json!(0)), "{report}");
    assert_eq!(report["unused_columns"], json!(["备注"]), "what nothing was read from is named");
    assert_eq!(
        findings(&report),
        ["4 paid_less M2", "6 unreadable_phone M3", "6 strange_channel 抖音", "7 unreadable_phone M3", "10 paid_less M5", "12 unreadable_paid M7"]
    );
    assert_eq!(
        shop.orders(Value::Null).await,
        [
            "M1 Gifts mini_program paid 3000 3000 0",
            "M2 Gifts counter partial 3000 2500 0",
            "M3 Gifts import paid 3000 3000 0",
            "M4 Gifts web paid 2000 2000 0",
            "M5 Gifts import unpaid 1000 0 0",
            "M6 Gifts import paid 1000 1000 0",
            "M7 Gifts import paid 1000 1000 0",
        ]
    );
    assert_eq!(shop.customers().await, ["*0001 139****0001 1", "*6021 138****6021 2"]);
    assert_eq!(shop.orders(json!("6021")).await.len(), 2, "the end of the phone finds the orders");
    let (from, to) = ("2025-11-01", "2025-11-01");
    assert_eq!(shop.figure(from, to, "gmv_minor").await, 14_000);
    assert_eq!(shop.figure(from, to, "paid_minor").await, 12_500);
    // The same file without the columns has the same lines: they are no part of what a line is.
    let upload = shop.rows("订单号,下单时间,商品编码,商品名称,单价,数量", &["M1,2025-11-01 09:00,A1,杯子,10,1", "M6,2025-11-01 14:00,A1,杯子,10,1"]).await;
    assert_eq!(shop.import_saying(&upload, false, json!({})).await["new_lines"], 0);
    let checked = shop.program.opened(zhanggui_app::wire::StoreChoice::Own).unwrap().check().await.unwrap();
    assert!(checked.chain_ok && checked.caches_ok, "{:?}", checked.findings);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_customer_of_an_earlier_file_gets_the_phone_of_a_later_one_and_keeps_it() {
    let shop = Shop::open().await;
    let heading = "订单号,下单时间,商品编码,单价,数量,会员号,手机号";
    let first = shop.rows("订单号,下单时间,商品编码,单价,数量,会员号", &["N1,2025-11-01 09:00,A1,10,1,V7"]).await;
    shop.import_saying(&first, false, json!({})).await;
    assert_eq!(shop.customers().await, ["V7 - 1"]);
    let rows = [
        // Known by the number; without one by the phone, the same person; one who is new and gives the phone later.
        "N2,2025-11-02 09:00,A1,10,1,V7,13812346021",
        "N3,2025-11-03 09:00,A1,10,1,,13812346021",
        "N4,2025-11-04 09:00,A1,10,1,V8,",
        "N5,2025-11-05 09:00,A1,10,1,V8,13900000001",
        "N6,2025-11-06 09:00,A1,10,1,V7,13700000000",
    ];
    let later = shop.rows(heading, &rows).await;
    let report = shop.import_saying(&later, false, json!({})).await;
    assert_eq!((&report["new_lines"], &report["warnings"]), (&json!(5), &json!(0)), "{report}");
    assert_eq!(shop.customers().await, ["V7 138****6021 4", "V8 139****0001 2"]);
    let undone = shop.ask("import_undo", json!({"batch_id": report["batch_id"]})).await;
    shop.job(&undone).await;
    assert_eq!(shop.import_saying(&later, false, json!({})).await["new_lines"], 5);
    assert_eq!(shop.customers().await, ["V7 138****6021 4", "V8 139****0001 2"]);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_go_to_the_shops_they_name_and_new_shops_are_made_only_when_agreed() {
    let shop = Shop::open().await;
    let rows = [
        "1001,2025-11-01 09:00,A1,杯子,10,1,,, gifts ,门店,",
        "1001,2025-11-01 09:30,A1,杯子,10,1,,,滨江店,门店,",
        "1002,2025-11-01 10:00,A1,杯子,10,1,,,,门店,",
        "1001,2025-11-01 09:30,A2,盘子,20,1,,,滨江店,门店,",
    ];
    let upload = shop.rows(HEADING, &rows).await;
    for dry_run in [true, false] {
        let report = shop.import_saying(&upload, dry_run, json!({})).await;
        assert_eq!((&report["orders"], &report["rejected"], &report["unknown_shops"]), (&json!(2), &json!(2), &json!(["滨江店"])), "{report}");
        assert_eq!(findings(&report), ["3 unknown_shop 滨江店", "5 unknown_shop 滨江店"]);
    }
    assert_eq!(shop.shop_names().await, ["Gifts"]);
    let agreed = json!({"add_shops": true});
    let dry = shop.import_saying(&upload, true, agreed.clone()).await;
    assert_eq!((&dry["new_lines"], &dry["rejected"], &dry["new_shops"]), (&json!(2), &json!(0), &json!(["滨江店"])), "{dry}");
    assert_eq!(shop.shop_names().await, ["Gifts"], "a dry run makes nothing");
    let report = shop.import_saying(&upload, false, agreed.clone()).await;
    assert_eq!((&report["orders"], &report["new_lines"]), (&json!(3), &json!(2)), "{report}");
    assert_eq!(shop.shop_names().await, ["Gifts", "滨江店"]);
    assert_eq!(
        shop.orders(Value::Null).await,
        ["1001 Gifts counter paid 1000 1000 0", "1001 滨江店 counter paid 3000 3000 0", "1002 Gifts counter paid 1000 1000 0"],
        "two shops may number their orders alike"
    );
    let again = shop.import_saying(&upload, false, agreed).await;
    assert_eq!((&again["new_lines"], &again["new_shops"]), (&json!(0), &json!([])), "{again}");
    let riverside = shop.ask("shop_list", json!({})).await["shops"][1]["id"].clone();
    let own = shop.rows(HEADING, &["1001,2025-11-01 09:30,A1,杯子,10,1,,,,门店,"]).await;
    let own = shop.import_saying(&own, false, json!({"shop_id": riverside})).await;
    assert_eq!(own["new_lines"], 0, "a file of that shop alone has the same orders: {own}");
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_of_another_currency_takes_no_row_of_the_file() {
    let shop = Shop::open().await;
    let heading = "Order No,SKU,Qty,Date,Price,Store";
    let euros = shop.rows(heading, &["1,A1,1,2025-11-01 09:00,5,"]).await;
    let made = json!({"shop_id": null, "new_shop_name": "Berlin", "currency": "EUR", "zone": "Europe/Berlin"});
    shop.import_saying(&euros, false, made).await;
    let pounds = shop.rows(heading, &["2,A1,1,2025-11-01 09:00,5,berlin", "3,A1,1,2025-11-01 09:00,5,Gifts"]).await;
    let report = shop.import_saying(&pounds, false, json!({"add_shops": true})).await;
    assert_eq!((&report["new_lines"], &report["new_shops"]), (&json!(1), &json!([])), "{report}");
    assert_eq!(findings(&report), ["2 shop_of_other_money berlin"]);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_that_a_file_makes_is_made_by_the_rules_of_every_shop() {
    let shop = Shop::open().await;
    let upload = shop.rows("Order No,SKU,Qty,Date,Price", &["1,A1,1,2025-11-01 09:00,£5"]).await;
    let probed = shop.ask("import_probe", json!({"upload_id": upload, "sample": false})).await;
    let start = |name: &str, currency: &str, zone: &str| {
        let mapping = probed["mapping"].clone();
        json!({"upload_id": upload, "mapping": mapping, "shop_id": null, "new_shop_name": name, "currency": currency, "zone": zone, "dry_run": true})
    };
    for (request, field) in [
        (start("Qu\u{200B}ay", "GBP", "Europe/London"), "new_shop_name"),
        (start("Quay", "XYZ", "Europe/London"), "currency"),
        (start("Quay", "GBP", "Nowhere"), "zone"),
    ] {
        assert_eq!(shop.try_ask("import_start", request).await.unwrap_err()["field"], field);
    }
    let said = json!({"shop_id": null, "new_shop_name": "Quay", "currency": "gbp", "zone": "Europe/London"});
    let report = shop.import_saying(&upload, false, said).await;
    assert_eq!((&report["new_lines"], &report["rejected"]), (&json!(1), &json!(0)), "{report}");
    assert_eq!(shop.ask("shop_list", json!({})).await["shops"][1]["currency"], "GBP");
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn negative_lines_are_what_the_person_says_and_that_is_remembered() {
    let shop = Shop::open().await;
    let heading = "订单号,下单时间,商品编码,单价,数量,会员号";
    let rows = [
        // The refund stands before its sale, and another order of the same goods lies nearer.
        "R1,2025-11-01 09:00,A1,10,-1,",
        "R1,2025-11-01 09:00,A1,10,3,",
        "R2,2025-11-01 09:00,A1,10,5,",
        "R2,2025-11-01 10:00,A1,10,-2,",
        "R3,2025-11-01 11:00,A1,10,1,",
    ];
    let upload = shop.rows(heading, &rows).await;
    let unsaid = shop.import_saying(&upload, true, json!({})).await;
    let told = |report: &Value| ["negative_lines", "negative_rows", "negatives_asked", "write_offs", "refunds"].map(|key| report[key].to_string()).join(" ");
    assert_eq!(told(&unsaid), "2 \"write_off\" true 2 0");
    assert!(findings(&unsaid).contains(&"2 negatives_unsaid 2".to_owned()), "{unsaid}");
    let said = shop.import_saying(&upload, false, json!({"negative_rows": "refund"})).await;
    assert_eq!(told(&said), "2 \"refund\" false 0 2");
    assert_eq!((&said["refund_lines"], &said["matched_refund_lines"], &said["warnings"]), (&json!(2), &json!(2), &json!(0)), "{said}");
    assert_eq!(
        shop.orders(Value::Null).await,
        ["R1 Gifts import paid 3000 3000 1000", "R2 Gifts import paid 5000 5000 2000", "R3 Gifts import paid 1000 1000 0"],
        "each order's own line comes back"
    );
    // Remembered for the next file like this; and what came in as a refund does not come again as a write-off.
    let again = shop.import_saying(&upload, false, json!({})).await;
    assert_eq!((told(&again).as_str(), &again["new_lines"], &again["grown_orders"]), ("2 \"refund\" false 0 2", &json!(0), &json!(0)));
    let other = shop.import_saying(&upload, false, json!({"negative_rows": "write_off"})).await;
    assert_eq!((&other["new_lines"], &other["write_offs"]), (&json!(0), &json!(2)));
    // A refund that a later file adds to an order that is here is no order that grew.
    let later = shop.rows(heading, &[rows[4], "R3,2025-11-02 09:00,A1,10,-1,"]).await;
    let later = shop.import_saying(&later, false, json!({"negative_rows": "refund"})).await;
    assert_eq!((&later["new_lines"], &later["grown_orders"], &later["matched_refund_lines"]), (&json!(1), &json!(0), &json!(1)), "{later}");
    let undone = shop.ask("import_undo", json!({"batch_id": said["batch_id"]})).await;
    shop.job(&undone).await;
    let anew = shop.import_saying(&upload, false, json!({"negative_rows": "write_off"})).await;
    assert_eq!((&anew["new_lines"], &anew["write_offs"]), (&json!(5), &json!(2)), "{anew}");
    let checked = shop.program.opened(zhanggui_app::wire::StoreChoice::Own).unwrap().check().await.unwrap();
    assert!(checked.chain_ok && checked.caches_ok, "{:?}", checked.findings);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_marks_its_refunds_with_c_is_not_asked_about() {
    let shop = Shop::open().await;
    let rows = ["1001,2025-11-01 09:00,A1,10,3", "C1002,2025-11-02 09:00,A1,10,-1", "1003,2025-11-02 09:00,A1,0,-1"];
    let upload = shop.rows("订单号,下单时间,商品编码,单价,数量", &rows).await;
    let report = shop.import_saying(&upload, true, json!({})).await;
    assert_eq!((&report["negatives_asked"], &report["negative_lines"], &report["write_offs"]), (&json!(false), &json!(1), &json!(1)), "{report}");
    assert_eq!(report["warnings"], 0);
    shop.program.shut_down().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_rows_that_an_import_left_out_can_be_opened_again_and_saved() {
    use base64::Engine as _;
    let shop = Shop::open().await;
    let rows = ["1001,2025-11-01 09:00,A1,10,1", "1002,2025-11-31 09:00,A1,10,1", "1003,2025-11-02 09:00,A1,10,=1+1"];
    let upload = shop.rows("订单号,下单时间,商品编码,单价,数量", &rows).await;
    let done = shop.import_saying(&upload, false, json!({})).await;
    let opened = shop.ask("import_batch_report", json!({"batch_id": done["batch_id"]})).await;
    assert_eq!(findings(&opened["report"]), ["3 thirty_days 2025-11-31 09:00", "4 unreadable_quantity =1+1"]);
    assert_eq!((&opened["report"]["new_lines"], &opened["kind"], &opened["currency"]), (&json!(1), &json!("orders"), &json!("GBP")));
    assert_eq!(opened["findings_kept"], true);
    let saved = shop.ask("import_findings_save", json!({"batch_id": done["batch_id"]})).await;
    assert_eq!(saved["file_name"], "import-rows.csv");
    let bytes = base64::engine::general_purpose::STANDARD.decode(saved["base64"].as_str().unwrap()).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let lines: Vec<&str> = text.trim_start_matches('\u{feff}').lines().collect();
    assert_eq!(lines[0], r#""Row","Reason","Content","What to do""#);
    assert!(lines[1].starts_with(r#"3,"There is no such day: this month has only 30","2025-11-31 09:00","#), "{text}");
    assert!(lines[2].contains(r#","'=1+1","#), "a spreadsheet would run it: {text}");
    let unknown = shop.try_ask("import_batch_report", json!({"batch_id": "nonsense"})).await.unwrap_err();
    assert_eq!(unknown["code"], "not_found");
    // A computer that did not read the file, or read it long ago, has the counts alone.
    let store = shop.program.opened(zhanggui_app::wire::StoreChoice::Own).unwrap();
    let mut write = store.begin(store::Queue::Person).await.unwrap();
    write.forget_findings(0).await.unwrap();
    write.commit_local().await.unwrap();
    let opened = shop.ask("import_batch_report", json!({"batch_id": done["batch_id"]})).await;
    assert_eq!((&opened["findings_kept"], &opened["report"]["rejected"], &opened["report"]["findings"]), (&json!(false), &json!(2), &json!([])));
    shop.program.shut_down().await;
}
