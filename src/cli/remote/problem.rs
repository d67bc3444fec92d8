//! What a service says where it has no answer (`application/problem+json`), as the end of a verb.
//!
//! INVARIANT: a refusal of the rules ends as it does over the store itself, with its code, hint and facts; a caller who is not
//! let in ends with status 4, in every form of the answer.

use super::address::ServerAddress;
use crate::cli::exit::{DAMAGED, Exit, Failure};
use anyhow::anyhow;
use axum::http::StatusCode;
use caseward_events::{Code, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value};

/// See the module.
#[derive(Deserialize)]
struct Problem {
    code: String,
    detail: String,
    #[serde(default)]
    hint: Option<String>,
    #[serde(flatten)]
    facts: Map<String, Value>,
}

/// Members that are said otherwise.
const TOLD: [&str; 3] = ["type", "title", "status"];

/// The code of a problem, if it is one.
#[must_use]
pub fn code(body: &[u8]) -> Option<String> {
    serde_json::from_slice(body).ok().map(|problem: Problem| problem.code)
}

/// The status that a problem says; a fault where it says none.
#[must_use]
pub fn status(body: &[u8]) -> StatusCode {
    let problem: Value = serde_json::from_slice(body).unwrap_or_default();
    let status = problem["status"].as_u64().and_then(|status| u16::try_from(status).ok());
    status.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

/// What a problem comes to.
#[must_use]
pub fn failure(address: &ServerAddress, status: StatusCode, body: &[u8]) -> Failure {
    match serde_json::from_slice(body) {
        Ok(problem) => of(status, problem),
        Err(_) => {
            let error = anyhow!("what answers at {address} with status {} is no caseward service", status.as_u16());
            Failure::fault(error).hint("name the address that `caseward serve` said when it started")
        }
    }
}

fn of(status: StatusCode, problem: Problem) -> Failure {
    let Problem { code, detail, hint, mut facts } = problem;
    facts.retain(|name, _| !TOLD.contains(&name.as_str()));
    let is_of_the_caller = match status {
        StatusCode::UNAUTHORIZED => true,
        StatusCode::FORBIDDEN => code != Code::NotAuthorized.name(),
        _ => false,
    };
    let error = anyhow!("{detail} ({code})");
    // Of a thing that is not there the rules say which verb helps; of an address, the service says which one to get.
    let is_address = hint.as_ref().is_none_or(|hint| hint.starts_with("GET /"));
    if status == StatusCode::NOT_FOUND && code == "not_found" && is_address {
        let hint = "the token is for no such organization, there is none, or the service is of an older release; \
                    caseward org list shows those that there are for you";
        return Failure::new(Exit::Caller, error).hint(hint);
    }
    let failure = match serde_json::from_value::<Code>(code.clone().into()) {
        _ if is_of_the_caller => Failure::new(Exit::Caller, error),
        Ok(code) => return Refusal { code, message: detail, hint, facts }.into(),
        Err(_) if code == "damaged" => return Failure::new(Exit::Corruption, error).hint(DAMAGED),
        Err(_) => Failure::fault(error),
    };
    hint.into_iter().fold(failure, Failure::hint)
}

/// An answer that says something else than this release knows.
#[must_use]
pub fn not_understood(why: &serde_json::Error) -> Failure {
    Failure::fault(anyhow!("the answer of the service cannot be read: {why}"))
        .hint("use the program of the same release as the service, or a later one")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_not_is_told_from_what_the_rules_refuse() {
        let address = "unix:a".parse().expect("an address");
        let ended = |status: u16, code: &str, hint: &str| {
            let body = format!(
                r#"{{"type":"/problems#x","title":"x","status":{status},"code":"{code}","detail":"d","hint":"{hint}","n":1}}"#
            );
            let status = StatusCode::from_u16(status).expect("a status");
            let failure = failure(&address, status, body.as_bytes());
            (failure.exit, failure.error.downcast_ref().map(|refusal: &Refusal| refusal.facts.clone()))
        };
        let facts: Option<Map<String, Value>> = Some([("n".to_owned(), 1.into())].into_iter().collect());
        for (status, code, expected) in [
            (401, "unknown_caller", (Exit::Caller, None)),
            (403, "forbidden", (Exit::Caller, None)),
            (403, "actor_not_allowed", (Exit::Caller, None)),
            (403, "not_authorized", (Exit::Refused, facts.clone())),
            (400, "invalid", (Exit::Usage, facts.clone())),
            (422, "cycle", (Exit::Refused, facts.clone())),
            (503, "damaged", (Exit::Corruption, None)),
            (503, "stopping", (Exit::Fault, None)),
        ] {
            assert_eq!(ended(status, code, "h"), expected, "{status} {code}");
        }
        // An address that is not there, or not for this caller; and a thing that the rules do not find.
        assert_eq!(ended(404, "not_found", "GET /v1/orgs lists yours"), (Exit::Caller, None));
        assert_eq!(ended(404, "not_found", "caseward what user:ana read"), (Exit::Refused, facts.clone()));
        assert_eq!(failure(&address, StatusCode::BAD_GATEWAY, b"<html>").exit, Exit::Fault);
    }
}
