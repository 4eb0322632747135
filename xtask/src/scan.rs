//! The scan: known advisories, version floors, licences. All of it from files in the repository, so that it gives the same answer without a network.
//!
//! Not here: advisories for npm packages. No database of them can be carried or reached offline; the scan says so each time instead of passing in silence.

mod advisories;
mod floors;
mod licences;
mod lock;
mod waivers;

use std::path::Path;
use std::time::{Duration, SystemTime};

use crate::place::Place;
use crate::stop::{Explain, Outcome, Stop};

/// A release is not made on advisories older than this. A test run only prints the age, since it cannot mend it.
const RELEASE_AGE_DAYS_MAX: i64 = 30;

/// Something the scan found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What a waiver names: `RUSTSEC-2026-0001` or `floor`.
    pub id: String,
    /// The package.
    pub package: String,
    /// The locked version.
    pub version: String,
    /// What is known about it.
    pub title: String,
}

/// `cargo xtask scan [--release]`.
pub fn task(place: &Place, arguments: &[String]) -> Outcome<()> {
    let release = arguments.iter().any(|word| word == "--release");
    let passed = all(place, release)?;
    println!("{passed} passed, 0 failed");
    Ok(())
}

/// Runs every check; gives the number of checks that held, or everything that did not.
pub fn all(place: &Place, release: bool) -> Outcome<u64> {
    let today = today();
    let security = place.root().join("security");
    let packages = lock::cargo(&read(&place.root().join("Cargo.lock"))?)?;
    let waivers = waivers::read(&read(&security.join("waivers.toml"))?)?;
    let floors = floors::read(&read(&security.join("floors.toml"))?)?;
    let database = advisories::unpack(&security.join("advisory-db.tar.gz"), place.cache())?;
    let dated = advisories::newest(&database)?;
    let age_days = days_of(&today).zip(days_of(&dated)).map(|(now, then)| now - then);
    println!(
        "Advisories: RustSec, newest entry {dated} ({} days old), {} locked packages.",
        age_days.map_or("?".to_owned(), |days| days.to_string()),
        packages.len()
    );
    println!("npm: no advisory database is carried or reachable offline, so npm packages are checked for licences only.");

    let mut findings = advisories::search(&database, &packages)?;
    findings.extend(floors::below(&floors, &packages));
    let mut problems = waivers::judge(&findings, &waivers, &today);
    problems.extend(licences::check(place)?);
    if release && age_days.is_none_or(|days| days > RELEASE_AGE_DAYS_MAX) {
        problems.push(format!("The advisories are older than {RELEASE_AGE_DAYS_MAX} days. Renew security/advisory-db.tar.gz before a release."));
    }
    if problems.is_empty() {
        println!("{} findings, each under a waiver that has not expired; licences as deny.toml allows.", findings.len());
        return Ok(3);
    }
    Err(Stop::because(problems.join("\n")))
}

fn read(file: &Path) -> Outcome<String> {
    std::fs::read_to_string(file).explain(|| format!("Cannot read {}", file.display()))
}

/// Today's date in UTC. Waivers expire by the real calendar, so this is one of the few places that ask the machine's clock.
fn today() -> String {
    #[expect(clippy::disallowed_methods, reason = "a waiver expires by the real calendar, and no shop's data comes from here")]
    let since_epoch = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    date_of(i64::try_from(since_epoch.as_secs() / 86_400).unwrap_or(0))
}

/// Days since 1970-01-01 as `YYYY-MM-DD`. Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
fn date_of(days: i64) -> String {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

/// `YYYY-MM-DD` as days since 1970-01-01; the inverse of [`date_of`], from the same source.
fn days_of(date: &str) -> Option<i64> {
    let mut parts = date.splitn(3, '-').map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let month_from_march = (month + 9) % 12;
    let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_and_days_are_inverses() {
        assert_eq!(date_of(0), "1970-01-01");
        assert_eq!(date_of(20_779), "2026-11-22");
        for days in (-1_000..60_000).step_by(13) {
            assert_eq!(days_of(&date_of(days)), Some(days));
        }
        assert_eq!(days_of("soon"), None);
    }
}
