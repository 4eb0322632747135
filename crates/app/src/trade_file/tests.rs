//! The real file, and small files of every kind.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use domain::trade_file::{
    CleansingRules, CodeKind, IdSpace, LineKind, LineWarning, MatchRule, MatchedShare, RejectReason, SaleMatch, SaleWindow, Tally, TradeLine, cleanse,
    cleanse_visit, content_of,
};
use jiff::tz::TimeZone;
use uuid::Uuid;

use super::*;

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data/sample").join(name)
}

/// Everything that an import does with a file but the writing.
fn run(path: &Path, mut each: impl FnMut(&TradeLine, Uuid, Option<&SaleMatch>)) -> Tally {
    let space = IdSpace::new(Uuid::from_u128(1), "retail", 0);
    let rules = CleansingRules::default();
    let mut reader = open(path, &TimeZone::UTC).unwrap();
    let (mut occurrences, mut window, mut tally) = (HashMap::<_, u32>::new(), SaleWindow::default(), Tally::default());
    loop {
        let chunk = reader.next_chunk(5_000).unwrap();
        if chunk.is_empty() {
            return tally;
        }
        for raw in chunk {
            let line = match cleanse(raw, &rules) {
                Ok(line) => line,
                Err(rejected) => {
                    tally.reject(rejected.reason);
                    continue;
                }
            };
            let content = content_of(&line);
            let nth = occurrences.entry((line.invoice.clone(), content)).or_default();
            *nth += 1;
            let nth = *nth;
            let id = space.line(&line.invoice, &content, nth);
            tally.take(&line, nth);
            window.sell(&line, id, space.order(&line.invoice));
            let found = window.take_back(&line);
            if let Some(found) = &found {
                tally.match_found(&line, found);
            }
            each(&line, id, found.as_ref());
        }
    }
}

#[test]
fn the_real_file_comes_to_the_settled_figures() {
    let mut ids = HashSet::new();
    let mut kinds: BTreeMap<CodeKind, u64> = BTreeMap::new();
    // Cancelled goods: lines and pence, all of them and those that found their sale.
    let (mut goods, mut goods_found) = ((0_u64, 0_i64), (0_u64, 0_i64));
    let tally = run(&sample("online_retail.parquet"), |line, id, found| {
        ids.insert(id);
        *kinds.entry(line.code_kind).or_default() += 1;
        if line.kind == LineKind::Cancellation && line.code_kind == CodeKind::Goods {
            goods = (goods.0 + 1, goods.1 + line.refunded_minor());
            if found.is_some_and(|found| found.rule != MatchRule::PartOfReturn) {
                goods_found = (goods_found.0 + 1, goods_found.1 + line.refunded_minor());
            }
        }
    });
    assert_eq!(tally.lines, 1_044_847);
    assert_eq!(ids.len(), 1_044_847, "every line has an id of its own");
    assert_eq!(tally.orders, 41_937);
    assert_eq!(tally.refunds, 8_292);
    assert_eq!(tally.refund_lines, 19_165);
    assert_eq!(tally.write_offs, 3_393);
    assert_eq!(tally.adjustments, 6);
    assert_eq!(tally.rejected_rows(), 0);
    assert_eq!(tally.repeated_lines, 11_814);
    let warnings = [(LineWarning::SubPennyPrice, 18), (LineWarning::PositiveOnCancellation, 1)];
    assert_eq!(tally.warnings, BTreeMap::from(warnings));
    // The sums are those of tests/readers/retail_sums.py, which shares no code with this program.
    assert_eq!(tally.gmv_minor, 2_052_266_184);
    assert_eq!(tally.refunded_minor, 146_530_366);
    let span = tally.span.unwrap();
    assert_eq!(span.0.to_string(), "2009-12-01T07:45:00");
    assert_eq!(span.1.to_string(), "2011-12-09T12:50:00");
    let kinds: Vec<_> = kinds.iter().map(|(kind, count)| format!("{}={count}", kind.key())).collect();
    assert_eq!(
        kinds.join(" "),
        "goods=1039035 postage=3788 bank_charges=100 manual=1403 discount=173 gift_voucher=101 fee=36 samples=102 \
         charity=16 test=17 adjustment=76"
    );
    // The shares that docs/import.md states; a change of the rule shows here.
    let shares: Vec<_> = tally.matched.iter().map(|(rule, share)| format!("{}={}", rule.key(), share.lines)).collect();
    assert_eq!(shares.join(" "), "same_purchase=15145 several_purchases=110 other_price=780 several_prices=13 part_of_return=126 no_customer=279");
    assert_eq!(tally.matched_share(), MatchedShare { lines: 16_453, value_minor: 84_045_795 });
    assert_eq!((goods, goods_found), ((17_974, 71_969_294), (16_087, 67_568_077)));
}

/// A file of a test, gone with it.
fn written(name: &str, bytes: &[u8]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

/// The lines of a file as text, with the order of their dates.
fn lines_of(path: &Path) -> Vec<String> {
    let mut reader = open(path, &TimeZone::get("Asia/Shanghai").unwrap()).unwrap();
    let mut lines = Vec::new();
    loop {
        let chunk = reader.next_chunk(3).unwrap();
        if chunk.is_empty() {
            return lines;
        }
        lines.extend(chunk.into_iter().map(|raw| match cleanse(raw, &CleansingRules::default()) {
            Ok(line) => format!(
                "{} {} {} {} {} {} {} {}",
                line.row,
                line.invoice,
                line.code,
                line.description.as_deref().unwrap_or("-"),
                line.quantity_milli,
                line.at,
                line.amount_minor,
                line.customer.as_deref().unwrap_or("-"),
            ),
            Err(rejected) => format!("{} {} {:?}", rejected.row, rejected.reason.key(), rejected.found),
        }));
    }
}

const SHOP: &str = "某某店铺 2024 年 3 月订单\n订单号,货号,品名,数量,下单时间,单价(元),顾客\n\
    1001,A-1,樱桃灯,2,2024年3月5日 8:26,\"1,234.50\",13085.0\n,,,,,,\n\
    =\"1002\",A-2,\"碗,大\",1.5,2024-03-05T00:30:00Z,￥2,\n\
    6.92017E+17,A-2,碗,1,2024-03-06,2,\n合计,,,4.5,,,\n";

const SHOP_LINES: [&str; 4] = [
    "3 1001 A-1 樱桃灯 2000 2024-03-05T08:26:00 246900 13085",
    "5 1002 A-2 碗,大 1500 2024-03-05T08:30:00 300 -",
    "6 invoice_digits_lost \"6.92017E+17\"",
    "7 missing_code \"\"",
];

#[test]
fn a_shop_s_own_csv_in_every_encoding_and_with_every_separator() {
    let with_mark = [b"\xEF\xBB\xBF", SHOP.as_bytes()].concat();
    let gb = encoding_rs::GB18030.encode(SHOP).0.into_owned();
    for (bytes, encoding) in [(SHOP.as_bytes().to_vec(), "UTF-8"), (with_mark, "UTF-8 BOM"), (gb, "GB18030")] {
        let (_folder, path) = written("orders.csv", &bytes);
        let probe = probe(&path, FileKind::Orders).unwrap();
        assert_eq!(probe.encoding.as_deref(), Some(encoding));
        assert_eq!((probe.mapping.heading_row, probe.mapping.delimiter), (2, Some(',')));
        assert_eq!(probe.columns[5], "单价(元)");
        assert_eq!(probe.sample_rows[0][2], "樱桃灯");
        assert_eq!(lines_of(&path), SHOP_LINES, "{encoding}");
    }
    for separator in ['\t', ';', '|'] {
        let mut text = String::new();
        let mut rows = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(SHOP.as_bytes());
        for row in rows.records() {
            let row = row.unwrap();
            let cells: Vec<_> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
            writeln!(text, "{}", cells.join(&separator.to_string())).unwrap();
        }
        let (_folder, path) = written("orders.csv", text.as_bytes());
        // The sample's = mark was taken for a quotation by the first reading, so only its other rows are compared.
        assert_eq!(lines_of(&path)[0], SHOP_LINES[0], "{separator:?}");
        assert_eq!(lines_of(&path)[2..], SHOP_LINES[2..], "{separator:?}");
    }
}

#[test]
fn numbers_and_dates_as_the_file_writes_them() {
    let european = "Invoice;StockCode;Quantity;InvoiceDate;Price\n1;A;2;5/3/2024 8:26;12,50\n2;A;1,5;25/3/2024 8:26;1.000,00\n";
    let (_folder, path) = written("orders.csv", european.as_bytes());
    let mapping = probe(&path, FileKind::Orders).unwrap().mapping;
    assert!(mapping.decimal_comma && mapping.date_order_certain);
    assert_eq!(mapping.date_order, DateOrder::DayFirst);
    let expect = ["2 1 A - 2000 2024-03-05T08:26:00 2500 -", "3 2 A - 1500 2024-03-25T08:26:00 150000 -"];
    assert_eq!(lines_of(&path), expect);

    // Where nothing but thousands has points they stand between thousands, also without a comma behind.
    let thousands = "Invoice;StockCode;Quantity;InvoiceDate;Price\n1;A;2;5/3/2024 8:26;1.234\n2;A;1;25/3/2024 8:26;12,50\n3;A;1;25/3/2024 8:26;0,125\n";
    let (_folder, path) = written("orders.csv", thousands.as_bytes());
    assert!(probe(&path, FileKind::Orders).unwrap().mapping.decimal_comma);
    let expect = ["2 1 A - 2000 2024-03-05T08:26:00 246800 -", "3 2 A - 1000 2024-03-25T08:26:00 1250 -", "4 3 A - 1000 2024-03-25T08:26:00 13 -"];
    assert_eq!(lines_of(&path), expect);

    // All numbers begin with C and none is below zero: these are no refunds.
    let lettered = "Invoice,StockCode,Quantity,InvoiceDate,Price\nC1,A,2,1/2/2024,1\nC2,A,2,2/2/2024,1\n";
    let (_folder, path) = written("orders.csv", lettered.as_bytes());
    let mapping = probe(&path, FileKind::Orders).unwrap().mapping;
    assert!(!mapping.letters_mark_refunds && !mapping.date_order_certain);
    assert_eq!(mapping.date_order, DateOrder::DayFirst, "read month first, two days would be a month");
    // What is below nothing is so however it is written.
    for quantity in ["-1", "(1)", "−1", "－1", "\"-1,5\"", "(2.5)", "=\"-1\"", " - 1"] {
        let (_folder, path) = written("refunds.csv", lettered.replace(",2,", &format!(",{quantity},")).as_bytes());
        assert!(probe(&path, FileKind::Orders).unwrap().mapping.letters_mark_refunds, "{quantity}");
    }
    let again: Mapping = serde_json::from_str(&serde_json::to_string(&mapping).unwrap()).unwrap();
    assert_eq!(again, mapping);
}

#[test]
fn the_csv_extract_has_the_same_ids_as_the_parquet() {
    let mut from_csv = Vec::new();
    run(&sample("retail_head.csv"), |_, id, _| from_csv.push(id));
    assert!(from_csv.len() > 20_000);
    let mut from_parquet = Vec::with_capacity(from_csv.len());
    run(&sample("online_retail.parquet"), |_, id, _| {
        if from_parquet.len() < from_csv.len() {
            from_parquet.push(id);
        }
    });
    assert!(from_csv == from_parquet, "the same trade in two formats is the same rows");
}

#[test]
fn a_workbook() {
    use rust_xlsxwriter::{ExcelDateTime, Format, Workbook};
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.xlsx");
    let mut book = Workbook::new();
    book.add_worksheet().set_name("说明").unwrap().write(0, 0, "导出说明").unwrap();
    let sheet = book.add_worksheet().set_name("订单").unwrap();
    for (column, heading) in ["单号", "商品编码", "商品名称", "数量", "下单时间", "单价", "会员号"].into_iter().enumerate() {
        sheet.write(0, column as u16, heading).unwrap();
    }
    let date = Format::new().set_num_format("yyyy-mm-dd hh:mm");
    for row in 1..=1_500 {
        sheet.write(row, 0, f64::from(489_000 + row)).unwrap();
        sheet.write(row, 1, "85048").unwrap();
        sheet.write(row, 2, "樱桃灯").unwrap();
        sheet.write(row, 3, if row == 2 { 0.5 } else { 12.0 }).unwrap();
        let at = ExcelDateTime::from_ymd(2010, 12, 1).unwrap().and_hms(8, 26, 0).unwrap();
        sheet.write_with_format(row, 4, &at, &date).unwrap();
        sheet.write(row, 5, 6.95).unwrap();
    }
    sheet.write(1_501, 0, 692_017_000_000_000_000.0).unwrap();
    book.save(&path).unwrap();

    let probe = probe(&path, FileKind::Orders).unwrap();
    assert_eq!((probe.format, probe.mapping.sheet.as_deref()), (FileFormat::Xlsx, Some("订单")));
    assert_eq!(probe.row_count_estimate, 1_501);
    let lines = lines_of(&path);
    assert_eq!(lines.len(), 1_501);
    assert_eq!(lines[0], "2 489001 85048 樱桃灯 12000 2010-12-01T08:26:00 8340 -");
    assert_eq!(lines[1], "3 489002 85048 樱桃灯 500 2010-12-01T08:26:00 348 -");
    assert_eq!(lines[1_500], "1502 invoice_digits_lost \"6.92017E+17\"");

    // A reader that is dropped in the middle leaves no thread that waits for ever.
    let mut reader = open(&path, &TimeZone::UTC).unwrap();
    assert_eq!(reader.next_chunk(1).unwrap().len(), 1);
}

/// Prices that are texts with a comma say nothing of cells that hold a number.
#[test]
fn a_number_of_a_sheet_is_that_number() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("orders.xlsx");
    let mut book = rust_xlsxwriter::Workbook::new();
    let sheet = book.add_worksheet();
    for (column, heading) in ["Invoice", "StockCode", "Quantity", "InvoiceDate", "Price"].into_iter().enumerate() {
        sheet.write(0, column as u16, heading).unwrap();
    }
    for (row, price) in [(1, "12,50"), (2, "1.234,00")] {
        for (column, text) in [(0, "1"), (1, "A"), (3, "2024-03-25 08:26"), (4, price)] {
            sheet.write(row, column, text).unwrap();
        }
        sheet.write(row, 2, 1.234).unwrap();
    }
    book.save(&path).unwrap();
    assert!(probe(&path, FileKind::Orders).unwrap().mapping.decimal_comma);
    let expect = ["2 1 A - 1234 2024-03-25T08:26:00 1543 -", "3 1 A - 1234 2024-03-25T08:26:00 152276 -"];
    assert_eq!(lines_of(&path), expect);
}

#[test]
fn visits() {
    let text = "日期,小时,渠道,访客数,访问次数\n2024-03-05,8,小程序,120,150\n2024-03-05,25,小程序,1,\n2024-03-06,,,30,\n";
    let (_folder, path) = written("visits.csv", text.as_bytes());
    let mapping = probe(&path, FileKind::Visits).unwrap().mapping;
    let rows = open_visits(&path, &mapping, &TimeZone::UTC).unwrap().next_chunk(10).unwrap();
    let rows: Vec<_> = rows.into_iter().map(cleanse_visit).collect();
    let first = rows[0].clone().unwrap();
    assert_eq!((first.hour, first.visitors, first.sessions), (Some(8), 120, Some(150)));
    assert_eq!(rows[1].clone().unwrap_err().reason, RejectReason::UnreadableHour);
    let last = rows[2].clone().unwrap();
    assert_eq!((last.date.to_string(), last.hour, last.channel, last.sessions), ("2024-03-06".into(), None, None, None));
}

#[test]
fn what_is_no_file_of_trade_is_refused_with_its_remedy() {
    let check = |name: &str, bytes: &[u8], expect: &str| {
        let (_folder, path) = written(name, bytes);
        let key = match open(&path, &TimeZone::UTC).map(|mut reader| reader.next_chunk(100_000)) {
            Ok(Ok(lines)) => format!("{} lines", lines.len()),
            Ok(Err(error)) | Err(error) => {
                let told = crate::speech::told(crate::wire::Language::Zh, &error.to_string());
                assert!(error.to_string().contains(':') && told.contains('：') && !told.contains(" the "), "{told}");
                error.key().to_owned()
            }
        };
        assert_eq!(key, expect, "{name}");
    };
    let headings = "Invoice,StockCode,Quantity,InvoiceDate,Price\n";
    check("empty.csv", b"", "file_empty");
    check("headings_only.csv", headings.as_bytes(), "0 lines");
    check("noise.xlsx", "øË\u{8}9…,Ó\u{2}ˆ\nœ,I6\n".as_bytes(), "file_unknown_format");
    check("old.xls", &[0xD0, 0xCF, 0x11, 0xE0, 1, 2], "file_unknown_format");
    check("page.csv", b"<html>", "file_unknown_format");
    check("letter.csv", b"Dear shop,\nhow are you", "file_missing_column");
    check("cut.parquet", b"PAR1 and then nothing", "file_damaged");
    check("cut.xlsx", b"PK\x03\x04 and then nothing", "file_damaged");
    let endless = format!("{headings}1,A,2,2024-03-05,1\n2,\"A,2,{}", "2024-03-05,1\n".repeat(200_000));
    check("endless.csv", endless.as_bytes(), "file_endless_row");
    assert_eq!(open(Path::new("/nowhere"), &TimeZone::UTC).err().unwrap().key(), "file_open");
}

#[test]
fn a_workbook_that_unpacks_to_a_thousand_times_its_size_is_refused() {
    use std::io::Write as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bomb.xlsx");
    let mut archive = zip::ZipWriter::new(std::fs::File::create(&path).unwrap());
    archive.start_file("xl/sharedStrings.xml", zip::write::SimpleFileOptions::default()).unwrap();
    let blanks = vec![b' '; 1024 * 1024];
    for _ in 0..8 {
        archive.write_all(&blanks).unwrap();
    }
    archive.finish().unwrap();
    assert_eq!(probe(&path, FileKind::Orders).unwrap_err().key(), "file_too_large");
}

/// The rows of a file with the reasons of those that are not taken.
fn taken_of(text: &str) -> Vec<String> {
    let (_folder, path) = written("trade.csv", text.as_bytes());
    lines_of(&path)
}

const HEADING: &str = "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country";

#[test]
fn a_quotation_mark_that_is_not_closed_takes_no_row_with_it_in_silence() {
    let row = |n: u32, name: &str| format!("{n},A,{name},1,2024-03-15 10:00,5,17850,China");
    let whole = [row(1, "cup"), row(2, "cup"), row(3, "cup"), row(4, "cup")];
    // Closed in the same column of a later row, in another column, and never.
    for (broken, closing) in [(row(2, "\"cup"), row(4, "\"cup")), (row(2, "\"cup"), row(4, "cup").replace("4,A", "4,\"A")), (row(2, "\"cup"), row(4, "cup"))] {
        let text = [HEADING, &whole[0], &broken, &whole[2], &closing, ""].join("\n");
        let taken = taken_of(&text);
        assert_eq!(taken.len(), 2, "{taken:?}");
        assert!(taken[0].starts_with("2 1 A cup") && taken[1].starts_with("3 unclosed_quote"), "{taken:?}");
    }
    // A break that belongs to a cell is no fault.
    let text = [HEADING, &whole[0], &row(2, "\"cup,\nblue, large\""), &whole[2], ""].join("\n");
    let taken = taken_of(&text);
    assert_eq!(taken.len(), 3, "{taken:?}");
    assert!(taken[1].starts_with("3 2 A cup,\nblue, large"), "{taken:?}");
}

#[test]
fn a_row_with_more_cells_than_the_heading_is_not_read_shifted() {
    let text = [HEADING, "1,A,cup, blue,1,2024-03-15,5,17850,China", "2,A,cup,1,2024-03-15,5,17850,China,,", "3,A,cup,1,2024-03-15,5", ""].join("\n");
    let taken = taken_of(&text);
    assert!(taken[0].starts_with("2 too_many_cells \"China\""), "{taken:?}");
    assert!(taken[1].starts_with("3 2 A cup") && taken[2].starts_with("4 3 A cup"), "{taken:?}");
}

#[test]
fn lines_may_end_with_a_carriage_return_alone() {
    let text = [HEADING, "1,A,cup,1,2024-03-15,5,17850,China", "2,A,cup,1,2024-03-15,5,17850,China", ""].join("\r");
    let taken = taken_of(&text);
    assert_eq!(taken.len(), 2, "{taken:?}");
    assert!(taken[0].starts_with("2 1 A") && taken[1].starts_with("3 2 A"), "{taken:?}");
}

/// A Parquet file as other programs pack it: Snappy is what most write.
#[test]
fn parquet_is_read_however_it_is_packed() {
    use parquet::{
        basic::{Compression, GzipLevel, ZstdLevel},
        data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type},
        file::{properties::WriterProperties, writer::SerializedFileWriter},
        schema::parser::parse_message_type,
    };
    let schema = "message orders { required binary Invoice (UTF8); required binary StockCode (UTF8); required int64 Quantity;
        required binary InvoiceDate (UTF8); required double Price; }";
    for packed in [Compression::UNCOMPRESSED, Compression::SNAPPY, Compression::GZIP(GzipLevel::default()), Compression::ZSTD(ZstdLevel::default())] {
        let (_folder, path) = written("orders.parquet", b"");
        let properties = WriterProperties::builder().set_compression(packed).build().into();
        let file = std::fs::File::create(&path).unwrap();
        let mut writer = SerializedFileWriter::new(file, parse_message_type(schema).unwrap().into(), properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        for text in [Some("1"), Some("A"), None, Some("2024-03-05 08:26:00")] {
            let mut column = group.next_column().unwrap().unwrap();
            match text {
                Some(text) => column.typed::<ByteArrayType>().write_batch(&[ByteArray::from(text)], None, None).unwrap(),
                None => column.typed::<Int64Type>().write_batch(&[2], None, None).unwrap(),
            };
            column.close().unwrap();
        }
        let mut column = group.next_column().unwrap().unwrap();
        column.typed::<DoubleType>().write_batch(&[12.5], None, None).unwrap();
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        assert_eq!(lines_of(&path), ["1 1 A - 2000 2024-03-05T08:26:00 2500 -"], "{packed}");
    }
}
