//! A door to what reads the bundles of a backup, for the targets in `tests/fuzz`.
//!
//! Absent from every build but the fuzzer's (`--cfg fuzzing`).

use super::bundle::{Bundle, Damage};
use std::path::Path;

/// How many events a bundle holds, all of them read and hashed.
///
/// # Errors
/// It is no bundle that is whole.
pub fn events_in_bundle(path: &Path) -> Result<u64, Damage> {
    let bundle = Bundle::read(path)?;
    let mut events = 0;
    bundle.events(bundle.first(), |_, _| events += 1)?;
    bundle.verify()?;
    Ok(events)
}
