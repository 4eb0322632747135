//! One plain thread that speaks to the keyring, and a limit to how long anybody waits for it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::device::Backend;
use super::error::DeviceSecretError;

type Errand = Box<dyn FnOnce() + Send>;

/// Runs calls one after the other on its thread. A call given up by its caller before the thread came to it is skipped, so that a keyring
/// that wakes up late does not carry out what nobody waits for any more.
pub struct KeyringThread {
    backend: Backend,
    limit: Duration,
    errands: Mutex<Option<Sender<Errand>>>,
}

impl KeyringThread {
    /// The thread starts at the first call.
    pub const fn new(backend: Backend, limit: Duration) -> Self {
        Self { backend, limit, errands: Mutex::new(None) }
    }

    /// Runs `work` on the thread; `TimedOut` where it does not answer within the limit.
    pub fn call<T: Send + 'static>(&self, work: impl FnOnce() -> Result<T, DeviceSecretError> + Send + 'static) -> Result<T, DeviceSecretError> {
        let (answer, answered) = mpsc::sync_channel(1);
        let given_up = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&given_up);
        self.send(Box::new(move || {
            if !seen.load(Ordering::Acquire) {
                // The caller may have left meanwhile; its answer is then dropped.
                drop(answer.send(work()));
            }
        }))?;
        answered.recv_timeout(self.limit).unwrap_or_else(|error| {
            given_up.store(true, Ordering::Release);
            Err(match error {
                RecvTimeoutError::Timeout => DeviceSecretError::TimedOut { backend: self.backend, waited_s: self.limit.as_secs() },
                RecvTimeoutError::Disconnected => self.unavailable("its thread ended"),
            })
        })
    }

    fn send(&self, errand: Errand) -> Result<(), DeviceSecretError> {
        let mut errands = self.errands.lock().unwrap_or_else(PoisonError::into_inner);
        let unsent = match errands.take() {
            Some(thread) => match thread.send(errand) {
                Ok(()) => {
                    *errands = Some(thread);
                    return Ok(());
                }
                // The thread died in an earlier errand: a new one takes over.
                Err(mpsc::SendError(errand)) => errand,
            },
            None => errand,
        };
        let thread = self.start()?;
        let sent = thread.send(unsent);
        *errands = Some(thread);
        sent.map_err(|_| self.unavailable("its thread ended"))
    }

    fn start(&self) -> Result<Sender<Errand>, DeviceSecretError> {
        let (errands, waiting) = mpsc::channel::<Errand>();
        let run = move || waiting.iter().for_each(|errand| errand());
        let started = std::thread::Builder::new().name("keyring".to_owned()).spawn(run);
        started.map(|_| errands).map_err(|error| self.unavailable(&error.to_string()))
    }

    fn unavailable(&self, reason: &str) -> DeviceSecretError {
        DeviceSecretError::Unavailable { backend: self.backend, reason: reason.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;

    fn thread(limit_ms: u64) -> KeyringThread {
        KeyringThread::new(Backend::SecretService, Duration::from_millis(limit_ms))
    }

    #[test]
    fn a_hanging_keyring_is_given_up_and_its_late_errands_are_skipped() {
        let hung = thread(50);
        let (let_go, held) = mpsc::channel::<()>();
        let first = hung.call(move || {
            let _ = held.recv();
            Ok(1)
        });
        assert_eq!(first, Err(DeviceSecretError::TimedOut { backend: Backend::SecretService, waited_s: 0 }));
        let carried_out = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&carried_out);
        let second = hung.call(move || {
            counter.fetch_add(1, Ordering::SeqCst);
            Ok(2)
        });
        assert!(matches!(second, Err(DeviceSecretError::TimedOut { .. })));
        drop(let_go);
        // The thread is free again: a new errand is answered, and the abandoned one before it was not carried out.
        let patient = KeyringThread { limit: Duration::from_secs(10), ..hung };
        assert_eq!(patient.call(|| Ok(3)), Ok(3));
        assert_eq!(carried_out.load(Ordering::SeqCst), 0);
    }

    #[test]
    fn a_thread_that_dies_is_replaced() {
        let thread = thread(10_000);
        let died = thread.call(|| -> Result<(), DeviceSecretError> { std::panic::resume_unwind(Box::new("the keyring library failed")) });
        assert!(matches!(died, Err(DeviceSecretError::Unavailable { .. })));
        // Whether the channel is closed already or closes while the errand waits, an answer comes within two calls.
        assert!(thread.call(|| Ok(4)) == Ok(4) || thread.call(|| Ok(4)) == Ok(4));
    }

    #[test]
    fn errors_pass_through() {
        let answer: Result<(), _> = thread(10_000).call(|| Err(DeviceSecretError::Locked(Backend::Keychain)));
        assert_eq!(answer, Err(DeviceSecretError::Locked(Backend::Keychain)));
    }
}
