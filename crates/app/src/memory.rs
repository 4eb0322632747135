//! Memory that large work has freed goes back to the system.
//!
//! The programs' allocator keeps what was freed for a second, for whoever asks next, and looks at what it keeps when pages are freed. A program at rest
//! frees none: the 64 MiB of a password's check, or what an import held, would stay with it for hours.

use std::time::Duration;

/// Longer than the allocator keeps what was freed (mimalloc's `purge_delay`, 1 s).
const KEPT: Duration = Duration::from_millis(1_200);
/// It gives back a part at a time, and looks again after a tenth of that delay.
const PARTS: usize = 4;
const BETWEEN_PARTS: Duration = Duration::from_millis(150);
/// Large enough to lie in pages of its own.
const PIECE_BYTES: usize = 4 << 20;

/// Has the allocator look at what it keeps, when that is no longer wanted. Called after work that held much; it waits for nothing.
pub(crate) fn give_back_soon() {
    tokio::spawn(async {
        tokio::time::sleep(KEPT).await;
        for _ in 0..PARTS {
            drop(std::hint::black_box(Vec::<u8>::with_capacity(PIECE_BYTES)));
            tokio::time::sleep(BETWEEN_PARTS).await;
        }
    });
}
