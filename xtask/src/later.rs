//! Tasks that only hand over to a program in another room: bindings, benches, proofs, screenshots.
//!
//! To add a bench, write it under `benches/`, or here where it drives the built program from outside, and add a row to [`BENCHES`]. To add a
//! proof, write it as an example of the room that it proves and add its name to [`PROOFS`].

use crate::child;
use crate::place::Place;
use crate::readers;
use crate::setup::{self, Need};
use crate::start;
use crate::stop::{Outcome, Stop};
use crate::suites;

type Bench = fn(&Place, &[String]) -> Outcome<()>;

/// What can be measured, each with what measures it.
const BENCHES: &[(&str, Bench)] = &[("import", import_bench), ("analysis", analysis_bench), ("start", start::bench)];
/// What can be proved: the names of examples.
const PROOFS: &[&str] = &["crash", "replay"];

/// Writes the TypeScript types of the wire contract.
pub fn bindings(place: &Place, _arguments: &[String]) -> Outcome<()> {
    child::run(place.command("cargo").args(["test", "--package", "zhanggui-app", "--test", "bindings"]).env("ZHANGGUI_WRITE_BINDINGS", "1"))
}

/// Measures in the release profile.
pub fn bench(place: &Place, arguments: &[String]) -> Outcome<()> {
    let names: Vec<&str> = BENCHES.iter().map(|(name, _)| *name).collect();
    let (_, run) = BENCHES[find("bench", &names, arguments.first().map(String::as_str))?];
    run(place, &arguments[1..])
}

fn import_bench(place: &Place, arguments: &[String]) -> Outcome<()> {
    child::run(cargo_bench(place, "import").args(arguments))
}

fn analysis_bench(place: &Place, arguments: &[String]) -> Outcome<()> {
    let python = readers::python(place, &readers::PEERS)?;
    let mut command = cargo_bench(place, "analysis");
    child::run(with_page(place, &mut command, "analysis", arguments).env(readers::PYTHON_VARIABLE, python))
}

fn cargo_bench(place: &Place, name: &str) -> std::process::Command {
    let mut command = place.command("cargo");
    command.args(["bench", "--package", "zhanggui-desktop", "--bench", name, "--"]);
    command
}

/// Runs a proof of the long lane. It measures nothing, so it takes the profile and features of `./dev test`, which has built nearly all of it already.
/// It writes its page of evidence, unless `--write` names another file.
pub fn prove(place: &Place, arguments: &[String]) -> Outcome<()> {
    let name = PROOFS[find("prove", PROOFS, arguments.first().map(String::as_str))?];
    child::run(place.command("cargo").args(["build", "--workspace", "--features", "zhanggui-desktop/desktop", "--example", name]))?;
    let mut command = place.command(&place.built(&format!("examples/{name}")).display().to_string());
    child::run(with_page(place, &mut command, name, &arguments[1..]))
}

/// Gives a program its arguments and, unless they name another file, its page of evidence to write.
fn with_page<'a>(place: &Place, command: &'a mut std::process::Command, name: &str, arguments: &[String]) -> &'a mut std::process::Command {
    command.args(arguments);
    if !arguments.iter().any(|argument| argument == "--write") {
        command.arg("--write").arg(place.root().join("docs").join("evidence").join(format!("{name}.md")));
    }
    command
}

/// The place of a name in its list.
fn find(kind: &str, names: &[&str], name: Option<&str>) -> Outcome<usize> {
    let known = names.join(", ");
    let Some(name) = name else {
        return Err(Stop::misuse(format!("usage: cargo xtask {kind} NAME. There are: {known}")));
    };
    names.iter().position(|one| *one == name).ok_or_else(|| Stop::misuse(format!("There is no {kind} '{name}'. There are: {known}")))
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
        let names = ["import", "start"];
        assert_eq!(find("bench", &names, Some("start")).unwrap(), 1);
        let stop = find("bench", &names, Some("speed")).err().unwrap();
        assert_eq!((stop.code, stop.message.as_str()), (2, "There is no bench 'speed'. There are: import, start"));
        assert_eq!(find("bench", &names, None).err().unwrap().code, 2);
    }
}
