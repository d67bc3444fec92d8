//! What one read gives back: whole events, until they fill what the caller asked for.
//!
//! INVARIANT: the first event always fits, however large, so that reading on makes progress.

/// Events for one answer.
pub(super) struct Portion {
    events: Vec<Vec<u8>>,
    bytes_left: usize,
}

impl Portion {
    /// Room for about `bytes_max`.
    pub(super) fn new(bytes_max: usize) -> Self {
        Portion { events: Vec::new(), bytes_left: bytes_max }
    }

    /// Takes a copy of the next event; false, and it is not taken, where it no longer fits.
    pub(super) fn take(&mut self, event: &[u8]) -> bool {
        if !self.events.is_empty() && event.len() > self.bytes_left {
            return false;
        }
        self.bytes_left = self.bytes_left.saturating_sub(event.len());
        self.events.push(event.to_vec());
        true
    }

    /// All that were taken.
    pub(super) fn into_events(self) -> Vec<Vec<u8>> {
        self.events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_always_fits_and_the_others_up_to_the_last_byte() {
        let mut portion = Portion::new(10);
        assert!(portion.take(b"1234567"));
        assert!(!portion.take(b"8901"));
        assert!(portion.take(b"890"));
        assert!(!portion.take(b"1"));
        assert_eq!(portion.into_events(), [b"1234567".to_vec(), b"890".to_vec()]);
        assert!(Portion::new(0).take(b"large"));
    }
}
