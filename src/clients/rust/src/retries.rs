//! How often something is tried, and ids that make trying again safe.

use caseward_events::CommandId;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// How often a request is tried, and how long it is waited in between: twice as long each time, a random part less.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retries {
    /// At least one.
    pub attempts: u32,
    /// Before the second.
    pub first_wait: Duration,
    /// Before any.
    pub longest_wait: Duration,
}

impl Default for Retries {
    fn default() -> Retries {
        Retries { attempts: 5, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(5) }
    }
}

impl Retries {
    /// Before the attempt behind the one of this number, from 0; at least what the service asks for.
    pub(crate) fn wait(&self, attempt: u32, asked_for: Option<Duration>) -> Duration {
        let longest = self.first_wait.saturating_mul(1 << attempt.min(16)).min(self.longest_wait);
        let part = f64::from(u16::from_le_bytes(random())) / f64::from(u16::MAX);
        longest.mul_f64(0.5 + part / 2.0).max(asked_for.unwrap_or_default().min(self.longest_wait))
    }
}

fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut bytes = [0; BYTES];
    getrandom::fill(&mut bytes).expect("the operating system has random bytes");
    bytes
}

/// A UUID of version 7, so that ids sort by when they were made.
///
/// # Panics
/// The operating system gives no random bytes.
#[must_use]
pub fn new_id() -> CommandId {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
    let random = u128::from_le_bytes(random());
    let bits = now << 80 | 0x7 << 76 | (random & 0xFFF) << 64 | 0x2 << 62 | (random >> 64) & ((1 << 62) - 1);
    let text = format!("{bits:032x}");
    let parts: Vec<&str> =
        [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().filter_map(|part| text.get(part)).collect();
    parts.join("-").parse().expect("a UUID is an id")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_7_that_sort_by_when_they_were_made() {
        let ids: Vec<String> = (0..1000).map(|_| new_id().to_string()).collect();
        assert!(
            ids.iter().all(|id| id.len() == 36 && id.as_bytes()[14] == b'7' && b"89ab".contains(&id.as_bytes()[19]))
        );
        let mut unique = ids.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), 1000);
        assert!(ids.first().map(|id| &id[..12]) <= ids.last().map(|id| &id[..12]));
    }

    #[test]
    fn a_wait_doubles_up_to_the_longest_and_is_at_least_what_was_asked_for() {
        let retries =
            Retries { attempts: 9, first_wait: Duration::from_millis(100), longest_wait: Duration::from_secs(1) };
        for (attempt, most) in [(0, 100), (1, 200), (3, 800), (4, 1000), (60, 1000)] {
            let wait = retries.wait(attempt, None);
            assert!(wait <= Duration::from_millis(most) && wait >= Duration::from_millis(most / 2), "{wait:?}");
        }
        assert_eq!(retries.wait(0, Some(Duration::from_millis(700))), Duration::from_millis(700));
        assert_eq!(retries.wait(0, Some(Duration::from_secs(70))), Duration::from_secs(1));
    }
}
