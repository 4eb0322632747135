//! Files that a host hands over in pieces, kept until their person signs out or the program ends. A file is found only by the session that brought it, while
//! that is in the same store.

use crate::{
    Error, Program, Result, Session,
    scratch::Scratch,
    wire::{StoreChoice, UploadChunk, Uploaded},
};
use base64::Engine as _;
use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError, Weak},
};

/// The largest file that is taken in.
const UPLOAD_BYTES_MAX: i64 = 2 << 30;
/// The largest piece.
const CHUNK_BYTES_MAX: usize = 1 << 20;
/// Files of one session that wait at once; the oldest goes.
const UPLOADS_MAX: usize = 8;
/// Files of all sessions.
const ALL_UPLOADS_MAX: usize = 64;

/// The uploads of this run of the program.
pub struct Uploads {
    scratch: Scratch,
    files: Mutex<BTreeMap<String, Upload>>,
}

#[derive(Debug, Clone)]
struct Upload {
    file_name: String,
    path: PathBuf,
    bytes: i64,
    /// A piece-wise upload is ours to remove; a person's own file never is.
    is_ours: bool,
    owner: Owner,
}

/// Whose a file is: a session, and the store that it was in.
#[derive(Debug, Clone)]
struct Owner {
    session: Weak<Session>,
    store: Option<StoreChoice>,
}

impl Owner {
    fn of(session: &Arc<Session>) -> Self {
        Self { session: Arc::downgrade(session), store: session.presence().map(|presence| presence.store) }
    }

    /// Whether its session is no more.
    fn is_gone(&self) -> bool {
        self.session.strong_count() == 0
    }

    /// A file that was brought before anybody signed in goes along.
    fn is(&self, session: &Arc<Session>) -> bool {
        let now = Self::of(session);
        self.session.ptr_eq(&now.session) && (self.store.is_none() || self.store == now.store)
    }
}

impl Uploads {
    pub(crate) fn new(dir: PathBuf) -> Self {
        Self { scratch: Scratch::new(dir), files: Mutex::new(BTreeMap::new()) }
    }

    /// Removes what was handed over; files of a person's own stay.
    pub(crate) fn forget(&self) {
        self.files.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.scratch.forget();
    }

    /// Removes what a session handed over, and what sessions that are gone have left.
    pub(crate) fn forget_of(&self, session: &Arc<Session>) {
        let mut files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        remove(&mut files, |owner| owner.is_gone() || owner.session.ptr_eq(&Arc::downgrade(session)));
        if files.is_empty() {
            self.scratch.forget();
        }
    }

    /// The name and path of an upload of a session.
    ///
    /// # Errors
    /// Where the session has none of this id: the program was started anew since, or it is another's.
    pub fn find(&self, session: &Arc<Session>, id: &str) -> Result<(String, PathBuf)> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let upload = files.get(id).filter(|upload| upload.owner.is(session)).ok_or_else(gone)?;
        Ok((upload.file_name.clone(), upload.path.clone()))
    }

    /// Takes a file of this computer, which stays where it is.
    pub fn adopt(&self, session: &Arc<Session>, id: String, file_name: String, path: PathBuf) {
        let bytes = fs::metadata(&path).map_or(0, |m| i64::try_from(m.len()).unwrap_or(i64::MAX));
        let upload = Upload { file_name, path, bytes, is_ours: false, owner: Owner::of(session) };
        self.files.lock().unwrap_or_else(PoisonError::into_inner).insert(id, upload);
    }
}

/// Removes entries by their owner; files of a person's own stay where they are.
fn remove(files: &mut BTreeMap<String, Upload>, is_to_go: impl Fn(&Owner) -> bool) {
    files.retain(|_, upload| {
        let goes = is_to_go(&upload.owner);
        if goes && upload.is_ours {
            let _ = fs::remove_file(&upload.path);
        }
        !goes
    });
}

fn gone() -> Error {
    Error::refuse(crate::Code::NotFound, "the file is no longer here: choose it again")
}

impl Program {
    /// Takes a file of this computer that its person named, which stays where it is; answers its upload id.
    ///
    /// # Errors
    /// Where there is no file of this name.
    pub fn adopt_file(&self, session: &Arc<Session>, path: &Path) -> Result<String> {
        fs::metadata(path)?;
        let id = self.chance().mint(self.now_ms()).to_string();
        let file_name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        self.uploads.adopt(session, id.clone(), file_name, path.to_owned());
        Ok(id)
    }

    pub(crate) fn take_chunk(&self, session: &Arc<Session>, chunk: &UploadChunk) -> Result<Uploaded> {
        let bytes =
            base64::engine::general_purpose::STANDARD.decode(&chunk.base64).map_err(|_| Error::field("base64", "this piece of the file is not base64"))?;
        if bytes.len() > CHUNK_BYTES_MAX {
            return Err(Error::field("base64", "a piece of a file is at most 1 MiB"));
        }
        let mut files = self.uploads.files.lock().unwrap_or_else(PoisonError::into_inner);
        let id = match &chunk.upload_id {
            Some(id) => id.clone(),
            None => {
                let dir = self.uploads.scratch.folder()?;
                let own: Vec<String> = files.iter().filter(|(_, upload)| upload.owner.is(session)).map(|(id, _)| id.clone()).collect();
                for id in own.iter().take((own.len() + 1).saturating_sub(UPLOADS_MAX)) {
                    if let Some(old) = files.remove(id).filter(|old| old.is_ours) {
                        let _ = fs::remove_file(old.path);
                    }
                }
                remove(&mut files, Owner::is_gone);
                if files.len() >= ALL_UPLOADS_MAX {
                    return Err(Error::refuse(crate::Code::Refused, "too many files wait in this program: try again when the others are done"));
                }
                let id = self.chance().mint(self.now_ms()).to_string();
                // The name on disk is ours, only the ending is the file's: it decides how the file is read.
                let ending: String = chunk.file_name.rsplit('.').next().unwrap_or("").chars().filter(char::is_ascii_alphanumeric).take(8).collect();
                let path = dir.join(format!("{id}.{ending}"));
                files.insert(id.clone(), Upload { file_name: chunk.file_name.clone(), path, bytes: 0, is_ours: true, owner: Owner::of(session) });
                id
            }
        };
        let upload = files.get_mut(&id).filter(|upload| upload.is_ours && upload.owner.is(session)).ok_or_else(gone)?;
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
