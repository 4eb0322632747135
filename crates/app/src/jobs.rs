//! Jobs: work longer than two seconds, with progress and cancel. A job is forgotten some time after it ended; what it did stays in the store.

use crate::{
    Error, Program, Result, Session,
    rpc::Scope,
    session::Presence,
    wire::{AppEvent, Job, JobKind, JobRef, JobState, StoreChoice},
};
use domain::PersonId;
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

use store::read::people::OWNER;

/// Ended jobs that are still shown.
const ENDED_MAX: usize = 30;
/// At most ten notices of progress a second for each job.
const TELL_EVERY_MS: i64 = 100;

/// The jobs of this program.
#[derive(Default)]
pub struct Jobs {
    jobs: Mutex<BTreeMap<String, (Job, Arc<AtomicBool>)>>,
    /// Whose each is; absent for those of nobody's, as the making of the demo.
    stores: Mutex<BTreeMap<String, JobOf>>,
    reports: Mutex<BTreeMap<String, serde_json::Value>>,
    claims: Mutex<BTreeSet<String>>,
}

/// Something that only one job may work on at a time; free again when this is dropped.
pub(crate) struct Claim {
    program: Arc<Program>,
    name: String,
}

impl Drop for Claim {
    fn drop(&mut self) {
        self.program.jobs.claims().remove(&self.name);
    }
}

/// What a running job holds: it reports progress and learns that it is to stop.
#[derive(Clone)]
pub struct Running {
    program: Arc<Program>,
    id: String,
    stop: Arc<AtomicBool>,
    told_at_ms: Arc<AtomicI64>,
}

impl Jobs {
    fn all(&self) -> MutexGuard<'_, BTreeMap<String, (Job, Arc<AtomicBool>)>> {
        self.jobs.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn claims(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.claims.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether some job works on it.
    pub(crate) fn is_claimed(&self, name: &str) -> bool {
        self.claims().contains(name)
    }

    /// The jobs, newest first.
    #[must_use]
    pub fn list(&self) -> Vec<Job> {
        self.all().values().rev().map(|(job, _)| job.clone()).collect()
    }

    fn whose(&self, id: &str) -> Option<JobOf> {
        self.stores.lock().unwrap_or_else(PoisonError::into_inner).get(id).copied()
    }

    /// Whether any job is at work.
    #[must_use]
    pub fn is_any_running(&self) -> bool {
        self.all().values().any(|(job, _)| job.state == JobState::Running)
    }

    /// One job.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<Job> {
        self.all().get(id).map(|(job, _)| job.clone())
    }

    /// What a job left for its screen.
    #[must_use]
    pub fn report(&self, id: &str) -> Option<serde_json::Value> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    fn keep_report(&self, id: &str, report: serde_json::Value) {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        while reports.len() >= ENDED_MAX {
            reports.pop_first();
        }
        reports.insert(id.to_owned(), report);
    }
}

/// Whose a job is: of a store, and of the person who started it; nobody did where the program does it by itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct JobOf {
    pub store: StoreChoice,
    pub starter: Option<PersonId>,
}

impl JobOf {
    /// Of the person that a command comes from.
    pub(crate) const fn by(scope: &Scope) -> Self {
        Self { store: scope.presence.store, starter: Some(scope.presence.person_id) }
    }

    /// Whether a person has a say in it.
    fn is_of(self, presence: &Presence) -> bool {
        presence.role == OWNER || self.starter == Some(presence.person_id)
    }
}

impl Program {
    /// The jobs that a session may know of: of the store that it is in, and of nobody's.
    #[must_use]
    pub fn jobs_for(&self, session: &Session) -> Vec<Job> {
        self.jobs.list().into_iter().filter(|job| self.may_know_of(session, &job.id)).collect()
    }

    /// Whether a session may know of a job: of its own, of those that nobody started, and an owner of all. One that is locked may: its jobs go on.
    #[must_use]
    pub fn may_know_of(&self, session: &Session, job_id: &str) -> bool {
        let is_for = |of: JobOf, presence: &Presence| presence.store == of.store && (of.starter.is_none() || of.is_of(presence));
        self.jobs.whose(job_id).is_none_or(|of| self.presence_at(session).is_some_and(|presence| is_for(of, &presence)))
    }

    /// Asks a job to stop at its next safe place.
    ///
    /// # Errors
    /// Where there is no such job, or the session has no say in it: nobody is signed in at it, it is locked, in another store, or the job is another's.
    pub fn cancel_job(&self, session: &Session, id: &str) -> Result<()> {
        let presence = self.presence_at(session).filter(|presence| !presence.locked);
        let has_say = self.jobs.whose(id).is_none_or(|of| presence.is_some_and(|presence| of.is_of(&presence)));
        if !has_say || !self.may_know_of(session, id) {
            return Err(Error::not_found());
        }
        let jobs = self.jobs.all();
        let (_, stop) = jobs.get(id).ok_or_else(Error::not_found)?;
        stop.store(true, Ordering::Relaxed);
        drop(jobs);
        Ok(())
    }

    /// Claims something for one job; `None` where another has it.
    pub(crate) fn claim(&self, name: String) -> Result<Option<Claim>> {
        let program = self.own()?;
        let is_free = self.jobs.claims().insert(name.clone());
        // Made only where it is free: a claim that is dropped frees the name.
        Ok(is_free.then(|| Claim { program, name }))
    }

    /// Starts a job; `work` answers what came of it.
    pub(crate) fn start_job<F>(&self, whose: Option<JobOf>, kind: JobKind, title: &str, unit: &str, work: impl FnOnce(Running) -> F) -> Result<JobRef>
    where
        F: Future<Output = Result<Option<String>>> + Send + 'static,
    {
        let program = self.own()?;
        let now_ms = self.now_ms();
        let id = self.chance().mint(now_ms).to_string();
        let stop = Arc::new(AtomicBool::new(false));
        let job = Job {
            id: id.clone(),
            kind,
            state: JobState::Running,
            title: title.to_owned(),
            done: 0,
            total: 0,
            unit: unit.to_owned(),
            started_at_ms: now_ms,
            ended_at_ms: None,
            can_cancel: true,
            error: None,
            result: None,
        };
        {
            let mut jobs = self.jobs.all();
            while jobs.len() >= ENDED_MAX {
                let ended = jobs.iter().find(|(_, (job, _))| job.state != JobState::Running).map(|(id, _)| id.clone());
                let Some(ended) = ended else { break };
                jobs.remove(&ended);
            }
            jobs.insert(id.clone(), (job.clone(), stop.clone()));
            let mut stores = self.jobs.stores.lock().unwrap_or_else(PoisonError::into_inner);
            // A report is kept longer than its job: whose it is as well.
            let reports = self.jobs.reports.lock().unwrap_or_else(PoisonError::into_inner);
            stores.retain(|id, _| jobs.contains_key(id) || reports.contains_key(id));
            drop(reports);
            stores.extend(whose.map(|of| (id.clone(), of)));
        }
        self.tell(AppEvent::Job { job });
        let running = Running { program: program.clone(), id: id.clone(), stop, told_at_ms: Arc::new(AtomicI64::new(0)) };
        let work = work(running.clone());
        tokio::spawn(async move {
            let ended = work.await;
            running.end(ended);
        });
        Ok(JobRef { job_id: id })
    }
}

impl Running {
    /// The job's id.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Whether the person asked to stop.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Reports progress; listeners hear of it at most ten times a second.
    pub fn progress(&self, done: i64, total: i64) {
        let job = {
            let mut jobs = self.program.jobs.all();
            let Some((job, _)) = jobs.get_mut(&self.id) else { return };
            job.done = done;
            job.total = total;
            job.clone()
        };
        let now_ms = self.program.now_ms();
        if now_ms - self.told_at_ms.load(Ordering::Relaxed) >= TELL_EVERY_MS || done == total {
            self.told_at_ms.store(now_ms, Ordering::Relaxed);
            self.program.tell(AppEvent::Job { job });
        }
    }

    /// Leaves a report for the job's screen.
    pub fn report(&self, report: serde_json::Value) {
        self.program.jobs.keep_report(&self.id, report);
    }

    fn end(&self, ended: Result<Option<String>>) {
        let now_ms = self.program.now_ms();
        let job = {
            let mut jobs = self.program.jobs.all();
            let Some((job, _)) = jobs.get_mut(&self.id) else { return };
            job.ended_at_ms = Some(now_ms);
            job.can_cancel = false;
            match ended {
                Ok(result) => {
                    job.state = if self.stopped() { JobState::Cancelled } else { JobState::Done };
                    job.result = result;
                }
                Err(error) => {
                    job.state = if self.stopped() { JobState::Cancelled } else { JobState::Failed };
                    job.error = Some(self.program.wire(&error));
                }
            }
            job.clone()
        };
        self.program.tell(AppEvent::Job { job });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        program::{Chance, KeyringChoice, Start, SystemClock},
        wire::Host,
    };

    #[test]
    fn what_is_claimed_is_free_again_with_its_claim_and_not_with_who_was_refused() {
        let dir = tempfile::tempdir().unwrap();
        let (keyring, clock) = (KeyringChoice::File, Arc::new(SystemClock));
        let program =
            Program::new(Start { data_dir: dir.path().to_owned(), host: Host::Web, keyring, clock, chance: Chance::seeded(1), language: None, cost: None });
        let first = program.claim("a file".into()).unwrap();
        for _ in 0..3 {
            assert!(program.claim("a file".into()).unwrap().is_none(), "one who was refused frees nothing");
        }
        assert!(program.claim("another".into()).unwrap().is_some() && program.jobs.is_claimed("a file"));
        drop(first);
        assert!(!program.jobs.is_claimed("a file") && program.claim("a file".into()).unwrap().is_some());
    }
}
