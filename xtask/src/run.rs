//! `./dev run`: builds the program and opens it. The demo's name, password and code are printed by the program itself.

use std::process::Command;

use crate::child;
use crate::place::Place;
use crate::setup::{self, Need};
use crate::stop::{Outcome, Stop};
use crate::suites;

/// Opens the window; without a display, serves the same program to a browser on loopback.
pub fn task(place: &Place, arguments: &[String]) -> Outcome<()> {
    let fresh = match arguments {
        [] => false,
        [word] if word == "--fresh" => true,
        _ => return Err(Stop::misuse("usage: ./dev run [--fresh]")),
    };
    setup::prepare(place, Need::Run)?;
    child::run(&mut suites::build_programs(place))?;
    let fresh_dir = if fresh { Some(place.fresh_dir("fresh", false)?) } else { None };
    if let Some(dir) = &fresh_dir {
        println!("An empty first start in {}", dir.display());
    }
    let window = has_display();
    if !window {
        println!("There is no display, so the program is served to a browser on this machine. Open the address below.");
    }
    let mut command = Command::new(place.built(if window { "zhanggui-desktop" } else { "zhanggui" }));
    command.current_dir(place.root());
    if let Some(dir) = &fresh_dir {
        command.arg("--dir").arg(dir);
    }
    if !window {
        command.arg("serve");
    }
    if !fresh {
        command.arg("--demo");
    }
    child::run(&mut command)
}

fn has_display() -> bool {
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    !cfg!(target_os = "linux") || set("DISPLAY") || set("WAYLAND_DISPLAY")
}
