//! The Python that runs the second readers of `tests/readers`: the system's where it has their packages, else one of its own in the cache.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::child;
use crate::place::Place;
use crate::stop::{Explain, Outcome, Stop};

/// The environment variable that carries the interpreter to the tests.
pub const PYTHON_VARIABLE: &str = "ZHANGGUI_PYTHON";
/// The modules that the scripts import, as `requirements.txt` brings them.
const IMPORTS: &str = "import sqlcipher3, argon2, cryptography";

/// Finds or makes it; quick where there is nothing to do.
pub fn python(place: &Place) -> Outcome<PathBuf> {
    let system = PathBuf::from("python3");
    if !starts(&system, "") {
        return Err(Stop::because("python3 was not found. Install Python 3 (Debian: python3, python3-venv) and run this again."));
    }
    if starts(&system, IMPORTS) {
        return Ok(system);
    }
    let home = place.cache().join("python");
    let own = home.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python3" });
    if starts(&own, IMPORTS) {
        return Ok(own);
    }
    let requirements = place.root().join("tests").join("readers").join("requirements.txt");
    println!("Installing the Python packages of tests/readers/requirements.txt …");
    let named = |stop: Stop| {
        Stop::because(format!("{} Make `python3 -c '{IMPORTS}'` work by hand (packages: tests/readers/requirements.txt) and run this again.", stop.message))
    };
    std::fs::create_dir_all(place.cache()).explain(|| "Cannot make the cache folder".to_owned())?;
    child::run(place.command("python3").args(["-m", "venv", "--clear"]).arg(&home)).map_err(named)?;
    child::run(place.command(&own.display().to_string()).args(["-m", "pip", "install", "--quiet", "--requirement"]).arg(requirements)).map_err(named)?;
    if starts(&own, IMPORTS) { Ok(own) } else { Err(named(Stop::because("The packages were installed and cannot be imported."))) }
}

fn starts(python: &std::path::Path, code: &str) -> bool {
    Command::new(python).args(["-c", code]).stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
}
