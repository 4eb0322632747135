//! Files and folders that a person named, or that hold the store: what goes wrong there is told with the place.

use crate::{Error, Result};
use std::{io, path::Path};

/// Gives an error of the system the place where it happened.
pub fn at(place: &Path) -> impl FnOnce(io::Error) -> Error {
    let place = place.display().to_string();
    move |source| Error::Place { place, source }
}

/// Makes a folder where there is none.
///
/// # Errors
/// [`Error::NotFolder`] where a file stands in the way, [`Error::Place`] where the system refuses.
pub fn folder(path: &Path) -> Result<()> {
    if let Some(file) = path.ancestors().find(|above| above.exists()).filter(|standing| !standing.is_dir()) {
        return Err(Error::NotFolder { place: file.display().to_string() });
    }
    std::fs::create_dir_all(path).map_err(at(path))
}

/// Makes the name of a file as certain as its bytes: without it a power cut could take back the making or renaming of a file that was told to be there.
pub(crate) fn sync_folder(file: &Path) -> Result<()> {
    #[cfg(unix)]
    if let Some(folder) = file.parent() {
        std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(at(folder))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}
