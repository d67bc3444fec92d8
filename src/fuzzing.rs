//! Doors to parsers that nobody outside has a use for, for the targets in `tests/fuzz`.
//!
//! Absent from every build but the fuzzer's (`--cfg fuzzing`).

use crate::seams::Encoded;

/// Whether the bytes are a row of the log.
#[must_use]
pub fn row(bytes: &[u8]) -> bool {
    crate::store::row::decode(bytes).is_ok()
}

/// The rows that the events are stored in.
#[must_use]
pub fn rows(events: &Encoded) -> Vec<Vec<u8>> {
    crate::store::row::split(events).map(|row| crate::store::row::encode(events, row)).collect()
}
