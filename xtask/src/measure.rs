//! What a bench found, beside its limits, and whether the machine was quiet enough for times to mean anything.

use std::path::Path;
use std::time::Duration;

use crate::stop::{Outcome, Stop};

/// A machine with more of its processors at work than this is measuring its neighbours.
const BUSY_MAX: f64 = 0.10;
const LISTEN_FOR: Duration = Duration::from_secs(3);

/// One figure.
pub struct Figure {
    /// What was measured, in words.
    pub name: String,
    /// What was found.
    pub value: f64,
    /// What the value is counted in.
    pub unit: &'static str,
    /// What is promised to a person at a shop's computer.
    pub goal: f64,
    /// What may not be passed here: two cores, a display without graphics card. The same as the goal where the machine plays no part.
    pub cap: f64,
    /// Whether other work on the machine changes it.
    pub is_time: bool,
    /// What stands behind the figure: single runs, parts.
    pub detail: String,
}

impl Figure {
    /// A time, of which a slow machine is allowed more.
    pub fn time(name: &str, value: f64, (goal, cap): (f64, f64), detail: String) -> Self {
        Self { name: name.to_owned(), value, unit: "ms", goal, cap, is_time: true, detail }
    }

    /// A size or a count: the same on every machine.
    pub fn size(name: &str, value: f64, unit: &'static str, limit: f64, detail: String) -> Self {
        Self { name: name.to_owned(), value, unit, goal: limit, cap: limit, is_time: false, detail }
    }

    fn verdict(&self, quiet: bool) -> &'static str {
        match () {
            () if self.value <= self.goal => "held",
            () if self.value <= self.cap => "over the goal, under the cap",
            () if self.is_time && !quiet => "over; not counted, the machine was busy",
            () => "OVER",
        }
    }
}

/// The figures as lines of a Markdown table.
pub fn table(figures: &[Figure], quiet: bool) -> String {
    let mut text = String::from("| figure | found | goal | cap here | |\n|---|---:|---:|---:|---|\n");
    for figure in figures {
        let Figure { name, value, unit, goal, cap, detail, .. } = figure;
        let with = |number: f64| format!("{} {unit}", shown(number));
        let verdict = figure.verdict(quiet);
        let said = if detail.is_empty() { verdict.to_owned() } else { format!("{verdict}; {detail}") };
        text.push_str(&format!("| {name} | {} | {} | {} | {said} |\n", with(*value), with(*goal), with(*cap)));
    }
    text
}

/// Fails where a figure is over what it may be.
pub fn judge(figures: &[Figure], quiet: bool) -> Outcome<()> {
    let over: Vec<&str> = figures.iter().filter(|figure| figure.verdict(quiet) == "OVER").map(|figure| figure.name.as_str()).collect();
    if over.is_empty() { Ok(()) } else { Err(Stop::because(format!("Over the limit: {}.", over.join(", ")))) }
}

fn shown(number: f64) -> String {
    if number == number.trunc() { format!("{number:.0}") } else { format!("{number:.2}") }
}

/// The value that `share` of the values stay under or at.
pub fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = (share * sorted.len() as f64).ceil() as usize;
    sorted.get(at.saturating_sub(1)).copied().unwrap_or(f64::INFINITY)
}

/// The share of the processors that is at work for somebody else just now; `None` where the system does not say.
pub fn busy_share() -> Option<f64> {
    let before = processor_times()?;
    std::thread::sleep(LISTEN_FOR);
    let after = processor_times()?;
    let all = after.all.checked_sub(before.all).filter(|all| *all > 0)?;
    Some(1.0 - after.idle.saturating_sub(before.idle) as f64 / all as f64)
}

/// Whether so little goes on that times mean something.
pub fn is_quiet(busy: Option<f64>) -> bool {
    busy.is_some_and(|busy| busy <= BUSY_MAX)
}

struct ProcessorTimes {
    all: u64,
    idle: u64,
}

fn processor_times() -> Option<ProcessorTimes> {
    parse_times(&std::fs::read_to_string(Path::new("/proc/stat")).ok()?)
}

/// The first line sums all processors: user, nice, system, idle, waiting for disks, interrupts, stolen by the host.
fn parse_times(stat: &str) -> Option<ProcessorTimes> {
    let fields: Vec<u64> = stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().take(8).filter_map(|field| field.parse().ok()).collect();
    let idle = fields.get(3)? + fields.get(4)?;
    Some(ProcessorTimes { all: fields.iter().sum(), idle })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        assert_eq!(percentile(&[3.0, 1.0, 2.0], 0.5), 2.0);
        assert_eq!(percentile(&[3.0, 1.0, 2.0], 0.95), 3.0);
        assert_eq!(percentile(&[], 0.5), f64::INFINITY);
    }

    #[test]
    fn only_what_the_machine_cannot_excuse_is_over() {
        let time = Figure::time("start", 1500.0, (1000.0, 3000.0), String::new());
        assert_eq!(time.verdict(true), "over the goal, under the cap");
        let slow = Figure::time("start", 3500.0, (1000.0, 3000.0), String::new());
        assert!(judge(std::slice::from_ref(&slow), false).is_ok() && judge(&[slow], true).is_err());
        let large = Figure::size("package", 21.0, "MB", 20.0, String::new());
        assert!(judge(std::slice::from_ref(&large), false).is_err());
        assert!(table(&[large], false).contains("| package | 21 MB | 20 MB | 20 MB | OVER |"));
    }

    #[test]
    fn processors_at_rest() {
        let times = parse_times("cpu  10 0 5 80 5 0 0 0 0 0\ncpu0 1").unwrap();
        assert_eq!((times.all, times.idle), (100, 85));
        assert!(parse_times("intr 1").is_none());
    }
}
