//! The page of the evidence.

use crate::{Wish, kill, power, work::Kind};
use std::{collections::BTreeMap, fmt::Write as _, process::Command, time::Duration};
use zhanggui_faultfs::Event;

/// What was found.
pub struct Found {
    pub cuts: BTreeMap<Kind, (power::Tally, Duration)>,
    pub kills: BTreeMap<Kind, (kill::Tally, Duration)>,
    pub control: power::Tally,
    pub took: Duration,
}

impl Found {
    /// Nothing was lost where the disk was waited for, and something was where it was not.
    pub fn holds(&self) -> bool {
        let cut = self.cuts.values().all(|(tally, _)| tally.faulty == 0);
        let killed = self.kills.values().all(|(tally, _)| tally.faulty == 0);
        cut && killed && self.control.faulty > 0
    }

    /// The page in Markdown.
    pub fn page(&self, wish: &Wish) -> String {
        let mut page = String::from("# Evidence: crashes\n\nWritten by `cargo xtask prove crash`; what it proves and how is in [proofs](../proofs.md).\n\n");
        let verdict =
            if self.holds() { "**Holds.** Nothing acknowledged was lost, nothing half-written was seen." } else { "**Does not hold**: see the faults below." };
        let _ = write!(
            page,
            "{verdict}\n\nCommit {}, seed {}, {:.0} s, {}, {}.\n\n",
            told("git", &["rev-parse", "--short=12", "HEAD"]),
            wish.seed,
            self.took.as_secs_f64(),
            machine(),
            today()
        );
        self.cuts_table(&mut page);
        self.kills_table(&mut page);
        self.control_part(&mut page);
        let faults: Vec<&String> = self.cuts.values().flat_map(|(t, _)| &t.faults).chain(self.kills.values().flat_map(|(t, _)| &t.faults)).collect();
        for fault in faults {
            let _ = writeln!(page, "- fault: {fault}");
        }
        page
    }

    fn cuts_table(&self, page: &mut String) {
        page.push_str("## Power cuts\n\n| work | cuts | writes and other events of one run | acknowledged and found again | unsynced changes: kept | torn | lost | names undone | imports gone on with | backups restored | cuts with a fault | s |\n|---|---|---|---|---|---|---|---|---|---|---|---|\n");
        for (kind, (t, took)) in &self.cuts {
            let _ = writeln!(
                page,
                "| {} | {} | {} + {} | {} | {} | {} | {} | {} | {} | {} | {} | {:.0} |",
                kind.word(),
                t.cuts,
                t.events.0 - t.events.1,
                t.events.1,
                t.acknowledged,
                t.kept,
                t.torn,
                t.lost,
                t.names_undone,
                t.resumed,
                t.restored,
                t.faulty,
                took.as_secs_f64()
            );
        }
        page.push_str("\nWhere the power went:\n\n| work | during | file | cuts |\n|---|---|---|---|\n");
        for (kind, (t, _)) in &self.cuts {
            for ((event, file), cuts) in &t.at {
                let _ = writeln!(page, "| {} | {} | `{file}` | {cuts} |", kind.word(), word(*event));
            }
            let _ = writeln!(page, "| {} | after the work, at rest | | {} |", kind.word(), t.after);
        }
    }

    fn kills_table(&self, page: &mut String) {
        page.push_str("\n## kill -9\n\n| work | kills | acknowledged to the other process and found again | kills with a fault | s |\n|---|---|---|---|---|\n");
        for (kind, (t, took)) in &self.kills {
            let _ = writeln!(page, "| {} | {} | {} | {} | {:.0} |", kind.word(), t.kills, t.acknowledged, t.faulty, took.as_secs_f64());
        }
    }

    fn control_part(&self, page: &mut String) {
        let t = &self.control;
        let _ = write!(
            page,
            "\n## Control\n\nThe same single writes with `synchronous` off: of {} cuts, {} lost something that was acknowledged or left the store damaged. The first:\n\n",
            t.cuts, t.faulty
        );
        for fault in t.faults.iter().take(3) {
            let short: String = fault.chars().take(240).collect();
            let _ = writeln!(page, "- {short}…");
        }
    }
}

const fn word(event: Event) -> &'static str {
    match event {
        Event::Write => "a write",
        Event::Sync => "a sync",
        Event::Truncate => "a truncation",
        Event::Delete => "a deletion",
    }
}

fn told(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.ok().map(|o| String::from_utf8_lossy(&o.stdout).trim().to_owned()).filter(|t| !t.is_empty()).unwrap_or_else(|| "unknown".to_owned())
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")).map_or("processor unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
    format!("{cores} cores ({model}), {}", std::env::consts::OS)
}

fn today() -> String {
    use domain::Clock as _;
    let now = jiff::Timestamp::from_millisecond(app::SystemClock.now_ms()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    now.strftime("%Y-%m-%d %H:%M UTC").to_string()
}
