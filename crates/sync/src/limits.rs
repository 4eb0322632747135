//! The limits of the room, each with its reason.

use std::time::Duration;

/// Operations in one push: a transaction of a quarter of a second at the centre, so that another device never waits long for the heads.
pub const PUSH_OPERATIONS_MAX: i64 = 500;
/// Bytes of packed operations in one push. A chunk is cut before it, save that one operation always passes: an import's chunk of 500 lines has about 60 KiB packed.
pub const PUSH_PACKED_BYTES_MAX: usize = 1 << 20;
/// Rows in one pull: what the local writer applies in about 50 ms, so that a sale at the counter never waits longer for it. One larger operation passes alone.
pub const PULL_ROWS_MAX: i64 = 1_000;
/// Entries of other devices' chains in one pull.
pub const PULL_ENTRIES_MAX: i64 = 500;
/// Rows of a table in one part of the baseline.
pub const BASELINE_ROWS_PER_PART: i64 = 2_000;
/// Between two exchanges when nothing asks for one.
pub const EVERY_DEFAULT: Duration = Duration::from_secs(30);
/// The first pause after an error that may pass.
pub const PAUSE_FIRST_MS: u64 = 1_000;
/// The longest pause: a centre that comes back is found within five minutes.
pub const PAUSE_MAX_MS: u64 = 300_000;
/// How long connecting may take before the network counts as away.
pub const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// How long one statement at the centre may take; it is set at the server, so that a cut line leaves no lock behind.
pub const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);
/// How long an answer is waited for before the connection is given up: a line that was cut without a word never answers.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(90);
/// How long a join code holds.
pub const JOIN_CODE_MINUTES: i64 = 10;
/// Steps of one exchange. A machine that goes on for longer is stopped and begins anew at the next tick: at full chunks these are a million rows.
pub const STEPS_MAX: usize = 20_000;
