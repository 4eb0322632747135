//! The tasks around the program: set-up, run, test, prove, bench, scan.
//!
//! Holds what a person or a build machine does *to* the checkout. Holds nothing of the shop and links no room of ours: it must build in
//! seconds on a machine that has Rust and nothing else. To add a task, add a row to [`TASKS`] and a function for it.

mod bundle;
mod child;
mod counts;
mod dbus;
mod http;
mod later;
mod measure;
mod place;
mod postgres;
mod readers;
mod run;
mod scan;
mod setup;
mod stage;
mod start;
mod stop;
mod suites;
mod summary;
mod webdriver;
mod window;
mod x11;

use std::process::ExitCode;

use place::Place;
use stop::{Outcome, Stop};

/// One task: its name, what it takes, what it does, and the function that does it.
struct Task {
    name: &'static str,
    takes: &'static str,
    does: &'static str,
    run: fn(&Place, &[String]) -> Outcome<()>,
}

const TASKS: &[Task] = &[
    Task { name: "setup", takes: "", does: "install what is missing, build the screens", run: setup::task },
    Task { name: "run", takes: "[--fresh]", does: "open the program on the demo shop (--fresh: an empty first start)", run: run::task },
    Task { name: "test", takes: "", does: "every suite, one summary; ZHANGGUI_SUITES=a,b selects", run: suites::task },
    Task { name: "window", takes: "", does: "drive the real window under Xvfb", run: window::task },
    Task { name: "e2e", takes: "[NAME] [--short]", does: "whole flows in Chromium against the headless host", run: suites::e2e_task },
    Task { name: "scan", takes: "[--release]", does: "advisories, version floors and licences", run: scan::task },
    Task { name: "postgres", takes: "-- CMD…", does: "run CMD with a PostgreSQL cluster of its own", run: postgres::task },
    Task { name: "bundle", takes: "", does: "build the Debian package", run: bundle::task },
    Task { name: "bindings", takes: "", does: "write ui/src/rpc/bindings.ts", run: later::bindings },
    Task { name: "bench", takes: "NAME", does: "measure", run: later::bench },
    Task { name: "prove", takes: "NAME", does: "the long lane; writes docs/evidence", run: later::prove },
    Task { name: "screenshots", takes: "", does: "write docs/screenshots", run: later::screenshots },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match dispatch(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            if !stop.message.is_empty() {
                eprintln!("{}", stop.message);
            }
            ExitCode::from(stop.code)
        }
    }
}

fn dispatch(arguments: &[String]) -> Outcome<()> {
    let Some((name, rest)) = arguments.split_first() else {
        return Err(Stop::misuse(usage()));
    };
    let Some(task) = TASKS.iter().find(|task| task.name == name) else {
        return Err(Stop::misuse(format!("There is no task '{name}'.\n{}", usage())));
    };
    let place = Place::find()?;
    (task.run)(&place, rest)
}

fn usage() -> String {
    let mut text = String::from("Tasks:\n");
    for task in TASKS {
        let call = format!("{} {}", task.name, task.takes);
        text.push_str(&format!("  cargo xtask {call:<20} {}\n", task.does));
    }
    text
}
