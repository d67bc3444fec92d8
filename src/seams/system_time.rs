//! What the clock of the operating system shows, and what the system says of it. Nothing else of this crate asks for a date.
//!
//! INVARIANT: a clock before 1970 is no reason to panic. Absent on purpose: what follows from a clock that jumps.

use caseward_events::Timestamp;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Now.
pub(crate) fn now() -> Timestamp {
    since_epoch(SystemTime::now())
}

fn since_epoch(time: SystemTime) -> Timestamp {
    // Without a calendar in between, which every command would pay for.
    let micros = |apart: Duration| i64::try_from(apart.as_micros()).unwrap_or(i64::MAX);
    let since = time.duration_since(UNIX_EPOCH);
    Timestamp::from_micros(since.map_or_else(|before| -micros(before.duration()), micros))
}

/// How much time has gone by since the system started, whatever its clock was set to; while it was suspended, too.
#[cfg(target_os = "linux")]
pub(crate) fn gone_by() -> Duration {
    let since = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::try_from(since).unwrap_or_default()
}

/// The same since it was asked first.
#[cfg(not(target_os = "linux"))]
pub(crate) fn gone_by() -> Duration {
    static FIRST: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    FIRST.get_or_init(std::time::Instant::now).elapsed()
}

/// What daemons that keep the clock right write at least every hour while they have a source for it: systemd-timesyncd, chrony
/// and ntpd.
const WRITTEN_WHILE_KEPT_RIGHT: [&str; 5] = [
    "/run/systemd/timesync/synchronized",
    "/var/lib/chrony/drift",
    "/var/lib/chrony/chrony.drift",
    "/var/lib/ntpsec/ntp.drift",
    "/var/lib/ntp/ntp.drift",
];

/// Whether a daemon has kept the clock right within the last day, by the clock itself: one that has jumped makes old what was
/// written before. Where none can be seen, as in a container, nobody says that it is right.
pub(crate) fn is_kept_right() -> bool {
    WRITTEN_WHILE_KEPT_RIGHT.iter().any(|path| was_written_of_late(Path::new(path), SystemTime::now()))
}

fn was_written_of_late(path: &Path, now: SystemTime) -> bool {
    const DAY: Duration = Duration::from_secs(24 * 3_600);
    let written = std::fs::metadata(path).and_then(|file| file.modified());
    written.is_ok_and(|written| now.duration_since(written).is_ok_and(|since| since < DAY))
}

/// For the name of a file: `20260301T090000.000000Z`, of whatever the clock shows.
#[must_use]
pub(crate) fn in_a_name(time: Timestamp) -> String {
    let kept = |c: &char| !['-', ':'].contains(c);
    time.to_string().chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_before_1970_shows_a_time_and_names_files() {
        let before = since_epoch(UNIX_EPOCH - Duration::from_secs(3_600));
        assert_eq!(before.to_string(), "1969-12-31T23:00:00Z");
        assert_eq!(in_a_name(before), "19691231T230000Z");
        assert_eq!(since_epoch(UNIX_EPOCH), Timestamp::EPOCH);
    }

    #[test]
    fn a_clock_is_kept_right_where_a_daemon_wrote_within_a_day_of_what_it_shows() {
        let file = tempfile::NamedTempFile::new().expect("there is room");
        let written = file.as_file().metadata().and_then(|file| file.modified()).expect("it is known");
        let hours = |hours: u64| Duration::from_secs(hours * 3_600);
        assert!(was_written_of_late(file.path(), written + hours(23)));
        assert!(!was_written_of_late(file.path(), written + hours(25)), "the daemon has ended, or the clock jumped");
        assert!(!was_written_of_late(file.path(), written - hours(1)), "it was written by a clock that stood ahead");
        assert!(!was_written_of_late(&file.path().join("nothing"), written));
    }
}
