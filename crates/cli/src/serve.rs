//! `serve`: the program for a browser on this computer.

use crate::{
    arguments::{Common, Serve},
    desk,
    failure::Failure,
    tongue,
};
use app::{
    Program, Session, rpc,
    wire::{DemoCode, DemoOpen, Host, JobRef, JobState, Jobs},
};
use server::Options;
use std::{
    io::{BufRead as _, IsTerminal as _},
    net::SocketAddr,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

/// How often it is looked whether the new demo is ready.
const LOOK_EVERY: Duration = Duration::from_millis(200);

/// Serves until Ctrl+C or until the system asks to end; then the stores are closed.
pub async fn run(common: &Common, asked: &Serve) -> Result<ExitCode, Failure> {
    let program = desk::program(common, Host::Web, common.lang.map(|_| tongue::of(common)))?;
    let first_session = if common.demo { Some(open_demo(&program).await?) } else { None };
    let json = common.json;
    let options = Options { announce: Box::new(move |address| announce(address, json)), until: Box::pin(asked_to_end()), first_session };
    let served = server::serve(program.clone(), SocketAddr::from(([127, 0, 0, 1], asked.port)), options).await;
    program.shut_down().await;
    served?;
    Ok(ExitCode::SUCCESS)
}

fn announce(address: &str, json: bool) {
    if json {
        println!("{}", serde_json::json!({"address": address}));
    } else {
        println!("Open {address}  (this address works once; the next one is printed then; Ctrl+C ends)");
    }
}

#[cfg(unix)]
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
        }
        Err(_) => {
            let _ = tokio::signal::ctrl_c().await;
        }
    }
}

#[cfg(not(unix))]
pub async fn asked_to_end() {
    let _ = tokio::signal::ctrl_c().await;
}

/// Makes the demo shop if need be; the first browser takes over the session in which it is open. Prints how to sign in to it.
async fn open_demo(program: &Arc<Program>) -> Result<Arc<Session>, Failure> {
    let session = Arc::new(Session::of_a_screen());
    let ask = serde_json::to_value(DemoOpen { language: program.language() })?;
    let started: JobRef = serde_json::from_value(rpc::dispatch(program, &session, "demo_open", ask).await?)?;
    loop {
        let jobs: Jobs = serde_json::from_value(rpc::dispatch(program, &session, "job_list", serde_json::json!({})).await?)?;
        match jobs.jobs.into_iter().find(|job| job.id == started.job_id) {
            Some(job) if job.state == JobState::Running => tokio::time::sleep(LOOK_EVERY).await,
            Some(job) => match job.error {
                Some(error) => return Err(Failure::Wire(error)),
                None => break,
            },
            None => break,
        }
    }
    print_code(program, &session).await;
    if std::io::stdin().is_terminal() {
        let (program, session, runtime) = (program.clone(), session.clone(), tokio::runtime::Handle::current());
        // A plain thread: reading a line cannot be interrupted, and must not keep the program from ending.
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines() {
                if line.is_err() {
                    return;
                }
                runtime.block_on(print_code(&program, &session));
            }
        });
    }
    Ok(session)
}

async fn print_code(program: &Arc<Program>, session: &Arc<Session>) {
    let answer = rpc::dispatch(program, session, "demo_code", serde_json::json!({})).await;
    if let Some(code) = answer.ok().and_then(|answer| serde_json::from_value::<DemoCode>(answer).ok()) {
        // Standard output is for the address, which a script reads.
        eprintln!("demo shop  name: {}  password: {}  code: {} ({} s left, Enter for the current one)", code.name, code.password, code.code, code.seconds_left);
    }
}
