//! Who stands at the door of a store that an attempt opened: it closes again when the last of them went away and nobody came in.

use crate::{Program, Result, program::slot, wire::StoreChoice};
use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError, Weak,
    atomic::{AtomicBool, Ordering},
};
use store::Store;

#[derive(Default)]
struct AtTheDoor {
    visitors: usize,
    /// The store, as long as only attempts have had to do with it since it was opened.
    opened: Option<Weak<Store>>,
}

/// The doors of both stores.
#[derive(Default)]
pub(crate) struct Doors(Mutex<[AtTheDoor; 2]>);

impl Doors {
    fn at(&self) -> MutexGuard<'_, [AtTheDoor; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An attempt at a door; over when it has left or is dropped.
pub(crate) struct Visit {
    program: Arc<Program>,
    choice: StoreChoice,
    is_over: AtomicBool,
}

impl Drop for Visit {
    fn drop(&mut self) {
        self.end();
    }
}

impl Visit {
    pub(crate) fn begin(program: &Program, choice: StoreChoice) -> Result<Self> {
        let program = program.own()?;
        program.visits.at()[slot(choice)].visitors += 1;
        Ok(Self { program, choice, is_over: AtomicBool::new(false) })
    }

    /// Counts down, once.
    fn end(&self) {
        if !self.is_over.swap(true, Ordering::Relaxed) {
            let visitors = &mut self.program.visits.at()[slot(self.choice)].visitors;
            *visitors = visitors.saturating_sub(1);
        }
    }

    /// The store that an attempt asks about, opened by it where nobody has.
    pub(crate) async fn open(&self, make: impl Future<Output = Result<Store>> + Send) -> Result<Arc<Store>> {
        let mut is_new = false;
        let store = self.program.open_with(self.choice, async {
            is_new = true;
            make.await
        });
        let store = store.await?;
        if is_new {
            self.program.visits.at()[slot(self.choice)].opened = Some(Arc::downgrade(&store));
        }
        Ok(store)
    }

    /// Somebody came in, or the store is made and at work: it stays open.
    pub(crate) fn came_in(&self) {
        self.program.visits.at()[slot(self.choice)].opened = None;
    }

    /// The attempt is over and nobody came in by it. It counts down first: of two that go at once the last one closes.
    pub(crate) async fn leave(&self) -> Result<()> {
        self.end();
        self.program
            .close_where(self.choice, |store| {
                let doors = self.program.visits.at();
                let door = &doors[slot(self.choice)];
                door.visitors == 0 && door.opened.as_ref().is_some_and(|opened| Weak::ptr_eq(opened, &Arc::downgrade(store)))
            })
            .await
    }
}
