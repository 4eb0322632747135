//! Files that a host hands over in pieces, kept until their person signs out or the program ends. They hold in plain what the store keeps encrypted: their
//! folder is closed to others.

use crate::{
    Error, Program, Result,
    wire::{UploadChunk, Uploaded},
};
use base64::Engine as _;
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// The largest file that is taken in.
const UPLOAD_BYTES_MAX: i64 = 2 << 30;
/// The largest piece.
const CHUNK_BYTES_MAX: usize = 1 << 20;
/// Files waiting at once; the oldest goes.
const UPLOADS_MAX: usize = 8;

/// The uploads of this run of the program.
pub struct Uploads {
    dir: PathBuf,
    files: Mutex<BTreeMap<String, Upload>>,
}

#[derive(Debug, Clone)]
struct Upload {
    file_name: String,
    path: PathBuf,
    bytes: i64,
    /// A piece-wise upload is ours to remove; a person's own file never is.
    is_ours: bool,
}

impl Uploads {
    pub(crate) fn new(dir: PathBuf) -> Self {
        // What an earlier run left is of no use: its ids are forgotten.
        let _ = fs::remove_dir_all(&dir);
        Self { dir, files: Mutex::new(BTreeMap::new()) }
    }

    /// Removes what was handed over; files of a person's own stay.
    pub(crate) fn forget(&self) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clear();
        let _ = fs::remove_dir_all(&self.dir);
    }

    /// The name and path of an upload.
    ///
    /// # Errors
    /// Where the id is unknown: the program was started anew since.
    pub fn find(&self, id: &str) -> Result<(String, PathBuf)> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = files.get(id).ok_or_else(|| Error::refuse(crate::Code::NotFound, "the file is no longer here: choose it again"))?;
        Ok((upload.file_name.clone(), upload.path.clone()))
    }

    /// Takes a file of this computer, which stays where it is.
    pub fn adopt(&self, id: String, file_name: String, path: PathBuf) {
        let bytes = fs::metadata(&path).map_or(0, |m| i64::try_from(m.len()).unwrap_or(i64::MAX));
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(id, Upload { file_name, path, bytes, is_ours: false });
    }
}

impl Program {
    /// Takes a file of this computer that its person named, which stays where it is; answers its upload id.
    ///
    /// # Errors
    /// Where there is no file of this name.
    pub fn adopt_file(&self, path: &Path) -> Result<String> {
        fs::metadata(path)?;
        let id = self.chance().mint(self.now_ms()).to_string();
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.uploads.adopt(id.clone(), file_name, path.to_owned());
        Ok(id)
    }

    pub(crate) fn take_chunk(&self, chunk: &UploadChunk) -> Result<Uploaded> {
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(&chunk.base64).map_err(|_| Error::field("base64", "this piece of the file is not base64"))?;
        if bytes.len() > CHUNK_BYTES_MAX {
            return Err(Error::field("base64", "a piece of a file is at most 1 MiB"));
        }
        let mut files = self.uploads.files.lock().unwrap_or_else(PoisonError::into_inner);
        let id = match &chunk.upload_id {
            Some(id) => id.clone(),
            None => {
                private_folder(&self.uploads.dir)?;
                while files.len() >= UPLOADS_MAX {
                    if let Some((_, old)) = files.pop_first()
                        && old.is_ours
                    {
                        let _ = fs::remove_file(old.path);
                    }
                }
                let id = self.chance().mint(self.now_ms()).to_string();
                // The name on disk is ours, only the ending is the file's: it decides how the file is read.
                let ending: String = chunk.file_name.rsplit('.').next().unwrap_or("").chars().filter(char::is_ascii_alphanumeric).take(8).collect();
                let path = self.uploads.dir.join(format!("{id}.{ending}"));
                files.insert(id.clone(), Upload { file_name: chunk.file_name.clone(), path, bytes: 0, is_ours: true });
                id
            }
        };
        let upload = files
            .get_mut(&id)
            .filter(|upload| upload.is_ours)
            .ok_or_else(|| Error::refuse(crate::Code::NotFound, "the file is no longer here: choose it again"))?;
        if chunk.offset != upload.bytes {
            return Err(Error::field("offset", format!("the next piece begins at byte {}", upload.bytes)));
        }
        let length = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if upload.bytes + length > UPLOAD_BYTES_MAX {
            return Err(Error::field("base64", "a file is at most 2 GiB: split it"));
        }
        let mut file = OpenOptions::new().create(true).truncate(false).write(true).open(&upload.path)?;
        file.seek(SeekFrom::Start(u64::try_from(upload.bytes).unwrap_or(0)))?;
        file.write_all(&bytes)?;
        upload.bytes += length;
        Ok(Uploaded { upload_id: id, bytes: upload.bytes })
    }
}

#[cfg(unix)]
fn private_folder(dir: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(dir)
}

/// The folder of a person's application data is private on Windows already.
#[cfg(not(unix))]
fn private_folder(dir: &Path) -> std::io::Result<()> {
    fs::create_dir_all(dir)
}
