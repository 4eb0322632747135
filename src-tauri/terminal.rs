//! The demo from a terminal: opened at once, and its name, password and current code printed, renewed on Enter.

use app::{
    Program, Session, rpc,
    wire::{DemoCode, DemoOpen},
};
use std::{
    io::{BufRead as _, IsTerminal as _},
    sync::Arc,
    time::Duration,
};

/// How often it is looked whether the new demo is ready; it takes seconds.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// A demo that is not ready by then is not waited for; its window says why.
const READY_MAX: Duration = Duration::from_secs(120);

/// Opens the demo shop in the window's session, and prints its code for whoever started the program in a terminal.
pub async fn open_demo(program: &Arc<Program>, session: &Arc<Session>) {
    let ask = DemoOpen { language: program.language() };
    let opened = match serde_json::to_value(ask) {
        Ok(ask) => rpc::dispatch(program, session, "demo_open", ask).await.map_err(|error| error.message),
        Err(error) => Err(error.to_string()),
    };
    if let Err(message) = opened {
        eprintln!("The demo shop could not be opened: {message}");
        return;
    }
    if std::io::stdout().is_terminal() {
        let (program, session) = (program.clone(), session.clone());
        tauri::async_runtime::spawn(async move { print_codes(program, session).await });
    }
}

async fn print_codes(program: Arc<Program>, session: Arc<Session>) {
    let looks = READY_MAX.as_millis() / LOOK_EVERY.as_millis();
    for _ in 0..looks {
        if print_code(&program, &session).await {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    if !std::io::stdin().is_terminal() {
        return;
    }
    // A plain thread: reading a line cannot be interrupted, and must not keep the program from ending.
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines() {
            if line.is_err() {
                return;
            }
            tauri::async_runtime::block_on(print_code(&program, &session));
        }
    });
}

async fn print_code(program: &Arc<Program>, session: &Arc<Session>) -> bool {
    let answer = rpc::dispatch(program, session, "demo_code", serde_json::json!({})).await;
    let Some(code) = answer.ok().and_then(|answer| serde_json::from_value::<DemoCode>(answer).ok()) else { return false };
    println!("demo shop  name: {}  password: {}  code: {} ({} s left, Enter for the current one)", code.name, code.password, code.code, code.seconds_left);
    true
}
