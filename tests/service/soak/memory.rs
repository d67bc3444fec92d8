//! The memory of a process, over the time that it runs.
//!
//! What is recorded stays in memory, which is no growth that anybody looks for: of what a process has, so much is taken off for
//! each event that came since it settled.

use super::scene::Scene;
use std::fmt;
use std::time::{Duration, Instant};

/// From when on it may not grow, and by how much it may.
const SETTLED: Duration = Duration::from_secs(120);
const GROWTH_MAX: f64 = 1.05;
/// What is taken together: memory goes up and down with what the database gathers.
const STRETCH: Duration = Duration::from_secs(60);
/// What an event takes that is not saved yet, about: 60,000 of them take 23 MB.
const EVENT_BYTES: u64 = 400;
/// From one look to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// What one process had, a look a second.
pub struct Memory(Vec<Look>);

struct Look {
    at: Duration,
    bytes: u64,
    /// How many events were recorded.
    events: u64,
}

impl Memory {
    /// Follows it for so long; it may not grow once it has settled.
    pub fn followed(scene: &Scene, lasts: Duration) -> Memory {
        let begun = Instant::now();
        let mut memory = Memory(Vec::new());
        while begun.elapsed() < lasts && !scene.has_failed() {
            if let Some(bytes) = resident(scene.service.id()) {
                memory.0.push(Look { at: begun.elapsed(), bytes, events: scene.acknowledged() });
            }
            std::thread::sleep(PAUSE.min(lasts.saturating_sub(begun.elapsed())));
        }
        let settled = memory.stretches().into_iter().filter(|(begins, ..)| *begins >= SETTLED);
        let mut settled = settled.map(|(_, _, without)| without);
        if let (Some(first), Some(last)) = (settled.next(), settled.max()) {
            assert!(last as f64 <= first as f64 * GROWTH_MAX, "memory grows:\n{memory}");
        }
        memory
    }

    /// Of each whole stretch where it begins, the median, and the median without what was recorded.
    fn stretches(&self) -> Vec<(Duration, u64, u64)> {
        let Some(last) = self.0.last() else { return Vec::new() };
        let events = self.0.iter().find(|look| look.at >= SETTLED).map_or(u64::MAX, |look| look.events);
        let without = |look: &Look| look.bytes - EVENT_BYTES * look.events.saturating_sub(events);
        let all = (last.at + PAUSE).as_secs() / STRETCH.as_secs();
        let begins = (0..all).map(|number| STRETCH * u32::try_from(number).expect("it is not that long"));
        begins.map(|begins| (begins, self.median(begins, |look| look.bytes), self.median(begins, without))).collect()
    }

    fn median(&self, begins: Duration, of: impl Fn(&Look) -> u64) -> u64 {
        let within = self.0.iter().filter(|look| (begins..begins + STRETCH).contains(&look.at));
        let mut bytes: Vec<_> = within.map(of).collect();
        bytes.sort_unstable();
        bytes.get(bytes.len() / 2).copied().unwrap_or_default()
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (begins, bytes, without) in self.stretches() {
            let from = begins.as_secs() / 60;
            let [bytes, without] = [bytes, without].map(|bytes| bytes as f64 / 1e6);
            writeln!(
                f,
                "memory, minute {from} to {}: {bytes:.1} MB; without what was recorded {without:.1} MB",
                from + 1
            )?;
        }
        Ok(())
    }
}

/// What a process has in memory; none where the system does not tell.
fn resident(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix(" kB")?.trim().parse().ok()?;
    Some(kibibytes * 1_024)
}
