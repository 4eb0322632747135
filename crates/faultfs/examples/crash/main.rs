//! The proof that nothing acknowledged is lost and nothing is seen by half when the power goes or the process is killed.
//!
//! `crash [--cuts N] [--kills N] [--control N] [--seed N] [--write FILE]`; `crash child DIR WORK ROUND` is what it kills. What it proves and how is in
//! docs/proofs.md. It ends with an error where something was lost, and as well where the control, which does not wait for the disk, lost nothing:
//! then the proof proves nothing.

mod evidence;
mod kill;
mod power;
mod proof;
mod shop;
mod work;

use std::{collections::BTreeMap, path::PathBuf, time::Instant};
use work::Kind;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

/// What was asked for.
struct Wish {
    cuts: u64,
    kills: u64,
    control: u64,
    seed: u64,
    write: Option<PathBuf>,
}

impl Wish {
    fn read(arguments: &[String]) -> Outcome<Self> {
        let mut wish = Self { cuts: 500, kills: 200, control: 60, seed: 20_261_122, write: None };
        for pair in arguments.chunks(2) {
            let [name, value] = pair else { return Err("every option has a value".into()) };
            match name.as_str() {
                "--cuts" => wish.cuts = value.parse()?,
                "--kills" => wish.kills = value.parse()?,
                "--control" => wish.control = value.parse()?,
                "--seed" => wish.seed = value.parse()?,
                "--write" => wish.write = Some(value.into()),
                _ => return Err(format!("there is no option {name}").into()),
            }
        }
        Ok(wish)
    }
}

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, dir, kind, round] = arguments.as_slice()
        && word == "child"
    {
        return kill::child(&PathBuf::from(dir), kind.parse()?, round.parse()?).await;
    }
    let wish = Wish::read(&arguments)?;
    let found = prove(&wish).await?;
    let page = found.page(&wish);
    println!("{page}");
    if let Some(path) = &wish.write {
        std::fs::write(path, &page)?;
    }
    if found.holds() { Ok(()) } else { Err("the proof failed, see above".into()) }
}

/// The share of one kind of work in so many runs: single writes, where most acknowledgements are, take what is left over.
fn share(all: u64, kind: Kind) -> u64 {
    let third = all / 3;
    if kind == Kind::Single { all - 2 * third } else { third }
}

async fn prove(wish: &Wish) -> Outcome<evidence::Found> {
    let started = Instant::now();
    let top = tempfile::tempdir()?;
    let (mut cuts, mut kills) = (BTreeMap::new(), BTreeMap::new());
    for kind in Kind::ALL {
        let begun = Instant::now();
        let lane = power::Lane::new(&folder(&top, "cut", kind)?, kind, true)?;
        cuts.insert(kind, (lane.run(share(wish.cuts, kind), wish.seed).await?, begun.elapsed()));
        println!("cuts in {}: {:.0} s", kind.word(), begun.elapsed().as_secs_f64());
    }
    for kind in Kind::ALL {
        let begun = Instant::now();
        let tally = kill::run(&folder(&top, "kill", kind)?, kind, share(wish.kills, kind), wish.seed).await?;
        println!("kills in {}: {:.0} s", kind.word(), begun.elapsed().as_secs_f64());
        kills.insert(kind, (tally, begun.elapsed()));
    }
    let lane = power::Lane::new(&folder(&top, "control", Kind::Single)?, Kind::Single, false)?;
    let control = lane.run(wish.control, wish.seed).await?;
    Ok(evidence::Found { cuts, kills, control, took: started.elapsed() })
}

fn folder(top: &tempfile::TempDir, name: &str, kind: Kind) -> Outcome<PathBuf> {
    let dir = top.path().join(format!("{name}-{}", kind.word()));
    std::fs::create_dir_all(&dir)?;
    Ok(dir)
}
