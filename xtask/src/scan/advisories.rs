//! RustSec advisories, as files out of the archive that the repository carries. Source of the format: <https://github.com/RustSec/advisory-db>, README, "Advisory Format".

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use semver::{Version, VersionReq};
use toml::Value;

use super::Finding;
use super::lock::Package;
use crate::child;
use crate::stop::{Explain, Outcome, Stop};

/// Unpacks the archive into the cache, once for each archive, and gives the folder of its crates.
pub fn unpack(archive: &Path, cache: &Path) -> Outcome<PathBuf> {
    let length = fs::metadata(archive).explain(|| format!("Cannot read {}", archive.display()))?.len();
    let dir = cache.join(format!("advisory-db-{length}-{}", fingerprint(archive)?));
    let crates = dir.join("advisory-db").join("crates");
    if !dir.join("whole").exists() {
        let _ = fs::remove_dir_all(&dir);
        fs::create_dir_all(&dir).explain(|| format!("Cannot make {}", dir.display()))?;
        child::run(Command::new("tar").arg("-xzf").arg(archive).arg("-C").arg(&dir))?;
        fs::write(dir.join("whole"), "").explain(|| format!("Cannot write in {}", dir.display()))?;
    }
    if crates.is_dir() { Ok(crates) } else { Err(Stop::because(format!("{} holds no advisory-db/crates", archive.display()))) }
}

/// Tells one archive from the next. The cache is our own; this is no defence.
fn fingerprint(archive: &Path) -> Outcome<String> {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let bytes = fs::read(archive).explain(|| format!("Cannot read {}", archive.display()))?;
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    Ok(format!("{:016x}", hasher.finish()))
}

/// The date of the newest entry: how old the database is at least.
pub fn newest(crates: &Path) -> Outcome<String> {
    let mut newest = String::new();
    for dir in fs::read_dir(crates).explain(|| format!("Cannot read {}", crates.display()))?.flatten() {
        for file in entries(&dir.path()) {
            let text = fs::read_to_string(&file).unwrap_or_default();
            let date = text.lines().find_map(|line| line.strip_prefix("date = \"")?.strip_suffix('"')).unwrap_or_default();
            if date > newest.as_str() {
                newest = date.to_owned();
            }
        }
    }
    if newest.is_empty() { Err(Stop::because("The advisory database has no entries.")) } else { Ok(newest) }
}

/// Every advisory that applies to a locked package. What tells of an unmaintained crate counts too: a waiver says why it may stay.
pub fn search(crates: &Path, packages: &[Package]) -> Outcome<Vec<Finding>> {
    let mut findings = Vec::new();
    for package in packages {
        for file in entries(&crates.join(&package.name)) {
            let text = fs::read_to_string(&file).explain(|| format!("Cannot read {}", file.display()))?;
            let applies = match_one(&text, &package.version).ok_or_else(|| Stop::because(format!("{} is no advisory as we know them", file.display())))?;
            if applies {
                let id = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
                let title = text.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().to_owned();
                findings.push(Finding { id, package: package.name.clone(), version: package.version.to_string(), title });
            }
        }
    }
    Ok(findings)
}

fn entries(dir: &Path) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(dir).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    files.sort();
    files
}

/// Whether an advisory applies to a version; `None` where it cannot be read.
fn match_one(text: &str, version: &Version) -> Option<bool> {
    let front = text.strip_prefix("```toml")?.split("```").next()?;
    let front: toml::Table = front.parse().ok()?;
    if front.get("advisory")?.get("withdrawn").is_some() {
        return Some(false);
    }
    let versions = front.get("versions")?;
    for list in ["patched", "unaffected"] {
        for range in versions.get(list).and_then(Value::as_array).into_iter().flatten() {
            let range = VersionReq::parse(range.as_str()?.trim()).ok()?;
            if range.matches(version) {
                return Some(false);
            }
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-9999\"\npackage = \"x\"\n\n[versions]\npatched = [\">= 1.2.3 \", \">= 0.9.9, < 1.0.0\"]\nunaffected = [\"< 0.5.0\"]\n```\n\n# A planted fault\n";

    fn check(version: &str, expect: bool) {
        assert_eq!(match_one(ADVISORY, &Version::parse(version).unwrap()), Some(expect), "{version}");
    }

    #[test]
    fn a_version_between_the_patched_ones_is_found() {
        check("1.2.2", true);
        check("0.9.8", true);
        check("0.5.0", true);
        check("1.2.3", false);
        check("0.9.9", false);
        check("0.4.9", false);
    }

    #[test]
    fn a_withdrawn_advisory_is_none_and_an_unreadable_one_is_told() {
        let withdrawn = ADVISORY.replace("package =", "withdrawn = \"2026-01-01\"\npackage =");
        assert_eq!(match_one(&withdrawn, &Version::new(1, 0, 0)), Some(false));
        assert_eq!(match_one("# no front matter", &Version::new(1, 0, 0)), None);
    }
}
