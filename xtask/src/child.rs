//! Running other programs: shown as they run, their lines kept for counting, ended with everything they started when their time is up.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::stop::{Explain, Outcome, Stop};

/// How often a running program is looked at.
const POLL: Duration = Duration::from_millis(50);
/// How long the last lines of an ended program are waited for; a grandchild may hold the pipe open for ever.
const LAST_LINES: Duration = Duration::from_secs(3);
/// Lines kept of one program. Counts stand in few of them; a program gone wild must not fill the memory.
const LINES_MAX: usize = 200_000;

/// How a program ended.
pub struct Ended {
    /// The lines it wrote to standard output.
    pub lines: Vec<String>,
    /// Whether it exited with zero.
    pub success: bool,
    /// A sentence where it did not.
    pub why: String,
}

/// Runs a program to its end with the terminal's own input and output.
pub fn run(command: &mut Command) -> Outcome<()> {
    let name = name_of(command);
    let status = command.status().explain(|| format!("Cannot start {name}"))?;
    if status.success() { Ok(()) } else { Err(Stop::because(format!("{name} failed ({status})."))) }
}

/// Runs a program silently and gives its standard output; `None` where it cannot start or fails.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Runs a program without input, shows its lines and keeps them, and ends it after `limit`.
pub fn watched(command: &mut Command, limit: Duration) -> Ended {
    let name = name_of(command);
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(error) => {
            return Ended { lines: Vec::new(), success: false, why: format!("{name} cannot be started: {error}") };
        }
    };
    let lines = child.stdout.take().map(tee);
    let started = crate::summary::now();
    let (success, why) = loop {
        match child.try_wait() {
            Ok(Some(status)) if status.success() => break (true, String::new()),
            Ok(Some(status)) => break (false, format!("{name}: {status}")),
            Ok(None) if started.elapsed() > limit => {
                end_tree(&mut child);
                break (false, format!("{name} was ended after {} s", limit.as_secs()));
            }
            Ok(None) => std::thread::sleep(POLL),
            Err(error) => break (false, format!("{name}: {error}")),
        }
    };
    let mut kept = Vec::new();
    if let Some(lines) = lines {
        while kept.len() < LINES_MAX {
            match lines.recv_timeout(LAST_LINES) {
                Ok(line) => kept.push(line),
                Err(_) => break,
            }
        }
    }
    Ended { lines: kept, success, why }
}

fn tee(stdout: std::process::ChildStdout) -> mpsc::Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        let mut reader = BufReader::new(stdout);
        let mut bytes = Vec::new();
        while matches!(reader.read_until(b'\n', &mut bytes), Ok(n) if n > 0) {
            let line = String::from_utf8_lossy(&bytes).trim_end().to_owned();
            bytes.clear();
            // A closed terminal must not end the run, so a failure to show the line is passed over.
            let _ = writeln!(std::io::stdout(), "{line}");
            let _ = sender.send(line);
        }
    });
    receiver
}

/// Ends a program and everything it started. On systems without /proc only the program itself is ended.
pub fn end_tree(child: &mut Child) {
    for pid in descendants(child.id()) {
        signal(pid, "TERM");
    }
    std::thread::sleep(Duration::from_millis(200));
    for pid in descendants(child.id()) {
        signal(pid, "KILL");
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// Sends a signal by its name; a process that is gone already is none to worry about.
pub fn signal(pid: u32, name: &str) {
    let _ = Command::new("kill").args([format!("-{name}"), pid.to_string()]).stderr(Stdio::null()).status();
}

/// The process and all below it, deepest last.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut parents = Vec::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(id) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else {
            continue;
        };
        // The name in brackets may hold spaces; the parent is the second field after it.
        let parent = stat.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().nth(1)).and_then(|field| field.parse::<u32>().ok());
        if let Some(parent) = parent {
            parents.push((id, parent));
        }
    }
    let mut found = vec![pid];
    let mut at = 0;
    while at < found.len() {
        let parent = found[at];
        found.extend(parents.iter().filter(|(_, of)| *of == parent).map(|(id, _)| *id));
        at += 1;
    }
    found
}

/// The name of a process, of which the system keeps the first fifteen letters.
pub fn name(pid: u32) -> Option<String> {
    Some(std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?.trim().to_owned())
}

/// How long ago a process was started, to a hundredth of a second.
pub fn age_ms(pid: u32) -> Option<f64> {
    // Every Linux counts these ticks in hundredths of a second for its programs.
    const TICK_MS: f64 = 10.0;
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in brackets may hold spaces; the start is the twentieth field after it, in ticks since the machine's own.
    let started: f64 = stat.rsplit_once(')')?.1.split_whitespace().nth(19)?.parse().ok()?;
    let up_s: f64 = std::fs::read_to_string("/proc/uptime").ok()?.split_whitespace().next()?.parse().ok()?;
    Some(up_s * 1000.0 - started * TICK_MS)
}

/// The memory of a process, what it shares with others divided among them.
pub fn pss_bytes(pid: u32) -> Option<u64> {
    let rollup = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse::<u64>().ok().map(|kib| kib * 1024)
}

/// A program that runs beside the task and is ended with it, whatever happens.
pub struct Beside(pub Child);

impl Drop for Beside {
    fn drop(&mut self) {
        end_tree(&mut self.0);
    }
}

fn name_of(command: &Command) -> String {
    let mut words = vec![command.get_program().to_string_lossy().into_owned()];
    words.extend(command.get_args().take(6).map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

/// A port on loopback that nothing listens on now.
pub fn free_port() -> Outcome<u16> {
    let listener = std::net::TcpListener::bind(("127.0.0.1", 0)).explain(|| "No free port on loopback".to_owned())?;
    Ok(listener.local_addr().explain(|| "No free port on loopback".to_owned())?.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn a_program_that_hangs_is_ended_with_what_it_started() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo begun; sleep 600 & wait"]);
        let ended = watched(&mut command, Duration::from_millis(300));
        assert!(!ended.success);
        assert!(ended.why.contains("was ended after"), "{}", ended.why);
        assert_eq!(ended.lines, ["begun"]);
    }

    #[test]
    fn a_program_that_does_not_exist_is_no_success() {
        assert!(!watched(&mut Command::new("zhanggui-no-such-program"), POLL).success);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_system_says_age_and_memory_of_a_process() {
        let pid = std::process::id();
        assert!(age_ms(pid).is_some_and(|age| (0.0..3_600_000.0).contains(&age)), "{:?}", age_ms(pid));
        assert!(pss_bytes(pid).is_some_and(|bytes| bytes > 100_000));
        assert!(name(pid).is_some_and(|name| !name.is_empty()));
    }

    #[cfg(unix)]
    #[test]
    fn an_exit_code_is_a_failure() {
        let mut command = Command::new("sh");
        command.args(["-c", "exit 3"]);
        assert!(!watched(&mut command, Duration::from_secs(10)).success);
    }
}
