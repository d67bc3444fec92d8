//! What stands behind `?`: as of where, which page, how fresh, and what a question names.
//!
//! INVARIANT: a parameter that is not known, or given twice, is `invalid`, as an unknown key of a body is.

use super::problem::Problem;
use super::state::Shared;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use caseward_events::ask::AsOf;
use caseward_events::{Position, Timestamp};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

/// The parameters of a request, taken out one by one.
#[derive(Debug, Default)]
pub(super) struct Params(BTreeMap<String, String>);

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
        let mut params = BTreeMap::new();
        for (name, value) in pairs {
            if params.insert(name.clone(), value).is_some() {
                return Err(Problem::invalid(format!("the parameter `{}` is given twice", name.escape_debug())));
            }
        }
        Ok(Params(params))
    }
}

impl Params {
    /// One that may be left out.
    pub(super) fn take<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.0.remove(name) else { return Ok(None) };
        text.parse().map(Some).map_err(|why| Problem::invalid(format!("`{name}`: {why}")))
    }

    /// One that must be there.
    pub(super) fn need<T: FromStr<Err: fmt::Display>>(&mut self, name: &str) -> Result<T, Problem> {
        self.take(name)?.ok_or_else(|| Problem::invalid(format!("the parameter `{name}` is missing")))
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
    pub(super) fn end(self) -> Result<(), Problem> {
        match self.0.keys().next() {
            None => Ok(()),
            Some(name) => Err(Problem::invalid(format!("the parameter `{}` is not known here", name.escape_debug()))),
        }
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
