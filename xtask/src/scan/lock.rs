//! The packages that Cargo.lock names. Packages of the checkout itself are not among them.

use semver::Version;
use toml::Value;

use crate::stop::{Explain, Outcome};

/// One locked package.
#[derive(Clone, Debug)]
pub struct Package {
    /// Its name in the registry.
    pub name: String,
    /// Its locked version.
    pub version: Version,
}

/// Reads the lock file.
pub fn cargo(text: &str) -> Outcome<Vec<Package>> {
    let lock: toml::Table = text.parse().explain(|| "Cannot read Cargo.lock".to_owned())?;
    let mut packages = Vec::new();
    for entry in lock.get("package").and_then(Value::as_array).into_iter().flatten() {
        let field = |name: &str| entry.get(name).and_then(Value::as_str);
        if field("source").is_none() {
            continue;
        }
        let (name, version) = (field("name").unwrap_or_default(), field("version").unwrap_or_default());
        let version = Version::parse(version).explain(|| format!("Cargo.lock: version of {name}"))?;
        packages.push(Package { name: name.to_owned(), version });
    }
    Ok(packages)
}
