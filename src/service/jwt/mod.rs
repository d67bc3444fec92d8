//! JSON Web Tokens (RFC 7519) that somebody has issued whom the file of callers names: whether one counts, and what it says.
//!
//! INVARIANT: an algorithm counts where the file allows it *and* the key is one for it; what the header says chooses between
//! such keys and nothing else, so that there is no `none`, and no public key is ever taken for a secret. Every claim that is
//! there has the form that it must have. Absent on purpose: encryption, and asking the issuer about one token.

mod fetch;
mod form;
mod key;
mod key_sets;

pub(super) use form::short_type;
pub(super) use key::Algorithm;
pub(super) use key_sets::KeySets;

use super::known::{Issuer, KnownCallers};
use caseward_events::{JwtSubject, Timestamp};
use form::Presented;
use key::Key;
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// A JWT that counts.
pub(super) struct Verified {
    presented: Presented,
    subject: JwtSubject,
    valid_until: Timestamp,
    key: Arc<Key>,
}

impl Verified {
    /// Who issued it.
    pub(super) fn issuer(&self) -> &str {
        self.subject.issuer()
    }

    /// Whom it is about.
    pub(super) fn subject(&self) -> &JwtSubject {
        &self.subject
    }

    pub(super) fn claims(&self) -> &Map<String, Value> {
        &self.presented.claims
    }

    /// Its end, and what clocks may differ by.
    pub(super) fn valid_until(&self) -> Timestamp {
        self.valid_until
    }
}

impl KeySets {
    /// Whether a text is a JWT that counts.
    pub(super) async fn verify(
        &self,
        known: &KnownCallers,
        text: &str,
        now: Timestamp,
        wait: Duration,
    ) -> Option<Verified> {
        let (presented, signed, signature) = form::read(text)?;
        let issuer = known.issuer(presented.claims.get("iss")?.as_str()?)?;
        let (subject, valid_until) = takes(issuer, &presented, now)?;
        let key = self.key(issuer, &presented, wait).await?;
        let is_signed = key.has_signed(presented.algorithm, signed.as_bytes(), &signature);
        is_signed.then_some(Verified { presented, subject, valid_until, key })
    }

    /// Whether it would count again.
    pub(super) fn has(&self, issuer: &Issuer, verified: &Verified) -> bool {
        let at = verified.valid_until;
        // As of before its end: whether that has come is asked elsewhere.
        let before = Timestamp::from_micros(at.as_micros().saturating_sub(1));
        takes(issuer, &verified.presented, before).is_some() && self.holds(issuer, &verified.key)
    }
}

/// Whether what a JWT says is for us, and now; whom it is about, and until when.
fn takes(issuer: &Issuer, presented: &Presented, now: Timestamp) -> Option<(JwtSubject, Timestamp)> {
    let Presented { algorithm, kind, claims, .. } = presented;
    if !issuer.algorithms.contains(algorithm) || !issuer.types.contains(kind) {
        return None;
    }
    let is_for_us = |one: &Value| one.as_str().is_some_and(|one| issuer.audience.iter().any(|own| own == one));
    let is_for_us = match claims.get("aud")? {
        Value::Array(all) => all.iter().all(Value::is_string) && all.iter().any(is_for_us),
        one => is_for_us(one),
    };
    let leeway = i64::try_from(issuer.leeway.as_micros()).ok()?;
    let (now, ends) = (now.as_micros(), form::time(claims.get("exp")?)?);
    let valid_until = ends.saturating_add(leeway);
    let is_begun = |name: &str| match claims.get(name) {
        None => true,
        Some(time) => form::time(time).is_some_and(|time| time <= now.saturating_add(leeway) && time <= ends),
    };
    let counts = is_for_us && now < valid_until && is_begun("nbf") && is_begun("iat");
    let subject = JwtSubject::new(&issuer.issuer, claims.get("sub")?.as_str()?).ok()?;
    counts.then_some((subject, Timestamp::from_micros(valid_until)))
}
