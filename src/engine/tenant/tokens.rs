//! The tokens that were ever issued, as the log of the register tells of them.
//!
//! INVARIANT: none is ever taken out, and one that was withdrawn is never valid again. Absent on purpose: what a caller may
//! do with one, which the service decides.

use caseward_events::event::TokenIssued;
use caseward_events::token::{TokenEvent, TokenId, TokenState, TokenStatus};
use caseward_events::{Event, Recorded, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tokio::sync::watch;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub struct Token {
    /// What was issued.
    pub grants: TokenIssued,
    /// By whom.
    pub issued: TokenEvent,
    /// By whom it was withdrawn.
    pub withdrawn: Option<TokenEvent>,
    last_use: LastUse,
}

/// The day on which a token last let somebody in, in days since 1970. In memory alone: that is no part of what was recorded,
/// and no request waits for it.
#[derive(Clone, Debug)]
struct LastUse(Arc<AtomicI64>);

const NEVER: i64 = i64::MIN;
const MICROS_A_DAY: i64 = 86_400_000_000;

/// It is beside what a token is.
impl PartialEq for LastUse {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Token {
    /// Notes that it lets somebody in.
    pub(in crate::engine) fn used(&self, now: Timestamp) {
        let day = now.as_micros().div_euclid(MICROS_A_DAY);
        // Written once a day, so that requests on many threads do not take the number from each other.
        if self.last_use.0.load(Ordering::Relaxed) != day {
            self.last_use.0.store(day, Ordering::Relaxed);
        }
    }

    fn last_used(&self) -> Option<Timestamp> {
        let day = Some(self.last_use.0.load(Ordering::Relaxed)).filter(|day| *day != NEVER)?;
        Some(Timestamp::from_micros(day * MICROS_A_DAY))
    }

    /// Whether it counts.
    #[must_use]
    pub fn state(&self, now: Timestamp) -> TokenState {
        if self.withdrawn.is_some() {
            TokenState::Withdrawn
        } else if self.grants.valid_until <= now {
            TokenState::Ended
        } else {
            TokenState::Valid
        }
    }

    /// As answers list it.
    #[must_use]
    pub fn status(&self, now: Timestamp) -> TokenStatus {
        let grants = self.grants.clone();
        TokenStatus {
            id: grants.token,
            name: grants.name,
            state: self.state(now),
            parts: grants.parts,
            organizations: grants.organizations,
            about: grants.about,
            may_name: grants.may_name,
            valid_until: grants.valid_until,
            limits: grants.limits,
            issued: self.issued.clone(),
            withdrawn: self.withdrawn.clone(),
            last_used: self.last_used(),
        }
    }
}

/// All of them.
#[derive(Debug)]
pub(in crate::engine) struct Tokens {
    all: BTreeMap<TokenId, Arc<Token>>,
    /// Tells whoever waits that one was issued or withdrawn.
    changed: watch::Sender<()>,
}

impl Tokens {
    pub(in crate::engine) fn new() -> Tokens {
        Tokens { all: BTreeMap::new(), changed: watch::Sender::new(()) }
    }

    pub(in crate::engine) fn get(&self, token: &TokenId) -> Option<&Arc<Token>> {
        self.all.get(token)
    }

    pub(in crate::engine) fn all(&self) -> impl Iterator<Item = &Arc<Token>> {
        self.all.values()
    }

    pub(in crate::engine) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(in crate::engine) fn changes(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    /// Takes an event of the register; whether it was one of a token.
    pub(in crate::engine) fn take(&mut self, recorded: &Recorded) -> bool {
        let told = TokenEvent { position: recorded.position, time: recorded.time, actor: recorded.actor.clone() };
        match &recorded.event {
            Event::TokenIssued(grants) => {
                let last_use = LastUse(Arc::new(AtomicI64::new(NEVER)));
                let token = Token { grants: grants.clone(), issued: told, withdrawn: None, last_use };
                self.all.insert(grants.token, Arc::new(token));
            }
            Event::TokenWithdrawn(withdrawn) => {
                let Some(token) = self.all.get_mut(&withdrawn.token) else { return false };
                Arc::make_mut(token).withdrawn = Some(told);
            }
            _ => return false,
        }
        self.changed.send_replace(());
        true
    }
}
