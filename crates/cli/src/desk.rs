//! The program and a session at it: what a command works with.

use crate::{
    arguments::{Common, Keyring},
    failure::Failure,
    job::Show,
    tongue,
};
use app::{
    Chance, Program, Session, SystemClock,
    program::{KeyringChoice, Start},
    rpc,
    wire::{Empty, Host, Language, StoreChoice, StoreChoose},
};
use serde::{Serialize, de::DeserializeOwned};
use std::{path::PathBuf, sync::Arc};

/// A program, a session at it, and how it shows progress.
pub struct Desk {
    pub program: Arc<Program>,
    pub session: Arc<Session>,
    pub choice: StoreChoice,
    pub show: Show,
    /// Where relative files of a command lie: the folder of the terminal, also where another process does the work.
    pub folder: PathBuf,
}

/// The folder of the data.
pub fn data_dir(common: &Common) -> Result<PathBuf, Failure> {
    let named = common.dir.clone().or_else(server::place::default_data_dir);
    let dir = named.ok_or_else(|| Failure::Usage("this system names no folder for your data: give --dir DIR".into()))?;
    let dir = std::path::absolute(&dir).map_err(|source| Failure::File { file: dir, source })?;
    match dir.ancestors().find(|above| above.exists()) {
        Some(standing) if !standing.is_dir() => {
            Err(Failure::Usage(format!("the data cannot lie in {}: {} is a file, not a folder; name a folder with --dir", dir.display(), standing.display())))
        }
        _ => Ok(dir),
    }
}

/// Where a device secret is looked for; a file is warned of.
fn keyring(common: &Common) -> KeyringChoice {
    match common.keyring {
        Keyring::Os => KeyringChoice::Os,
        Keyring::File => {
            warn_of_file(common);
            KeyringChoice::File
        }
    }
}

/// Warns whoever keeps the device secret in a file.
pub fn warn_of_file(common: &Common) {
    if common.keyring == Keyring::File {
        let warning = "warning: --keyring file keeps the secret of this device in a file that only you may read. Whoever copies your files has it too; use the system's keyring where one runs.";
        eprintln!("{}", tongue::told(common, warning));
    }
}

/// Which store a command is for.
pub const fn choice(common: &Common) -> StoreChoice {
    if common.demo { StoreChoice::Demo } else { StoreChoice::Own }
}

/// The program over the data folder; opens no store yet.
pub fn program(common: &Common, host: Host, language: Option<Language>) -> Result<Arc<Program>, Failure> {
    let program = Program::new(Start {
        data_dir: data_dir(common)?,
        host,
        keyring: keyring(common),
        clock: Arc::new(SystemClock),
        chance: Chance::system(),
        language,
        cost: None,
    });
    server::sync_control::carry(&program);
    Ok(program)
}

impl Desk {
    /// A desk at which nobody has signed in yet.
    pub fn new(common: &Common, show: Show) -> Result<Self, Failure> {
        Self::at(program(common, Host::Web, Some(tongue::of(common)))?, Arc::new(Session::default()), choice(common), show)
    }

    /// A desk over a session that is there.
    pub fn at(program: Arc<Program>, session: Arc<Session>, choice: StoreChoice, show: Show) -> Result<Self, Failure> {
        let folder = std::env::current_dir().map_err(|source| Failure::File { file: ".".into(), source })?;
        Ok(Self { program, session, choice, show, folder })
    }

    /// Turns to the store that the command line names, and to no other: without this a store that is not there would give way to the demo.
    pub async fn choose(&self) -> Result<(), Failure> {
        if !self.program.has(self.choice) {
            let error = match self.program.absent(self.choice) {
                app::Error::Refusal { .. } if self.choice == StoreChoice::Own => {
                    store::Error::NoStore { dir: self.program.dir(self.choice).display().to_string() }.into()
                }
                other => other,
            };
            return Err(self.failure(error));
        }
        let _: Empty = self.ask("store_choose", &StoreChoose { store: self.choice }).await?;
        Ok(())
    }

    /// Calls a command of the contract.
    pub async fn ask<A: Serialize + Sync, R: DeserializeOwned>(&self, command: &str, ask: &A) -> Result<R, Failure> {
        let answer = rpc::dispatch(&self.program, &self.session, command, serde_json::to_value(ask)?).await?;
        Ok(serde_json::from_value(answer)?)
    }

    /// A file named on the command line.
    pub fn path(&self, file: &std::path::Path) -> PathBuf {
        self.folder.join(file)
    }

    /// An error of the program in the form of the contract.
    pub fn failure(&self, error: impl Into<app::Error>) -> Failure {
        failure_of(&self.program, error)
    }
}

/// An error of the program in the form of the contract.
pub fn failure_of(program: &Program, error: impl Into<app::Error>) -> Failure {
    Failure::Wire(program.wire(&error.into()))
}
