//! The table at the end of a test run and the one sum that stands in its last line.

use std::time::{Duration, Instant};

use crate::counts::Counts;

/// The monotonic clock. xtask measures waits and shares of time; no figure of a shop comes from here.
pub fn now() -> Instant {
    Instant::now()
}

/// What became of a suite.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It ran and everything held.
    Passed,
    /// It ran, and something did not hold; the sentence says what.
    Failed(String),
    /// It did not run, for the reason given. Never counted as a success.
    NotRun(String),
}

/// One row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The suite's name, as `ZHANGGUI_SUITES` takes it.
    pub name: &'static str,
    /// What became of it.
    pub verdict: Verdict,
    /// Its tests, where it counts any.
    pub counts: Option<Counts>,
    /// Its cases that are run by another command, in words: "3 cases left to …". Empty where there are none.
    pub left: String,
    /// What it took.
    pub took: Duration,
    /// What it may take on a warm cache.
    pub share: Duration,
}

impl Row {
    /// Its part of the last line. A failed suite is at least one failure, so that the sum can never look clean over a failed run.
    fn counted(&self) -> Counts {
        let counts = self.counts.unwrap_or_default();
        match self.verdict {
            Verdict::Failed(_) => Counts { failed: counts.failed.max(1), ..counts },
            _ => counts,
        }
    }
}

/// The sum over all suites.
pub fn sum(rows: &[Row]) -> Counts {
    let mut sum = Counts::default();
    for row in rows {
        sum += row.counted();
    }
    sum
}

/// The table; its last line is exactly `N passed, N failed`.
pub fn table(rows: &[Row]) -> String {
    let mut text = format!("\n{:<9} {:<8} {:>7} {:>7} {:>8} {:>8}\n", "suite", "verdict", "passed", "failed", "took", "share");
    for row in rows {
        let (verdict, remark) = match &row.verdict {
            Verdict::Passed if row.took > row.share => ("passed", "over its share (a cold build, or cases that belong to the long lane)"),
            Verdict::Passed => ("passed", ""),
            Verdict::Failed(why) => ("FAILED", why.as_str()),
            Verdict::NotRun(why) => ("not run", why.as_str()),
        };
        let remark = if row.left.is_empty() || remark.is_empty() { format!("{remark}{}", row.left) } else { format!("{remark}; {}", row.left) };
        let number = |pick: fn(&Counts) -> u64| row.counts.as_ref().map_or_else(|| "-".to_owned(), |counts| pick(counts).to_string());
        let line = format!(
            "{:<9} {:<8} {:>7} {:>7} {:>8} {:>8}  {remark}",
            row.name,
            verdict,
            number(|counts| counts.passed),
            number(|counts| counts.failed),
            seconds(row.took),
            seconds(row.share)
        );
        text.push_str(line.trim_end());
        text.push('\n');
    }
    let total: Duration = rows.iter().map(|row| row.took).sum();
    let Counts { passed, failed } = sum(rows);
    text.push_str(&format!("in all {}\n{passed} passed, {failed} failed", seconds(total)));
    text
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(verdict: Verdict, counts: Option<Counts>) -> Row {
        Row { name: "x", verdict, counts, left: String::new(), took: Duration::from_secs(2), share: Duration::from_secs(1) }
    }

    #[test]
    fn the_last_line_is_the_sum() {
        let rows = [row(Verdict::Passed, Some(Counts { passed: 5, failed: 0 })), row(Verdict::Passed, None)];
        assert_eq!(table(&rows).lines().last(), Some("5 passed, 0 failed"));
    }

    #[test]
    fn a_failed_suite_without_counts_is_one_failure() {
        let rows = [row(Verdict::Failed("exit 1".into()), None), row(Verdict::Failed("exit 1".into()), Some(Counts { passed: 3, failed: 0 }))];
        assert_eq!(table(&rows).lines().last(), Some("3 passed, 2 failed"));
    }

    #[test]
    fn cases_left_to_another_command_stand_beside_the_verdict() {
        let left = "3 cases left to `cargo xtask e2e`".to_owned();
        for took in [Duration::ZERO, Duration::from_secs(2)] {
            let row = Row { left: left.clone(), took, ..row(Verdict::Passed, Some(Counts { passed: 5, failed: 0 })) };
            assert!(table(&[row]).contains(&left));
        }
    }

    #[test]
    fn what_did_not_run_is_named_and_is_no_success() {
        let text = table(&[row(Verdict::NotRun("no file".into()), None)]);
        assert!(text.contains("not run") && text.contains("no file"), "{text}");
        assert!(text.ends_with("0 passed, 0 failed"));
    }
}
