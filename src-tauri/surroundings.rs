//! What has to stand in the environment before the first window: graphics that this machine can draw, and no door for automation.
//!
//! A process cannot safely change its own environment while threads run, so that the program starts itself again with what it needs.

use std::{env, ffi::OsString, path::Path, process::Command};

/// Kept in the data folder when a window never painted: from then on the program draws without the graphics card.
pub const SAFE_GRAPHICS_FILE: &str = "safe-graphics";
/// What opens a window to remote control. Tests of a debug build use it, and measurements of a build made for them; in a shop it would let any program of this user press buttons.
const AUTOMATION: &[&str] = &["TAURI_WEBVIEW_AUTOMATION", "TAURI_AUTOMATION"];
/// Together they make WebKitGTK draw in software.
pub const SAFE_GRAPHICS: &[&str] = &["WEBKIT_DISABLE_DMABUF_RENDERER", "WEBKIT_DISABLE_COMPOSITING_MODE"];
/// The NVIDIA driver that is not part of Linux says its version here.
const NVIDIA: &str = "/proc/driver/nvidia/version";

/// What is to change in the environment.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    set: Vec<&'static str>,
    remove: Vec<&'static str>,
}

/// Starts the program again where its environment does not fit; returns where it does. What was changed fits the second time, so that it
/// never goes round.
pub fn prepare(data_dir: &Path, safe_graphics: bool) {
    let machine = Machine {
        shuts_out_automation: !cfg!(any(debug_assertions, feature = "automation")),
        is_linux: cfg!(target_os = "linux"),
        safe_graphics: safe_graphics || data_dir.join(SAFE_GRAPHICS_FILE).exists(),
        nvidia: Path::new(NVIDIA).exists(),
    };
    let changes = machine.changes(|name| env::var_os(name).is_some());
    if changes == Changes::default() {
        return;
    }
    start_again(&changes.set, &changes.remove);
    if !changes.remove.is_empty() {
        eprintln!("The program was started for remote control and could not be started without it. Unset {} and start it again.", changes.remove.join(" and "));
        std::process::exit(1);
    }
}

/// Starts the program again in software graphics; returns only where that failed.
pub fn start_again_in_safe_graphics() {
    let unset: Vec<&str> = SAFE_GRAPHICS.iter().copied().filter(|name| env::var_os(name).is_none()).collect();
    start_again(&unset, &[]);
}

#[derive(Clone, Copy)]
struct Machine {
    shuts_out_automation: bool,
    is_linux: bool,
    safe_graphics: bool,
    nvidia: bool,
}

impl Machine {
    /// What a person set themselves stays as they set it.
    fn changes(&self, is_set: impl Fn(&str) -> bool) -> Changes {
        let remove = AUTOMATION.iter().copied().filter(|name| self.shuts_out_automation && is_set(name)).collect();
        let wanted: &[&str] = match (self.is_linux, self.safe_graphics, self.nvidia) {
            (true, true, _) => SAFE_GRAPHICS,
            (true, false, true) => &SAFE_GRAPHICS[..1],
            _ => &[],
        };
        Changes { set: wanted.iter().copied().filter(|name| !is_set(name)).collect(), remove }
    }
}

fn start_again(set: &[&str], remove: &[&str]) {
    let Ok(program) = env::current_exe() else {
        tracing::warn!("the program does not find its own file, so it goes on as it is");
        return;
    };
    let mut command = Command::new(program);
    command.args(env::args_os().skip(1)).envs(set.iter().map(|name| (name, OsString::from("1"))));
    for name in remove {
        command.env_remove(name);
    }
    let error = replace(&mut command);
    tracing::warn!(%error, "the program could not be started again, so it goes on as it is");
}

/// Takes this process's place, so that whoever started it still holds it.
#[cfg(unix)]
fn replace(command: &mut Command) -> std::io::Error {
    use std::os::unix::process::CommandExt as _;
    command.exec()
}

#[cfg(not(unix))]
fn replace(command: &mut Command) -> std::io::Error {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(1)),
        Err(error) => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_on_which_machine() {
        let linux = Machine { shuts_out_automation: true, is_linux: true, safe_graphics: false, nvidia: false };
        let none = |_: &str| false;
        assert_eq!(linux.changes(none), Changes::default());
        assert_eq!(linux.changes(|name| name.starts_with("TAURI")).remove, AUTOMATION);
        assert_eq!(Machine { shuts_out_automation: false, ..linux }.changes(|name| name.starts_with("TAURI")), Changes::default());
        let nvidia = Machine { nvidia: true, ..linux };
        assert_eq!(nvidia.changes(none).set, ["WEBKIT_DISABLE_DMABUF_RENDERER"]);
        assert_eq!(nvidia.changes(|name| name == "WEBKIT_DISABLE_DMABUF_RENDERER").set, [""; 0]);
        let safe = Machine { safe_graphics: true, ..linux };
        assert_eq!(safe.changes(none).set, SAFE_GRAPHICS);
        assert_eq!(safe.changes(|name| name == "WEBKIT_DISABLE_COMPOSITING_MODE").set, ["WEBKIT_DISABLE_DMABUF_RENDERER"]);
        assert_eq!(Machine { is_linux: false, ..safe }.changes(none), Changes::default());
    }
}
