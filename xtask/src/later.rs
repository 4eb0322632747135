//! Tasks that only hand over to a program in another room: bindings, benches, proofs, screenshots.
//!
//! To add a bench or proof, write it as an example of the room it measures, or here where it is of the whole program, and add a row to
//! [`BENCHES`] or [`PROOFS`].

use crate::child;
use crate::place::Place;
use crate::setup::{self, Need};
use crate::start;
use crate::stop::{Outcome, Stop};
use crate::suites;

/// One thing that can be measured or proved, and where it lives.
struct Entry {
    name: &'static str,
    home: Home,
}

/// Where it lives.
#[derive(Clone, Copy)]
enum Home {
    /// An example of the room that it proves.
    Example { package: &'static str, example: &'static str },
    /// A bench of the whole program, under `benches/`.
    Bench { bench: &'static str },
    /// Here, since it drives the built program from outside.
    Own(fn(&Place, &[String]) -> Outcome<()>),
}

const BENCHES: &[Entry] = &[Entry { name: "import", home: Home::Bench { bench: "import" } }, Entry { name: "start", home: Home::Own(start::bench) }];
const PROOFS: &[Entry] = &[
    Entry { name: "crash", home: Home::Example { package: "zhanggui-faultfs", example: "crash" } },
    Entry { name: "replay", home: Home::Example { package: "zhanggui-app", example: "replay" } },
];

/// Writes the TypeScript types of the wire contract.
pub fn bindings(place: &Place, _arguments: &[String]) -> Outcome<()> {
    child::run(place.command("cargo").args(["test", "--package", "zhanggui-app", "--test", "bindings"]).env("ZHANGGUI_WRITE_BINDINGS", "1"))
}

/// Measures in the release profile.
pub fn bench(place: &Place, arguments: &[String]) -> Outcome<()> {
    dispatch(place, "bench", BENCHES, arguments)
}

/// Runs a proof of the long lane. It measures nothing, so it takes the profile and features of `./dev test`, which has built nearly all of it already.
/// It writes its page of evidence, unless `--write` names another file.
pub fn prove(place: &Place, arguments: &[String]) -> Outcome<()> {
    let entry = find("prove", PROOFS, arguments.first().map(String::as_str))?;
    let Home::Example { example, .. } = entry.home else { return run_home(place, entry.home, &arguments[1..]) };
    child::run(place.command("cargo").args(["build", "--workspace", "--features", "zhanggui-desktop/desktop", "--example", example]))?;
    let mut command = place.command(&place.built(&format!("examples/{example}")).display().to_string());
    command.args(&arguments[1..]);
    if !arguments.iter().any(|argument| argument == "--write") {
        command.arg("--write").arg(place.root().join("docs").join("evidence").join(format!("{}.md", entry.name)));
    }
    child::run(&mut command)
}

fn dispatch(place: &Place, kind: &str, entries: &[Entry], arguments: &[String]) -> Outcome<()> {
    run_home(place, find(kind, entries, arguments.first().map(String::as_str))?.home, &arguments[1..])
}

fn run_home(place: &Place, home: Home, arguments: &[String]) -> Outcome<()> {
    let mut command = place.command("cargo");
    match home {
        Home::Own(run) => return run(place, arguments),
        Home::Example { package, example } => command.args(["run", "--release", "--package", package, "--example", example, "--"]),
        Home::Bench { bench } => command.args(["bench", "--package", "zhanggui-desktop", "--bench", bench, "--"]),
    };
    child::run(command.args(arguments))
}

fn find<'a>(kind: &str, entries: &'a [Entry], name: Option<&str>) -> Outcome<&'a Entry> {
    let known = if entries.is_empty() { "none yet".to_owned() } else { entries.iter().map(|entry| entry.name).collect::<Vec<_>>().join(", ") };
    let Some(name) = name else {
        return Err(Stop::misuse(format!("usage: cargo xtask {kind} NAME. There are: {known}")));
    };
    entries.iter().find(|entry| entry.name == name).ok_or_else(|| Stop::misuse(format!("There is no {kind} '{name}'. There are: {known}")))
}

/// Pictures of every screen, by the UI's own script.
pub fn screenshots(place: &Place, _arguments: &[String]) -> Outcome<()> {
    let script = place.ui().join("tests").join("shots.mjs");
    if !script.exists() {
        return Err(Stop::misuse("There is no ui/tests/shots.mjs, so there is nothing that takes screenshots."));
    }
    setup::prepare(place, Need::Test)?;
    child::run(&mut suites::build_programs_and_tests(place))?;
    let mut command = place.command("node");
    command.arg(script).env("ZHANGGUI_BIN", place.built("zhanggui"));
    child::run(&mut command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_does_not_exist_says_which_do_and_exits_with_two() {
        let entries = [Entry { name: "import", home: Home::Example { package: "p", example: "e" } }];
        assert!(matches!(find("bench", &entries, Some("import")).unwrap().home, Home::Example { package: "p", .. }));
        let stop = find("bench", &entries, Some("speed")).err().unwrap();
        assert_eq!((stop.code, stop.message.as_str()), (2, "There is no bench 'speed'. There are: import"));
        assert_eq!(find("bench", &[], None).err().unwrap().code, 2);
    }
}
