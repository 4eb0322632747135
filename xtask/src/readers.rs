//! The Python that runs scripts beside the program: the system's where it has their packages, else one of its own in the cache.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::child;
use crate::place::Place;
use crate::stop::{Explain, Outcome, Stop};

/// The environment variable that carries the interpreter to the tests.
pub const PYTHON_VARIABLE: &str = "ZHANGGUI_PYTHON";

/// The packages of a group of scripts.
pub struct Packages {
    /// Where they are kept in the cache.
    home: &'static str,
    /// The modules that the scripts import, as the requirements bring them.
    imports: &'static str,
    /// The file that names them with their versions, from the root.
    requirements: &'static str,
}

/// Of the second readers of the store and of the real trade.
pub const READERS: Packages = Packages { home: "python", imports: "import sqlcipher3, argon2, cryptography", requirements: "tests/readers/requirements.txt" };
/// Of what the benches measure the program beside.
pub const PEERS: Packages = Packages { home: "python-peers", imports: "import duckdb", requirements: "benches/requirements.txt" };

/// Finds or makes it; quick where there is nothing to do.
pub fn python(place: &Place, packages: &Packages) -> Outcome<PathBuf> {
    let system = PathBuf::from("python3");
    if !starts(&system, "") {
        return Err(Stop::because("python3 was not found. Install Python 3 (Debian: python3, python3-venv) and run this again."));
    }
    if starts(&system, packages.imports) {
        return Ok(system);
    }
    let home = place.cache().join(packages.home);
    let own = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python3" });
    if starts(&own, packages.imports) {
        return Ok(own);
    }
    let requirements = place.root().join(packages.requirements);
    println!("Installing the Python packages of {} …", packages.requirements);
    let named = |stop: Stop| {
        Stop::because(format!(
            "{} Make `python3 -c '{}'` work by hand (packages: {}) and run this again.",
            stop.message, packages.imports, packages.requirements
        ))
    };
    std::fs::create_dir_all(place.cache()).explain(|| "Cannot make the cache folder".to_owned())?;
    child::run(place.command("python3").args(["-m", "venv", "--clear"]).arg(&home)).map_err(named)?;
    child::run(place.command(&own.display().to_string()).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements)).map_err(named)?;
    if starts(&own, packages.imports) { Ok(own) } else { Err(named(Stop::because("The packages were installed and cannot be imported."))) }
}

fn starts(python: &std::path::Path, code: &str) -> bool {
    Command::new(python).args(["-c", code]).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
