//! Closing: whoever lets go of a store last closes its files.

use std::sync::Arc;
use std::time::{Duration, Instant};

/// How long the threads of an engine may take to let go.
const CLOSING_MAX: Duration = Duration::from_secs(10);
const LOOK: Duration = Duration::from_millis(1);

/// Closes a store, or saved views, once the engine over it is gone, so that it can be opened again or removed: the threads
/// of the engine let go on their own, a moment after it. False where somebody still has it after ten seconds; it is closed
/// then when that lets go.
pub fn close<T: ?Sized>(kept: Arc<T>) -> bool {
    let since = Instant::now();
    while Arc::strong_count(&kept) > 1 {
        if since.elapsed() >= CLOSING_MAX {
            return false;
        }
        std::thread::sleep(LOOK);
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_closed_once_everybody_has_let_go() {
        struct Kept(std::sync::mpsc::Sender<()>);
        impl Drop for Kept {
            fn drop(&mut self) {
                self.0.send(()).expect("it is waited for");
            }
        }
        let (closed, is_closed) = std::sync::mpsc::channel();
        let kept = Arc::new(Kept(closed));
        let other = Arc::clone(&kept);
        let late = std::thread::spawn(move || {
            std::thread::sleep(LOOK * 5);
            drop(other);
        });
        assert!(close(kept));
        assert!(is_closed.try_recv().is_ok());
        late.join().expect("it ends");
    }
}
