//! `./dev test`: the suites in their order. A failing suite fails the run, and the later ones still run.
//!
//! To add a suite, add a row to [`SUITES`] with its share of the time. A suite that grows over its share moves cases to `cargo xtask prove`; it never drops them.

use std::process::Command;
use std::time::Duration;

use crate::child::{self, Ended};
use crate::counts::{self, Counts};
use crate::place::Place;
use crate::postgres::{self, Cluster};
use crate::setup::{self, Need};
use crate::stop::{Outcome, Stop};
use crate::summary::{self, Row, Verdict};
use crate::{readers, scan, window};

/// A command that builds may have to build the world on a cold cache of a slow machine.
const BUILD_LIMIT: Duration = Duration::from_secs(60 * 60);
/// A command that only runs things built before.
const RUN_LIMIT: Duration = Duration::from_secs(20 * 60);
/// Every flow in Chromium, on a machine that does other things too.
const FLOWS_LIMIT: Duration = Duration::from_secs(60 * 60);
/// How the flows begin the name of a case that they left to `cargo xtask e2e`.
const LEFT: &str = "left to cargo xtask e2e: ";
/// Every cargo call of a run turns on the same features, so that no dependency is built twice.
const FEATURES: &[&str] = &["--features", "zhanggui-desktop/desktop"];

/// One suite.
struct Suite {
    name: &'static str,
    /// Its share of the time on two cores with a warm cache.
    share: Duration,
    run: fn(&Place) -> Report,
}

/// What a suite says of itself.
pub struct Report {
    verdict: Verdict,
    counts: Option<Counts>,
    /// See [`Row::left`].
    left: String,
}

/// The first row of every run. What can run without it still does.
const SETUP: Suite = Suite { name: "setup", share: Duration::from_secs(30), run: set_up };

const SUITES: &[Suite] = &[
    Suite { name: "format", share: Duration::from_secs(5), run: format },
    Suite { name: "clippy", share: Duration::from_secs(60), run: clippy },
    Suite { name: "ui", share: Duration::from_secs(60), run: ui },
    Suite { name: "rust", share: Duration::from_secs(480), run: rust },
    Suite { name: "desktop", share: Duration::from_secs(60), run: desktop },
    Suite { name: "e2e", share: Duration::from_secs(300), run: |place| e2e(place, &["--short".to_owned()]) },
    Suite { name: "window", share: Duration::from_secs(60), run: window_suite },
    Suite { name: "scan", share: Duration::from_secs(10), run: scan_suite },
];

impl Report {
    const fn of(verdict: Verdict, counts: Option<Counts>) -> Self {
        Self { verdict, counts, left: String::new() }
    }

    fn failed(why: impl Into<String>) -> Self {
        Self::of(Verdict::Failed(why.into()), None)
    }

    fn not_run(why: impl Into<String>) -> Self {
        Self::of(Verdict::NotRun(why.into()), None)
    }

    fn uncounted_success() -> Self {
        Self::of(Verdict::Passed, None)
    }

    /// A command that counts nothing: a build, a formatter, a linter.
    fn uncounted(ended: Ended) -> Self {
        Self::of(if ended.success { Verdict::Passed } else { Verdict::Failed(ended.why) }, None)
    }

    /// A command that says how many tests it ran. Silence, a failure or none at all is no success.
    pub fn counted(ended: &Ended) -> Self {
        let counts = counts::read(&ended.lines);
        let verdict = match counts {
            _ if !ended.success => Verdict::Failed(ended.why.clone()),
            Some(Counts { failed: 0, passed: 1.. }) => Verdict::Passed,
            Some(Counts { failed: 0, .. }) | None => Verdict::Failed("it ran no test".to_owned()),
            Some(_) => Verdict::Failed("it exits with 0 and reports failures".to_owned()),
        };
        let left = ended.lines.iter().filter(|line| line.starts_with(LEFT)).count();
        let said = match left {
            0 => String::new(),
            1 => "1 case left to `cargo xtask e2e`".to_owned(),
            _ => format!("{left} cases left to `cargo xtask e2e`"),
        };
        Self { left: said, ..Self::of(verdict, counts) }
    }

    /// Steps done by xtask itself.
    fn of_checks(outcome: Outcome<u64>) -> Self {
        match outcome {
            Ok(passed) => Self::of(Verdict::Passed, Some(Counts { passed, failed: 0 })),
            Err(stop) => Self::failed(stop.message),
        }
    }
}

/// `./dev test`.
pub fn task(place: &Place, _arguments: &[String]) -> Outcome<()> {
    let wanted = std::env::var("ZHANGGUI_SUITES").unwrap_or_default();
    let chosen = choose(&wanted)?;
    let mut rows = Vec::new();
    for suite in std::iter::once(&SETUP).chain(chosen) {
        println!("\n── {} ──", suite.name);
        let started = summary::now();
        let report = (suite.run)(place);
        let took = started.elapsed();
        if let Verdict::Failed(why) = &report.verdict {
            println!("{}: failed: {why}", suite.name);
        }
        println!("{}: {:.1} s of {} s", suite.name, took.as_secs_f64(), suite.share.as_secs());
        rows.push(Row { name: suite.name, verdict: report.verdict, counts: report.counts, left: report.left, took, share: suite.share });
    }
    println!("{}", summary::table(&rows));
    if rows.iter().any(|row| matches!(row.verdict, Verdict::Failed(_))) { Err(Stop::silently(1)) } else { Ok(()) }
}

fn choose(wanted: &str) -> Outcome<Vec<&'static Suite>> {
    let names: Vec<&str> = wanted.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
    if let Some(unknown) = names.iter().find(|name| SUITES.iter().all(|suite| suite.name != **name)) {
        let known: Vec<&str> = SUITES.iter().map(|suite| suite.name).collect();
        return Err(Stop::misuse(format!("There is no suite '{unknown}'. There are: {}", known.join(", "))));
    }
    Ok(SUITES.iter().filter(|suite| names.is_empty() || names.contains(&suite.name)).collect())
}

/// `cargo xtask e2e`: every flow, or those with a part of their name; `--short` leaves out those that take minutes, as `./dev test` does.
pub fn e2e_task(place: &Place, arguments: &[String]) -> Outcome<()> {
    setup::prepare(place, Need::Test)?;
    match e2e(place, arguments).verdict {
        Verdict::Passed => Ok(()),
        Verdict::Failed(why) | Verdict::NotRun(why) => Err(Stop::because(why)),
    }
}

/// Builds both programs in the development profile. Not xtask itself: Windows does not let a running program be replaced.
pub fn build_programs(place: &Place) -> Command {
    let mut command = place.command("cargo");
    command.args(["build", "--locked", "--workspace", "--exclude", "xtask", "--bins"]).args(FEATURES);
    command
}

/// The same beside the tests: Cargo then joins the features of the tests' own dependencies in, as `cargo test` does, and builds nothing twice.
pub fn build_programs_and_tests(place: &Place) -> Command {
    let mut command = build_programs(place);
    command.arg("--tests");
    command
}

fn set_up(place: &Place) -> Report {
    match setup::prepare(place, Need::Test) {
        Ok(()) => Report::uncounted_success(),
        Err(stop) => Report::failed(stop.message),
    }
}

fn format(place: &Place) -> Report {
    Report::uncounted(child::watched(place.command("cargo").args(["fmt", "--all", "--check"]), RUN_LIMIT))
}

fn clippy(place: &Place) -> Report {
    let mut command = place.command("cargo");
    command.args(["clippy", "--locked", "--workspace", "--all-targets"]).args(FEATURES).args(["--", "-D", "warnings"]);
    Report::uncounted(child::watched(&mut command, BUILD_LIMIT))
}

fn ui(place: &Place) -> Report {
    let lint = child::watched(place.npm().args(["run", "lint"]).env("NO_COLOR", "1"), RUN_LIMIT);
    let tests = child::watched(place.npm().arg("test").env("NO_COLOR", "1"), RUN_LIMIT);
    let mut report = Report::counted(&tests);
    if !lint.success {
        report.verdict = Verdict::Failed(format!("lint: {}", lint.why));
    }
    report
}

fn rust(place: &Place) -> Report {
    let build = child::watched(place.command("cargo").args(["test", "--locked", "--workspace", "--no-run"]).args(FEATURES), BUILD_LIMIT);
    if !build.success {
        return Report::uncounted(build);
    }
    let cluster = match Cluster::start(place) {
        Ok(cluster) => cluster,
        Err(stop) => return Report::failed(stop.message),
    };
    let mut command = place.command("cargo");
    command.args(["test", "--locked", "--workspace", "--no-fail-fast"]).args(FEATURES);
    command.env(postgres::ADDRESS_VARIABLE, cluster.address());
    match readers::python(place, &readers::READERS) {
        Ok(python) => command.env(readers::PYTHON_VARIABLE, python),
        Err(stop) => return Report::failed(stop.message),
    };
    Report::counted(&child::watched(&mut command, RUN_LIMIT))
}

fn desktop(place: &Place) -> Report {
    Report::uncounted(child::watched(&mut build_programs_and_tests(place), BUILD_LIMIT))
}

fn e2e(place: &Place, chosen: &[String]) -> Report {
    let script = place.ui().join("tests").join("e2e").join("run.mjs");
    if !script.exists() {
        return Report::not_run("ui/tests/e2e/run.mjs does not exist");
    }
    let build = child::watched(&mut build_programs_and_tests(place), BUILD_LIMIT);
    if !build.success {
        return Report::uncounted(build);
    }
    let mut command = place.command("node");
    command.arg(script).args(chosen).env("ZHANGGUI_BIN", place.built("zhanggui")).env("NO_COLOR", "1");
    Report::counted(&child::watched(&mut command, FLOWS_LIMIT))
}

fn window_suite(place: &Place) -> Report {
    if !cfg!(target_os = "linux") {
        return Report::not_run("the window is driven by WebKitWebDriver, which only Linux has");
    }
    Report::of_checks(window::smoke(place))
}

fn scan_suite(place: &Place) -> Report {
    Report::of_checks(scan::all(place, false))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(lines: &[&str], success: bool) -> Ended {
        Ended { lines: lines.iter().map(|line| (*line).to_owned()).collect(), success, why: "exit".into() }
    }

    #[test]
    fn a_suite_that_ran_nothing_has_not_passed() {
        assert_eq!(Report::counted(&ended(&["1 passed, 0 failed"], true)).verdict, Verdict::Passed);
        for (lines, success) in [(vec![], true), (vec!["0 passed, 0 failed"], true), (vec!["3 passed, 1 failed"], true), (vec!["3 passed, 0 failed"], false)] {
            assert!(matches!(Report::counted(&ended(&lines, success)).verdict, Verdict::Failed(_)), "{lines:?}");
        }
    }

    #[test]
    fn cases_that_were_left_out_are_counted_and_said() {
        let lines = ["left to cargo xtask e2e: a", "left to cargo xtask e2e: b", "7 passed, 0 failed"];
        assert_eq!(Report::counted(&ended(&lines, true)).left, "2 cases left to `cargo xtask e2e`");
        assert_eq!(Report::counted(&ended(&lines[2..], true)).left, "");
    }

    #[test]
    fn suites_are_chosen_by_name_in_their_own_order() {
        let names = |wanted: &str| choose(wanted).unwrap().iter().map(|suite| suite.name).collect::<Vec<_>>();
        assert_eq!(names("scan, format"), ["format", "scan"]);
        assert_eq!(names("").len(), SUITES.len());
        assert_eq!(choose("formatt").err().unwrap().code, 2);
    }
}
