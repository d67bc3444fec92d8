//! Closing a store: the last handle that is dropped closes its files, and those who wait for it are woken.
//!
//! INVARIANT: they are woken after the files are closed and the lock is free, never before. Absent on purpose: forcing
//! others to drop their handles.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

/// How long others may take to let go.
const CLOSING_MAX: Duration = Duration::from_secs(10);

/// Something with files that reports when they are closed.
pub trait Closes {
    /// The part of it that is dropped last.
    fn closing(&self) -> &Closing;
}

/// Dropped with what it is part of, and tells that.
#[derive(Debug, Default)]
pub struct Closing(Arc<Closed>);

#[derive(Debug, Default)]
struct Closed {
    is_closed: Mutex<bool>,
    changed: Condvar,
}

impl Drop for Closing {
    fn drop(&mut self) {
        *self.0.is_closed.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.0.changed.notify_all();
    }
}

impl Closed {
    fn wait(&self, longest: Duration) -> bool {
        let is_closed = self.is_closed.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_timeout_while(is_closed, longest, |is_closed| !*is_closed);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }
}

/// Drops a handle to a store or to saved views and waits until it is closed, so that it can be opened again or removed.
/// Returns false if another handle still exists after ten seconds; the store closes when that is dropped.
pub fn close<T: Closes + ?Sized>(kept: Arc<T>) -> bool {
    close_within(kept, CLOSING_MAX)
}

/// As [`close`], with another time limit.
pub(crate) fn close_within<T: Closes + ?Sized>(kept: Arc<T>, longest: Duration) -> bool {
    let closed = Arc::clone(&kept.closing().0);
    drop(kept);
    closed.wait(longest)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::{Receiver, Sender, channel};

    struct Kept {
        dropped: Sender<()>,
        closing: Closing,
    }

    impl Drop for Kept {
        fn drop(&mut self) {
            self.dropped.send(()).expect("it is waited for");
        }
    }

    impl Closes for Kept {
        fn closing(&self) -> &Closing {
            &self.closing
        }
    }

    fn kept() -> (Arc<Kept>, Receiver<()>) {
        let (dropped, is_dropped) = channel();
        (Arc::new(Kept { dropped, closing: Closing::default() }), is_dropped)
    }

    #[test]
    fn it_is_closed_once_everybody_has_let_go() {
        let (kept, is_dropped) = kept();
        let other = Arc::clone(&kept);
        let late = std::thread::spawn(move || drop(other));
        assert!(close(kept));
        assert!(is_dropped.try_recv().is_ok());
        late.join().expect("it ends");
    }

    #[test]
    fn it_is_not_closed_while_somebody_has_it() {
        let (kept, is_dropped) = kept();
        assert!(!close_within(Arc::clone(&kept), Duration::from_millis(1)));
        assert!(is_dropped.try_recv().is_err());
        assert!(close(kept));
    }
}
