//! Callers whom somebody else vouches for: by a certificate, or by a JWT. A file says who counts, and as whom.
//!
//! INVARIANT: what lets a caller in is looked at again with every request, and on streams whenever the file, a key or the
//! time says otherwise: whoever it would not let in now as then has no longer a part of anything. Absent on purpose: groups
//! and memberships from claims. Those are events.

mod bad_callers;
pub(super) mod certificate;
mod der;
mod file;
mod grants;
#[cfg(feature = "jwt")]
mod issuer;

pub use bad_callers::BadCallers;
pub(super) use file::{KnownCallers, read};
pub(super) use grants::Grants;
#[cfg(feature = "jwt")]
pub(super) use issuer::{Issuer, KeySource};

#[cfg(feature = "jwt")]
use super::jwt::{KeySets, Verified};
use caseward_events::{Actor, Timestamp, Via};
use certificate::Certificate;
use std::fmt;
use std::sync::Arc;
use tokio::sync::watch;

/// What the file says now, and the keys of those who sign.
pub(super) struct KnownBy {
    pub(super) said: watch::Receiver<Arc<KnownCallers>>,
    #[cfg(feature = "jwt")]
    pub(super) key_sets: Arc<KeySets>,
}

/// A caller whom somebody vouches for.
pub(super) struct Known {
    by: Arc<KnownBy>,
    pub(super) grants: Grants,
    pub(super) via: Via,
    evidence: Evidence,
}

enum Evidence {
    Certificate(Arc<Certificate>),
    #[cfg(feature = "jwt")]
    Jwt(Verified),
}

impl KnownBy {
    /// Whoever holds a certificate.
    pub(super) fn holder(self: &Arc<Self>, certificate: &Arc<Certificate>, now: Timestamp) -> Option<Known> {
        let said = Arc::clone(&self.said.borrow());
        let (grants, name) = said.of_certificate(certificate)?;
        let (grants, via) = (grants.clone(), Via::Certificate(name.clone()));
        let evidence = Evidence::Certificate(Arc::clone(certificate));
        (now < certificate.valid_until).then(|| Known { by: Arc::clone(self), grants, via, evidence })
    }

    /// Whoever presents a JWT.
    #[cfg(feature = "jwt")]
    pub(super) async fn presenter(
        self: &Arc<Self>,
        text: &str,
        now: Timestamp,
        wait: std::time::Duration,
    ) -> Option<Known> {
        let said = Arc::clone(&self.said.borrow());
        let verified = self.key_sets.verify(&said, text, now, wait).await?;
        let grants = said.issuer(verified.issuer())?.grants(verified.claims())?;
        let via = Via::Jwt(verified.subject().clone());
        Some(Known { by: Arc::clone(self), grants, via, evidence: Evidence::Jwt(verified) })
    }
}

impl Known {
    /// Until when it counts, if nothing changes before.
    pub(super) fn valid_until(&self) -> Timestamp {
        match &self.evidence {
            Evidence::Certificate(certificate) => certificate.valid_until,
            #[cfg(feature = "jwt")]
            Evidence::Jwt(verified) => verified.valid_until(),
        }
    }

    /// Whether it would be let in now, as what it was let in as.
    pub(super) fn is_let_in(&self, now: Timestamp) -> bool {
        let said = Arc::clone(&self.by.said.borrow());
        let would_have = match &self.evidence {
            Evidence::Certificate(certificate) => said.of_certificate(certificate).map(|(grants, _)| grants.clone()),
            #[cfg(feature = "jwt")]
            Evidence::Jwt(verified) => {
                let issuer = said.issuer(verified.issuer()).filter(|issuer| self.by.key_sets.has(issuer, verified));
                issuer.and_then(|issuer| issuer.grants(verified.claims()))
            }
        };
        now < self.valid_until() && would_have.as_ref() == Some(&self.grants)
    }

    /// Tells of every change of the file or of a key from now on.
    pub(super) fn changes(&self) -> Changes {
        let mut said = self.by.said.clone();
        said.mark_unchanged();
        Changes {
            said,
            #[cfg(feature = "jwt")]
            keys: self.by.key_sets.changes(),
        }
    }

    /// The actor of a command that names none.
    pub(super) fn own_actor(&self) -> Actor {
        self.grants.actor.clone()
    }
}

/// What may shut a caller out.
pub(super) struct Changes {
    said: watch::Receiver<Arc<KnownCallers>>,
    #[cfg(feature = "jwt")]
    keys: watch::Receiver<()>,
}

impl Changes {
    /// Waits for the next. Where nobody is left to tell, there is one at once, and the service is stopping.
    pub(super) async fn changed(&mut self) {
        #[cfg(feature = "jwt")]
        tokio::select! {
            changed = self.said.changed() => drop(changed),
            changed = self.keys.changed() => drop(changed),
        }
        #[cfg(not(feature = "jwt"))]
        drop(self.said.changed().await);
    }
}

/// As logs name it: without the person that a JWT is about.
impl fmt::Display for Known {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.evidence {
            Evidence::Certificate(_) => self.via.fmt(f),
            #[cfg(feature = "jwt")]
            Evidence::Jwt(verified) => write!(f, "jwt:{}", verified.issuer()),
        }
    }
}
