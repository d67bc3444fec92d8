//! Who calls: every request comes from a [`Caller`], who has parts and organizations.
//!
//! INVARIANT: the socket is open to its owner. Loopback is open as long as no token was ever issued and no file says who else
//! counts, and nothing else is ever open to whoever is not known. A token that is presented counts alone, wherever it comes
//! from and whatever certificate it comes with. Absent on purpose: what becomes of a caller who may not ([`super::admit`]).

#[cfg(feature = "tls")]
use super::known::{Known, KnownBy, certificate::Certificate};
use crate::engine::tokens::Token;
use crate::engine::{By, Engine};
use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
pub use caseward_events::token::Part;
use caseward_events::token::{ForOrganizations, MayName, TokenLimits, TokenState, TokenStatus};
use caseward_events::{Actor, Asker, Decision, OrganizationName, Timestamp, Via};
use std::collections::HashMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub(super) enum Peer {
    /// Over TCP.
    Tcp(SocketAddr),
    /// Over TLS, with the certificate that the client has shown.
    #[cfg(feature = "tls")]
    Tls(SocketAddr, Option<Arc<Certificate>>),
    /// Over the socket, with the number of the user at its other end.
    Socket { user: u32 },
}

impl Peer {
    /// Where the other end is, over TCP.
    pub(super) fn address(&self) -> Option<&SocketAddr> {
        match self {
            Peer::Tcp(from) => Some(from),
            #[cfg(feature = "tls")]
            Peer::Tls(from, _) => Some(from),
            Peer::Socket { .. } => None,
        }
    }

    /// Whether the connection itself says nothing of who it is.
    pub(super) fn presents_nothing(&self) -> bool {
        #[cfg(feature = "tls")]
        return !matches!(self, Peer::Tls(_, Some(_)));
        #[cfg(not(feature = "tls"))]
        true
    }
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
    /// Whoever somebody else vouches for.
    #[cfg(feature = "tls")]
    Known(Arc<Known>, Arc<Rooms>),
}

/// What a caller may do who may not everything.
#[derive(Clone, Copy)]
struct Grants<'a> {
    parts: &'a [Part],
    organizations: &'a [ForOrganizations],
    about: Option<&'a Asker>,
    may_name: &'a [MayName],
    valid_until: Timestamp,
}

/// What a caller may have under way at once.
pub(super) struct Rooms {
    pub(super) requests: Arc<Semaphore>,
    pub(super) streams: Arc<Semaphore>,
}

/// Who is known, and how.
pub(super) struct Callers {
    /// Who owns this process.
    user: u32,
    /// Of callers who have something under way.
    rooms: Mutex<HashMap<Via, Weak<Rooms>>>,
    /// None where no file says who counts beside the holders of tokens.
    #[cfg(feature = "tls")]
    known_by: Option<Arc<KnownBy>>,
}

/// Beyond so many, rooms in which nothing is under way are cleared away first.
const ROOMS_KEPT: usize = 1_024;

impl Callers {
    pub(super) fn new() -> Callers {
        Callers {
            user: rustix::process::getuid().as_raw(),
            rooms: Mutex::default(),
            #[cfg(feature = "tls")]
            known_by: None,
        }
    }

    /// And those whom a file names.
    #[cfg(feature = "tls")]
    pub(super) fn known_by(self, known_by: Option<Arc<KnownBy>>) -> Callers {
        Callers { known_by, ..self }
    }

    /// Who calls; none where nobody is known by that. A key that is not known is waited for so long.
    #[cfg_attr(
        not(feature = "jwt"),
        expect(unused_variables, clippy::unused_async, reason = "only keys are waited for")
    )]
    pub(super) async fn identify(
        &self,
        engine: &Engine,
        peer: &Peer,
        headers: &HeaderMap,
        wait: Duration,
    ) -> Option<Caller> {
        if headers.contains_key(AUTHORIZATION) {
            let presented = bearer(headers)?;
            #[cfg(feature = "jwt")]
            if let Some(known_by) = self.known_by.as_ref().filter(|_| !is_token(presented)) {
                return known_by.presenter(presented, engine.now(), wait).await.map(|known| self.known(known));
            }
            let token = engine.recognize(presented)?;
            let rooms = self.rooms(Via::Token(token.grants.token), token.grants.limits);
            return Some(Caller::Token(token, rooms));
        }
        match peer {
            Peer::Socket { user } => (*user == self.user || *user == 0).then_some(Caller::Socket),
            Peer::Tcp(from) => self.loopback(engine, from),
            #[cfg(feature = "tls")]
            Peer::Tls(from, certificate) => {
                let known = certificate.as_ref().zip(self.known_by.as_ref());
                let known = known.and_then(|(certificate, known_by)| known_by.holder(certificate, engine.now()));
                known.map(|known| self.known(known)).or_else(|| self.loopback(engine, from))
            }
        }
    }

    fn loopback(&self, engine: &Engine, from: &SocketAddr) -> Option<Caller> {
        #[cfg(feature = "tls")]
        if self.known_by.is_some() {
            return None;
        }
        (from.ip().is_loopback() && !engine.has_tokens()).then_some(Caller::Loopback)
    }

    #[cfg(feature = "tls")]
    fn known(&self, known: Known) -> Caller {
        let rooms = self.rooms(known.via.clone(), known.grants.limits);
        Caller::Known(Arc::new(known), rooms)
    }

    fn rooms(&self, of: Via, limits: TokenLimits) -> Arc<Rooms> {
        let room = |limit: Option<u32>| {
            let limit = limit.map_or(Semaphore::MAX_PERMITS, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
            Arc::new(Semaphore::new(limit.min(Semaphore::MAX_PERMITS)))
        };
        let mut all = self.rooms.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rooms) = all.get(&of).and_then(Weak::upgrade) {
            return rooms;
        }
        if all.len() >= ROOMS_KEPT {
            all.retain(|_, rooms| rooms.strong_count() > 0);
        }
        let rooms = Arc::new(Rooms { requests: room(limits.requests), streams: room(limits.streams) });
        all.insert(of, Arc::downgrade(&rooms));
        rooms
    }
}

/// Whether a text is, or was to be, a token of ours.
#[cfg(feature = "jwt")]
fn is_token(presented: &str) -> bool {
    presented.starts_with("cw_")
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
        self.grants().is_none_or(|grants| {
            let has = |part: &Part| grants.parts.contains(part);
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

    /// The one that it asks about where a path names none: the first that is its own, else `default`.
    pub(super) fn organization(&self) -> OrganizationName {
        let first = self.grants().and_then(|grants| grants.organizations.first());
        if let Some(ForOrganizations::One(name)) = first { name.clone() } else { OrganizationName::default() }
    }

    /// Whether an organization is one of its own.
    pub(super) fn is_of(&self, name: &OrganizationName) -> bool {
        self.grants().is_none_or(|grants| grants.organizations.iter().any(|own| own.holds(name)))
    }

    /// Whether all of these are.
    pub(super) fn is_of_all(&self, organizations: &[ForOrganizations]) -> bool {
        let has_all = self.grants().is_none_or(|grants| grants.organizations.contains(&ForOrganizations::All));
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
        self.grants().is_some_and(|grants| grants.about.is_some())
    }

    /// Whether it may ask about somebody.
    pub(super) fn may_ask_about(&self, subject: &Asker) -> bool {
        self.grants().is_none_or(|grants| grants.about.is_none_or(|about| about == subject))
    }

    /// Whether its commands may name this actor.
    pub(super) fn may_name(&self, actor: &Actor) -> bool {
        let named = |grants: Grants<'_>| grants.may_name.iter().any(|named| named.holds(actor));
        self.grants().is_none_or(|grants| *actor == self.own_actor() || named(grants))
    }

    /// The actor of a command that names none.
    pub(super) fn own_actor(&self) -> Actor {
        match self {
            Caller::Socket | Caller::Loopback => Actor::unknown(),
            Caller::Token(token, _) => Actor::System(token.grants.name.clone()),
            #[cfg(feature = "tls")]
            Caller::Known(known, _) => known.own_actor(),
        }
    }

    /// What an event says of it beside the actor.
    pub(super) fn via(&self) -> Option<Via> {
        match self {
            Caller::Socket | Caller::Loopback => None,
            Caller::Token(token, _) => Some(Via::Token(token.grants.token)),
            #[cfg(feature = "tls")]
            Caller::Known(known, _) => Some(known.via.clone()),
        }
    }

    /// As the log of reads names it, which is for persons: of a JWT with whom it is about.
    pub(super) fn in_full(&self) -> String {
        self.via().map_or_else(|| self.to_string(), |via| via.to_string())
    }

    /// This actor, through it.
    pub(super) fn by(&self, actor: Actor) -> By {
        By { actor, via: self.via() }
    }

    /// What it may have under way, where that is limited for it.
    pub(super) fn rooms(&self) -> Option<&Arc<Rooms>> {
        match self {
            Caller::Socket | Caller::Loopback => None,
            Caller::Token(_, rooms) => Some(rooms),
            #[cfg(feature = "tls")]
            Caller::Known(_, rooms) => Some(rooms),
        }
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
            #[cfg(feature = "tls")]
            Caller::Known(known, _) => known.is_let_in(engine.now()),
        }
    }

    /// Waits until it would not be let in any more.
    pub(super) async fn is_shut_out(&self, engine: &Engine) {
        let mut tokens = engine.token_changes();
        #[cfg(feature = "tls")]
        let mut others = if let Caller::Known(known, _) = self { Some(known.changes()) } else { None };
        while self.is_let_in(engine) {
            let left = self.grants().map(|grants| grants.valid_until.as_micros() - engine.now().as_micros());
            let left = left.and_then(|micros| u64::try_from(micros).ok()).map_or(Duration::MAX, Duration::from_micros);
            // The next change, or its end.
            #[cfg(feature = "tls")]
            if let Some(others) = &mut others {
                let _ = tokio::time::timeout(left, others.changed()).await;
                continue;
            }
            let _ = tokio::time::timeout(left, tokens.changed()).await;
        }
    }

    fn grants(&self) -> Option<Grants<'_>> {
        match self {
            Caller::Socket | Caller::Loopback => None,
            Caller::Token(token, _) => Some(Grants {
                parts: &token.grants.parts,
                organizations: &token.grants.organizations,
                about: token.grants.about.as_ref(),
                may_name: &token.grants.may_name,
                valid_until: token.grants.valid_until,
            }),
            #[cfg(feature = "tls")]
            Caller::Known(known, _) => Some(Grants {
                parts: &known.grants.parts,
                organizations: &known.grants.organizations,
                about: known.grants.about.as_ref(),
                may_name: &known.grants.may_name,
                valid_until: known.valid_until(),
            }),
        }
    }
}

/// As logs name it: of a token its id, never its secret; of a JWT its issuer, never whom it is about.
impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Caller::Socket => f.write_str("socket"),
            Caller::Loopback => f.write_str("loopback"),
            Caller::Token(token, _) => write!(f, "token:{}", token.grants.token),
            #[cfg(feature = "tls")]
            Caller::Known(known, _) => known.fmt(f),
        }
    }
}
