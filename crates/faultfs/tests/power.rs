//! A short run of the proof of crashes: a few power cuts in each kind of work, and the control that must lose. The whole is `cargo xtask prove crash`.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails here")]

#[path = "../examples/crash/power.rs"]
mod power;
#[path = "../examples/crash/proof.rs"]
mod proof;
#[path = "../examples/crash/shop.rs"]
mod shop;
#[path = "../examples/crash/work.rs"]
mod work;

use work::Kind;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

const SEED: u64 = 11;

async fn cut(kind: Kind, cuts: u64, synchronous: bool) -> power::Tally {
    let top = tempfile::tempdir().unwrap();
    let tally = power::Lane::new(top.path(), kind, synchronous).unwrap().run(cuts, SEED).await.unwrap();
    println!("{}: {tally:?}", kind.word());
    assert_eq!(tally.cuts, cuts);
    assert!(tally.kept + tally.torn + tally.lost > 0, "no cut met anything that was not synced: the test proves nothing");
    assert!(tally.acknowledged > 0, "nothing was acknowledged: the test proves nothing");
    tally
}

#[tokio::test(flavor = "multi_thread")]
async fn no_power_cut_takes_what_was_acknowledged() {
    for (kind, cuts) in [(Kind::Single, 12), (Kind::Backup, 6), (Kind::Import, 3)] {
        let tally = cut(kind, cuts, true).await;
        assert!(tally.faulty == 0, "{}: {:?}", kind.word(), tally.faults);
        let told: u64 = tally.at.values().sum();
        assert_eq!(told + tally.after, cuts);
        assert!(tally.events.0 > tally.events.1 && tally.events.1 > 0, "{:?}", tally.events);
        assert!(kind != Kind::Import || tally.resumed == cuts);
        assert!(kind != Kind::Backup || tally.restored + tally.names_undone > 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_waiting_for_the_disk_something_is_lost_and_noticed() {
    let tally = cut(Kind::Single, 12, false).await;
    assert!(tally.faulty > 3, "of 12 cuts without `synchronous` only {} were noticed", tally.faulty);
}
