//! What stands behind `?`: as of where, which page, how fresh, and what a question names.
//!
//! INVARIANT: a parameter that is not known, or given twice, is `invalid`, as an unknown key of a body is.

use super::problem::Problem;
use super::state::Shared;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use caseward_events::ask::AsOf;
use caseward_events::nearest::nearest;
use caseward_events::{Position, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The parameters of a request, taken out one by one.
#[derive(Debug, Default)]
pub(super) struct Params {
    left: BTreeMap<String, String>,
    /// What the path takes, as far as it was asked for.
    taken: Vec<&'static str>,
}

/// Where a question is asked.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct When {
    pub(super) as_of: AsOf,
    pub(super) at: Option<Timestamp>,
}

impl FromRequestParts<Arc<Shared>> for Params {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Arc<Shared>) -> Result<Self, Problem> {
        let pairs = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, shared).await;
        let axum::extract::Query(pairs) = pairs.map_err(|why| Problem::invalid(format!("the query: {why}")))?;
        let mut left = BTreeMap::new();
        for (name, value) in pairs {
            if left.insert(name.clone(), value).is_some() {
                let problem = format!("the parameter `{}` is given twice", name.escape_debug());
                return Err(Problem::invalid(problem).hint("give each parameter once"));
            }
        }
        Ok(Params { left, taken: Vec::new() })
    }
}

impl Params {
    /// One that may be left out.
    pub(super) fn take<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str) -> Result<Option<T>, Problem> {
        self.taken.push(name);
        let Some(text) = self.left.remove(name) else { return Ok(None) };
        let invalid = |why| Problem::invalid(format!("`{name}`: {why}")).hint(form_of(name));
        text.parse().map(Some).map_err(invalid)
    }

    /// One that must be there.
    pub(super) fn need<T: FromStr<Err: fmt::Display>>(&mut self, name: &'static str) -> Result<T, Problem> {
        let missing = || Problem::invalid(format!("the parameter `{name}` is missing")).hint(form_of(name));
        self.take(name)?.ok_or_else(missing)
    }

    /// `as_of` and `at`.
    pub(super) fn when(&mut self) -> Result<When, Problem> {
        Ok(When { as_of: self.take("as_of")?.unwrap_or_default(), at: self.take("at")? })
    }

    /// `at_least`.
    pub(super) fn at_least(&mut self) -> Result<Option<Position>, Problem> {
        self.take("at_least")
    }

    /// That nothing is left.
    pub(super) fn end(&self) -> Result<(), Problem> {
        let Some(name) = self.left.keys().next() else { return Ok(()) };
        let problem = Problem::invalid(format!("the parameter `{}` is not known here", name.escape_debug()));
        let names: Vec<_> = self.taken.iter().map(|name| format!("`{name}`")).collect();
        let meant = nearest(name, self.taken.iter().copied());
        let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
        Err(match names.as_slice() {
            [] => problem.hint("leave it out: this path takes no parameters"),
            names => problem.hint(format!("{meant}this path takes {}", names.join(", "))),
        })
    }
}

/// What a parameter looks like.
fn form_of(name: &str) -> &'static str {
    match name {
        "as_of" | "from" | "to" => {
            "give a position (169) or an instant (2026-03-01T09:00:00Z; a `+` before an offset is written %2B)"
        }
        "at" => "give an instant (2026-03-01T09:00:00Z; a `+` before an offset is written %2B)",
        "at_least" => "give a position, as answers name it",
        "after" => "give the position, or the `next` of the page before, as it was answered",
        "limit" => "give a number from 1 on",
        "subject" => "give user:ID or link:ID",
        "resource" => "give case:ID, definition:ID or organization",
        "definition" => "give definition:ID, or the bare id",
        "action" => "give read, write, delete, share, manage_access, restrict, register or another action",
        "of" => "give case:ID, definition:ID, user:ID, group:ID or organization",
        "actor" => "give user:ID or system:NAME",
        "follow" => "give true or false",
        _ => "the documentation says what each path takes",
    }
}

/// Waits until the head is at a position that the caller has seen elsewhere.
pub(super) async fn wait_for(
    organization: &crate::engine::Organization,
    at_least: Option<Position>,
    wait: Duration,
) -> Result<(), Problem> {
    let Some(wanted) = at_least.filter(|wanted| organization.head() < *wanted) else { return Ok(()) };
    let there =
        async { while organization.head() < wanted && organization.moved(organization.head()).await.is_some() {} };
    let _ = tokio::time::timeout(wait, there).await;
    let head = organization.head();
    if head >= wanted {
        return Ok(());
    }
    let detail = format!("the head is at position {head}, not yet at {wanted}");
    Err(Problem::new(StatusCode::SERVICE_UNAVAILABLE, "behind", detail)
        .hint("try again, or ask without `at_least`")
        .fact("at_least", wanted.0)
        .fact("head", head.0)
        .retry_after(1))
}
