//! A fresh code for one act: it is given together with the act's own request, so that it counts for nothing else, and is used up by it.
//!
//! Which commands want one says the list (`rpc/list.rs`, `stepped`).

use super::sign_in;
use crate::{
    Code, Error, Result,
    rpc::{self, Scope},
    wire::{StepUp, SteppedUp},
};

/// Does what a command asks, once the code with it is right.
///
/// # Errors
/// Where the code is wrong or used; where the command wants none, or refuses.
pub async fn step_up(scope: &Scope, request: StepUp) -> Result<SteppedUp> {
    let wants = rpc::COMMANDS.iter().any(|command| command.name == request.command && matches!(command.access, rpc::Access::Stepped(_)));
    if !wants {
        return Err(Error::refuse(Code::BadRequest, "this act wants no code of its own"));
    }
    let payload: serde_json::Value = serde_json::from_str(&request.request).map_err(|_| Error::refuse(Code::BadRequest, "the request inside is no JSON"))?;
    let (program, presence) = (&scope.program, &scope.presence);
    sign_in::attempt(program, presence.store, &presence.name, sign_in::use_code(scope, &request.code, &request.command)).await?;
    let answer = rpc::dispatch_stepped(program, &scope.session, &request.command, payload).await;
    match answer {
        Ok(answer) => Ok(SteppedUp { answer: answer.to_string() }),
        Err(error) => Err(Error::Wire(error)),
    }
}
