//! What can go wrong, and how to tell one from the other.

use caseward_events::{Code, Refusal};
use serde::Deserialize;
use serde_json::{Map, Value};
use std::fmt;

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The rules say no, and nothing was stored.
    #[error("{} ({})", .0.message, .0.code.name())]
    Refused(Refusal),
    /// What the service said instead of an answer; where it could not now, it was tried again already.
    #[error(transparent)]
    Problem(#[from] Problem),
    /// Nobody answers. A command may have been stored: send it again under the same id.
    #[error("{address} does not answer")]
    Unreachable {
        /// Who does not.
        address: String,
        /// Why, the last time.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// What came is not what the interface says: another release, or something in between.
    #[error("the answer is not one of this interface")]
    Unexpected(#[source] serde_json::Error),
}

/// What the service said instead of an answer (RFC 9457).
#[derive(Clone, Debug, PartialEq, Deserialize, thiserror::Error)]
pub struct Problem {
    /// Of HTTP.
    pub status: u16,
    /// As on the page of codes, such as `unknown_caller`.
    pub code: String,
    /// What cannot be done, and why not.
    pub detail: String,
    /// What to do next, where there is something to do.
    #[serde(default)]
    pub hint: Option<String>,
    /// What it rests on.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.detail, self.code)
    }
}

impl Problem {
    /// What came with a status that is no success; a proxy says it in whatever way.
    pub(crate) fn read(status: u16, body: &[u8]) -> Problem {
        serde_json::from_slice(body).unwrap_or_else(|_| {
            let code = match status {
                401 => "unknown_caller",
                403 => "forbidden",
                404 => "not_found",
                429 => "busy",
                502 => "fault",
                504 => "timeout",
                _ => "invalid",
            };
            let said = String::from_utf8_lossy(body);
            let detail = match said.trim() {
                "" => format!("the service answered {status}"),
                text => text.chars().take(500).collect(),
            };
            Problem { status, code: code.to_owned(), detail, hint: None, facts: Map::new() }
        })
    }

    /// Whether another attempt may get past it.
    pub(crate) fn passes(&self) -> bool {
        matches!(self.code.as_str(), "busy" | "stopping" | "in_doubt" | "timeout" | "fault" | "behind")
    }
}

impl From<Problem> for Refusal {
    /// One whose code is not of the rules is `invalid`.
    fn from(problem: Problem) -> Refusal {
        let Problem { code, detail, hint, mut facts, .. } = problem;
        facts.retain(|name, _| name != "type" && name != "title");
        let code = Code::ALL.iter().copied().find(|one| one.name() == code).unwrap_or(Code::Invalid);
        Refusal { code, message: detail, hint, facts }
    }
}

impl Error {
    /// A problem, or a refusal where its code is one of the rules.
    pub(crate) fn of(problem: Problem) -> Error {
        let of_rules = Code::ALL.iter().any(|code| code.name() == problem.code);
        if of_rules { Error::Refused(problem.into()) } else { Error::Problem(problem) }
    }

    /// The code, where the service told one.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        match self {
            Error::Refused(refusal) => Some(refusal.code.name()),
            Error::Problem(problem) => Some(&problem.code),
            Error::Unreachable { .. } | Error::Unexpected(_) => None,
        }
    }
}
