//! Writing: one transaction at a time, with one journal entry for each act in it: a use case brings one, an import that nobody waits for several.

use crate::{
    Change, Error, Result, Store,
    apply::{self, Laid, Meeting},
    catalogue,
    derive::{
        self, Folding, Kinds, Sums, Touched,
        goods::{self, Coming},
        owed,
    },
    journal::{self, Entry},
    salt::SystemSalt,
};
use sqlx::{AssertSqlSafe, SqliteConnection};
use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::sync::OwnedMutexGuard;

/// Who waits for the writer. A counter and a person go before background work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    Counter,
    Person,
    Background,
}

/// How long background work steps aside while someone waits, before it asks again.
const ASIDE: Duration = Duration::from_millis(2);

/// Pages of the write-ahead log after which a commit also writes them into the file: 16 MB.
pub(crate) const CHECKPOINT_PAGES: u32 = 2_000;
/// Memory for the writer's pages: 16 MB, since a shop's day touches few.
pub(crate) const CACHE_KIB: u32 = 16_384;
/// Both of transactions of several entries, while nobody is at work: pages that change in each of them are written once and need not be read again.
const CHECKPOINT_PAGES_ALONE: u32 = 8_000;
const CACHE_KIB_ALONE: u32 = 49_152;
/// Memory for the pages of each reader: a question's few thousand rows; what is asked again and again is kept as months.
pub(crate) const READER_CACHE_KIB: u32 = 8_192;

/// The one connection that writes.
pub(crate) struct Writer {
    pub(crate) connection: SqliteConnection,
    node_id: [u8; 16],
    /// Whether the connection is set for large work that nobody waits for.
    is_set_alone: bool,
    /// A transaction was begun and not ended: its holder was dropped on the way.
    pub(crate) open: bool,
    /// The chain's end, kept between transactions; read anew after a rollback.
    head: Option<(i64, Vec<u8>)>,
    /// Kept between transactions; asked anew after a rollback.
    kinds: Kinds,
    /// A change made here left parts to be done after its transaction, and they were not all done yet.
    owes: bool,
}

impl Writer {
    /// Ends the transaction of a holder that was dropped on the way. SQLite may have ended it by itself (a full disk, a commit that went through
    /// unheard) and then says that there is none; where it truly cannot end it, the next BEGIN says so.
    pub(crate) async fn roll_back(&mut self) {
        let _ = sqlx::query("ROLLBACK").execute(&mut self.connection).await;
        self.open = false;
    }

    pub(crate) fn new(connection: SqliteConnection, node_id: [u8; 16]) -> Self {
        Self { connection, node_id, is_set_alone: false, open: false, head: None, kinds: Kinds::default(), owes: false }
    }
}

/// Where the one writer is had, and who waits for it.
pub(crate) struct Desk {
    /// Absent once the store is closed.
    pub(crate) writer: Arc<tokio::sync::Mutex<Option<Writer>>>,
    /// How many of a class above background wait.
    waiting: AtomicUsize,
    /// How many there were since the store was opened.
    asked: AtomicUsize,
    saved_at_ms: AtomicI64,
    /// How often a commit changed who may do what, since the store was opened.
    access_changes: AtomicU64,
}

/// A transaction. Dropped without [`Write::commit`], it leaves nothing behind.
pub struct Write {
    guard: OwnedMutexGuard<Option<Writer>>,
    desk: Arc<Desk>,
    /// The chain's end with the entries that were appended, and when the last of them was made.
    appended: Option<((i64, Vec<u8>), i64)>,
    /// How many were.
    entries: usize,
    /// An entry was begun and is not whole: it failed, or its future was dropped on the way.
    is_torn: bool,
    /// Whether it changes who may do what.
    changes_access: bool,
    sums: Sums,
}

/// An entry made ready away from the writer: its operation packed, its new rows laid into statements. Of a large one that is most of the work, and the
/// writer is free meanwhile.
pub struct Ready {
    entry: Entry,
    operation: Vec<u8>,
    /// By change; of those that only insert.
    laid: Vec<Option<Laid>>,
}

impl Ready {
    /// Makes an entry ready. It computes and does not wait: of thousands of rows call it where it holds nobody up.
    ///
    /// # Errors
    /// Where a row does not fit its table.
    pub fn of(entry: Entry) -> Result<Self> {
        for change in &entry.changes {
            change.table().check_all(change.rows())?;
        }
        let lay = |change: &Change| matches!(change, Change::Insert { .. }).then(|| Laid::insert("INSERT", change.table(), change.rows()));
        Ok(Self { operation: journal::pack_operation(&entry.changes)?, laid: entry.changes.iter().map(lay).collect(), entry })
    }
}

impl Deref for Write {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match self.guard.as_ref() {
            Some(writer) => &writer.connection,
            None => unreachable!("a Write is made only over an open writer and holds its lock"),
        }
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self.guard.as_mut() {
            Some(writer) => &mut writer.connection,
            None => unreachable!("a Write is made only over an open writer and holds its lock"),
        }
    }
}

impl Desk {
    pub(crate) fn new(writer: Writer, saved_at_ms: i64) -> Self {
        Self {
            writer: Arc::new(tokio::sync::Mutex::new(Some(writer))),
            waiting: AtomicUsize::new(0),
            asked: AtomicUsize::new(0),
            saved_at_ms: AtomicI64::new(saved_at_ms),
            access_changes: AtomicU64::new(0),
        }
    }

    pub(crate) fn saved_at_ms(&self) -> i64 {
        self.saved_at_ms.load(Ordering::Relaxed)
    }

    async fn begin(self: &Arc<Self>, queue: Queue) -> Result<Write> {
        let guard = if queue == Queue::Background {
            while self.waiting.load(Ordering::Relaxed) > 0 {
                tokio::time::sleep(ASIDE).await;
            }
            self.writer.clone().lock_owned().await
        } else {
            self.asked.fetch_add(1, Ordering::Relaxed);
            let _waiting = Waiting::new(&self.waiting);
            self.writer.clone().lock_owned().await
        };
        let mut write = Write { guard, desk: Arc::clone(self), appended: None, entries: 0, is_torn: false, changes_access: false, sums: Sums::default() };
        let Some(writer) = write.guard.as_mut() else { return Err(sqlx::Error::PoolClosed.into()) };
        if writer.open {
            writer.head = None;
            writer.kinds = Kinds::default();
            writer.roll_back().await;
        }
        writer.open = true;
        sqlx::query("BEGIN IMMEDIATE").execute(&mut writer.connection).await?;
        Ok(write)
    }

    /// Goes on with what is owed, a transaction a part, so that nobody waits long for the writer.
    pub(crate) async fn pay_owed(self: &Arc<Self>) -> Result<()> {
        loop {
            let mut write = self.begin(Queue::Background).await?;
            let more = owed::part(&mut write).await?;
            if let Some(writer) = write.guard.as_mut() {
                writer.owes = more;
            }
            write.commit_local().await?;
            if !more {
                return Ok(());
            }
        }
    }
}

impl Store {
    /// Begins a transaction, waiting for those before it.
    ///
    /// # Errors
    /// Where the store is closed.
    pub async fn begin(&self, queue: Queue) -> Result<Write> {
        self.desk.begin(queue).await
    }

    /// Whether a counter or a person waits for the writer: background work that holds it commits what it has.
    #[must_use]
    pub fn is_waited_for(&self) -> bool {
        self.desk.waiting.load(Ordering::Relaxed) > 0
    }

    /// How often who may do what has changed since the store was opened: an answer that is kept holds as long as this is the same.
    #[must_use]
    pub fn access_changes(&self) -> u64 {
        self.desk.access_changes.load(Ordering::Acquire)
    }

    /// How often a counter or a person has asked for the writer: background work sees whether somebody is at work.
    #[must_use]
    pub fn asked_for(&self) -> usize {
        self.desk.asked.load(Ordering::Relaxed)
    }
}

/// Counts one who waits, also when they stop waiting on the way.
struct Waiting<'a>(&'a AtomicUsize);

impl<'a> Waiting<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Write {
    /// Applies what the use case decided, keeps the derived rows, appends the journal entry and commits: all or nothing.
    /// Answers the entry's sequence number.
    ///
    /// # Errors
    /// Where a row does not fit or the disk is full; nothing is written then.
    pub async fn commit(mut self, entry: Entry) -> Result<i64> {
        let seq = self.append(Ready::of(entry)?).await?;
        self.commit_appended().await?;
        Ok(seq)
    }

    /// Applies an entry's changes and appends it to the journal, within this transaction. Answers its sequence number.
    ///
    /// # Errors
    /// Where a row does not fit or the disk is full; the transaction can only be dropped then, with all that was appended before.
    pub async fn append(&mut self, ready: Ready) -> Result<i64> {
        let Ready { mut entry, operation, laid } = ready;
        self.check_whole()?;
        self.is_torn = true;
        let changes = Arc::new(std::mem::take(&mut entry.changes));
        let left = self.apply_all(&changes, Some(&changes), Meeting::Decided, laid).await?;
        // Who may do what is decided anew where somebody else decided meanwhile. Elsewhere the newer row stands: an import that read the goods before they
        // got another name makes them as it knew them.
        let is_overtaken = |(change, _): &&(Change, String)| change.table().class == catalogue::Class::Owned && catalogue::decides_access(change.table());
        if let Some((change, _)) = left.iter().find(is_overtaken) {
            return Err(Error::OtherContent { table: change.table().name.into(), reference: "a newer version".into() });
        }
        let head = self.head().await?;
        let node_id = self.guard.as_ref().map(|w| w.node_id).unwrap_or_default();
        let sealed = journal::seal(&entry, operation, node_id, head, &mut |bytes| domain::Random::fill(&mut SystemSalt, bytes))?;
        journal::insert(self, &sealed).await?;
        let seq = sealed.seq;
        self.appended = Some(((seq, sealed.hash), entry.at_ms));
        self.entries += 1;
        self.is_torn = false;
        Ok(seq)
    }

    /// Commits the entries that were appended, with the sums that they add up to, and goes on with what they left to be done after them. Dropped
    /// meanwhile, it leaves that to the next commit.
    ///
    /// # Errors
    /// [`Error::Torn`] where an entry is not whole, or where the disk is full; nothing is written then.
    pub async fn commit_appended(mut self) -> Result<()> {
        self.check_whole()?;
        self.write_sums().await?;
        self.set_alone(self.entries > 1).await?;
        let (head, at_ms) = match self.appended.take() {
            Some(appended) => appended,
            None => (self.head().await?, self.desk.saved_at_ms()),
        };
        sqlx::query("UPDATE node SET last_seen_ms = max(last_seen_ms, ?)").bind(at_ms).execute(&mut *self).await?;
        self.end(Some(head), at_ms).await?;
        let owes = self.guard.as_ref().is_some_and(|writer| writer.owes);
        let desk = Arc::clone(&self.desk);
        drop(self);
        // The entries are durable whatever becomes of this.
        if owes && let Err(error) = desk.pay_owed().await {
            tracing::warn!(%error, "what an entry left to be done could not be done yet");
        }
        Ok(())
    }

    /// Commits what was written to local tables alone, which have no journal entry.
    ///
    /// # Errors
    /// [`Error::Torn`] where entries were appended, whose sums would be lost, or where the disk is full; nothing is written then.
    pub async fn commit_local(mut self) -> Result<()> {
        self.check_whole()?;
        if self.appended.is_some() {
            return Err(Error::Torn);
        }
        let head = self.head().await?;
        let at_ms = self.desk.saved_at_ms();
        self.end(Some(head), at_ms).await
    }

    const fn check_whole(&self) -> Result<()> {
        if self.is_torn { Err(Error::Torn) } else { Ok(()) }
    }

    /// Applies what other nodes sent and keeps the derived rows. Answers what could not be applied.
    pub(crate) async fn apply_arrived(&mut self, changes: &[Change]) -> Result<Vec<(Change, String)>> {
        let left = self.apply_all(changes, None, Meeting::Arrived, Vec::new()).await?;
        // At once: the caller may roll back to a savepoint.
        self.write_sums().await?;
        Ok(left)
    }

    /// `shared` are the same changes where another thread may fold from them.
    async fn apply_all(
        &mut self,
        changes: &[Change],
        shared: Option<&Arc<Vec<Change>>>,
        meeting: Meeting,
        laid: Vec<Option<Laid>>,
    ) -> Result<Vec<(Change, String)>> {
        let is_alone =
            meeting == Meeting::Decided && !sqlx::query_scalar::<_, bool>("SELECT EXISTS (SELECT 1 FROM sync_cursor)").fetch_one(&mut **self).await?;
        self.changes_access |= changes.iter().any(|change| catalogue::decides_access(change.table()));
        let touched = Touched::of(changes, is_alone);
        let mut sums = std::mem::take(&mut self.sums);
        derive::retract(self, &touched, &mut sums).await?;
        let mut kinds = self.guard.as_mut().map(|writer| std::mem::take(&mut writer.kinds)).unwrap_or_default();
        let (mut left, mut have_arrived, mut folding) = (Vec::new(), false, None);
        let fold_from = shared.and_then(|shared| Some((fold_from(shared, &touched)?, shared)));
        for (i, (change, laid)) in changes.iter().zip(laid.into_iter().chain(std::iter::repeat_with(|| None))).enumerate() {
            if let Some((_, shared)) = fold_from.filter(|(from, _)| *from == i) {
                folding = Some(Folding::begin(self, &touched, shared, &mut sums, &mut kinds).await?);
            }
            kinds.forget(change);
            let coming = Coming::of(self, change).await?;
            match laid {
                Some(laid) => {
                    laid.run(self).await?;
                }
                None => {
                    let unapplied = apply::apply(self, change, meeting).await?;
                    left.extend(unapplied.into_iter().map(|(row, reason)| (Change::Insert { table: change.table(), rows: vec![row] }, reason)));
                }
            }
            derive::single_rows(self, change, &mut sums).await?;
            if coming.looks_for_documents() {
                sums.write(self).await?;
            }
            have_arrived |= coming.note_arrival(self).await?;
            if change.table().name == "import_undone" {
                // An undo takes out of the tables what stands in them.
                sums.write(self).await?;
                derive::undo_sums(self, change).await?;
            }
        }
        match folding {
            Some(folding) => {
                let folded = folding.end(&mut sums, &mut kinds).await?;
                derive::contribute_folded(self, &touched, folded, &mut sums).await?;
            }
            None => derive::contribute(self, &touched, changes, &mut sums, &mut kinds).await?,
        }
        self.sums = sums;
        if let Some(writer) = self.guard.as_mut() {
            writer.kinds = kinds;
        }
        // Few documents wait for their goods, and a change made here is whole when it is done. Where they are many the rest follows after the
        // commit, as all does of what another node sent.
        if have_arrived
            && meeting == Meeting::Decided
            && goods::fold_part(self).await?
            && let Some(writer) = self.guard.as_mut()
        {
            writer.owes = true;
        }
        Ok(left)
    }

    async fn write_sums(&mut self) -> Result<()> {
        let mut sums = std::mem::take(&mut self.sums);
        sums.write(self).await
    }

    async fn head(&mut self) -> Result<(i64, Vec<u8>)> {
        if let Some((head, _)) = &self.appended {
            return Ok(head.clone());
        }
        let Some(writer) = self.guard.as_mut() else { return Err(sqlx::Error::PoolClosed.into()) };
        match &writer.head {
            Some(head) => Ok(head.clone()),
            None => journal::head(&mut writer.connection, &writer.node_id).await,
        }
    }

    async fn set_alone(&mut self, is_alone: bool) -> Result<()> {
        let Some(writer) = self.guard.as_mut().filter(|writer| writer.is_set_alone != is_alone) else { return Ok(()) };
        let (pages, cache_kib) = if is_alone { (CHECKPOINT_PAGES_ALONE, CACHE_KIB_ALONE) } else { (CHECKPOINT_PAGES, CACHE_KIB) };
        sqlx::query(AssertSqlSafe(format!("PRAGMA wal_autocheckpoint = {pages}"))).execute(&mut writer.connection).await?;
        sqlx::query(AssertSqlSafe(format!("PRAGMA cache_size = -{cache_kib}"))).execute(&mut writer.connection).await?;
        writer.is_set_alone = is_alone;
        Ok(())
    }

    async fn end(&mut self, head: Option<(i64, Vec<u8>)>, at_ms: i64) -> Result<()> {
        let Some(writer) = self.guard.as_mut() else { return Err(sqlx::Error::PoolClosed.into()) };
        // Until the commit is through, the chain's end is not known.
        writer.head = None;
        sqlx::query("COMMIT").execute(&mut writer.connection).await?;
        writer.open = false;
        writer.head = head;
        self.desk.saved_at_ms.fetch_max(at_ms, Ordering::Relaxed);
        if self.changes_access {
            self.desk.access_changes.fetch_add(1, Ordering::Release);
        }
        Ok(())
    }
}

/// The change from which on many new orders are folded on another thread while their rows are written: when what the fold asks of the tables stands there.
fn fold_from(changes: &[Change], touched: &Touched) -> Option<usize> {
    /// A thread is not woken for fewer.
    const NEW_ORDERS_MIN: usize = 16;
    let undoes = || changes.iter().any(|change| change.table().name == "import_undone");
    if touched.new.len() < NEW_ORDERS_MIN || undoes() {
        return None;
    }
    let first = changes.iter().rposition(|change| change.table().name == catalogue::SKU.name).map_or(0, |last| last + 1);
    (first < changes.len()).then_some(first)
}

impl Store {
    /// Takes an undone batch out of the derived tables, part by part, so that nobody waits long for the writer.
    /// Answers whether more is left.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn undo_part(&self, batch_id: [u8; 16], orders_max: i64) -> Result<bool> {
        let mut write = self.begin(Queue::Background).await?;
        let more = derive::undo_part(&mut write, &batch_id, orders_max).await?;
        write.commit_local().await?;
        Ok(more)
    }

    /// Rebuilds the derived tables from the facts.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn rebuild_derived(&self) -> Result<()> {
        let mut write = self.begin(Queue::Background).await?;
        derive::rebuild(&mut write).await?;
        write.commit_local().await
    }

    /// Prunes operations past their time; answers how many. Never in a store with a centre, which may still have to be told of them.
    ///
    /// # Errors
    /// Where the database cannot be written.
    pub async fn prune_operations(&self, now_ms: i64) -> Result<u64> {
        const ENTRIES_PER_PART: i64 = 200;
        if self.has_centre().await? {
            return Ok(0);
        }
        let mut write = self.begin(Queue::Background).await?;
        let pruned = journal::prune(&mut write, now_ms, ENTRIES_PER_PART).await?;
        write.commit_local().await?;
        Ok(pruned)
    }
}

/// Kept so that an error of a closed store reads the same everywhere.
impl From<Error> for std::io::Error {
    fn from(error: Error) -> Self {
        Self::other(error)
    }
}
