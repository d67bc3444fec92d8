//! The threads of an engine: whether all still stand, and joining them.
//!
//! As fjall's `PoisonDart` does: each thread holds a [`PanicGuard`], which poisons the engine when a panic unwinds
//! through it. INVARIANT: once poisoned, an engine stays so until it is opened again; questions are answered, commands
//! are refused with the reason, and nobody waits for a thread that is gone. Absent on purpose: threads of the store,
//! which poisons itself.

use crate::seams::StoreError;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// Why the engine refuses commands, once there is a reason.
#[derive(Debug, Default)]
pub(super) struct Poison(OnceLock<Arc<StoreError>>);

impl Poison {
    /// Only the first reason is kept.
    pub(super) fn set(&self, why: Arc<StoreError>) {
        let _ = self.0.set(why);
    }

    pub(super) fn why(&self) -> Option<&Arc<StoreError>> {
        self.0.get()
    }

    /// For a thread to hold while it runs.
    pub(super) fn guard(self: &Arc<Self>, doing: &'static str) -> PanicGuard {
        PanicGuard { poison: Arc::clone(self), doing }
    }
}

/// Poisons the engine if it is dropped by a panic.
pub(super) struct PanicGuard {
    poison: Arc<Poison>,
    doing: &'static str,
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            tracing::error!(doing = self.doing, "a thread panicked: no command is taken until a restart");
            self.poison.set(Arc::new(StoreError::Poisoned(format!("the thread that {} panicked", self.doing))));
        }
    }
}

/// The threads that an engine has started.
#[derive(Debug, Default)]
pub(super) struct Workers(Mutex<Vec<JoinHandle<()>>>);

impl Workers {
    pub(super) fn add(&self, worker: JoinHandle<()>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(worker);
    }

    /// Waits until all have ended, which they must have been told to; the names of those that panicked.
    pub(super) fn join(&self) -> Vec<String> {
        let workers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut panicked = Vec::new();
        for worker in workers {
            let name = worker.thread().name().unwrap_or_default().to_owned();
            if worker.join().is_err() {
                panicked.push(name);
            }
        }
        panicked
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_panics_poisons_the_engine_and_one_that_ends_does_not() {
        let (poison, workers) = (Arc::new(Poison::default()), Workers::default());
        let guard = poison.guard("counts");
        workers.add(std::thread::spawn(move || drop(guard)));
        assert_eq!(workers.join(), [""; 0]);
        assert!(poison.why().is_none());
        let guard = poison.guard("counts");
        let panics = move || {
            let _guard = guard;
            panic!("it is meant to");
        };
        workers.add(std::thread::Builder::new().name("counter".to_owned()).spawn(panics).expect("there is a thread"));
        assert_eq!(workers.join(), ["counter"]);
        let why = poison.why().expect("it is poisoned").to_string();
        assert_eq!(why, "the store accepts no more writes since the thread that counts panicked; restart to continue");
    }
}
