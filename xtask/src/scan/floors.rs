//! Version floors: faults that were published elsewhere than in RustSec, written by hand in security/floors.toml.

use semver::VersionReq;
use toml::Value;

use super::Finding;
use super::lock::Package;
use crate::stop::{Explain, Outcome, Stop};

/// A package and the version ranges that are good enough.
pub struct Floor {
    package: String,
    any_of: Vec<VersionReq>,
    why: String,
}

/// Reads `[[floor]] package, any_of, why`.
pub fn read(text: &str) -> Outcome<Vec<Floor>> {
    let table: toml::Table = text.parse().explain(|| "Cannot read security/floors.toml".to_owned())?;
    let mut floors = Vec::new();
    for entry in table.get("floor").and_then(Value::as_array).into_iter().flatten() {
        let field = |name: &str| entry.get(name).and_then(Value::as_str).map(str::to_owned);
        let (package, why) =
            field("package").zip(field("why")).ok_or_else(|| Stop::because("security/floors.toml: each floor needs package, any_of and why"))?;
        let mut any_of = Vec::new();
        for range in entry.get("any_of").and_then(Value::as_array).into_iter().flatten() {
            any_of.push(VersionReq::parse(range.as_str().unwrap_or_default()).explain(|| format!("security/floors.toml: {package}"))?);
        }
        floors.push(Floor { package, any_of, why });
    }
    Ok(floors)
}

/// The locked packages that stand below their floor.
pub fn below(floors: &[Floor], packages: &[Package]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for floor in floors {
        for package in packages.iter().filter(|package| package.name == floor.package) {
            if !floor.any_of.iter().any(|range| range.matches(&package.version)) {
                findings.push(Finding { id: "floor".into(), package: package.name.clone(), version: package.version.to_string(), title: floor.why.clone() });
            }
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use semver::Version;

    use super::*;

    #[test]
    fn a_version_under_every_range_is_found() {
        let floors = read("[[floor]]\npackage = \"x\"\nany_of = [\">=0.8.6, <0.9\", \">=0.9.3\"]\nwhy = \"planted\"\n").unwrap();
        let found = |version: &str| {
            let package = Package { name: "x".into(), version: Version::parse(version).unwrap() };
            !below(&floors, &[package]).is_empty()
        };
        assert!(found("0.8.5") && found("0.9.2"));
        assert!(!found("0.8.6") && !found("0.9.3") && !found("1.0.0"));
    }
}
