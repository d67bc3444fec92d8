//! Who calls: every request comes from a [`Caller`], who has parts and organizations.
//!
//! INVARIANT: the socket is open to its owner. Loopback is open as long as no token was ever issued, and nothing else is ever
//! open without a token. A token that is presented counts alone, wherever it comes from. Absent on purpose: what becomes of
//! a caller who may not ([`super::admit`]).

use crate::engine::tokens::Token;
use crate::engine::{By, Engine};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
pub use caseward_events::token::Part;
use caseward_events::token::{ForOrganizations, MayName, TokenId, TokenState, TokenStatus};
use caseward_events::{Actor, Asker, Decision, OrganizationName, Via};
use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub(super) enum Peer {
    /// Over TCP.
    Tcp(SocketAddr),
    /// Over the socket, with the number of the user at its other end.
    Socket { user: u32 },
}

/// Whoever a request comes from.
#[derive(Clone)]
pub(super) enum Caller {
    /// The owner of the store, over its socket.
    Socket,
    /// Somebody on this machine, where no token was ever issued.
    Loopback,
    /// Whoever holds this token.
    Token(Arc<Token>, Arc<Rooms>),
}

/// What a token may have under way at once.
pub(super) struct Rooms {
    pub(super) requests: Arc<Semaphore>,
    pub(super) streams: Arc<Semaphore>,
}

/// Who is known, and how.
pub(super) struct Callers {
    /// Who owns this process.
    user: u32,
    /// Of tokens that somebody has presented.
    rooms: Mutex<HashMap<TokenId, Arc<Rooms>>>,
}

impl Callers {
    pub(super) fn new() -> Callers {
        Callers { user: rustix::process::getuid().as_raw(), rooms: Mutex::default() }
    }

    /// Who calls; none where nobody is known by that.
    pub(super) fn identify(&self, engine: &Engine, peer: &Peer, headers: &HeaderMap) -> Option<Caller> {
        if headers.contains_key(AUTHORIZATION) {
            let token = engine.recognize(bearer(headers)?)?;
            let rooms = self.rooms(&token);
            return Some(Caller::Token(token, rooms));
        }
        match peer {
            Peer::Socket { user } if *user == self.user || *user == 0 => Some(Caller::Socket),
            Peer::Tcp(from) if from.ip().is_loopback() && !engine.has_tokens() => Some(Caller::Loopback),
            Peer::Tcp(_) | Peer::Socket { .. } => None,
        }
    }

    fn rooms(&self, token: &Token) -> Arc<Rooms> {
        let room = |limit: Option<u32>| {
            let limit = limit.map_or(Semaphore::MAX_PERMITS, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
            Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)))
        };
        let limits = token.grants.limits;
        let new = || Arc::new(Rooms { requests: room(limits.requests), streams: room(limits.streams) });
        let mut rooms = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(rooms.entry(token.grants.token).or_insert_with(new))
    }
}

/// The token that the headers present; none where they present anything else.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut given = headers.get_all(AUTHORIZATION).iter();
    let (one, None) = (given.next()?, given.next()) else { return None };
    let (scheme, token) = one.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

impl Caller {
    /// Whether it has one of these parts. Whoever may ask everything may ask for a decision.
    pub(super) fn may(&self, parts: &[Part]) -> bool {
        self.token().is_none_or(|token| {
            let has = |part: &Part| token.grants.parts.contains(part);
            parts.iter().any(|part| has(part) || *part == Part::Check && has(&Part::Audit))
        })
    }

    /// A decision as this caller is told it: whoever may ask for reasons is told all of them, whoever may ask for decisions
    /// alone learns nothing of a resource that its subject is to find absent.
    pub(super) fn told(&self, decision: Decision) -> Decision {
        if self.learns_all() { decision } else { decision.as_disclosed() }
    }

    /// Whether it may learn what the subject of a question may not.
    pub(super) fn learns_all(&self) -> bool {
        self.may(&[Part::Audit])
    }

    /// The one that it asks about where a path names none: the first that it was issued for, else `default`.
    pub(super) fn organization(&self) -> OrganizationName {
        let first = self.token().and_then(|token| token.grants.organizations.first());
        if let Some(ForOrganizations::One(name)) = first { name.clone() } else { OrganizationName::default() }
    }

    /// Whether an organization is one of its own.
    pub(super) fn is_of(&self, name: &OrganizationName) -> bool {
        self.token().is_none_or(|token| token.grants.organizations.iter().any(|own| own.holds(name)))
    }

    /// Whether all of these are.
    pub(super) fn is_of_all(&self, organizations: &[ForOrganizations]) -> bool {
        let has_all = self.token().is_none_or(|token| token.grants.organizations.contains(&ForOrganizations::All));
        organizations.iter().all(|one| match one {
            ForOrganizations::All => has_all,
            ForOrganizations::One(name) => self.is_of(name),
        })
    }

    /// Whether it may know of a token.
    pub(super) fn knows(&self, token: &TokenStatus) -> bool {
        self.is_of_all(&token.organizations)
    }

    /// Whether it may ask about one user alone.
    pub(super) fn is_about_one(&self) -> bool {
        self.token().is_some_and(|token| token.grants.about.is_some())
    }

    /// Whether it may ask about somebody.
    pub(super) fn may_ask_about(&self, subject: &Asker) -> bool {
        self.token().is_none_or(|token| token.grants.about.as_ref().is_none_or(|about| about == subject))
    }

    /// Whether its commands may name this actor.
    pub(super) fn may_name(&self, actor: &Actor) -> bool {
        let names = |token: &Token| {
            *actor == own_actor(token) || token.grants.may_name.iter().any(|named: &MayName| named.holds(actor))
        };
        self.token().is_none_or(names)
    }

    /// The actor of a command that names none.
    pub(super) fn own_actor(&self) -> Actor {
        self.token().map_or_else(Actor::unknown, own_actor)
    }

    /// What an event says of it beside the actor.
    pub(super) fn via(&self) -> Option<Via> {
        self.token().map(|token| Via::Token(token.grants.token))
    }

    /// This actor, through it.
    pub(super) fn by(&self, actor: Actor) -> By {
        By { actor, via: self.via() }
    }

    /// Of a token what it may have under way.
    pub(super) fn rooms(&self) -> Option<&Rooms> {
        if let Caller::Token(_, rooms) = self { Some(rooms) } else { None }
    }

    /// Whether it would still be let in.
    pub(super) fn is_let_in(&self, engine: &Engine) -> bool {
        match self {
            Caller::Socket => true,
            Caller::Loopback => !engine.has_tokens(),
            Caller::Token(token, _) => {
                let now = engine.now();
                engine.token(&token.grants.token).is_some_and(|token| token.state(now) == TokenState::Valid)
            }
        }
    }

    /// Waits until it would not be let in any more.
    pub(super) async fn is_shut_out(&self, engine: &Engine) {
        let mut changes = engine.token_changes();
        while self.is_let_in(engine) {
            let left = self.token().map(|token| token.grants.valid_until.as_micros() - engine.now().as_micros());
            let left = left.and_then(|micros| u64::try_from(micros).ok()).map_or(Duration::MAX, Duration::from_micros);
            // The next change, or the end of the token.
            let _ = tokio::time::timeout(left, changes.changed()).await;
        }
    }

    fn token(&self) -> Option<&Token> {
        if let Caller::Token(token, _) = self { Some(token) } else { None }
    }
}

fn own_actor(token: &Token) -> Actor {
    Actor::System(token.grants.name.clone())
}

/// As logs name it: of a token its id, never its secret.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Socket => f.write_str("socket"),
            Caller::Loopback => f.write_str("loopback"),
            Caller::Token(token, _) => write!(f, "token:{}", token.grants.token),
        }
    }
}
