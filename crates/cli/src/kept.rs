//! `login` and `logout`: a session kept for the terminal by a process in the background, which other commands reach over a Unix socket that
//! only this user may open. It holds the store open, so that codes are asked once; it ends 15 minutes after the last command.

use crate::{
    arguments::Common,
    desk,
    entry::{self, Shown},
    failure::Failure,
};
use serde::{Deserialize, Serialize};

/// The credentials, from `login` to the process that keeps the session; through a pipe, never on a command line or in the environment.
#[derive(Serialize, Deserialize)]
struct Handed {
    name: String,
    password: String,
    code: String,
}

impl From<Shown> for Handed {
    fn from(shown: Shown) -> Self {
        Self { name: shown.name, password: shown.password.to_string(), code: shown.code }
    }
}

impl From<Handed> for Shown {
    fn from(handed: Handed) -> Self {
        Self { name: handed.name, password: handed.password.into(), code: handed.code }
    }
}

/// A command for the kept session.
#[derive(Debug, Serialize, Deserialize)]
struct Call {
    /// The words of the command; none asks to end.
    words: Option<Vec<String>>,
    folder: std::path::PathBuf,
}

/// What came of it.
#[derive(Debug, Serialize, Deserialize)]
enum Reply {
    Answer(serde_json::Value),
    Failed { code: String, message: String, exit: u8, reference: Option<String> },
}

impl Reply {
    fn of(answer: Result<serde_json::Value, Failure>) -> Self {
        match answer {
            Ok(answer) => Self::Answer(answer),
            Err(failure) => Self::Failed {
                code: failure.code().to_owned(),
                message: failure.to_string(),
                exit: failure.exit_number(),
                reference: failure.reference().map(str::to_owned),
            },
        }
    }

    fn read(self) -> Result<serde_json::Value, Failure> {
        match self {
            Self::Answer(answer) => Ok(answer),
            Self::Failed { code, message, exit, reference } => Err(Failure::Passed { code, message, exit, reference }),
        }
    }
}

#[cfg(unix)]
pub use unix::{is_there, keep, login, logout, pass_on, pass_words_on};

#[cfg(unix)]
mod unix {
    use super::{Call, Common, Failure, Handed, Reply, desk, entry};
    use crate::{act, desk::Desk, job::Show, tongue};
    use serde_json::Value;
    use std::{
        os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
        path::{Path, PathBuf},
        process::{ExitCode, Stdio},
        time::Duration,
    };
    use tokio::{
        io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
        net::{UnixListener, UnixStream},
        sync::Mutex,
    };

    /// How long the session is kept after the last command.
    const KEPT: Duration = Duration::from_secs(15 * 60);
    /// Whoever connects says at once what it wants; the next one shall not wait for a silent one.
    const SILENCE_MAX: Duration = Duration::from_secs(5);
    /// A longer message is no command.
    const MESSAGE_BYTES_MAX: u64 = 1 << 20;
    /// An answer is a list at most.
    const REPLY_BYTES_MAX: u64 = 256 << 20;

    fn socket(common: &Common) -> Result<PathBuf, Failure> {
        Ok(desk::data_dir(common)?.join(if common.demo { "demo.session" } else { "own.session" }))
    }

    fn fault(what: &str) -> impl FnOnce(std::io::Error) -> Failure {
        let what = what.to_owned();
        move |error| Failure::Fault(format!("{what}: {error}"))
    }

    /// Whether a session is kept.
    pub async fn is_there(common: &Common) -> Result<bool, Failure> {
        Ok(UnixStream::connect(socket(common)?).await.is_ok())
    }

    /// Passes this very command line on; `None` where no session is kept.
    pub async fn pass_on(common: &Common) -> Result<Option<Value>, Failure> {
        if !is_there(common).await? {
            return Ok(None);
        }
        pass_words_on(common, own_words()).await
    }

    /// The words of this command line without what is for the program as a whole.
    fn own_words() -> Vec<String> {
        let mut words = std::env::args().skip(1);
        let mut kept = Vec::new();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--json" | "--demo" => {}
                "--dir" | "--keyring" | "--lang" => {
                    words.next();
                }
                _ if ["--dir=", "--keyring=", "--lang="].iter().any(|option| word.starts_with(option)) => {}
                _ => kept.push(word),
            }
        }
        kept
    }

    /// Passes a command on; `None` where no session is kept.
    pub async fn pass_words_on(common: &Common, words: Vec<String>) -> Result<Option<Value>, Failure> {
        let folder = std::env::current_dir().map_err(fault("the working folder is gone"))?;
        call(common, &Call { words: Some(words), folder }).await?.map(Reply::read).transpose()
    }

    async fn call(common: &Common, call: &Call) -> Result<Option<Reply>, Failure> {
        let Ok(mut stream) = UnixStream::connect(socket(common)?).await else { return Ok(None) };
        let talk = async {
            stream.write_all(format!("{}\n", serde_json::to_string(call)?).as_bytes()).await?;
            let mut reply = Vec::new();
            (&mut stream).take(REPLY_BYTES_MAX).read_to_end(&mut reply).await?;
            Ok::<_, std::io::Error>(reply)
        };
        let reply = talk.await.map_err(fault("the kept session broke off"))?;
        Ok(Some(serde_json::from_slice(&reply)?))
    }

    /// Begins a session: asks for name, password and code, and leaves a process behind that holds it.
    pub async fn login(common: &Common) -> Result<ExitCode, Failure> {
        if is_there(common).await? {
            return Err(Failure::Refused("a session is kept already: use it, or end it with `zhanggui logout`".into()));
        }
        let handed = Handed::from(entry::shown(common)?);
        // The process that is left behind has nobody to say it to.
        desk::warn_of_file(common);
        let program = std::env::current_exe().map_err(fault("the program does not find its own file"))?;
        let mut command = std::process::Command::new(program);
        command.arg("--dir").arg(desk::data_dir(common)?).arg("--keyring").arg(match common.keyring {
            crate::arguments::Keyring::Os => "os",
            crate::arguments::Keyring::File => "file",
        });
        if common.demo {
            command.arg("--demo");
        }
        // It answers terminals of any language, and each of them translates for itself.
        command.args(["--lang", "en"]);
        // A group of its own, so that Ctrl+C in the terminal does not end it.
        command.arg("keep-session").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).current_dir("/").process_group(0);
        let mut child = command.spawn().map_err(fault("the process that keeps the session could not be started"))?;
        let reply = tokio::task::spawn_blocking(move || hand_over(&mut child, &handed)).await.map_err(|error| Failure::Fault(error.to_string()))??;
        reply.read()?;
        let told = "Signed in. Later commands in this folder need no password until 15 minutes after the last one; `zhanggui logout` ends it now.";
        eprintln!("{}", tongue::told(common, told));
        Ok(ExitCode::SUCCESS)
    }

    fn hand_over(child: &mut std::process::Child, handed: &Handed) -> Result<Reply, Failure> {
        use std::io::{BufRead as _, Write as _};
        let (Some(mut to), Some(from)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Failure::Fault("the process that keeps the session does not listen".into()));
        };
        to.write_all(serde_json::to_string(handed)?.as_bytes()).map_err(fault("the sign-in could not be handed over"))?;
        drop(to);
        let mut line = String::new();
        std::io::BufReader::new(from).read_line(&mut line).map_err(fault("the process that keeps the session does not answer"))?;
        if line.is_empty() {
            return Err(Failure::Fault("the process that keeps the session ended at once".into()));
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Ends the kept session.
    pub async fn logout(common: &Common) -> Result<ExitCode, Failure> {
        match call(common, &Call { words: None, folder: "/".into() }).await? {
            Some(_) => Ok(ExitCode::SUCCESS),
            None => Err(Failure::Passed { code: "not_found".into(), message: "no session is kept for this folder".into(), exit: 4, reference: None }),
        }
    }

    /// The process in the background: signs in with what comes through its standard input, then answers commands until nobody asks.
    pub async fn keep(common: &Common) -> Result<ExitCode, Failure> {
        let handed: Handed = serde_json::from_reader(std::io::Read::take(std::io::stdin(), MESSAGE_BYTES_MAX))?;
        let desk = Desk::new(common, Show::Nothing)?;
        let signed_in = entry::sign_in(&desk, handed.into()).await;
        let listening = match signed_in {
            Ok(()) => listen(&socket(common)?),
            Err(failure) => Err(failure),
        };
        let (reply, listener) = match listening {
            Ok(listener) => (Reply::Answer(Value::Null), Some(listener)),
            Err(failure) => (Reply::of(Err(failure)), None),
        };
        println!("{}", serde_json::to_string(&reply)?);
        if let Some(listener) = listener {
            answer_all(&listener, desk, &socket(common)?).await;
        } else {
            desk.program.shut_down().await;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// A socket that only this user may open: made in a folder of rights 0700, narrowed, and only then put in its place.
    fn listen(place: &Path) -> Result<UnixListener, Failure> {
        let at = |source| Failure::File { file: place.to_owned(), source };
        let making = place.with_extension("making");
        let _ = std::fs::remove_dir_all(&making);
        std::fs::create_dir(&making).map_err(at)?;
        std::fs::set_permissions(&making, std::fs::Permissions::from_mode(0o700)).map_err(at)?;
        let narrow = making.join("s");
        let listener = UnixListener::bind(&narrow).map_err(at)?;
        std::fs::set_permissions(&narrow, std::fs::Permissions::from_mode(0o600)).map_err(at)?;
        std::fs::rename(&narrow, place).map_err(at)?;
        let _ = std::fs::remove_dir(&making);
        Ok(listener)
    }

    async fn answer_all(listener: &UnixListener, desk: Desk, place: &Path) {
        let desk = Mutex::new(desk);
        loop {
            let coming = tokio::select! {
                coming = tokio::time::timeout(KEPT, listener.accept()) => coming,
                () = crate::serve::asked_to_end() => break,
            };
            let Ok(Ok((stream, _))) = coming else { break };
            match answer_one(stream, &desk).await {
                Ok(true) => {}
                Ok(false) => break,
                Err(error) => tracing::warn!(%error, "a command did not come through"),
            }
        }
        let _ = std::fs::remove_file(place);
        desk.into_inner().program.shut_down().await;
    }

    /// Answers one command; false where it asks to end.
    async fn answer_one(mut stream: UnixStream, desk: &Mutex<Desk>) -> std::io::Result<bool> {
        let mut line = String::new();
        let mut from = BufReader::new((&mut stream).take(MESSAGE_BYTES_MAX));
        tokio::time::timeout(SILENCE_MAX, from.read_line(&mut line)).await??;
        if line.is_empty() {
            // Somebody only looked whether a session is kept.
            return Ok(true);
        }
        let call: Call = serde_json::from_str(&line)?;
        let reply = match &call.words {
            None => Reply::Answer(Value::Null),
            Some(words) => {
                let mut desk = desk.lock().await;
                desk.folder = call.folder;
                Reply::of(act::act_on_words(&desk, words).await)
            }
        };
        stream.write_all(serde_json::to_string(&reply)?.as_bytes()).await?;
        Ok(call.words.is_some())
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use super::{Common, Failure};
    use serde_json::Value;
    use std::process::ExitCode;

    fn not_here<T>() -> Result<T, Failure> {
        Err(Failure::Refused("a session for the terminal can be kept on Linux and macOS only: use `batch`, which signs in once for many commands".into()))
    }

    pub async fn is_there(_common: &Common) -> Result<bool, Failure> {
        Ok(false)
    }

    pub async fn pass_on(_common: &Common) -> Result<Option<Value>, Failure> {
        Ok(None)
    }

    pub async fn pass_words_on(_common: &Common, _words: Vec<String>) -> Result<Option<Value>, Failure> {
        Ok(None)
    }

    pub async fn login(_common: &Common) -> Result<ExitCode, Failure> {
        not_here()
    }

    pub async fn logout(_common: &Common) -> Result<ExitCode, Failure> {
        not_here()
    }

    pub async fn keep(_common: &Common) -> Result<ExitCode, Failure> {
        not_here()
    }
}

#[cfg(not(unix))]
pub use elsewhere::{is_there, keep, login, logout, pass_on, pass_words_on};
