//! One command of a person who is signed in, wherever it came from: the command line, a line of a batch, another process of the terminal.

use crate::{
    arguments::{Command, ImportCommand, Line, OrdersCommand, ReportCommand},
    central,
    desk::Desk,
    failure::Failure,
    import, orders, report, shop, store_file, usage,
};
use app::wire::Language;
use clap::Parser as _;
use serde_json::Value;

/// Does a command; answers what is printed.
pub async fn act(desk: &Desk, command: Command) -> Result<Value, Failure> {
    match command {
        Command::Store(command) => store_file::run(desk, command).await,
        Command::Import(ImportCommand::Orders(asked)) => import::orders(desk, asked).await,
        Command::Import(ImportCommand::Visits(asked)) => import::visits(desk, asked).await,
        Command::Import(ImportCommand::Undo { id }) => import::undo(desk, id).await,
        Command::Import(ImportCommand::List) => import::list(desk).await,
        Command::Report(ReportCommand::Kpi { from, to, shop }) => report::kpi(desk, from, to, &shop).await,
        Command::Orders(OrdersCommand::List(asked)) => orders::list(desk, asked).await,
        Command::Shop(command) => shop::act(desk, command).await,
        Command::User(_) => {
            Err(Failure::Refused("a new password wants password and code for itself: give --user, --password-file and --totp with this command".into()))
        }
        Command::Central(command) => central::central(desk, command).await,
        Command::Sync(command) => central::sync(desk, command).await,
        Command::Batch | Command::Login | Command::Logout | Command::Serve(_) | Command::Completions { .. } | Command::KeepSession => {
            Err(Failure::Usage("this command stands alone: start it as a program of its own".into()))
        }
    }
}

/// Does a command that came as words.
pub async fn act_on_words(desk: &Desk, words: &[String]) -> Result<Value, Failure> {
    act(desk, parsed(words, desk.program.language())?).await
}

/// The command that words are.
pub fn parsed(words: &[String], language: Language) -> Result<Command, Failure> {
    Line::try_parse_from(words).map(|line| line.command).map_err(|error| Failure::Words(usage::told(&error, language)))
}
