//! A PostgreSQL cluster for one run: made, started, and taken away again. The tests meet it only through [`ADDRESS_VARIABLE`].
//!
//! PostgreSQL refuses to run as root, so as root it runs as the user `postgres` (or `nobody`) in the system's temporary directory. `fsync` is off: the cluster lives for
//! minutes, and a killed backend, which the tests do cause, loses nothing by that; only a power cut would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::child::{self, Beside};
use crate::place::Place;
use crate::stop::{Explain, Outcome, Stop};

/// The environment variable that carries the cluster's address to the tests.
pub const ADDRESS_VARIABLE: &str = "ZHANGGUI_TEST_POSTGRES";
/// Starting takes about a second; a loaded machine may need many.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Parallel tests with several pools each.
const CONNECTIONS_MAX: u32 = 200;
const DIR_PREFIX: &str = "zhanggui-postgres-";

/// A running cluster; stopped and removed when dropped.
pub struct Cluster {
    server: Option<Beside>,
    dir: PathBuf,
    owner: Option<Owner>,
    programs: PathBuf,
    port: u16,
}

/// The unprivileged user it runs as where we are root.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Owner {
    user: u32,
    group: u32,
}

/// `cargo xtask postgres -- CMD…`.
pub fn task(place: &Place, arguments: &[String]) -> Outcome<()> {
    let words = arguments.strip_prefix(&["--".to_owned()][..]).unwrap_or(arguments);
    let Some((program, rest)) = words.split_first() else {
        return Err(Stop::misuse("usage: cargo xtask postgres -- CMD [ARGUMENT…]"));
    };
    let cluster = Cluster::start(place)?;
    child::run(place.command(program).args(rest).env(ADDRESS_VARIABLE, cluster.address()))
}

impl Cluster {
    /// Makes and starts a cluster on a free port of loopback.
    pub fn start(place: &Place) -> Outcome<Self> {
        let programs = programs_dir().ok_or_else(|| Stop::because("PostgreSQL was not found. Install postgresql-15 (Debian) and run this again."))?;
        let owner = if cfg!(unix) && is_root() { Some(unprivileged()?) } else { None };
        let parent = if owner.is_some() { std::env::temp_dir() } else { place.cache().join("tmp") };
        sweep(&parent, &programs, owner);
        let dir = place.fresh_dir("postgres", owner.is_some())?;
        let mut cluster = Self { server: None, dir, owner, programs, port: child::free_port()? };
        cluster.boot()?;
        Ok(cluster)
    }

    /// The address for sqlx and psql.
    pub fn address(&self) -> String {
        format!("postgres://zhanggui@127.0.0.1:{}/postgres", self.port)
    }

    fn boot(&mut self) -> Outcome<()> {
        give(&self.dir, self.owner)?;
        let data = self.dir.join("data");
        let mut initdb = self.command("initdb");
        initdb.arg("-D").arg(&data).args(["-U", "zhanggui", "-A", "trust", "-E", "UTF8", "--no-locale", "--no-sync"]);
        let made = initdb.stdin(Stdio::null()).output().explain(|| "Cannot start initdb".to_owned())?;
        if !made.status.success() {
            return Err(Stop::because(format!("initdb failed: {}", String::from_utf8_lossy(&made.stderr))));
        }
        let log = fs::File::create(self.dir.join("log")).explain(|| "Cannot write the cluster's log".to_owned())?;
        let mut server = self.command("postgres");
        server.arg("-D").arg(&data).args([
            "-p",
            &self.port.to_string(),
            "-c",
            "listen_addresses=127.0.0.1",
            "-c",
            "unix_socket_directories=",
            "-c",
            "fsync=off",
        ]);
        server.args(["-c", &format!("max_connections={CONNECTIONS_MAX}")]);
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().explain(|| "Cannot start postgres".to_owned())?;
        self.server = Some(Beside(server));
        self.wait(&data)
    }

    fn wait(&self, data: &Path) -> Outcome<()> {
        let started = crate::summary::now();
        while started.elapsed() < START_LIMIT {
            let mut ready = self.command("pg_isready");
            ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
            if data.join("postmaster.pid").exists() && ready.status().is_ok_and(|status| status.success()) {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        let log = fs::read_to_string(self.dir.join("log")).unwrap_or_default();
        Err(Stop::because(format!("PostgreSQL did not start within {} s. Its log:\n{log}", START_LIMIT.as_secs())))
    }

    fn command(&self, name: &str) -> Command {
        command(&self.programs, name, &self.dir, self.owner)
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        stop(&self.programs, &self.dir, self.owner);
        self.server = None;
        let _ = fs::remove_dir_all(&self.dir);
    }
}

fn command(programs: &Path, name: &str, dir: &Path, owner: Option<Owner>) -> Command {
    let mut command = Command::new(programs.join(name));
    command.current_dir(dir).env("HOME", dir).env_remove("PGDATA").env_remove("PGHOST").env_remove("PGPORT");
    #[cfg(unix)]
    if let Some(owner) = owner {
        use std::os::unix::process::CommandExt;
        // As root, setting the user also drops the supplementary groups.
        command.uid(owner.user).gid(owner.group);
    }
    #[cfg(not(unix))]
    let _ = owner;
    command
}

fn stop(programs: &Path, dir: &Path, owner: Option<Owner>) {
    let mut stop = command(programs, "pg_ctl", dir, owner);
    stop.arg("stop").arg("-D").arg(dir.join("data")).args(["-m", "fast", "-w", "-t", "30"]);
    let _ = stop.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
}

/// Stops and removes clusters of runs that were killed: their directory carries the process id of an xtask that is gone.
fn sweep(parent: &Path, programs: &Path, owner: Option<Owner>) {
    for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.strip_prefix(DIR_PREFIX)).and_then(|pid| pid.parse::<u32>().ok()) else {
            continue;
        };
        if Path::new("/proc/self").exists() && !Path::new("/proc").join(pid.to_string()).exists() {
            stop(programs, &entry.path(), owner);
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Debian keeps the server's programs out of the path. 15 first: it is what the product is tested with.
fn programs_dir() -> Option<PathBuf> {
    let mut found: Vec<PathBuf> = vec![PathBuf::from("/usr/lib/postgresql/15/bin")];
    let mut others: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|entry| entry.path().join("bin")).collect();
    others.sort();
    found.extend(others.into_iter().rev());
    found.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
    found.into_iter().find(|dir| dir.join(format!("initdb{}", std::env::consts::EXE_SUFFIX)).exists())
}

fn is_root() -> bool {
    child::output(Command::new("id").arg("-u")).is_some_and(|id| id.trim() == "0")
}

fn unprivileged() -> Outcome<Owner> {
    let passwd = fs::read_to_string("/etc/passwd").explain(|| "Cannot read /etc/passwd".to_owned())?;
    owner_in(&passwd)
        .ok_or_else(|| Stop::because("PostgreSQL must not run as root, and there is neither a user postgres nor nobody. Run this as another user."))
}

fn owner_in(passwd: &str) -> Option<Owner> {
    ["postgres", "nobody"].iter().find_map(|name| {
        let line = passwd.lines().find(|line| line.split(':').next() == Some(name))?;
        let mut ids = line.split(':').skip(2).map(str::parse::<u32>);
        Some(Owner { user: ids.next()?.ok()?, group: ids.next()?.ok()? })
    })
}

fn give(dir: &Path, owner: Option<Owner>) -> Outcome<()> {
    #[cfg(unix)]
    if let Some(owner) = owner {
        std::os::unix::fs::chown(dir, Some(owner.user), Some(owner.group)).explain(|| format!("Cannot give away {}", dir.display()))?;
    }
    #[cfg(not(unix))]
    let _ = (dir, owner);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_unprivileged_user_is_read_by_its_whole_name() {
        let both = "root:x:0:0::/root:/bin/sh\nnobody:x:65534:65533::/:/bin/false\npostgresql:x:7:7::/:/x\npostgres:x:101:104::/:/bin/sh\n";
        assert_eq!(owner_in(both), Some(Owner { user: 101, group: 104 }));
        assert_eq!(owner_in("nobody:x:65534:65533::/:/bin/false\n"), Some(Owner { user: 65534, group: 65533 }));
        assert_eq!(owner_in("root:x:0:0::/root:/bin/sh\n"), None);
    }
}
