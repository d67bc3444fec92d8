//! The read limit: one read returns whole events until they fill the number of bytes that the caller asked for.
//!
//! INVARIANT: the first event always fits, however large, so that reading on makes progress.

/// Shows the events of one answer.
pub(super) struct ReadLimit<'a> {
    visit: &'a mut (dyn for<'b> FnMut(&'b [u8]) + Send),
    any: bool,
    bytes_left: usize,
}

impl<'a> ReadLimit<'a> {
    /// Room for about `bytes_max`.
    pub(super) fn new(bytes_max: usize, visit: &'a mut (dyn for<'b> FnMut(&'b [u8]) + Send)) -> Self {
        ReadLimit { visit, any: false, bytes_left: bytes_max }
    }

    /// Shows the next event; false, and it is not shown, where it no longer fits.
    pub(super) fn take(&mut self, event: &[u8]) -> bool {
        if self.any && event.len() > self.bytes_left {
            return false;
        }
        self.any = true;
        self.bytes_left = self.bytes_left.saturating_sub(event.len());
        (self.visit)(event);
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_always_fits_and_the_others_up_to_the_last_byte() {
        let mut shown: Vec<Vec<u8>> = Vec::new();
        let mut show = |event: &[u8]| shown.push(event.to_vec());
        let mut limit = ReadLimit::new(10, &mut show);
        assert!(limit.take(b"1234567"));
        assert!(!limit.take(b"8901"));
        assert!(limit.take(b"890"));
        assert!(!limit.take(b"1"));
        assert_eq!(shown, [b"1234567".to_vec(), b"890".to_vec()]);
        assert!(ReadLimit::new(0, &mut |_| ()).take(b"large"));
    }
}
