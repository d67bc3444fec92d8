//! What the views and the databases take in memory, by part, measured once a minute at most.
//!
//! INVARIANT: measuring goes through the views in slices, and holds nobody up but whoever measures at the same time.

use crate::engine::Engine;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long what was measured counts.
const COUNTS_FOR: Duration = Duration::from_secs(60);

/// Bytes by part, and when they were measured last.
#[derive(Default)]
pub(super) struct MemoryParts(Mutex<Option<(Instant, BTreeMap<&'static str, u64>)>>);

impl MemoryParts {
    /// Of all organizations together. Whoever asks while somebody measures waits, and then finds it measured.
    pub(super) fn bytes(&self, engine: &Engine) -> BTreeMap<&'static str, u64> {
        let mut measured = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((at, bytes)) = &*measured
            && at.elapsed() < COUNTS_FOR
        {
            return bytes.clone();
        }
        let mut parts = BTreeMap::new();
        for organization in engine.organizations() {
            let memory = organization.memory();
            let views = &memory.views;
            for (part, bytes) in [
                ("names", views.names),
                ("cases", views.cases),
                ("lists", views.lists),
                ("gathered", views.gathered),
                ("directory", views.directory),
                ("times", views.times),
                ("ids", views.ids),
                ("others", views.others),
            ] {
                *parts.entry(part).or_default() += bytes as u64;
            }
            // The databases are those of all.
            parts.insert("database_cache", memory.cache_bytes);
            parts.insert("database_tables", memory.table_bytes);
        }
        *measured = Some((Instant::now(), parts.clone()));
        parts
    }
}
