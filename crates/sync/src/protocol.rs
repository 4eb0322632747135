//! The exchange as a state machine without IO: `step(event)` answers the one effect to carry out next, whose outcome is the next event.
//!
//! ```text
//! idle ─due─► greeting ─► comparing ─► collecting ─► pushing ─► noting ─┐
//!   ▲                          │            ▲  └──── nothing ────┐      │
//!   │                         fork          └───────────────────────────┘
//!   └── finish ◄── nothing ── pulling ◄──────────────────────────┘
//!                               └─► applying ─► pulling …
//! any ─ error that may pass ─► paused (with jitter) ─due─► greeting;   any ─ other error ─► stopped until a person asks again
//! ```
//!
//! Nothing here holds what would be lost: a machine that is dropped at any place begins anew with a greeting, in which the centre says how far it has this node.

use crate::{
    limits::{PAUSE_FIRST_MS, PAUSE_MAX_MS},
    wire::Chunk,
};
use store::inbound::InboundBatch;

/// What happened.
#[derive(Debug, Clone)]
pub enum Event {
    /// A tick, a nudge or a person asks for an exchange.
    Due,
    /// The centre has this node's entries up to `acked_seq`, which there has this hash.
    Greeted { acked_seq: i64, chain_hash: Vec<u8> },
    /// Whether the own entry at that place has that hash.
    Compared { same: bool },
    /// Own operations after the last acknowledged one; `None` where there are none.
    Collected(Option<Chunk>),
    /// The centre has the entries up to here.
    Pushed { acked_seq: i64 },
    /// That was remembered.
    Noted,
    /// What others sent.
    Pulled(InboundBatch),
    /// It is applied, cursors and all.
    Applied,
    /// The effect failed.
    Failed { permanent: bool },
}

/// What to do next.
#[derive(Debug, Clone)]
pub enum Effect {
    Greet,
    Compare {
        seq: i64,
        hash: Vec<u8>,
    },
    Collect {
        after: i64,
    },
    Push(Chunk),
    Note {
        acked_seq: i64,
    },
    Pull,
    Apply(InboundBatch),
    /// All is exchanged.
    Finish,
    /// Try again after this long.
    Pause {
        pause_ms: u64,
    },
    /// Nothing more until a person asks. `forked`: the machine itself found that another copy of this store went on.
    Stop {
        forked: bool,
    },
    /// The event does not belong here: nothing to do.
    Ignore,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Idle,
    Greeting,
    Comparing,
    Collecting,
    Pushing,
    Noting,
    Pulling,
    Applying,
    Paused,
    Stopped,
}

/// The state of an exchange.
#[derive(Debug, Clone)]
pub struct Exchange {
    phase: Phase,
    acked_seq: i64,
    failures: u32,
}

impl Default for Exchange {
    fn default() -> Self {
        Self { phase: Phase::Idle, acked_seq: 0, failures: 0 }
    }
}

impl Exchange {
    /// Back to the beginning, with the count of failures kept: for whoever dropped an exchange half-way.
    pub const fn restart(&mut self) {
        self.phase = Phase::Idle;
    }

    /// Takes an event and answers what to do. `below(n)` gives a random number under `n`, for the jitter alone.
    pub fn step(&mut self, event: Event, below: &mut dyn FnMut(u64) -> u64) -> Effect {
        let (phase, effect) = match (self.phase, event) {
            (Phase::Idle | Phase::Paused | Phase::Stopped, Event::Due) => (Phase::Greeting, Effect::Greet),
            (Phase::Greeting, Event::Greeted { acked_seq, chain_hash }) => {
                self.acked_seq = acked_seq;
                (Phase::Comparing, Effect::Compare { seq: acked_seq, hash: chain_hash })
            }
            (Phase::Comparing, Event::Compared { same: true }) => (Phase::Collecting, Effect::Collect { after: self.acked_seq }),
            (Phase::Comparing, Event::Compared { same: false }) => (Phase::Stopped, Effect::Stop { forked: true }),
            (Phase::Collecting, Event::Collected(Some(chunk))) => (Phase::Pushing, Effect::Push(chunk)),
            (Phase::Collecting, Event::Collected(None)) | (Phase::Applying, Event::Applied) => (Phase::Pulling, Effect::Pull),
            (Phase::Pushing, Event::Pushed { acked_seq }) => {
                self.acked_seq = acked_seq;
                (Phase::Noting, Effect::Note { acked_seq })
            }
            (Phase::Noting, Event::Noted) => (Phase::Collecting, Effect::Collect { after: self.acked_seq }),
            (Phase::Pulling, Event::Pulled(batch)) if batch.records.is_empty() && batch.entries.is_empty() => {
                self.failures = 0;
                (Phase::Idle, Effect::Finish)
            }
            (Phase::Pulling, Event::Pulled(batch)) => (Phase::Applying, Effect::Apply(batch)),
            (Phase::Idle | Phase::Paused | Phase::Stopped, _) => (self.phase, Effect::Ignore),
            (_, Event::Failed { permanent: true }) => (Phase::Stopped, Effect::Stop { forked: false }),
            (_, Event::Failed { permanent: false }) => (Phase::Paused, Effect::Pause { pause_ms: self.pause_ms(below) }),
            (phase, _) => (phase, Effect::Ignore),
        };
        self.phase = phase;
        effect
    }

    /// Between half of the pause and the whole of it: computers that lost the centre together do not come back together.
    fn pause_ms(&mut self, below: &mut dyn FnMut(u64) -> u64) -> u64 {
        let whole = PAUSE_FIRST_MS.saturating_mul(1 << self.failures.min(20)).min(PAUSE_MAX_MS);
        self.failures = self.failures.saturating_add(1);
        whole / 2 + below(whole / 2 + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::clock::Seeded;

    fn chunk(from_seq: i64, last_seq: i64) -> Chunk {
        Chunk { from_seq, last_seq, body: String::new(), rows: 0 }
    }

    #[test]
    fn an_exchange_pushes_all_then_pulls_all() {
        let mut machine = Exchange::default();
        let mut none = |_| 0;
        assert!(matches!(machine.step(Event::Due, &mut none), Effect::Greet));
        assert!(matches!(machine.step(Event::Greeted { acked_seq: 4, chain_hash: vec![1] }, &mut none), Effect::Compare { seq: 4, .. }));
        assert!(matches!(machine.step(Event::Compared { same: true }, &mut none), Effect::Collect { after: 4 }));
        assert!(matches!(machine.step(Event::Collected(Some(chunk(5, 9))), &mut none), Effect::Push(c) if c.from_seq == 5));
        assert!(matches!(machine.step(Event::Pushed { acked_seq: 9 }, &mut none), Effect::Note { acked_seq: 9 }));
        assert!(matches!(machine.step(Event::Noted, &mut none), Effect::Collect { after: 9 }));
        assert!(matches!(machine.step(Event::Collected(None), &mut none), Effect::Pull));
        let record = store::inbound::Record {
            stream: "global".into(),
            epoch: [0; 16],
            position: 1,
            node_id: [0; 16],
            seq: 1,
            content: store::inbound::Content::Unreadable { reason: String::new(), payload: String::new() },
        };
        let batch = InboundBatch { at_ms: 0, records: vec![record], entries: Vec::new() };
        assert!(matches!(machine.step(Event::Pulled(batch), &mut none), Effect::Apply(_)));
        assert!(matches!(machine.step(Event::Applied, &mut none), Effect::Pull));
        assert!(matches!(machine.step(Event::Pulled(InboundBatch::default()), &mut none), Effect::Finish));
    }

    #[test]
    fn a_copy_that_went_on_stops_before_anything_is_sent() {
        let mut machine = Exchange::default();
        let mut none = |_| 0;
        machine.step(Event::Due, &mut none);
        machine.step(Event::Greeted { acked_seq: 4, chain_hash: vec![1] }, &mut none);
        assert!(matches!(machine.step(Event::Compared { same: false }, &mut none), Effect::Stop { forked: true }));
        assert!(matches!(machine.step(Event::Due, &mut none), Effect::Greet), "a person may ask again");
    }

    #[test]
    fn pauses_grow_with_jitter_up_to_the_limit_and_begin_anew_after_success() {
        let mut machine = Exchange::default();
        let mut random = Seeded::new(7);
        let mut below = |n| random.below(n);
        let mut longest = 0;
        for failures in 0..30_u32 {
            machine.step(Event::Due, &mut below);
            let Effect::Pause { pause_ms } = machine.step(Event::Failed { permanent: false }, &mut below) else { panic!("no pause") };
            let whole = (PAUSE_FIRST_MS << failures.min(20)).min(PAUSE_MAX_MS);
            assert!((whole / 2..=whole).contains(&pause_ms), "{failures}: {pause_ms}");
            longest = longest.max(pause_ms);
        }
        assert!(longest > PAUSE_MAX_MS / 2);
        for event in [
            Event::Due,
            Event::Greeted { acked_seq: 0, chain_hash: vec![] },
            Event::Compared { same: true },
            Event::Collected(None),
            Event::Pulled(InboundBatch::default()),
        ] {
            machine.step(event, &mut below);
        }
        machine.step(Event::Due, &mut below);
        assert!(matches!(machine.step(Event::Failed { permanent: false }, &mut below), Effect::Pause { pause_ms } if pause_ms <= PAUSE_FIRST_MS));
    }

    /// Whatever comes in whatever order, the machine neither sends twice in a row without an answer nor forgets to greet after an error.
    #[test]
    fn events_out_of_place_change_nothing() {
        for seed in 0..200 {
            let mut random = Seeded::new(seed);
            let mut machine = Exchange::default();
            let mut waiting = false;
            for _ in 0..200 {
                let event = match random.below(9) {
                    0 => Event::Due,
                    1 => Event::Greeted { acked_seq: 1, chain_hash: vec![] },
                    2 => Event::Compared { same: random.below(4) > 0 },
                    3 => Event::Collected((random.below(2) == 0).then(|| chunk(2, 3))),
                    4 => Event::Pushed { acked_seq: 3 },
                    5 => Event::Noted,
                    6 => Event::Pulled(InboundBatch::default()),
                    7 => Event::Applied,
                    _ => Event::Failed { permanent: random.below(2) == 0 },
                };
                let answers_push = matches!(event, Event::Pushed { .. } | Event::Failed { .. });
                let effect = machine.step(event, &mut |_| 0);
                if waiting && !answers_push {
                    assert!(matches!(effect, Effect::Ignore), "seed {seed}: {effect:?} while a push is under way");
                }
                waiting = matches!(effect, Effect::Push(_)) || (waiting && !answers_push);
            }
        }
    }
}
