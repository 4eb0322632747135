//! The one door: every command of every host comes through [`dispatch`], which checks session, second factor and permission once.

mod bodies;
mod list;

pub(crate) use list::dispatch_stepped;
pub use list::{COMMANDS, dispatch, type_declarations};

use crate::{Code, Error, Program, Result, Session, rights::Rights, session::Presence, wire::WireError};
use domain::PersonId;
use std::sync::Arc;
use store::Store;

/// Who may call a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Anyone: first start, setting up, signing in.
    Open,
    /// A person who is signed in, also while the screen is locked.
    Locked,
    /// A person who shows name, password and code with the command itself and holds the permission; the body asks `access::sign_in::prove`.
    Proof(&'static str),
    /// A person who is signed in and holds the permission.
    May(&'static str),
    /// The same with a fresh code for this very act (`step_up`).
    Stepped(&'static str),
}

/// A command's name and who may call it.
#[derive(Debug, Clone, Copy)]
pub struct Command {
    pub name: &'static str,
    pub access: Access,
}

/// A caller who is not, or need not be, signed in.
pub struct Visitor {
    pub program: Arc<Program>,
    pub session: Arc<Session>,
}

/// A caller who is signed in: what a use case may reach.
#[derive(Clone)]
pub struct Scope {
    pub program: Arc<Program>,
    pub session: Arc<Session>,
    pub store: Arc<Store>,
    pub presence: Presence,
    /// What they may, and for which rows.
    pub rights: Rights,
}

impl Scope {
    /// The same person with another of their rights: what a command does that needs more than one.
    ///
    /// # Errors
    /// Where they do not hold it.
    pub(crate) async fn under(&self, right: &'static str) -> Result<Self> {
        Ok(Self { rights: self.program.rights(&self.store, &self.presence, right).await?, ..self.clone() })
    }

    /// Who acts.
    #[must_use]
    pub const fn actor(&self) -> PersonId {
        self.presence.person_id
    }
}

/// Admits a caller who need not be signed in.
fn visitor(program: &Arc<Program>, session: &Arc<Session>) -> Result<Visitor> {
    Ok(Visitor { program: program.clone(), session: session.clone() })
}

/// Who is signed in, and the store that they are in; `locked` also while the screen is locked.
fn present(program: &Arc<Program>, session: &Arc<Session>, locked: bool) -> Result<(Presence, Arc<Store>)> {
    let presence = session.presence().ok_or_else(|| Error::refuse(Code::SignedOut, "sign in first"))?;
    if presence.is_over(program.now_ms()) {
        session.leave();
        return Err(Error::refuse(Code::SignedOut, "the session of twelve hours is over: sign in again"));
    }
    if program.is_shut(&presence) {
        session.leave();
        return Err(Error::refuse(Code::SignedOut, "the password was changed: sign in with the new one"));
    }
    let presence = program.presence_at(session).unwrap_or(presence);
    if presence.locked && !locked {
        return Err(Error::refuse(Code::Locked, "the screen is locked: type the password"));
    }
    let store = program.opened_for(&presence).ok_or_else(|| Error::refuse(Code::SignedOut, "the store was closed: sign in again"))?;
    Ok((presence, store))
}

/// Admits a person who is signed in, also while the screen is locked.
async fn admit(program: &Arc<Program>, session: &Arc<Session>) -> Result<Scope> {
    let (presence, store) = present(program, session, true)?;
    scope_of((program, session), presence, store, "session.lock").await
}

/// Admits a person who holds `permission`.
async fn permit(program: &Arc<Program>, session: &Arc<Session>, permission: &'static str) -> Result<Scope> {
    let (presence, store) = present(program, session, false)?;
    scope_of((program, session), presence, store, permission).await
}

/// Admits a person who holds `permission` and showed a fresh code for this act.
async fn permit_stepped(program: &Arc<Program>, session: &Arc<Session>, permission: &'static str, is_stepped: bool) -> Result<Scope> {
    let scope = permit(program, session, permission).await?;
    if !is_stepped {
        return Err(Error::refuse(Code::StepUp, "this act wants a fresh code: type the six digits that the authenticator shows now"));
    }
    Ok(scope)
}

/// What a use case may reach for a person who holds a right.
pub(crate) async fn scope_of(
    (program, session): (&Arc<Program>, &Arc<Session>),
    presence: Presence,
    store: Arc<Store>,
    permission: &'static str,
) -> Result<Scope> {
    let rights = program.rights(&store, &presence, permission).await?;
    Ok(Scope { program: program.clone(), session: session.clone(), store, presence, rights })
}

fn wire(program: &Program, error: &Error) -> WireError {
    program.wire(error)
}

/// Makes the dispatcher, the list of permissions and the TypeScript map from the one list.
#[macro_export]
macro_rules! commands {
    ($($(#[$meta:meta])* $name:ident($request:ty) -> $response:ty, $access:ident $($permission:literal)?;)*) => {
        /// Every command, in the order of the list.
        pub const COMMANDS: &[$crate::rpc::Command] = &[$($crate::rpc::Command { name: stringify!($name), access: $crate::commands!(@access $access $($permission)?) }),*];

        /// Calls a command by its name.
        ///
        /// # Errors
        /// The error as the wire has it.
        pub async fn dispatch(program: &std::sync::Arc<$crate::Program>, session: &std::sync::Arc<$crate::Session>, command: &str, payload: serde_json::Value) -> std::result::Result<serde_json::Value, WireError> {
            call(program, session, command, payload, false).await
        }

        /// Calls a command for which a fresh code was shown; boxed, since a command leads here.
        pub(crate) fn dispatch_stepped<'a>(program: &'a std::sync::Arc<$crate::Program>, session: &'a std::sync::Arc<$crate::Session>, command: &'a str, payload: serde_json::Value) -> std::pin::Pin<Box<dyn Future<Output = std::result::Result<serde_json::Value, WireError>> + Send + 'a>> {
            Box::pin(call(program, session, command, payload, true))
        }

        async fn call(program: &std::sync::Arc<$crate::Program>, session: &std::sync::Arc<$crate::Session>, command: &str, payload: serde_json::Value, is_stepped: bool) -> std::result::Result<serde_json::Value, WireError> {
            match command {
                $(stringify!($name) => {
                    let caller = $crate::commands!(@admit $access $($permission)?, program, session, is_stepped).map_err(|e| super::wire(program, &e))?;
                    let request: $request = serde_json::from_value(payload).map_err(|e| super::wire(program, &$crate::Error::refuse($crate::Code::BadRequest, format!("the request does not have the form of {command}: {e}"))))?;
                    let body = Box::pin(super::bodies::$name(&caller, request));
                    let response: $response = body.await.map_err(|e| super::wire(program, &e))?;
                    serde_json::to_value(response).map_err(|e| super::wire(program, &e.into()))
                })*
                _ => Err(super::wire(program, &$crate::Error::refuse($crate::Code::NotFound, format!("there is no command {command}: the program and its screens are of different versions, start it again")))),
            }
        }

        /// Writes every type of the contract into a folder and answers the `Commands` map.
        ///
        /// # Errors
        /// Where a type cannot be written.
        pub fn type_declarations(config: &ts_rs::Config) -> std::result::Result<String, ts_rs::ExportError> {
            use ts_rs::TS as _;
            let mut map = String::from("export type Commands = {\n");
            $(
                <$request>::export_all(config)?;
                <$response>::export_all(config)?;
                map.push_str(&format!("  {}: {{ ask: {}; answer: {} }};\n", stringify!($name), <$request>::name(config), <$response>::name(config)));
            )*
            $crate::wire::AppEvent::export_all(config)?;
            $crate::wire::WireError::export_all(config)?;
            map.push_str("};\n");
            Ok(map)
        }
    };
    (@access open) => { $crate::rpc::Access::Open };
    (@access locked) => { $crate::rpc::Access::Locked };
    (@access proof $permission:literal) => { $crate::rpc::Access::Proof($permission) };
    (@access may $permission:literal) => { $crate::rpc::Access::May($permission) };
    (@access stepped $permission:literal) => { $crate::rpc::Access::Stepped($permission) };
    (@admit open, $program:ident, $session:ident, $stepped:ident) => { super::visitor($program, $session) };
    (@admit proof $permission:literal, $program:ident, $session:ident, $stepped:ident) => { super::visitor($program, $session) };
    (@admit locked, $program:ident, $session:ident, $stepped:ident) => { super::admit($program, $session).await };
    (@admit may $permission:literal, $program:ident, $session:ident, $stepped:ident) => { super::permit($program, $session, $permission).await };
    (@admit stepped $permission:literal, $program:ident, $session:ident, $stepped:ident) => { super::permit_stepped($program, $session, $permission, $stepped).await };
}
