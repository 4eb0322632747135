//! The Debian package as tauri's bundler makes it, and what each part of it costs.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::child;
use crate::place::Place;
use crate::stop::{Explain, Outcome, Stop};

/// What a release is built with. The bundler adds the second by itself; asked for here too, nothing below is built twice.
const FEATURES: &str = "desktop,tauri/custom-protocol";
/// Symbols listed of a program: the largest groups; the rest is summed.
const GROUPS_MAX: usize = 24;

/// `cargo xtask bundle`: builds the package and says where it is and what is in it.
pub fn task(place: &Place, _arguments: &[String]) -> Outcome<()> {
    crate::setup::prepare(place, crate::setup::Need::Run)?;
    let package = deb(place)?;
    println!("{}", package.file.display());
    for (name, bytes) in &package.parts {
        println!("{bytes:>10} bytes in the package  {name}");
    }
    Ok(())
}

/// A package that was built.
pub struct Package {
    /// Where it is.
    pub file: PathBuf,
    /// Its size.
    pub bytes: u64,
    /// Its files by what they cost in it, largest first.
    pub parts: Vec<(String, u64)>,
    /// The program in it, taken out.
    pub program: PathBuf,
}

/// Builds the package of this checkout and takes it apart.
pub fn deb(place: &Place) -> Outcome<Package> {
    let folder = place.target().join("release").join("bundle").join("deb");
    // What an earlier build left must not be taken for this one's.
    let _ = std::fs::remove_dir_all(&folder);
    let bundler = place.ui().join("node_modules").join("@tauri-apps").join("cli").join("tauri.js");
    child::run(place.command("node").arg(bundler).args(["build", "--ci", "--bundles", "deb"]))?;
    let file = std::fs::read_dir(&folder)
        .explain(|| format!("Cannot read {}", folder.display()))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension().is_some_and(|extension| extension == "deb"))
        .ok_or_else(|| Stop::because(format!("There is no package in {}.", folder.display())))?;
    let bytes = std::fs::metadata(&file).explain(|| format!("Cannot read {}", file.display()))?.len();
    let out = folder.join("taken-apart");
    child::run(Command::new("dpkg-deb").arg("-x").arg(&file).arg(&out))?;
    let mut parts = Vec::new();
    collect(&out, &out, &mut parts)?;
    parts.sort_by_key(|part| std::cmp::Reverse(part.1));
    Ok(Package { bytes, parts, program: out.join("usr").join("bin").join("zhanggui-desktop"), file })
}

fn collect(base: &Path, dir: &Path, parts: &mut Vec<(String, u64)>) -> Outcome<()> {
    for entry in std::fs::read_dir(dir).explain(|| format!("Cannot read {}", dir.display()))?.flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(base, &path, parts)?;
        } else {
            let name = path.strip_prefix(base).unwrap_or(&path).to_string_lossy().into_owned();
            parts.push((name, packed_bytes(&path)?));
        }
    }
    Ok(())
}

/// What a file costs in a package: its size after gzip, as the bundler packs it.
pub fn packed_bytes(file: &Path) -> Outcome<u64> {
    let output = Command::new("gzip").args(["-6", "-c"]).arg(file).output().explain(|| "Cannot start gzip".to_owned())?;
    if output.status.success() { Ok(output.stdout.len() as u64) } else { Err(Stop::because(format!("gzip does not read {}.", file.display()))) }
}

/// Builds the program as it is released, but with a window that can be driven and with its symbols; it goes into no package.
pub fn measurable_program(place: &Place) -> Outcome<PathBuf> {
    let mut command = place.command("cargo");
    command.args(["build", "--locked", "--bins", "--release", "--features", &format!("{FEATURES},automation")]);
    command.args(["--config", "profile.release.package.zhanggui-desktop.strip=false"]);
    child::run(&mut command)?;
    let built = |name: &str| place.target().join("release").join(name);
    let kept = built("zhanggui-desktop-measured");
    std::fs::copy(built("zhanggui-desktop"), &kept).explain(|| format!("Cannot keep {}", kept.display()))?;
    Ok(kept)
}

/// The sizes of a program's code and data by the library they come from, largest first.
pub fn by_library(program: &Path) -> Outcome<Vec<(String, u64)>> {
    let listed = child::output(Command::new("nm").args(["--print-size", "--demangle", "--radix=d"]).arg(program));
    let listed = listed.ok_or_else(|| Stop::because("nm (Debian package binutils) did not list the program's symbols."))?;
    let mut groups = std::collections::BTreeMap::<String, u64>::new();
    for line in listed.lines() {
        if let Some((size, library)) = symbol(line) {
            *groups.entry(library).or_default() += size;
        }
    }
    let mut sorted: Vec<(String, u64)> = groups.into_iter().collect();
    sorted.sort_by_key(|group| std::cmp::Reverse(group.1));
    let rest = sorted.iter().skip(GROUPS_MAX).map(|(_, size)| size).sum();
    sorted.truncate(GROUPS_MAX);
    sorted.push(("everything else".to_owned(), rest));
    Ok(sorted)
}

/// A line of `nm`: address, size, kind, name. Code and constants only; zeroed memory costs nothing in the file.
fn symbol(line: &str) -> Option<(u64, String)> {
    let mut words = line.splitn(4, ' ');
    let (_address, size, kind, name) = (words.next()?, words.next()?, words.next()?, words.next()?);
    if matches!(kind, "b" | "B") {
        return None;
    }
    Some((size.parse().ok()?, library_of(name)))
}

/// The library a symbol comes from: the first word of a path, or of the type a method is of.
fn library_of(name: &str) -> String {
    const BEFORE_A_PATH: [&str; 8] = ["<", "&", "(", "[", "*const ", "*mut ", "mut ", "dyn "];
    let mut path = name;
    while let Some(rest) = BEFORE_A_PATH.iter().find_map(|prefix| path.strip_prefix(prefix)) {
        path = rest;
    }
    match path.split_once("::") {
        Some((library, _)) if library.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_') => library.to_owned(),
        _ if path.starts_with("sqlite3") || path.starts_with("sqlcipher") => "SQLite and SQLCipher, what has a name of theirs".to_owned(),
        _ if path.starts_with("anon.") => "constants and the files carried along".to_owned(),
        _ => "C and unnamed".to_owned(),
    }
}

/// The files that the program carries inside, by what they cost packed.
pub fn carried_files(place: &Place) -> Outcome<Vec<(String, u64)>> {
    let carried = [("the real books", "data/sample/online_retail.parquet"), ("the demo's trade", "data/demo"), ("the screens", "ui/dist")];
    let cost = |path: &str| -> Outcome<u64> {
        let path = place.root().join(path);
        if path.is_file() {
            return packed_bytes(&path);
        }
        let mut parts = Vec::new();
        collect(&path, &path, &mut parts)?;
        Ok(parts.iter().map(|(_, bytes)| bytes).sum())
    };
    carried.into_iter().map(|(name, path)| Ok((format!("{name} ({path})"), cost(path)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_counted_to_their_library() {
        assert_eq!(symbol("0000000000001000 0000000000000064 t <tauri::app::App as core::fmt::Debug>::fmt"), Some((64, "tauri".to_owned())));
        assert_eq!(symbol("0000000000001000 0000000000000010 T sqlite3_open"), Some((10, "SQLite and SQLCipher, what has a name of theirs".to_owned())));
        assert_eq!(symbol("0000000000001000 0000000000000010 b GLOBAL"), None);
        assert_eq!(library_of("core::ptr::drop_in_place<tauri::App>"), "core");
        assert_eq!(library_of("<&mut dyn parquet::Reader as core::fmt::Debug>::fmt"), "parquet");
        assert_eq!(library_of("memcpy"), "C and unnamed");
    }
}
