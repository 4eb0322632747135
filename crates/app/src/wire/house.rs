//! Jobs, notices, settings, backup and sync: what keeps the house in order.

wire_enum! {
    pub enum JobKind { DemoMake, ImportDryRun, ImportApply, ImportUndo, Backup, Export, Sync }
    pub enum JobState { Running, Done, Failed, Cancelled }
    pub enum NoticeLevel { Info, Warn, Error }
    /// What stands at a path: nothing typed, no whole path, a file, a folder, or a folder that would be made.
    pub enum FolderState { Empty, NotWhole, NotFolder, There, New }
    pub enum Theme { System, Light, Dark }
}

wire! {
    /// A job on its way. `done` of `total` in `unit` (rows, bytes, steps); `total` 0 while unknown.
    pub struct Job {
        pub id: String,
        pub kind: JobKind,
        pub state: JobState,
        pub title: String,
        pub done: i64,
        pub total: i64,
        pub unit: String,
        pub started_at_ms: i64,
        pub ended_at_ms: Option<i64>,
        pub can_cancel: bool,
        pub error: Option<WireError>,
        /// What came of it: for an import the batch id, for an export the download id.
        pub result: Option<String>,
    }
    pub struct JobRef { pub job_id: String }
    pub struct Jobs { pub jobs: Vec<Job> }

    /// An error as the UI gets it: it acts on `code` only; `message` is for the person, `reference` for the log.
    pub struct WireError { pub code: String, pub message: String, pub reference: Option<String>, pub field: Option<String>, pub wait_s: Option<u32> }

    pub struct Notice { pub id: String, pub at_ms: i64, pub level: NoticeLevel, pub message_key: String, pub params: Vec<String> }
    pub struct Notices { pub notices: Vec<Notice> }

    pub struct Settings {
        pub language: Language,
        pub theme: Theme,
        pub backup_dir: Option<String>,
        pub idle_lock_min: u32,
    }
    pub struct SettingsSet { pub language: Option<Language>, pub theme: Option<Theme>, pub backup_dir: Option<String>, pub idle_lock_min: Option<u32> }
    /// A folder as far as it is typed; empty asks only for places that suit.
    pub struct FolderLookAt { pub path: String }
    pub struct Folder { pub path: String, pub same_disk: bool }
    /// `same_disk`: the folder lies on the disk that the books lie on. `places` suit, the best first; `inside` are the folders that the typed text may go on to.
    pub struct FolderLook { pub state: FolderState, pub same_disk: bool, pub places: Vec<Folder>, pub inside: Vec<String> }
    pub struct BackupStatus { pub dir: Option<String>, pub last_at_ms: Option<i64>, pub last_bytes: Option<i64>, pub verified: bool, pub overdue: bool }
    /// `url` is shown without its password.
    pub struct SyncStatus { pub url: Option<String>, pub last_at_ms: Option<i64>, pub waiting: i64, pub quarantined: i64, pub error: Option<String>, pub every_s: u32 }
    pub struct SyncSet { pub url: Option<String>, pub every_s: Option<u32> }
    /// The whole path of a file that is not there yet.
    pub struct StoreCopy { pub path: String }
    /// The whole path of a folder.
    pub struct BackupTo { pub dir: String }
    /// Name, password and a code that was not used, shown for this alone.
    pub struct KeyExport { pub name: String, pub password: String, pub code: String }
    /// As `PRAGMA key` takes it; for a copy, never for the live file.
    pub struct ExportedKey { pub database_key: String }
    pub struct CentralInit { pub url: String }
    /// The code counts once, for so many minutes.
    pub struct JoinCode { pub join_code: String, pub minutes: u32 }
    pub struct StoreCheck { pub pages_ok: bool, pub chain_ok: bool, pub sums_ok: bool, pub caches_ok: bool, pub entries: i64, pub findings: Vec<String> }
}
use super::Language;
