//! SIGINT and SIGTERM: the verb ends, the store is closed as at every other end.
//!
//! Verbs that take many lines stop taking them, and answer what they have taken. Short verbs that write run to their end.
//! All others are dropped where they wait. INVARIANT: a program that was told to end does so within [`Interrupt::listen`]'s
//! grace, or at once when it is told twice; what was answered is stored either way. Absent on purpose: SIGHUP, which
//! `nohup` wants left alone.

use crate::cli::exit::{Exit, Failure};
use std::io::Write;
use std::time::Duration;
use tokio::sync::watch;

/// Whether the program was told to end.
#[derive(Clone, Debug)]
pub struct Interrupt {
    by: watch::Receiver<Option<&'static str>>,
}

impl Interrupt {
    /// Listens from now on, within a runtime. The program ends the hard way if it has not ended `grace` after the signal.
    #[must_use]
    pub fn listen(grace: Duration) -> Interrupt {
        let (tell, by) = watch::channel(None);
        tokio::spawn(async move {
            let name = signal().await;
            // Whoever listens no more has ended.
            let _ = tell.send(Some(name));
            tokio::select! {
                _ = signal() => {}
                () = tokio::time::sleep(grace) => {}
            }
            end_at_once(name);
        });
        Interrupt { by }
    }

    /// Of a verb that runs for another process, which tells it.
    #[must_use]
    pub fn heard_by(by: watch::Receiver<Option<&'static str>>) -> Interrupt {
        Interrupt { by }
    }

    /// Before anybody listens: nothing ever comes.
    #[must_use]
    pub fn none() -> Interrupt {
        Interrupt { by: watch::channel(None).1 }
    }

    /// The signal that has come, by its name.
    #[must_use]
    pub fn seen(&self) -> Option<&'static str> {
        *self.by.borrow()
    }

    /// Waits for a signal; its name.
    pub async fn came(&self) -> &'static str {
        let heard = self.by.clone().wait_for(Option::is_some).await.ok().and_then(|name| *name);
        match heard {
            Some(name) => name,
            // Nobody listens any more: the runtime ends.
            None => std::future::pending().await,
        }
    }
}

/// What a verb ends with that a signal stopped.
#[must_use]
pub fn stopped(name: &str) -> Failure {
    Failure::fault(anyhow::anyhow!("stopped by {name}"))
}

#[cfg(unix)]
async fn signal() -> &'static str {
    use tokio::signal::unix::{SignalKind, signal};
    let heard = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()));
    // Where it cannot be heard of, it ends the program as ever.
    let (Ok(mut interrupted), Ok(mut terminated)) = heard else { return std::future::pending().await };
    tokio::select! {
        _ = interrupted.recv() => "SIGINT",
        _ = terminated.recv() => "SIGTERM",
    }
}

#[cfg(not(unix))]
async fn signal() -> &'static str {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
    "Ctrl-C"
}

#[expect(clippy::exit, reason = "something that cannot be waited for keeps the program from its end")]
fn end_at_once(name: &str) {
    let text = format!("error: ended by {name} before the store was closed; nothing that was answered is lost\n");
    // Nobody can be told that nobody can be told.
    let _ = std::io::stderr().write_all(text.as_bytes());
    std::process::exit(i32::from(Exit::Fault as u8));
}
