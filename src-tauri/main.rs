//! The desktop shell: one window over the program, one command `rpc`, and the program's events forwarded to it.
//!
//! Deliberately absent: rules and SQL. What the system needs before a window can be drawn is in `surroundings`, a window that never paints
//! is `watchdog`'s, what is printed to a terminal is `terminal`'s.

// Else a release on Windows opens a console behind its window.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod arguments;
mod surroundings;
mod terminal;
mod watchdog;
mod window;

use app::{
    Chance, Program, Session, SystemClock,
    program::{KeyringChoice, Start},
    rpc,
    wire::{AppEvent, Host, WireError},
};
use arguments::Arguments;
use std::{process::ExitCode, sync::Arc};
use tauri::{AppHandle, Emitter as _, RunEvent, State};
use tokio::sync::broadcast::error::RecvError;

/// An import makes and drops some fifty million small pieces of memory, most of them on another thread than they were made on. Measured on the real file: see
/// `docs/evidence/import.md`.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The one channel on which the window hears of what happens; `ui/src/rpc/transport.ts` listens to it.
const EVENT: &str = "event";

/// What the window's calls reach.
struct Desk {
    program: Arc<Program>,
    session: Arc<Session>,
}

/// The one command of the window.
#[tauri::command]
async fn rpc(app: AppHandle, desk: State<'_, Desk>, cmd: String, payload: serde_json::Value) -> Result<serde_json::Value, WireError> {
    let answer = rpc::dispatch(&desk.program, &desk.session, &cmd, payload).await?;
    if matches!(cmd.as_str(), "language_set" | "settings_set" | "setup_shop" | "demo_open") {
        window::name_it(&app, desk.program.language());
    }
    Ok(answer)
}

fn main() -> ExitCode {
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::try_from_default_env().unwrap_or_else(|_| "warn".into()))
        .with_writer(std::io::stderr)
        .init();
    let arguments = match Arguments::read(std::env::args_os().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            println!("{}", arguments::USAGE);
            return ExitCode::SUCCESS;
        }
        Err(message) => {
            eprintln!("{message}\n\n{}", arguments::USAGE);
            return ExitCode::from(2);
        }
    };
    let Some(data_dir) = arguments.data_dir() else {
        eprintln!("This system names no folder for your data: start with --dir DIR.");
        return ExitCode::from(2);
    };
    surroundings::prepare(&data_dir, arguments.safe_graphics);
    let fresh = arguments.fresh.then(|| data_dir.clone());
    let ended = open(&arguments, data_dir);
    if let Some(dir) = fresh {
        let _ = std::fs::remove_dir_all(dir);
    }
    match ended {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The window could not be opened: {error}. On a machine without a display, use `zhanggui serve`.");
            ExitCode::FAILURE
        }
    }
}

fn open(arguments: &Arguments, data_dir: std::path::PathBuf) -> tauri::Result<()> {
    let program = Program::new(Start {
        data_dir,
        host: Host::Desktop,
        keyring: KeyringChoice::Os,
        clock: Arc::new(SystemClock),
        chance: Chance::system(),
        language: None,
        cost: None,
    });
    server::sync_control::carry(&program);
    let session = Arc::new(Session::of_a_screen());
    let demo = arguments.demo;
    let (ending, on_start) = (program.clone(), (program.clone(), session.clone()));
    tauri::Builder::default()
        // First, so that a second start hands over before anything else is set up.
        .plugin(tauri_plugin_single_instance::init(|app, _arguments, _folder| window::focus(app)))
        .plugin(window::remembered_state())
        .manage(Desk { program, session })
        .invoke_handler(tauri::generate_handler![rpc])
        .setup(move |app| {
            let (program, session) = on_start;
            tauri::async_runtime::spawn(forward(app.handle().clone(), program.clone(), session.clone()));
            if demo {
                tauri::async_runtime::block_on(terminal::open_demo(&program, &session));
            }
            window::open(app.handle(), program.language())?;
            watchdog::watch(app.handle(), program);
            Ok(())
        })
        .build(tauri::generate_context!())?
        .run(move |_app, event| {
            if let RunEvent::Exit = event {
                tauri::async_runtime::block_on(ending.shut_down());
            }
        });
    Ok(())
}

/// Forwards the program's events to the window; jobs only of the store that its session is in.
async fn forward(app: AppHandle, program: Arc<Program>, session: Arc<Session>) {
    let mut events = program.events();
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            // Some were lost: the window asks where the program stands, and with it for what it shows.
            Err(RecvError::Lagged(_)) => AppEvent::Phase,
            Err(RecvError::Closed) => return,
        };
        if matches!(&event, AppEvent::Job { job } if !program.may_know_of(&session, &job.id)) {
            continue;
        }
        if let Err(error) = app.emit(EVENT, event) {
            tracing::warn!(%error, "an event did not reach the window");
        }
    }
}
