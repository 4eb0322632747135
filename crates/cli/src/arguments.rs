//! The words of the command line.

use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Parser)]
#[command(
    name = "zhanggui",
    version,
    about = "Zhanggui 掌柜: the back office of a shop, from a terminal",
    after_help = "Exit codes: 0 done, 1 fault, 2 usage, 3 refused or not signed in, 4 not found, 5 the store is open elsewhere, 6 bad input file, 7 the store is damaged."
)]
pub struct Arguments {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// One line of `batch`, or one command passed to a kept session.
#[derive(Debug, Parser)]
#[command(name = "zhanggui", no_binary_name = true, disable_help_flag = true, disable_version_flag = true)]
pub struct Line {
    /// Understood and without effect: a line is always answered in JSON
    #[arg(long = "json", global = true, hide = true)]
    _json: bool,
    #[command(subcommand)]
    pub command: Command,
}

/// What every command understands.
#[derive(Debug, Clone, Args)]
pub struct Common {
    /// The folder of the data, in place of the system's usual one
    #[arg(long, global = true, value_name = "DIR")]
    pub dir: Option<PathBuf>,
    /// Work in the demo shop
    #[arg(long, global = true)]
    pub demo: bool,
    /// Who signs in
    #[arg(long, global = true, value_name = "NAME")]
    pub user: Option<String>,
    /// A file that holds the password; asked on a terminal where it is missing
    #[arg(long, global = true, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
    /// The six digits of the authenticator; asked on a terminal where they are missing
    #[arg(long, global = true, value_name = "CODE")]
    pub totp: Option<String>,
    /// Where the secret of this device is kept
    #[arg(long, global = true, value_enum, default_value_t = Keyring::Os)]
    pub keyring: Keyring,
    /// The language of what is said; else that of the locale (LC_ALL, LC_MESSAGES, LANG)
    #[arg(long, global = true, value_enum)]
    pub lang: Option<Tongue>,
    /// Answer in JSON
    #[arg(long, global = true)]
    pub json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Keyring {
    /// The keyring of the operating system
    Os,
    /// A file beside the store, readable by you alone
    File,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Make, check, back up and restore a store
    #[command(subcommand)]
    Store(StoreCommand),
    /// Bring trade in from files
    #[command(subcommand)]
    Import(ImportCommand),
    /// Figures
    #[command(subcommand)]
    Report(ReportCommand),
    /// The order book
    #[command(subcommand)]
    Orders(OrdersCommand),
    /// Read one command a line from standard input, after one sign-in, and answer one JSON a line
    Batch,
    /// Sign in once for this terminal: later commands need no password for 15 minutes after the last one
    Login,
    /// End the session that `login` began
    Logout,
    /// Serve the program to a browser on this computer
    Serve(Serve),
    /// The shops of the business
    #[command(subcommand)]
    Shop(ShopCommand),
    /// Your own sign-in
    #[command(subcommand)]
    User(UserCommand),
    /// The central database
    #[command(subcommand)]
    Central(CentralCommand),
    /// Exchange with the central database
    #[command(subcommand)]
    Sync(SyncCommand),
    /// Print the completions of a shell
    Completions { shell: clap_complete::Shell },
    /// Hold a session; `login` starts it
    #[command(hide = true)]
    KeepSession,
}

#[derive(Debug, Subcommand)]
pub enum StoreCommand {
    /// Make your shop's store; prints what the authenticator needs and the recovery sheet, once
    Create(StoreCreate),
    /// Verify pages, journal, sums and caches
    Check {
        /// Make the caches anew from the facts
        #[arg(long)]
        repair: bool,
    },
    /// Write an encrypted backup and read it back
    Backup {
        /// The folder; else the one of the settings
        #[arg(long, value_name = "DIR")]
        to: Option<PathBuf>,
    },
    /// Put a backup in the place of the store; with --password-file on a computer that does not know it, as `store recover` does
    Restore {
        file: PathBuf,
        /// A file that holds the recovery key of the recovery sheet
        #[arg(long, value_name = "FILE")]
        recovery_key_file: PathBuf,
    },
    /// Open the store with the recovery key, where this computer does not know it any more or the password is forgotten: a new password, a new recovery key
    Recover {
        /// A file that holds the recovery key of the recovery sheet
        #[arg(long, value_name = "FILE")]
        recovery_key_file: PathBuf,
        /// The phone is gone for good and the recovery codes too: a new authenticator and new codes as well
        #[arg(long)]
        new_authenticator: bool,
    },
    /// Print the key of the database, for other programs that open a copy
    ExportKey,
    /// Write a copy of the database for other programs; never let them open the live file
    ExportCopy { file: PathBuf },
}

#[derive(Debug, Args)]
pub struct StoreCreate {
    /// The name with which the owner signs in
    #[arg(long, value_name = "NAME")]
    pub owner: Option<String>,
    /// The name of the shop
    #[arg(long, value_name = "NAME")]
    pub shop: Option<String>,
    /// The currency of the books, by its three letters
    #[arg(long, default_value = "CNY")]
    pub currency: String,
    /// The time zone of the shop, by its city
    #[arg(long, default_value = "Asia/Shanghai")]
    pub zone: String,
    #[arg(long, value_enum, default_value_t = Tongue::Zh)]
    pub language: Tongue,
    /// The folder of the daily backups
    #[arg(long, value_name = "DIR")]
    pub backup_dir: Option<PathBuf>,
    /// Join the business whose central database this is, as its second store
    #[arg(long, value_name = "URL", requires = "code_file")]
    pub join: Option<String>,
    /// A file that holds the join code that the first store printed (`central invite`)
    #[arg(long, value_name = "FILE", requires = "join")]
    pub code_file: Option<PathBuf>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    Zh,
    En,
}

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Orders and refunds from a CSV, XLSX or Parquet file
    Orders(ImportOrders),
    /// Visitors by day and channel, for the conversion rate
    Visits(ImportVisits),
    /// Take an import back
    Undo { id: String },
    /// The imports of this store
    List,
}

#[derive(Debug, Args)]
pub struct ImportOrders {
    pub file: PathBuf,
    /// Look only: say what would come in and what is wrong
    #[arg(long)]
    pub dry_run: bool,
    /// The shop whose trade it is; made where there is none of this name
    #[arg(long, value_name = "NAME")]
    pub shop: Option<String>,
    /// The currency of the file, where it is not the shop's: it goes into a shop of its own
    #[arg(long)]
    pub currency: Option<String>,
    /// The time zone of the file, where it is not the shop's: it goes into a shop of its own
    #[arg(long)]
    pub zone: Option<String>,
    /// What comes first in dates such as 3/4/2026, where the file itself does not show it
    #[arg(long, value_name = "ORDER")]
    pub date_order: Option<DatesBegin>,
    /// What negative quantities on orders without C are; remembered for files with the same headings
    #[arg(long, value_name = "KIND")]
    pub negative: Option<Negative>,
    /// Make shops of the names in its column of shops that are not here; without it their rows are left out
    #[arg(long)]
    pub add_shops: bool,
}

/// What a date of two small numbers begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DatesBegin {
    MonthFirst,
    DayFirst,
}

/// What a quantity below nothing is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Negative {
    WriteOff,
    Refund,
}

#[derive(Debug, Args)]
pub struct ImportVisits {
    pub file: PathBuf,
    /// The shop that was visited; else the first one
    #[arg(long, value_name = "NAME")]
    pub shop: Option<String>,
}

#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// The figures of a period, dates inclusive; null is what the data cannot say
    Kpi {
        #[arg(long, value_name = "DATE")]
        from: String,
        #[arg(long, value_name = "DATE")]
        to: String,
        /// Of this shop alone; may be given several times
        #[arg(long, value_name = "NAME")]
        shop: Vec<String>,
    },
}

#[derive(Debug, Subcommand)]
pub enum OrdersCommand {
    /// Orders, newest first
    List(OrdersList),
}

#[derive(Debug, Args)]
pub struct OrdersList {
    /// At most so many
    #[arg(long, default_value_t = 50)]
    pub limit: u32,
    /// Go on after this cursor (`next` of the last answer)
    #[arg(long)]
    pub after: Option<String>,
    /// Number, goods, customer or phone tail
    #[arg(long)]
    pub text: Option<String>,
    /// From this business date
    #[arg(long, value_name = "DATE")]
    pub from: Option<String>,
    /// To this business date, inclusive
    #[arg(long, value_name = "DATE")]
    pub to: Option<String>,
    /// Of this shop alone; may be given several times
    #[arg(long, value_name = "NAME")]
    pub shop: Vec<String>,
    /// counter, mini_program, web, app, errand or import
    #[arg(long)]
    pub channel: Vec<String>,
    /// unpaid, partial, paid or closed
    #[arg(long)]
    pub pay: Vec<String>,
    /// none, waiting, underway, done or closed
    #[arg(long)]
    pub fulfil: Vec<String>,
    /// none, underway, part or all
    #[arg(long)]
    pub refund: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub enum ShopCommand {
    /// The shops
    List,
    /// Add a shop; its currency and zone are for good
    Add {
        name: String,
        /// The currency of its books, by its three letters; else that of the first shop
        #[arg(long)]
        currency: Option<String>,
        /// Its time zone, by its city; else that of the first shop
        #[arg(long)]
        zone: Option<String>,
    },
    /// Give a shop another name
    Rename {
        /// The name it has now, or its id
        shop: String,
        new_name: String,
    },
}

#[derive(Debug, Subcommand)]
pub enum UserCommand {
    /// Change your password: shows name, password and a code of its own with this very command
    Password {
        /// A file that holds the new password; asked on a terminal where it is missing
        #[arg(long, value_name = "FILE")]
        new_password_file: Option<PathBuf>,
    },
}

#[derive(Debug, Args)]
pub struct Serve {
    /// The port on this computer; 0 takes any that is free
    #[arg(long, default_value_t = 7080)]
    pub port: u16,
}

#[derive(Debug, Subcommand)]
pub enum CentralCommand {
    /// Set up the central database and begin to exchange with it
    Init {
        #[arg(long)]
        url: String,
    },
    /// Print a code with which a second store joins
    Invite,
}

#[derive(Debug, Subcommand)]
pub enum SyncCommand {
    /// Exchange now
    Now,
    /// Where the exchange stands
    Status,
}
