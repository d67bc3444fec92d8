//! What a service says of itself, and where: `/.well-known/authzen-configuration`.
//!
//! INVARIANT: addresses follow from the configuration alone, never from what a request says of its host: whoever could
//! choose that could send others elsewhere. Without a configured address there is nothing to say.

use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::extract::{Path, State};
use axum::response::Response;
use caseward_events::OrganizationName;
use serde::Serialize;
use serde_json::json;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// The address under which callers reach a service: `https://`, a host, and perhaps a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicUrl(String);

/// A text that is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an address such as https://caseward.example.org, without a query and a fragment", .0.escape_debug())]
pub struct BadPublicUrl(String);

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;
    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let is_plain = |letter: char| letter.is_ascii_graphic() && !"?#@\\\"<>^`{|}".contains(letter);
        let rest = text.strip_prefix("https://").filter(|rest| rest.chars().all(is_plain));
        match rest.map(|rest| rest.trim_end_matches('/')) {
            Some(rest) if !rest.is_empty() && !rest.starts_with(['/', ':']) => Ok(PublicUrl(format!("https://{rest}"))),
            _ => Err(BadPublicUrl(text.chars().take(200).collect())),
        }
    }
}

impl fmt::Display for PublicUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[derive(Serialize)]
struct Metadata {
    policy_decision_point: String,
    access_evaluation_endpoint: String,
    access_evaluations_endpoint: String,
    search_subject_endpoint: String,
    search_resource_endpoint: String,
    search_action_endpoint: String,
    caseward: serde_json::Value,
}

impl Metadata {
    /// Of a decision point whose paths begin with `base`.
    fn new(url: &PublicUrl, decision_point: String, base: &str) -> Metadata {
        let at = |path: &str| format!("{base}/access/v1/{path}");
        let organizations = json!({
            "policy_decision_point": format!("{url}/orgs/{{organization}}"),
            "endpoints": format!("{url}/v1/orgs/{{organization}}/access/v1/"),
        });
        Metadata {
            policy_decision_point: decision_point,
            access_evaluation_endpoint: at("evaluation"),
            access_evaluations_endpoint: at("evaluations"),
            search_subject_endpoint: at("search/subject"),
            search_resource_endpoint: at("search/resource"),
            search_action_endpoint: at("search/action"),
            caseward: json!({
                "version": env!("CARGO_PKG_VERSION"),
                "context": ["as_of", "at", "at_least", "explain"],
                "organizations": organizations,
            }),
        }
    }
}

/// Of the organization of whoever calls.
pub(in crate::service) async fn configuration(State(shared): State<Arc<Shared>>) -> Result<Response, Problem> {
    let url = shared.public_url.as_ref().ok_or_else(Problem::not_found)?;
    Ok(respond::fresh(&Metadata::new(url, url.to_string(), &url.to_string())))
}

/// Of one organization. It follows from the name alone, so it says nothing of which organizations there are.
pub(in crate::service) async fn configuration_of_organization(
    State(shared): State<Arc<Shared>>,
    Path(organization): Path<String>,
) -> Result<Response, Problem> {
    let url = shared.public_url.as_ref().ok_or_else(Problem::not_found)?;
    let organization: OrganizationName = organization.parse().map_err(|_| Problem::not_found())?;
    let (point, base) = (format!("{url}/orgs/{organization}"), format!("{url}/v1/orgs/{organization}"));
    Ok(respond::fresh(&Metadata::new(url, point, &base)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_over_tls_without_a_query_or_a_fragment_is_one() {
        for (text, read) in [
            ("https://pdp.example.org", Some("https://pdp.example.org")),
            ("https://pdp.example.org:8443/base/", Some("https://pdp.example.org:8443/base")),
            ("http://pdp.example.org", None),
            ("https://", None),
            ("https:///x", None),
            ("https://a?b", None),
            ("https://a#b", None),
            ("https://user@a", None),
            ("https://a b", None),
            ("pdp.example.org", None),
        ] {
            let url = text.parse::<PublicUrl>().ok().map(|url| url.to_string());
            assert_eq!(url.as_deref(), read, "{text}");
        }
    }
}
