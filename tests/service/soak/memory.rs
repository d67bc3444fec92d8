//! The memory of a process, over the time that it runs.

use super::scene::Scene;
use std::fmt;
use std::time::{Duration, Instant};

/// From when on it may not grow, and by how much it may.
const SETTLED: Duration = Duration::from_secs(120);
const GROWTH_MAX: f64 = 1.05;
/// What is taken together: memory goes up and down with what the database gathers.
const STRETCH: Duration = Duration::from_secs(60);
/// From one look to the next.
const PAUSE: Duration = Duration::from_secs(1);

/// What one process had, in bytes, a look a second.
pub struct Memory(Vec<(Duration, u64)>);

impl Memory {
    /// Follows it for so long; it may not grow once it has settled.
    pub fn followed(scene: &Scene, lasts: Duration) -> Memory {
        let begun = Instant::now();
        let mut memory = Memory(Vec::new());
        while begun.elapsed() < lasts && !scene.has_failed() {
            if let Some(bytes) = resident(scene.service.id()) {
                memory.0.push((begun.elapsed(), bytes));
            }
            std::thread::sleep(PAUSE.min(lasts.saturating_sub(begun.elapsed())));
        }
        let settled = memory.stretches().into_iter().filter(|(begins, _)| *begins >= SETTLED);
        let mut settled = settled.map(|(_, bytes)| bytes);
        if let (Some(first), Some(last)) = (settled.next(), settled.max()) {
            assert!(last as f64 <= first as f64 * GROWTH_MAX, "memory grows:\n{memory}");
        }
        memory
    }

    /// The median of each whole stretch.
    fn stretches(&self) -> Vec<(Duration, u64)> {
        let Some(&(last, _)) = self.0.last() else { return Vec::new() };
        let all = (last + PAUSE).as_secs() / STRETCH.as_secs();
        let begins = |number: u64| STRETCH * u32::try_from(number).expect("it is not that long");
        (0..all).map(|number| (begins(number), self.median(begins(number)))).collect()
    }

    fn median(&self, begins: Duration) -> u64 {
        let within = self.0.iter().filter(|(at, _)| (begins..begins + STRETCH).contains(at));
        let mut bytes: Vec<_> = within.map(|(_, bytes)| *bytes).collect();
        bytes.sort_unstable();
        bytes.get(bytes.len() / 2).copied().unwrap_or_default()
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (begins, bytes) in self.stretches() {
            let from = begins.as_secs() / 60;
            writeln!(f, "memory, minute {from} to {}: {:.1} MB", from + 1, bytes as f64 / 1e6)?;
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
