//! Folders of this computer, looked at before backups go there: whether the path is one, what lies in it, which places suit.
//!
//! Nothing is written here: that a folder takes a file is tried when it is chosen (`settings::usable_folder`). The look is the same on all
//! hosts, so that the window, a browser and a computer without a screen name a folder in the same way, in place of a dialogue of the system
//! that only the window has.

use crate::{
    Code, Error, Result,
    rpc::Visitor,
    wire::{Folder, FolderLook, FolderLookAt, FolderState, Language},
};
use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// Folders offered at most.
const OFFERED_MAX: usize = 40;
/// Entries looked at: a folder of a hundred thousand files must not hold up a keystroke.
const ENTRIES_MAX: usize = 2_000;
/// Where Linux and macOS mount sticks and disks.
const MOUNTS: &[&str] = &["/media", "/run/media", "/mnt", "/Volumes"];
/// Folders in a home that a program copies elsewhere.
const COPIED: &[&str] = &["Nutstore Files", "坚果云", "OneDrive", "Dropbox", "iCloud Drive"];

/// What stands at a path as far as it is typed; with an empty path, the places that suit.
///
/// # Errors
/// Where the person has not come in and there is a shop already.
pub fn look_in_setup(visitor: &Visitor, request: &FolderLookAt) -> Result<FolderLook> {
    if visitor.program.has(crate::wire::StoreChoice::Own) {
        return Err(Error::refuse(Code::Forbidden, "folders are looked at while a shop is set up, and by who is signed in"));
    }
    Ok(look(&request.path, visitor.program.data_dir(), visitor.program.language()))
}

/// What stands at a path as far as it is typed.
#[must_use]
pub fn look(path: &str, data_dir: &Path, language: Language) -> FolderLook {
    let typed = path.trim();
    let places = places(data_dir, language);
    if typed.is_empty() {
        return FolderLook { state: FolderState::Empty, same_disk: false, places, inside: Vec::new() };
    }
    let path = Path::new(typed);
    if !path.is_absolute() {
        return FolderLook { state: FolderState::NotWhole, same_disk: false, places, inside: Vec::new() };
    }
    let standing = path.ancestors().find(|above| above.exists());
    let state = match standing {
        Some(found) if !found.is_dir() => FolderState::NotFolder,
        Some(found) if found == path => FolderState::There,
        Some(_) => FolderState::New,
        None => FolderState::NotWhole,
    };
    let same_disk = standing.is_some_and(|found| same_disk(found, data_dir));
    // "/media/x/bac" offers what begins with "bac" in "/media/x"; with a separator at the end, what lies inside.
    let ends = typed.ends_with(std::path::is_separator);
    let (within, begins) = if ends { (path, "") } else { (path.parent().unwrap_or(path), path.file_name().and_then(OsStr::to_str).unwrap_or_default()) };
    FolderLook { state, same_disk, places, inside: children(within, begins) }
}

/// The folders in a folder whose names begin so; hidden ones only where a dot is typed.
fn children(within: &Path, begins: &str) -> Vec<String> {
    let begins = begins.to_lowercase();
    let Ok(entries) = fs::read_dir(within) else { return Vec::new() };
    let mut found: Vec<String> = entries
        .take(ENTRIES_MAX)
        .filter_map(std::result::Result::ok)
        .filter(|entry| {
            let name = entry.file_name().to_string_lossy().to_lowercase();
            name.starts_with(&begins) && (begins.starts_with('.') || !name.starts_with('.'))
        })
        .map(|entry| entry.path())
        .filter(|path| path.is_dir())
        .map(|path| path.display().to_string())
        .collect();
    found.sort();
    found.truncate(OFFERED_MAX);
    found
}

/// The places that suit, the best first: other disks, folders that are copied elsewhere, last this computer's own.
fn places(data_dir: &Path, language: Language) -> Vec<Folder> {
    let name = match language {
        Language::Zh => "掌柜备份",
        Language::En => "Zhanggui backups",
    };
    let home = std::env::home_dir().filter(|home| home.is_dir());
    let copied = home.iter().flat_map(|home| COPIED.iter().map(|folder| home.join(folder)));
    let own = home.iter().cloned();
    let candidates = mounted().into_iter().chain(copied.filter(|folder| folder.is_dir())).chain(own);
    candidates.map(|place| Folder { same_disk: same_disk(&place, data_dir), path: place.join(name).display().to_string() }).take(OFFERED_MAX).collect()
}

/// Sticks and disks beside the one that the system is on.
fn mounted() -> Vec<PathBuf> {
    if cfg!(windows) {
        return ('D'..='Z').map(|letter| PathBuf::from(format!("{letter}:\\"))).filter(|disk| disk.is_dir()).collect();
    }
    let user = std::env::var_os("USER").unwrap_or_default();
    let folders = |path: &Path| -> Vec<PathBuf> {
        let entries = fs::read_dir(path).into_iter().flatten().filter_map(std::result::Result::ok);
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).take(OFFERED_MAX).collect()
    };
    let mut found: Vec<PathBuf> = MOUNTS
        .iter()
        .flat_map(|mount| folders(Path::new(mount)))
        .flat_map(|path| if path.file_name() == Some(user.as_os_str()) { folders(&path) } else { vec![path] })
        .filter(|path| !same_disk(path, Path::new("/")))
        .collect();
    found.sort();
    found
}

/// Whether two paths lie on one disk, as far as the system says.
#[cfg(unix)]
fn same_disk(one: &Path, other: &Path) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    let disk = |path: &Path| path.ancestors().find_map(|above| above.metadata().ok()).map(|at| at.dev());
    disk(one) == disk(other)
}

/// Whether two paths lie on one disk: Windows tells it by the letter.
#[cfg(not(unix))]
fn same_disk(one: &Path, other: &Path) -> bool {
    one.components().next() == other.components().next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_for_what_it_is() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir_all(dir.path().join("backup one")).unwrap();
        fs::create_dir_all(dir.path().join("backup two")).unwrap();
        fs::create_dir_all(dir.path().join(".hidden")).unwrap();
        fs::write(dir.path().join("backup.txt"), "").unwrap();
        let at = |path: &Path| look(&path.display().to_string(), dir.path(), Language::En);
        assert_eq!(at(dir.path()).state, FolderState::There);
        assert!(at(dir.path()).same_disk);
        assert_eq!(at(&dir.path().join("new/deeper")).state, FolderState::New);
        assert_eq!(at(&dir.path().join("backup.txt")).state, FolderState::NotFolder);
        assert_eq!(at(&dir.path().join("backup.txt/below")).state, FolderState::NotFolder);
        assert_eq!(at(Path::new("backup")).state, FolderState::NotWhole);
        assert_eq!(look(" ", dir.path(), Language::En).state, FolderState::Empty);
        let one = dir.path().join("backup one").display().to_string();
        let two = dir.path().join("backup two").display().to_string();
        assert_eq!(at(&dir.path().join("BACK")).inside, [one.clone(), two.clone()]);
        assert_eq!(look(&format!("{}/", dir.path().display()), dir.path(), Language::En).inside, [one, two]);
    }

    #[test]
    fn places_are_whole_paths_in_the_language_of_the_reader() {
        let places = places(Path::new("/"), Language::Zh);
        assert!(places.iter().all(|place| place.path.ends_with("掌柜备份") && Path::new(&place.path).is_absolute()), "{places:?}");
    }
}
