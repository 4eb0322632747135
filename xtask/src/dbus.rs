//! A message bus of its own for one run: the single-instance check of the desktop shell needs one, and a build machine has none.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::child::Beside;
use crate::stop::{Explain, Outcome, Stop};

/// A running bus; ended when dropped.
pub struct Bus {
    _daemon: Beside,
    /// What `DBUS_SESSION_BUS_ADDRESS` must say.
    pub address: String,
}

impl Bus {
    /// Starts a bus and waits for its address.
    pub fn start() -> Outcome<Self> {
        let mut command = Command::new("dbus-daemon");
        command.args(["--session", "--nofork", "--print-address=1"]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut daemon = Beside(command.spawn().explain(|| "Cannot start dbus-daemon (Debian package dbus)".to_owned())?);
        let address = first_line(&mut daemon).ok_or_else(|| Stop::because("dbus-daemon did not say its address."))?;
        Ok(Self { _daemon: daemon, address })
    }
}

/// The first line a program prints.
pub fn first_line(program: &mut Beside) -> Option<String> {
    let mut line = String::new();
    BufReader::new(program.0.stdout.take()?).read_line(&mut line).ok()?;
    let line = line.trim();
    (!line.is_empty()).then(|| line.to_owned())
}
