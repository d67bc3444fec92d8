//! Callers who are turned away: what they are told, how many they are, and what the log says of it.
//!
//! INVARIANT: every refusal of a caller comes from here, so that each is counted and logged, and none with the token that was
//! presented, nor with an address. Who is unknown is told the same whatever was presented.

use super::problem::Problem;
use axum::http::StatusCode;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};

/// Why a caller is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// Nothing was presented, or what was presented is unknown, has ended, or was withdrawn.
    Unknown,
    /// It has no part that allows the call, or asks about others than it may.
    Forbidden,
    /// Its commands may not name that actor.
    ActorNotAllowed,
    /// It names what is not its own, or what does not exist.
    NotFound,
    /// It asks for a name that this service is not known by.
    WrongHost,
    /// A page of another origin sends it.
    CrossSite,
}

/// How many were turned away since the service started.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RefusedCallers {
    /// Nobody knows them: 401.
    pub unknown: u64,
    /// They have no part that allows the call: 403.
    pub forbidden: u64,
    /// They named an actor that they may not: 403.
    pub actor_not_allowed: u64,
    /// They named an organization or a token that is not theirs, or does not exist: 404.
    pub not_found: u64,
    /// They asked for a name that this service is not known by: 421.
    pub wrong_host: u64,
    /// They are pages of another origin, in a browser: 403.
    pub cross_site: u64,
}

/// The counts.
#[derive(Default)]
pub(super) struct Refusals([AtomicU64; 6]);

impl Refusals {
    /// Turns a caller away, who is named as logs name it, at a path as the table of paths names it.
    pub(super) fn refuse(&self, why: Why, caller: &dyn fmt::Display, path: &str) -> Problem {
        let count = self.0[why as usize].fetch_add(1, Ordering::Relaxed) + 1;
        tracing::warn!(?why, %caller, path, count, "a caller was refused");
        match why {
            Why::Unknown => {
                Problem::new(StatusCode::UNAUTHORIZED, "unknown_caller", "this request names no caller that is known")
                    .hint("present a token that counts: `Authorization: Bearer cw_…`; `caseward token issue` makes one")
            }
            Why::Forbidden => {
                Problem::new(StatusCode::FORBIDDEN, "forbidden", "this caller has no part that allows the call")
                    .hint("use a token with a part that does; an operator issues one with `caseward token issue`")
            }
            Why::ActorNotAllowed => {
                let detail = "this caller may not act in the name of that actor";
                Problem::new(StatusCode::FORBIDDEN, "actor_not_allowed", detail)
                    .hint("leave `actor` out, or use a token that was issued with `--may-name` for it")
            }
            Why::NotFound => Problem::not_found(),
            Why::WrongHost => {
                let detail = "this service is not known by the name in `Host`";
                Problem::new(StatusCode::MISDIRECTED_REQUEST, "wrong_host", detail)
                    .hint("call it at `127.0.0.1` or `localhost`, start it with `--public-url`, or present a token")
            }
            Why::CrossSite => {
                let detail = "a page of another origin may change nothing here";
                Problem::new(StatusCode::FORBIDDEN, "cross_site", detail)
                    .hint("send it from a program, or with a token: `Authorization: Bearer cw_…`")
            }
        }
    }

    pub(super) fn counts(&self) -> RefusedCallers {
        let count = |why: Why| self.0[why as usize].load(Ordering::Relaxed);
        RefusedCallers {
            unknown: count(Why::Unknown),
            forbidden: count(Why::Forbidden),
            actor_not_allowed: count(Why::ActorNotAllowed),
            not_found: count(Why::NotFound),
            wrong_host: count(Why::WrongHost),
            cross_site: count(Why::CrossSite),
        }
    }
}
