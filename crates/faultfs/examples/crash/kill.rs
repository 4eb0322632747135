//! `kill -9`: a child process works on a store and tells each acknowledgement through a pipe; this process keeps them, kills it, and asks the store.

use crate::{
    Outcome, proof,
    shop::Shop,
    work::{self, Ack, Kind},
};
use domain::clock::Seeded;
use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, mpsc},
    time::Duration,
};
use store::{Medium, catalogue};
use uuid::Uuid;

/// Kills that one store lives through before a new one takes its place.
const KILLS_PER_STORE: u64 = 6;
/// A child that has not opened its store by then never will.
const READY_WITHIN: Duration = Duration::from_secs(60);
/// The longest that a child works before it is killed: some finish a piece of work and are in their next.
const WORKS_MS_MAX: u64 = 900;

/// What the kills of one kind of work came to.
#[derive(Debug, Default)]
pub struct Tally {
    pub kills: u64,
    pub acknowledged: u64,
    pub faulty: u64,
    pub faults: Vec<String>,
}

/// The child: works on a store until it is killed.
pub async fn child(top: &Path, kind: Kind, first_round: u64) -> Outcome<()> {
    let shop = Shop::at(top)?;
    let store = Arc::new(shop.open(Medium::default()).await?);
    println!("ready");
    for round in first_round.. {
        work::run(kind, &store, &shop, round, &|ack| {
            // One write of a whole line: what the pipe took, the parent has, whatever becomes of this process.
            let line = format!("{}\n", line_of(&ack));
            let mut out = std::io::stdout().lock();
            let _ = out.write_all(line.as_bytes()).and_then(|()| out.flush());
        })
        .await?;
    }
    Ok(())
}

fn line_of(ack: &Ack) -> String {
    match ack {
        Ack::Write { seq, table, id } => format!("write {seq} {table} {id}"),
        Ack::Chunk { seq, orders } => format!("chunk {seq} {orders}"),
        Ack::Backup { seq, path } => format!("backup {seq} {}", path.display()),
    }
}

fn read_line(line: &str) -> Option<Ack> {
    let mut parts = line.splitn(4, ' ');
    let (what, seq) = (parts.next()?, parts.next()?.parse().ok()?);
    Some(match what {
        "write" => Ack::Write { seq, table: catalogue::table(parts.next()?)?.name, id: Uuid::parse_str(parts.next()?).ok()? },
        "chunk" => Ack::Chunk { seq, orders: parts.next()?.parse().ok()? },
        "backup" => Ack::Backup { seq, path: parts.next()?.into() },
        _ => return None,
    })
}

/// Kills children of one kind of work `kills` times.
pub async fn run(top: &Path, kind: Kind, kills: u64, seed: u64) -> Outcome<Tally> {
    let shop = Shop::at(top)?;
    let mut tally = Tally::default();
    let mut random = Seeded::new(seed);
    for n in 0..kills {
        if n.is_multiple_of(KILLS_PER_STORE) {
            shop.found(Medium::default()).await?;
        }
        let acks = one(top, kind, n * 100, random.below(WORKS_MS_MAX))?;
        tally.kills += 1;
        tally.acknowledged += u64::try_from(acks.len())?;
        let faults = proof::find_faults(&shop, Medium::default(), &acks).await?;
        if !faults.is_empty() {
            tally.faulty += 1;
            tally.faults.push(format!("kill {n} of seed {seed}: {}", faults.join("; ")));
            shop.found(Medium::default()).await?;
        }
    }
    Ok(tally)
}

/// One child from its start to its end; answers what it told.
fn one(top: &Path, kind: Kind, first_round: u64, works_ms: u64) -> Outcome<Vec<Ack>> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("child").arg(top).arg(kind.word()).arg(first_round.to_string()).stdin(Stdio::null()).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let out = child.stdout.take().ok_or("the child has no pipe")?;
    let told = listen(&mut child, out, works_ms);
    // Also where listening failed: no child is left behind.
    let _ = child.kill();
    child.wait()?;
    told?.iter().map(|line| read_line(line).ok_or_else(|| format!("the child said {line:?}").into())).collect()
}

fn listen(child: &mut Child, out: ChildStdout, works_ms: u64) -> Outcome<Vec<String>> {
    let (send, lines) = mpsc::channel();
    let reader = std::thread::spawn(move || {
        // A line that was cut short by the kill is no acknowledgement: the pipe is read to its end, whole lines count.
        let mut out = BufReader::new(out);
        let mut line = String::new();
        while out.read_line(&mut line).is_ok_and(|n| n > 0) && line.ends_with('\n') {
            if send.send(line.trim_end().to_owned()).is_err() {
                break;
            }
            line.clear();
        }
    });
    if lines.recv_timeout(READY_WITHIN).ok().as_deref() != Some("ready") {
        return Err("the child did not open its store".into());
    }
    // The wait is the experiment: the child works meanwhile, and is killed wherever it stands.
    std::thread::sleep(Duration::from_millis(works_ms));
    if let Some(status) = child.try_wait()? {
        return Err(format!("the child ended by itself: {status}").into());
    }
    child.kill()?;
    reader.join().map_err(|_| "the reader of the pipe failed")?;
    Ok(lines.try_iter().collect())
}
