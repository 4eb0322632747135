//! The mark of a store that is being made: as long as it lies in the folder, nobody was shown what opens the store, and nobody has come in. A store whose
//! making was cut off holds nothing, and what would open it was seen by nobody: it is put aside, and the next one is made in its place.
//!
//! The mark comes before the first key and goes after the last of it was shown.

use crate::{Result, backup::swap::put_aside, open, place};
use std::{fs, path::Path};

/// The name of the mark.
pub const FILE: &str = "store.unfinished";

/// Whether the store in a folder was begun and not finished.
#[must_use]
pub fn is(dir: &Path) -> bool {
    dir.join(FILE).exists()
}

/// Marks a folder in which a store is about to be made, after what an earlier making left there was put aside.
///
/// # Errors
/// [`crate::Error::InUse`] where a program is making it; where the disk refuses.
pub fn begin(dir: &Path) -> Result<()> {
    place::folder(dir)?;
    if is(dir) {
        let lock = open::take_lock(dir)?;
        put_aside(dir, "unfinished")?;
        drop(lock);
    }
    let mark = dir.join(FILE);
    fs::File::create(&mark).and_then(|file| file.sync_all()).map_err(place::at(&mark))?;
    place::sync_folder(&mark)
}

/// What opens the store was shown: it stands.
///
/// # Errors
/// Where the disk refuses.
pub fn finish(dir: &Path) -> Result<()> {
    let mark = dir.join(FILE);
    if !mark.exists() {
        return Ok(());
    }
    fs::remove_file(&mark).map_err(place::at(&mark))?;
    place::sync_folder(&mark)
}
