//! Where exports lie until they are taken: a folder for each session and each store that it was in, so that nobody finds another's, and who signs out takes
//! only their own along.

use crate::{Result, Session, program::folder_name, scratch::Scratch, wire::StoreChoice};
use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// The exports of this run of the program.
pub(crate) struct Exports {
    scratch: Scratch,
    /// Who has a folder, and what it is called.
    holders: Mutex<Vec<(Weak<Session>, String)>>,
}

impl Exports {
    pub(crate) fn new(base: PathBuf) -> Self {
        Self { scratch: Scratch::new(base), holders: Mutex::new(Vec::new()) }
    }

    /// The folder of a session in a store, made where it is not there.
    pub(super) fn folder(&self, session: &Arc<Session>, store: StoreChoice) -> Result<PathBuf> {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let own = Arc::downgrade(session);
        let base = self.scratch.folder()?;
        // A session that is gone keeps its entry, so that no other one gets its folder.
        let known = holders.iter().find(|(holder, _)| holder.ptr_eq(&own)).map(|(_, name)| name.clone());
        let name = known.unwrap_or_else(|| {
            let free = (1_u32..).map(|n| n.to_string()).find(|name| holders.iter().all(|(_, taken)| taken != name)).unwrap_or_default();
            holders.push((own, free.clone()));
            free
        });
        let dir = base.join(name).join(folder_name(store));
        fs::create_dir_all(&dir)?;
        Ok(dir)
    }

    /// Removes what a session made, and what sessions that are gone have left.
    pub(crate) fn forget_of(&self, session: &Arc<Session>) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        // Nobody made any: no folder is made to remove nothing from.
        if holders.is_empty() {
            return;
        }
        let own = Arc::downgrade(session);
        let Ok(base) = self.scratch.folder() else { return };
        holders.retain(|(holder, name)| {
            let stays = !holder.ptr_eq(&own) && holder.strong_count() > 0;
            if !stays {
                let _ = fs::remove_dir_all(base.join(name));
            }
            stays
        });
        if holders.is_empty() {
            self.scratch.forget();
        }
    }

    /// Removes everything: the program ends.
    pub(crate) fn forget(&self) {
        self.holders.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.scratch.forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_signs_out_takes_only_their_own_exports_along() {
        let dir = tempfile::tempdir().unwrap();
        let exports = Exports::new(dir.path().join("exports"));
        let (anna, bert, gone) = (Arc::new(Session::default()), Arc::new(Session::default()), Arc::new(Session::default()));
        let made = [&anna, &bert, &gone].map(|session| {
            let file = exports.folder(session, StoreChoice::Own).unwrap().join("orders.csv");
            fs::write(&file, "x").unwrap();
            file
        });
        assert_ne!(made[0], made[1]);
        assert_ne!(exports.folder(&anna, StoreChoice::Demo).unwrap(), exports.folder(&anna, StoreChoice::Own).unwrap());
        drop(gone);
        exports.forget_of(&anna);
        assert_eq!(made.each_ref().map(|file| file.exists()), [false, true, false]);
        exports.forget_of(&bert);
        assert!(!dir.path().join("exports").exists(), "nothing is left where nobody has anything");
    }
}
