//! Who is signed in: a cookie that says nothing, and behind it the token that was presented once.
//!
//! INVARIANT: what a session may do is asked of the API anew with each page, so a token that was withdrawn ends it at once.
//! A cookie is of 256 random bits, is kept as its digest, and ends after an hour without a page and after twelve in any case.
//! Absent on purpose: sessions that outlive the process. Whoever is shut out signs in again and is led back.

use crate::service::Visitor;
use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use caseward_events::Timestamp;
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Sessions at once; for one more the one that rests for longest ends.
pub const SESSIONS_MAX: usize = 4_096;
const IDLE_MAX_MICROS: i64 = 3_600_000_000;
const AGE_MAX_MICROS: i64 = 12 * IDLE_MAX_MICROS;

type Key = [u8; 32];

/// All of them.
#[derive(Default)]
pub struct Sessions(Mutex<HashMap<Key, Session>>);

struct Session {
    token: String,
    form_key: String,
    begun: Timestamp,
    last: Timestamp,
}

/// A session that is under way.
#[derive(Clone)]
pub struct SignedIn {
    /// What is presented to the API.
    pub token: String,
    /// What every form of this session holds, so that no other page can send one.
    pub form_key: String,
}

/// A text that nobody can guess; none where the system gives no random bits.
#[must_use]
pub fn secret() -> Option<String> {
    let mut bits = [0; 32];
    getrandom::fill(&mut bits).ok()?;
    Some(bits.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// The name of the cookie. Over TLS no other host and no other path can set it.
const PLAIN: &str = "caseward_session";
const SECURE: &str = "__Host-caseward_session";

fn name(visitor: &Visitor) -> &'static str {
    if visitor.is_encrypted() { SECURE } else { PLAIN }
}

/// The value of a cookie.
#[must_use]
pub fn cookie<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let all = headers.get_all(COOKIE).iter().filter_map(|cookies| cookies.to_str().ok());
    let mut pairs = all.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, value)| value)
}

/// A cookie as it is set: for this host alone, out of reach of scripts, and sent along from its own pages alone.
fn set(visitor: &Visitor, name: &str, value: &str, seconds: i64) -> HeaderValue {
    let secure = if visitor.is_encrypted() { "; Secure" } else { "" };
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}");
    HeaderValue::try_from(text).expect("hexadecimal digits fit into a header")
}

/// The cookie that goes with the form for signing in.
#[must_use]
pub fn set_form_key(visitor: &Visitor, key: &str) -> HeaderValue {
    set(visitor, FORM_KEY, key, 3_600)
}

/// The name of that cookie.
pub const FORM_KEY: &str = "caseward_form";

impl Sessions {
    /// The session that a request belongs to, which it keeps awake.
    #[must_use]
    pub fn of(&self, headers: &HeaderMap, visitor: &Visitor, now: Timestamp) -> Option<SignedIn> {
        let key = key_of(cookie(headers, name(visitor))?);
        let mut all = self.all();
        let session = all.get_mut(&key)?;
        if session.has_ended(now) {
            all.remove(&key);
            return None;
        }
        session.last = now;
        Some(SignedIn { token: session.token.clone(), form_key: session.form_key.clone() })
    }

    /// Begins one; the cookie to set. None where there are no random bits.
    #[must_use]
    pub fn begin(&self, visitor: &Visitor, token: &str, now: Timestamp) -> Option<HeaderValue> {
        let (value, form_key) = (secret()?, secret()?);
        self.keep(key_of(&value), Session { token: token.to_owned(), form_key, begun: now, last: now }, now);
        Some(set(visitor, name(visitor), &value, AGE_MAX_MICROS / 1_000_000))
    }

    fn keep(&self, key: Key, session: Session, now: Timestamp) {
        let mut all = self.all();
        if all.len() >= SESSIONS_MAX {
            all.retain(|_, session| !session.has_ended(now));
        }
        if all.len() >= SESSIONS_MAX {
            let oldest = all.iter().min_by_key(|(_, session)| session.last).map(|(key, _)| *key);
            oldest.and_then(|key| all.remove(&key));
        }
        all.insert(key, session);
    }

    /// Ends the session of a request; the cookie to set.
    #[must_use]
    pub fn end(&self, headers: &HeaderMap, visitor: &Visitor) -> HeaderValue {
        if let Some(value) = cookie(headers, name(visitor)) {
            self.all().remove(&key_of(value));
        }
        set(visitor, name(visitor), "", 0)
    }

    fn all(&self) -> MutexGuard<'_, HashMap<Key, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn has_ended(&self, now: Timestamp) -> bool {
        let passed = |since: Timestamp| now.as_micros().saturating_sub(since.as_micros());
        passed(self.last) > IDLE_MAX_MICROS || passed(self.begun) > AGE_MAX_MICROS
    }
}

fn key_of(value: &str) -> Key {
    Sha256::digest(value.as_bytes()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000)
    }

    fn session(begun: Timestamp, last: Timestamp) -> Session {
        Session { token: String::new(), form_key: String::new(), begun, last }
    }

    #[test]
    fn for_one_session_more_the_one_that_rests_for_longest_ends() {
        let (sessions, now) = (Sessions::default(), at(1_000));
        let key = |number: usize| key_of(&number.to_string());
        (0..SESSIONS_MAX).for_each(|one| sessions.keep(key(one), session(now, now), now));
        sessions.all().get_mut(&key(7)).expect("it is there").last = at(999);
        assert_eq!(sessions.all().len(), SESSIONS_MAX);
        sessions.keep(key(SESSIONS_MAX), session(now, now), now);
        assert_eq!(sessions.all().len(), SESSIONS_MAX);
        assert!(!sessions.all().contains_key(&key(7)) && sessions.all().contains_key(&key(SESSIONS_MAX)));
    }

    #[test]
    fn a_session_ends_after_an_hour_without_a_page_and_after_twelve() {
        let of = |begun, last, now| session(at(begun), at(last)).has_ended(at(now));
        assert_eq!((of(0, 0, 3_600), of(0, 0, 3_601)), (false, true));
        assert_eq!((of(0, 43_000, 43_200), of(0, 43_000, 43_201)), (false, true));
    }
}
