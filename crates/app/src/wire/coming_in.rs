//! Files coming in: upload, look, dry run, apply, undo.

wire_enum! {
    pub enum FileFormat { Csv, Xlsx, Parquet }
    /// What comes first in a date of two small numbers: 3/4 is the fourth of March, or the third of April.
    pub enum DateOrder { MonthFirst, DayFirst }
    /// What a negative quantity on an order without C means: goods that left the stock, or goods that came back.
    pub enum NegativeRows { WriteOff, Refund }
    pub enum ImportKind { Orders, Visits }
    pub enum ImportState { Applying, Stopped, Done, Undone }
}

wire! {
    /// A piece of a file, at most 1 MiB before base64. The first piece has no `upload_id` and is answered with one.
    pub struct UploadChunk { pub upload_id: Option<String>, pub file_name: String, pub offset: i64, pub base64: String }
    pub struct Uploaded { pub upload_id: String, pub bytes: i64 }

    /// Looks at an uploaded file (`upload_id`) or, in the demo, at the file that comes with the program (`sample` = true).
    pub struct ImportProbe { pub upload_id: Option<String>, pub sample: bool }
    pub struct ImportProbed {
        pub upload_id: String,
        pub file_name: String,
        pub format: FileFormat,
        pub encoding: String,
        pub columns: Vec<String>,
        pub sample_rows: Vec<Vec<String>>,
        /// For each of our fields the index of the column it is read from.
        pub mapping: Vec<FieldMapping>,
        pub remembered: bool,
        pub date_order: DateOrder,
        /// Whether the file itself proves that order; if not, the person is asked.
        pub date_order_certain: bool,
        /// What was said of negative quantities in a file with the same headings.
        pub negative_rows: Option<NegativeRows>,
    }
    /// `field`: invoice, stock_code, description, quantity, at, time, price, customer, phone, country, channel, shop, paid.
    pub struct FieldMapping { pub field: String, pub column: Option<u32>, pub required: bool }

    /// `date_order` is what the person said; null takes what the file shows, and where it shows nothing the likelier order with a warning. `shop_id` null makes a shop of its own for the file (with `new_shop_name`, `currency`, `zone`). `negative_rows` is what the person said; null keeps what was said before of such a file, else write-offs. `add_shops` true makes shops of the names in its column of shops that nobody knows; else their rows are rejected.
    pub struct ImportStart { pub upload_id: String, pub mapping: Vec<FieldMapping>, pub date_order: Option<DateOrder>, pub shop_id: Option<String>, pub new_shop_name: Option<String>, pub currency: Option<String>, pub zone: Option<String>, pub negative_rows: Option<NegativeRows>, pub add_shops: Option<bool>, pub dry_run: bool }
    pub struct ImportFinding { pub row: i64, pub reason: String, pub remedy: String, pub value: String }
    /// What a dry run found or an import did. Counts are of the file; `new_lines` are those that were not there yet.
    pub struct ImportReport {
        pub batch_id: Option<String>,
        pub dry_run: bool,
        pub lines: i64,
        pub new_lines: i64,
        pub orders: i64,
        pub refunds: i64,
        pub write_offs: i64,
        pub adjustments: i64,
        pub rejected: i64,
        pub warnings: i64,
        pub repeated_lines: i64,
        pub sub_penny_lines: i64,
        pub two_times_orders: i64,
        /// Orders and refunds that are here already and got lines which were not.
        pub grown_orders: i64,
        pub matched_refund_lines: i64,
        /// Of the refunds' value, what found its sale.
        pub matched_refunds_minor: i64,
        pub refund_lines: i64,
        pub sales_minor: i64,
        pub refunds_minor: i64,
        pub skus: i64,
        pub customers: i64,
        pub from: Option<String>,
        pub to: Option<String>,
        /// Lines with a negative quantity that no C explains, and what they were taken for.
        #[serde(default)]
        pub negative_lines: i64,
        #[serde(default)]
        pub negative_rows: Option<NegativeRows>,
        /// Whether the person is to be asked what they are: nobody said it, and the file has no C numbers to tell refunds by.
        #[serde(default)]
        pub negatives_asked: bool,
        /// Shops that the file names and that this makes, or would make.
        #[serde(default)]
        pub new_shops: Vec<String>,
        /// Shops that the file names and nobody knows; their rows are rejected. At most 50 are listed.
        #[serde(default)]
        pub unknown_shops: Vec<String>,
        /// Headings of columns of the file that nothing was read from.
        #[serde(default)]
        pub unused_columns: Vec<String>,
        /// The first 1,000 rows that were rejected, and of each kind of warning the first 50.
        pub findings: Vec<ImportFinding>,
    }
    /// Visits of a shop that is there.
    pub struct VisitsImport { pub upload_id: String, pub shop_id: String }
    pub struct ImportReportGet { pub job_id: String }
    pub struct ImportBatch { pub id: String, pub file_name: String, pub started_at_ms: i64, pub state: ImportState, pub lines: i64, pub orders: i64, pub refunds: i64, pub rejected: i64, pub can_undo: bool }
    pub struct Imports { pub imports: Vec<ImportBatch> }
    pub struct ImportRef { pub batch_id: String }
    /// What an import of this store did. The rows that it found something in are kept on the computer that imported, for the latest 100 imports; where
    /// they are not kept, `findings_kept` is false and the report has only the counts.
    pub struct ImportBatchReport { pub file_name: String, pub kind: ImportKind, pub currency: String, pub findings_kept: bool, pub report: ImportReport }
    pub struct ImportUndo { pub batch_id: String }
}
