//! Who may call: every request comes from a [`Caller`], who has parts and organizations.
//!
//! INVARIANT: without any configuration only this machine is served: loopback, and the socket for its owner. Absent on
//! purpose: what becomes of a caller who may not ([`super::admit`]).

use super::problem::Problem;
use axum::http::StatusCode;
use caseward_events::OrganizationName;
use std::net::SocketAddr;

/// What a caller may do; each route asks for one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// Decisions alone: `check`, `checks`, AuthZEN.
    Check,
    /// Every question, about every time, with reasons, proofs and the feeds.
    Audit,
    /// Commands on cases and access.
    Produce,
    /// Commands on users, groups and profiles.
    Directory,
    /// Status, rebuilds, backups, verification.
    Operate,
    /// Organizations and tokens.
    Admin,
}

/// Where a connection comes from.
#[derive(Clone, Debug)]
pub(super) enum Peer {
    /// Over TCP.
    Tcp(SocketAddr),
    /// Over the socket, with the number of the user at its other end.
    Socket { user: u32 },
}

/// Whoever a request comes from.
#[derive(Clone, Debug)]
pub struct Caller {
    /// As the log of requests names it.
    pub name: String,
}

/// Who is known, and how.
#[derive(Clone, Debug)]
pub struct Callers {
    /// Who owns this process.
    user: u32,
}

impl Callers {
    /// Without any configuration: this machine, through loopback or, for its owner, through the socket.
    #[must_use]
    pub fn local() -> Callers {
        Callers { user: rustix::process::getuid().as_raw() }
    }

    pub(super) fn identify(&self, peer: &Peer) -> Result<Caller, Problem> {
        match peer {
            Peer::Socket { user } if *user == self.user || *user == 0 => Ok(Caller { name: "socket".to_owned() }),
            Peer::Tcp(from) if from.ip().is_loopback() => Ok(Caller { name: "loopback".to_owned() }),
            Peer::Tcp(_) | Peer::Socket { .. } => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "unknown_caller",
                "this request names no caller that is known",
            )),
        }
    }
}

impl Caller {
    /// Whether it has a part, and so may use the routes that ask for it.
    #[must_use]
    pub fn may(&self, _part: Part) -> bool {
        true
    }

    /// Whether an organization is one of its own.
    #[must_use]
    pub fn is_of(&self, _organization: &OrganizationName) -> bool {
        true
    }
}
