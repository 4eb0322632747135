//! The command line: a shop made, filled, asked and kept from a terminal or a script, and `zhanggui serve`.
//!
//! Every command is a call of the one contract (`app::rpc`) after signing in, so that a script meets the same rules and the same permissions
//! as the window. Deliberately absent: rules and SQL. `docs/cli.md` is the page for users; exit codes stand in `failure`.
//!
//! To add a command: its words in `arguments`, its body in the file of its area, a line in `act`, its place in `docs/cli.md`.

mod act;
mod arguments;
mod batch;
mod central;
mod desk;
mod entry;
mod failure;
mod findings;
mod import;
mod job;
mod kept;
mod orders;
mod print;
mod report;
mod serve;
mod shop;
mod store_file;
mod tongue;
mod usage;
mod user;

use app::wire::Language;
use arguments::{Arguments, Command};
use clap::{CommandFactory as _, Parser as _};
use failure::Failure;
use std::process::ExitCode;

/// An import makes and drops some fifty million small pieces of memory, most of them on another thread than they were made on. Measured on the real file: see
/// `docs/evidence/import.md`.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "error".into()))
        .with_writer(std::io::stderr)
        .init();
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return not_understood(&error),
    };
    let (json, language) = (arguments.common.json, tongue::of(&arguments.common));
    match run(arguments).await {
        Ok(code) => code,
        Err(failure) => {
            print::failure(&failure, json, language);
            failure.exit_code()
        }
    }
}

/// Help that was asked for, or a command line that says nothing this program knows. In English the parser speaks for itself, with its colours.
fn not_understood(error: &clap::Error) -> ExitCode {
    let (json, language) = (std::env::args().any(|word| word == "--json"), tongue::of_words(std::env::args()));
    if !error.use_stderr() || (language == Language::En && !json) {
        error.exit();
    }
    let failure = Failure::Words(usage::told(error, language));
    print::failure(&failure, json, language);
    failure.exit_code()
}

async fn run(arguments: Arguments) -> Result<ExitCode, Failure> {
    let common = arguments.common;
    match arguments.command {
        Command::Completions { shell } => {
            // Into memory first: the generator takes a reader that went away, as `head` does, for a fault.
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "zhanggui", &mut script);
            print::bytes(&script);
            Ok(ExitCode::SUCCESS)
        }
        Command::Serve(asked) => serve::run(&common, &asked).await,
        Command::Batch => batch::run(&common).await,
        Command::Login => kept::login(&common).await,
        Command::Logout => kept::logout(&common).await,
        Command::KeepSession => kept::keep(&common).await,
        Command::Store(command) if shop::is_before_sign_in(&command) => {
            shop::run(&common, command, |answer| print::answer(answer, common.json, tongue::of(&common))).await?;
            Ok(ExitCode::SUCCESS)
        }
        command => {
            let answer = entry::once(&common, command).await?;
            print::answer(answer, common.json, tongue::of(&common));
            Ok(ExitCode::SUCCESS)
        }
    }
}
