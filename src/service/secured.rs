//! What makes a service fit for a network: TLS, and callers whom others vouch for. Both are files, read before it starts.
//!
//! INVARIANT: whatever is wrong with a file is told before anything is served.

use super::known::{BadCallers, KnownBy, KnownCallers};
use super::limits::Limits;
use super::reread::Reread;
use super::stages::{Stage, Stages};
use super::tls::{self, TlsError, TlsFiles};
use rustls::ServerConfig;
use std::path::Path;
use std::sync::Arc;
use tokio::task::JoinSet;

/// TLS, and callers; neither, where nothing is said.
#[derive(Default)]
pub struct Secured {
    tls: Option<Reread<ServerConfig>>,
    callers: Option<Reread<KnownCallers>>,
}

impl Secured {
    /// With TLS at every address.
    ///
    /// # Errors
    /// A file cannot be read, or cannot be used.
    pub fn tls(self, files: &TlsFiles) -> Result<Secured, TlsError> {
        Ok(Secured { tls: Some(tls::read(files)?), ..self })
    }

    /// With the callers whom a file names. From then on nobody is let in unknown, from this machine neither.
    ///
    /// # Errors
    /// The file cannot be read, or something in it could not be used.
    pub fn callers(self, file: &Path) -> Result<Secured, BadCallers> {
        Ok(Secured { callers: Some(super::known::read(file)?), ..self })
    }

    /// Whether it knows somebody.
    #[must_use]
    pub fn knows_callers(&self) -> bool {
        self.callers.as_ref().is_some_and(|callers| !callers.said().borrow().is_empty())
    }

    /// Reads the files again, and keys, until the service stops.
    pub(super) fn follow(
        self,
        limits: Limits,
        stages: &Stages,
        tasks: &mut JoinSet<()>,
    ) -> (Option<tls::Current>, Option<Arc<KnownBy>>) {
        let mut until_it_stops = |following: std::pin::Pin<Box<dyn Future<Output = ()> + Send>>| {
            let stages = stages.clone();
            tasks.spawn(async move {
                tokio::select! {
                    () = stages.reached(Stage::Stopping) => {}
                    () = following => {}
                }
            });
        };
        let tls = self.tls.map(|files| {
            let current = files.said();
            until_it_stops(Box::pin(files.follow(limits.reread_time)));
            current
        });
        let known_by = self.callers.map(|file| {
            let said = file.said();
            until_it_stops(Box::pin(file.follow(limits.reread_time)));
            #[cfg(feature = "jwt")]
            let key_sets = Arc::new(super::jwt::KeySets::new(limits));
            #[cfg(feature = "jwt")]
            until_it_stops(Box::pin(Arc::clone(&key_sets).follow(said.clone())));
            Arc::new(KnownBy {
                said,
                #[cfg(feature = "jwt")]
                key_sets,
            })
        });
        (tls, known_by)
    }
}
