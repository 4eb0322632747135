//! Writes the small store that `tests/readers/golden/` holds: keys, a database of two tables, a backup of it, and what opens them. Run it only
//! when a new version of a format is introduced, into a new folder: files of a released format stay as they are and must stay readable.
//!
//! `cargo run -p zhanggui-store --example store_fixture -- DIR`

use std::fs::{self, File};
use std::path::Path;
use std::sync::atomic::AtomicBool;

use domain::clock::Seeded;
use domain::{PersonId, StoreId};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection};
use uuid::Uuid;
use zhanggui_store::backup_format::{self, Header};
use zhanggui_store::keys::{self, Argon2Cost, KeyFile, RootKey, SignIn, SlotFile};

const PASSWORD: &str = "掌柜的 correct horse";
const NAME: &str = "Anna 掌柜";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = std::env::args_os().nth(1).ok_or("give the folder to write")?;
    let dir = Path::new(&dir);
    fs::create_dir_all(dir)?;
    // Seeded, because these keys protect nothing.
    let mut random = Seeded::new(20_261_122);
    let owner = SignIn { person_id: PersonId(Uuid::from_u128(2)), name: NAME, password: PASSWORD };
    let device = KeyFile::in_folder(dir);
    let created = keys::create(dir, StoreId(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001)), &owner, Argon2Cost::FLOOR, &device, &mut random)?;
    let clerk = SignIn { person_id: PersonId(Uuid::from_u128(3)), name: "Bo", password: "another" };
    keys::add_slot(dir, &created.root, &clerk, &device, &mut random)?;
    fs::write(dir.join("password"), format!("{PASSWORD}\n"))?;
    fs::write(dir.join("recovery-key"), format!("{}\n", created.recovery_key.to_text().as_str()))?;
    write_database(dir, &created.root).await?;
    write_backup(dir, &created.root, &mut random)?;
    Ok(())
}

async fn write_database(dir: &Path, root: &RootKey) -> Result<(), Box<dyn std::error::Error>> {
    let key = format!("\"{}\"", root.database_key().raw_literal().as_str());
    let options = SqliteConnectOptions::new().filename(dir.join("store.db")).create_if_missing(true).pragma("key", key).pragma("cipher_page_size", "8192");
    let mut connection = options.connect().await?;
    let statements = "CREATE TABLE product (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
        CREATE TABLE sale (id INTEGER PRIMARY KEY, amount_minor INTEGER NOT NULL);
        INSERT INTO product VALUES (1, '茶 tea'), (2, 'cup');
        WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 5000) INSERT INTO sale SELECT n, n * 100 FROM number;";
    sqlx::raw_sql(statements).execute(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

fn write_backup(dir: &Path, root: &RootKey, random: &mut Seeded) -> Result<(), Box<dyn std::error::Error>> {
    let mut database = File::open(dir.join("store.db"))?;
    let header = Header {
        schema_version: 1,
        created_at_ms: 1_763_769_600_000,
        journal_position: 42,
        journal_head: [7; 32],
        plain_len: database.metadata()?.len(),
        key_file: SlotFile::read(dir)?,
    };
    let mut out = File::create(dir.join("store.zgbackup"))?;
    backup_format::write(&mut database, &mut out, root, &header, random, &mut |_| {}, &AtomicBool::new(false))?;
    out.sync_all()?;
    Ok(())
}
