//! What the system says of this process, by the names that every program tells it under.

use super::open_metrics::OpenMetrics;
use caseward_events::Timestamp;
use std::fs;
use std::time::Duration;

/// A timestamp as metrics have it.
pub(super) fn seconds(at: Timestamp) -> f64 {
    at.as_micros() as f64 / 1_000_000.0
}

/// What is known of it. Where the system tells nothing, nothing is told.
pub(super) fn tell(text: &mut OpenMetrics, started: Timestamp) {
    text.gauge("process_start_time_seconds", "When the process started to serve, since 1970.")
        .sample(&[], seconds(started));
    if let Some(used) = cpu() {
        text.counter("process_cpu_seconds", "Time of the processors that was used.").sample(&[], used.as_secs_f64());
    }
    if let Some(bytes) = resident() {
        text.gauge("process_resident_memory_bytes", "Memory that the process has.").sample(&[], bytes);
    }
    if let Some((open, limit)) = descriptors() {
        text.gauge("process_open_fds", "Descriptors that are open.").sample(&[], open);
        text.gauge("process_max_fds", "Descriptors that may be open.").sample(&[], limit);
    }
}

#[cfg(target_os = "linux")]
fn cpu() -> Option<Duration> {
    Duration::try_from(rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime)).ok()
}

#[cfg(not(target_os = "linux"))]
fn cpu() -> Option<Duration> {
    None
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    Some(line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()? * 1_024)
}

#[cfg(target_os = "linux")]
fn descriptors() -> Option<(usize, u64)> {
    let open = fs::read_dir("/proc/self/fd").ok()?.count();
    let limit = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    Some((open, limit.current.unwrap_or(u64::MAX)))
}

#[cfg(not(target_os = "linux"))]
fn descriptors() -> Option<(usize, u64)> {
    None
}
