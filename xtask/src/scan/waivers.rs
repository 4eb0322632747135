//! Waivers: a finding that stays for a stated reason, with an owner and a day on which it is looked at again.

use toml::Value;

use super::Finding;
use crate::stop::{Explain, Outcome, Stop};

/// One waiver.
pub struct Waiver {
    id: String,
    package: String,
    expires: String,
}

/// Reads `[[waiver]] id, package, reason, owner, expires`; all five must be there.
pub fn read(text: &str) -> Outcome<Vec<Waiver>> {
    let table: toml::Table = text.parse().explain(|| "Cannot read security/waivers.toml".to_owned())?;
    let mut waivers = Vec::new();
    for entry in table.get("waiver").and_then(Value::as_array).into_iter().flatten() {
        let field = |name: &str| {
            let text = entry.get(name).and_then(Value::as_str).unwrap_or_default();
            if text.is_empty() { Err(Stop::because(format!("security/waivers.toml: a waiver has no {name}: {entry:?}"))) } else { Ok(text.to_owned()) }
        };
        field("reason")?;
        field("owner")?;
        let expires = field("expires")?;
        super::days_of(&expires).ok_or_else(|| Stop::because(format!("security/waivers.toml: '{expires}' is no date")))?;
        waivers.push(Waiver { id: field("id")?, package: field("package")?, expires });
    }
    Ok(waivers)
}

/// What is wrong: findings without a waiver, waivers that expired, waivers that nothing needs any more.
pub fn judge(findings: &[Finding], waivers: &[Waiver], today: &str) -> Vec<String> {
    let covers = |waiver: &Waiver, finding: &Finding| waiver.id == finding.id && waiver.package == finding.package;
    let mut problems = Vec::new();
    for finding in findings {
        let Finding { id, package, version, title } = finding;
        match waivers.iter().find(|waiver| covers(waiver, finding)) {
            None => problems
                .push(format!("{id}: {package} {version}: {title}. Update it, or write a waiver with reason, owner and expiry in security/waivers.toml.")),
            Some(waiver) if waiver.expires.as_str() < today => {
                problems.push(format!("{id}: {package} {version}: the waiver expired on {}. Look at it again.", waiver.expires))
            }
            Some(_) => {}
        }
    }
    for waiver in waivers {
        if !findings.iter().any(|finding| covers(waiver, finding)) {
            problems.push(format!("{}: {}: nothing needs this waiver any more. Take it out.", waiver.id, waiver.package));
        }
    }
    problems
}

#[cfg(test)]
mod tests {
    use super::*;

    const WAIVERS: &str = "[[waiver]]\nid = \"R-1\"\npackage = \"x\"\nreason = \"r\"\nowner = \"o\"\nexpires = \"2027-01-01\"\n";

    fn finding(id: &str) -> Finding {
        Finding { id: id.into(), package: "x".into(), version: "1.0.0".into(), title: "t".into() }
    }

    #[test]
    fn a_finding_needs_a_waiver_that_has_not_expired() {
        let waivers = read(WAIVERS).unwrap();
        assert!(judge(&[finding("R-1")], &waivers, "2027-01-01").is_empty());
        assert_eq!(judge(&[finding("R-1")], &waivers, "2027-01-02").len(), 1);
        assert_eq!(judge(&[finding("R-1"), finding("R-2")], &waivers, "2026-01-01").len(), 1);
    }

    #[test]
    fn a_waiver_without_a_finding_or_a_reason_is_told() {
        assert_eq!(judge(&[], &read(WAIVERS).unwrap(), "2026-01-01").len(), 1);
        assert!(read(&WAIVERS.replace("reason = \"r\"\n", "")).is_err());
        assert!(read(&WAIVERS.replace("2027-01-01", "later")).is_err());
    }
}
