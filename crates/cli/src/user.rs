//! `user`: what a person changes of their own sign-in.

use crate::{
    arguments::{Common, UserCommand},
    desk::Desk,
    entry::{self, Shown},
    failure::Failure,
};
use app::wire::{Empty, PasswordChange};
use serde_json::{Value, json};
use std::path::Path;
use zeroize::Zeroizing;

/// A new password goes to whoever shows the present one and a code with this very command: a session that somebody left open is not enough.
pub async fn run(common: &Common, desk: &Desk, command: UserCommand) -> Result<Value, Failure> {
    let UserCommand::Password { new_password_file } = command;
    let shown = entry::shown(common)?;
    let new = new_password(common, new_password_file.as_deref())?;
    password(desk, shown, &new).await
}

async fn password(desk: &Desk, shown: Shown, new: &str) -> Result<Value, Failure> {
    desk.choose().await?;
    let ask = PasswordChange { name: shown.name, password: shown.password.to_string(), code: shown.code, new_password: new.to_owned() };
    let _: Empty = desk.ask("password_change", &ask).await?;
    Ok(json!({"password_changed": true, "note": ELSEWHERE}))
}

/// What the person must know of the other places where the old one is asked.
const ELSEWHERE: &str = "on this computer the new password counts from now on; another computer of the business asks the old one until it is changed there, and a backup opens with the password of its day";

/// Typed twice where it is not in a file, since nobody sees it.
fn new_password(common: &Common, file: Option<&Path>) -> Result<Zeroizing<String>, Failure> {
    const OPTION: &str = "--new-password-file FILE";
    if let Some(file) = file {
        return entry::secret_in(file);
    }
    let first = entry::typed_password(common, "New password: ", OPTION)?;
    if *entry::typed_password(common, "Once more: ", OPTION)? != *first {
        return Err(Failure::Usage("the two passwords differ: start again".into()));
    }
    Ok(first)
}
