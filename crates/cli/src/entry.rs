//! Signing in on the command line: from options, from a session that `login` keeps, or by asking on the terminal.

use crate::{
    act,
    arguments::{Command, Common, StoreCommand},
    desk::Desk,
    failure::Failure,
    job::Show,
    kept, store_file, tongue, user,
};
use app::{
    speech,
    wire::{SignIn, SignedIn},
};
use serde_json::Value;
use std::io::{IsTerminal as _, Read as _, Write as _};
use zeroize::Zeroizing;

/// A longer file is no secret that anybody types.
const SECRET_BYTES_MAX: u64 = 64 << 10;

/// So long a command waits at the door by itself. A one-time code of the step before still counts then; one read in the last seconds of its step may not.
const WAITED_MAX_S: u32 = 30;

/// What a person shows to come in.
pub struct Shown {
    pub name: String,
    pub password: Zeroizing<String>,
    pub code: String,
}

/// One command, through the kept session where there is one and nothing else was said, else with a sign-in of its own.
pub async fn once(common: &Common, command: Command) -> Result<Value, Failure> {
    if common.user.is_none()
        && common.password_file.is_none()
        && common.totp.is_none()
        && let Some(answer) = kept::pass_on(common).await?
    {
        return Ok(answer);
    }
    if let Command::User(command) = command {
        let desk = Desk::new(common, Show::Nothing)?;
        let answer = user::run(common, &desk, command).await;
        desk.program.shut_down().await;
        return answer;
    }
    let shown = shown(common)?;
    let desk = Desk::new(common, Show::of_terminal(common.json))?;
    let answer = async {
        if matches!(command, Command::Store(StoreCommand::ExportKey)) {
            return store_file::export_key(&desk, shown).await;
        }
        sign_in(&desk, shown).await?;
        act::act(&desk, command).await
    }
    .await;
    desk.program.shut_down().await;
    answer
}

/// Signs in at a desk.
pub async fn sign_in(desk: &Desk, shown: Shown) -> Result<(), Failure> {
    desk.choose().await?;
    let ask = SignIn { name: shown.name, password: shown.password.to_string(), code: shown.code };
    let signed_in: SignedIn = match desk.ask("sign_in", &ask).await {
        // A door that was tried too often opens to nobody who knocks and goes away at once: a terminal stays for the wait that a start begins with.
        Err(Failure::Wire(error)) if error.wait_s.is_some_and(|wait_s| wait_s <= WAITED_MAX_S) => {
            let wait_s = error.wait_s.unwrap_or(WAITED_MAX_S);
            eprintln!("{}", speech::told(desk.program.language(), &format!("too many attempts: waiting {wait_s} s")));
            tokio::time::sleep(std::time::Duration::from_secs(u64::from(wait_s) + 1)).await;
            desk.ask("sign_in", &ask).await?
        }
        other => other?,
    };
    if signed_in.recovery_codes_left < 3 {
        let warning = format!("warning: {} recovery codes are left on the recovery sheet", signed_in.recovery_codes_left);
        eprintln!("{}", speech::told(desk.program.language(), &warning));
    }
    Ok(())
}

/// Name, password and code: from the options, the rest asked on the terminal.
pub fn shown(common: &Common) -> Result<Shown, Failure> {
    let name = match &common.user {
        Some(name) => name.clone(),
        None => line(common, "Name: ", "--user NAME")?,
    };
    let password = password(common, "Password: ")?;
    let code = match &common.totp {
        Some(code) => code.clone(),
        None => line(common, "One-time code: ", "--totp CODE")?,
    };
    Ok(Shown { name, password, code })
}

/// The password: from its file, or asked without showing it.
pub fn password(common: &Common, prompt: &str) -> Result<Zeroizing<String>, Failure> {
    match &common.password_file {
        Some(file) => secret_in(file),
        None => typed_password(common, prompt, "--password-file FILE"),
    }
}

/// A password asked on the terminal without showing it; `option` is how it could be given as well.
pub fn typed_password(common: &Common, prompt: &str, option: &str) -> Result<Zeroizing<String>, Failure> {
    needs_terminal(option)?;
    rpassword::prompt_password(tongue::told(common, prompt))
        .map(Zeroizing::new)
        .map_err(|error| Failure::Fault(format!("the password could not be read from the terminal: {error}")))
}

/// A secret that a file holds in its first line.
pub fn secret_in(file: &std::path::Path) -> Result<Zeroizing<String>, Failure> {
    let bytes = std::fs::File::open(file).and_then(|from| {
        let mut bytes = Zeroizing::new(Vec::new());
        from.take(SECRET_BYTES_MAX).read_to_end(&mut bytes).map(|_| bytes)
    });
    let bytes = bytes.map_err(|source| Failure::File { file: file.to_owned(), source })?;
    let Ok(text) = std::str::from_utf8(&bytes) else {
        return Err(Failure::Usage(format!("{} is no text: write the secret into its first line, in UTF-8", file.display())));
    };
    // Editors of Windows begin a text with a mark of its form.
    let secret = text.trim_start_matches('\u{feff}').lines().next().unwrap_or_default();
    if secret.is_empty() {
        return Err(Failure::Usage(format!("the first line of {} is empty: write the secret there", file.display())));
    }
    Ok(Zeroizing::new(secret.to_owned()))
}

/// A line typed on the terminal.
pub fn line(common: &Common, prompt: &str, option: &str) -> Result<String, Failure> {
    needs_terminal(option)?;
    let asked = || -> std::io::Result<String> {
        let mut out = std::io::stderr();
        write!(out, "{}", tongue::told(common, prompt))?;
        out.flush()?;
        let mut text = String::new();
        std::io::stdin().read_line(&mut text)?;
        Ok(text.trim().to_owned())
    };
    let text = asked().map_err(|error| Failure::Fault(format!("the terminal could not be read: {error}")))?;
    if text.is_empty() { Err(Failure::Usage(format!("nothing was typed; it can also be given as {option}"))) } else { Ok(text) }
}

fn needs_terminal(option: &str) -> Result<(), Failure> {
    if std::io::stdin().is_terminal() {
        return Ok(());
    }
    Err(Failure::Usage(format!("{option} is missing, and there is no terminal to ask on (or sign in once with `zhanggui login`)")))
}
