//! What stands in the folders of the program: a store, nothing, or what is left of a store.

use crate::{Code, Error, Program, Result, wire::StoreChoice};
use std::path::Path;

impl Program {
    /// Whether a store of this kind was made here.
    #[must_use]
    pub fn has(&self, choice: StoreChoice) -> bool {
        let dir = self.dir(choice);
        // Nobody was shown yet what opens one whose making is not at its end: there is none.
        store::keys::exists(&dir) && !store::unfinished::is(&dir)
    }

    /// Why a store that was not found cannot be opened: it was never made, or its key file is gone from beside its database.
    #[must_use]
    pub fn absent(&self, choice: StoreChoice) -> Error {
        let dir = self.dir(choice);
        if dir.join(store::open::DATABASE_FILE).exists() && !store::unfinished::is(&dir) {
            return store::Error::KeysMissing { file: dir.join(store::keys::KEY_FILE).display().to_string() }.into();
        }
        Error::refuse(Code::NotFound, "there is no store here yet: open the demo shop or set up your own")
    }

    /// Whether a new store can be made: neither a store is there nor what is left of one.
    ///
    /// # Errors
    /// Says what is there.
    pub fn vacant(&self, choice: StoreChoice) -> Result<()> {
        if self.has(choice) {
            return Err(store::Error::Exists { dir: self.dir(choice).display().to_string() }.into());
        }
        match self.absent(choice) {
            Error::Refusal { .. } => Ok(()),
            left => Err(left),
        }
    }

    /// Refuses a place of copies and backups that lies where the program keeps its stores: what is to replace them must not be lost with them.
    ///
    /// # Errors
    /// Names the field that `path` was given in.
    pub(crate) fn outside(&self, field: &str, path: &Path) -> Result<()> {
        // What is not there yet lies where the nearest folder above it does.
        let whole =
            |path: &Path| path.ancestors().find_map(|above| above.canonicalize().ok().map(|known| known.join(path.strip_prefix(above).unwrap_or(above))));
        let place = whole(path);
        // What was uploaded and exported is wiped at every start.
        let kept = ["own", "demo", "uploads", "exports"].map(|name| whole(&self.data_dir().join(name)));
        if place.is_some_and(|place| kept.iter().flatten().any(|kept| place.starts_with(kept))) {
            return Err(Error::field(
                field,
                format!(
                    "{} lies in the folder in which the program keeps the shop itself, and would be lost with it: choose another, best on another disk",
                    path.display()
                ),
            ));
        }
        Ok(())
    }

    /// Damage that was met in the midst of reading, with the whole path of the store it can only be of.
    pub(crate) fn placed(&self, error: &Error) -> Option<Error> {
        let Error::Store(store::Error::Damaged { reason, .. }) = error else { return None };
        let stores = [StoreChoice::Own, StoreChoice::Demo];
        let of_one = |is: &dyn Fn(StoreChoice) -> bool| match stores.map(is) {
            [true, false] => Some(StoreChoice::Own),
            [false, true] => Some(StoreChoice::Demo),
            _ => None,
        };
        // After a sign-in that failed the store is closed again.
        let choice = of_one(&|choice| self.opened(choice).is_some()).or_else(|| of_one(&|choice| self.has(choice)))?;
        let place = self.dir(choice).join(store::open::DATABASE_FILE).display().to_string();
        Some(store::Error::Damaged { place, reason: reason.clone() }.into())
    }
}
