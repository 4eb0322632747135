//! The forms of the database: which one a file has, the migrations from each to the next, and the copy that is kept of a file before it is migrated.
//!
//! Deliberately absent: connections and the lock of the folder (`open`).
//!
//! To change a table: a new file in `migrations/local`, a line in [`MIGRATIONS`], and [`FORM`] one higher. A migration that was released is never edited.

use crate::{Error, Result, place};
use sqlx::{Connection as _, Row as _, SqliteConnection};
use std::{
    fs::{self, OpenOptions},
    path::Path,
};

/// The migrations, forward only, in their order.
pub(crate) const MIGRATIONS: &[&str] = &[include_str!("../../../migrations/local/0001_first.sql"), include_str!("../../../migrations/local/0002_access.sql")];

/// The form of the database that this version writes.
pub(crate) const FORM: i64 = 2;

/// The form that a program writes which knows these migrations.
pub(crate) fn known(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

/// The form of a database; 0 where nothing was ever written into it.
pub(crate) async fn of(connection: &mut SqliteConnection) -> Result<i64> {
    Ok(sqlx::query("PRAGMA user_version").fetch_one(connection).await?.get(0))
}

/// Keeps a database of an older form beside it, whole and under the same key: with the program that wrote it, renamed back, it opens again.
///
/// No connection may be open to it in this process: copying closes a handle of its own, and where locks are POSIX's every lock of the process on the file
/// goes with it.
pub(crate) async fn keep_older(file: &Path, found: i64) -> Result<()> {
    let file = file.to_owned();
    tokio::task::spawn_blocking(move || copy_beside(&file, found)).await.map_err(|e| std::io::Error::other(e.to_string()))?
}

fn copy_beside(file: &Path, found: i64) -> Result<()> {
    let kept = file.with_file_name(format!("store.form-{found}.db"));
    let making = kept.with_extension("making");
    let copied = fs::copy(file, &making).and_then(|_| OpenOptions::new().write(true).open(&making)?.sync_all()).and_then(|()| fs::rename(&making, &kept));
    if copied.is_err() {
        let _ = fs::remove_file(&making);
    }
    copied.map_err(place::at(&kept))?;
    place::sync_folder(&kept)
}

/// Brings a database to the last form, each step whole or not at all.
pub(crate) async fn migrate(connection: &mut SqliteConnection, migrations: &[&'static str]) -> Result<()> {
    let (found, known) = (of(connection).await?, known(migrations));
    if found > known {
        return Err(Error::Newer { found, known });
    }
    for (form, sql) in (1_i64..).zip(migrations).skip(usize::try_from(found).unwrap_or(0)) {
        let mut tx = connection.begin().await?;
        sqlx::raw_sql(*sql).execute(&mut *tx).await?;
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("PRAGMA user_version = {form}"))).execute(&mut *tx).await?;
        tx.commit().await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Founding, Medium, Queue, Store,
        keys::{self, Argon2Cost, KeyFile, RootKey, SignIn},
        open::DATABASE_FILE,
    };
    use domain::{PersonId, StoreId, clock::Seeded};
    use uuid::Uuid;

    /// A store of the present form in `dir`, closed, with one row of its own.
    async fn made(dir: &Path) -> RootKey {
        let sign_in = SignIn { person_id: PersonId(Uuid::from_u128(1)), name: "owner", password: "three blue cups on a shelf" };
        let root = keys::create(dir, StoreId(Uuid::from_u128(2)), &sign_in, Argon2Cost::FLOOR, &KeyFile::in_folder(dir), &mut Seeded::new(7)).unwrap().root;
        let id = Uuid::from_u128;
        let founding = Founding { store_id: id(2), organisation_id: id(3), node_id: id(4), incarnation: id(5), kind: "own", now_ms: 1 };
        let store = Store::create(dir, root.duplicate(), &founding).await.unwrap();
        let mut write = store.begin(Queue::Person).await.unwrap();
        sqlx::query("INSERT INTO shared_setting VALUES (x'01', 1, 'cup', 'blue')").execute(&mut *write).await.unwrap();
        write.commit_local().await.unwrap();
        store.close().await.unwrap();
        root
    }

    async fn text(store: &Store, sql: &'static str) -> String {
        sqlx::query_scalar(sql).fetch_one(&mut *store.reader().await.unwrap()).await.unwrap()
    }

    #[test]
    fn the_form_is_that_of_the_last_migration() {
        assert_eq!(known(MIGRATIONS), FORM);
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_file_of_an_older_form_is_kept_as_it_was_and_migrated_once() {
        let dir = tempfile::tempdir().unwrap();
        let root = made(dir.path()).await;
        let file = dir.path().join(DATABASE_FILE);
        let before = fs::read(&file).unwrap();
        let next = [MIGRATIONS, &["CREATE TABLE later (value TEXT) STRICT; INSERT INTO later SELECT value || ' and white' FROM shared_setting"]].concat();
        let open = async |migrations: &[&'static str]| Store::open_as(Medium::default(), dir.path(), root.duplicate(), migrations).await;
        let store = open(&next).await.unwrap();
        assert_eq!(text(&store, "SELECT value FROM later").await, "blue and white");
        assert!(store.check().await.unwrap().findings.is_empty());
        let kept = dir.path().join(format!("store.form-{FORM}.db"));
        assert!(fs::read(&kept).unwrap() == before, "the copy is not the database as it was");
        assert!(!kept.with_extension("making").exists());
        store.close().await.unwrap();
        // Once migrated, nothing is copied any more.
        let copy = dir.path().join("copy");
        fs::rename(&kept, &copy).unwrap();
        open(&next).await.unwrap().close().await.unwrap();
        assert!(!kept.exists());
        // The program before refuses the file and leaves it as it is; of the copy it makes the store again.
        let migrated = fs::read(&file).unwrap();
        match open(MIGRATIONS).await {
            Err(Error::Newer { found, known }) => assert_eq!((found, known), (FORM + 1, FORM)),
            other => panic!("a newer file must be refused, not {other:?}"),
        }
        assert!(fs::read(&file).unwrap() == migrated, "what was refused was written into");
        fs::rename(&copy, &file).unwrap();
        let store = open(MIGRATIONS).await.unwrap();
        assert_eq!(text(&store, "SELECT value FROM shared_setting").await, "blue");
        store.close().await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_migration_that_fails_leaves_the_form_before_it() {
        let dir = tempfile::tempdir().unwrap();
        let root = made(dir.path()).await;
        let next = [MIGRATIONS, &["CREATE TABLE later (value TEXT) STRICT", "CREATE TABLE more (n INTEGER); CREATE TABLE node (n INTEGER)"]].concat();
        let open = async |migrations: &[&'static str]| Store::open_as(Medium::default(), dir.path(), root.duplicate(), migrations).await;
        assert!(open(&next).await.is_err());
        assert!(dir.path().join(format!("store.form-{FORM}.db")).exists());
        let store = open(&next[..=MIGRATIONS.len()]).await.unwrap();
        assert_eq!(text(&store, "SELECT group_concat(name) FROM sqlite_schema WHERE name IN ('later', 'more')").await, "later");
        store.close().await.unwrap();
    }
}
