//! How many tests passed and failed, read from what the test programs print. Knows their three ways of saying it and nothing else.

use std::ops::AddAssign;

/// Passed and failed tests of one suite.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// Sums every count in the lines; `None` where no line has one.
pub fn read(lines: &[String]) -> Option<Counts> {
    let mut sum = None::<Counts>;
    for line in lines {
        if let Some(counts) = of_line(&without_colour(line)) {
            *sum.get_or_insert_default() += counts;
        }
    }
    sum
}

fn of_line(line: &str) -> Option<Counts> {
    let line = line.trim();
    // cargo test: "test result: ok. 3 passed; 0 failed; 0 ignored; …"
    // vitest:     "Tests  1 failed | 11 passed (12)"
    // ours:       "12 passed, 0 failed"
    let ours = line.starts_with(|c: char| c.is_ascii_digit()) && line.ends_with(" failed") && line.contains(" passed, ");
    let body = line.strip_prefix("test result:").or_else(|| line.strip_prefix("Tests  ")).or(ours.then_some(line))?;
    let before = |word: &str| -> Option<u64> {
        let end = body.find(word)?;
        body[..end].rsplit(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let (passed, failed) = (before(" passed"), before(" failed"));
    (passed.is_some() || failed.is_some()).then(|| Counts { passed: passed.unwrap_or(0), failed: failed.unwrap_or(0) })
}

/// Takes terminal colours (`ESC [ … m`) out of a line.
fn without_colour(line: &str) -> String {
    let mut plain = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(start) = rest.find("\u{1b}[") {
        plain.push_str(&rest[..start]);
        let after = &rest[start + 2..];
        rest = after.find(|c: char| c.is_ascii_alphabetic()).map_or("", |end| &after[end + 1..]);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(lines: &[&str], expect: Option<(u64, u64)>) {
        let lines: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        assert_eq!(read(&lines), expect.map(|(passed, failed)| Counts { passed, failed }), "{lines:?}");
    }

    #[test]
    fn each_way_of_saying_it_is_read() {
        check(&["running 3 tests", "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured"], Some((3, 0)));
        check(&["test result: FAILED. 2 passed; 1 failed; 0 ignored", "test result: ok. 4 passed; 0 failed"], Some((6, 1)));
        check(&[" Test Files  2 passed (2)", "      Tests  12 passed (12)"], Some((12, 0)));
        check(&["      Tests  1 failed | 11 passed (12)"], Some((11, 1)));
        check(&["      Tests  3 failed (3)"], Some((0, 3)));
        check(&["\u{1b}[2m      Tests \u{1b}[22m \u{1b}[32m12 passed\u{1b}[39m (12)"], Some((12, 0)));
        check(&["40 passed, 2 failed"], Some((40, 2)));
    }

    #[test]
    fn a_line_about_tests_is_no_count() {
        check(&["the test passed", "0 tests", "import of 12 passed rows, then 3 failed rows were kept"], None);
        check(&[], None);
    }
}
