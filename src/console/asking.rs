//! Asking for a page: what the API answers, as types, and a note of each call, which the page gives as its `.json`.
//!
//! INVARIANT: every fact of a page comes out of an answer that is noted here, so that whoever reads the `.json` reads all of it.

use super::address::with_parameters;
use crate::service::{Api, Reply, Visitor};
use axum::body::Bytes;
use axum::http::StatusCode;
use caseward_events::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::sync::{Mutex, PoisonError};

/// One page's questions.
pub struct Asking<'a> {
    api: &'a Api,
    visitor: &'a Visitor,
    organization: String,
    noted: Mutex<Vec<Noted>>,
}

/// A call, and the bytes that answered it.
pub struct Noted {
    /// `GET /v1/orgs/default/…`.
    pub call: String,
    /// As they came.
    pub body: Bytes,
}

/// An answer, with the instant that belongs to it where the answer itself does not say it.
pub struct Answered<T> {
    /// What it says.
    pub answer: T,
    /// How many there are on all pages.
    pub total: Option<u64>,
}

/// Why there is no answer: a problem, as the API tells it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Problem {
    /// Its status.
    pub status: u16,
    /// Its code.
    pub code: String,
    /// What is wrong.
    #[serde(default)]
    pub detail: String,
    /// What helps.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// What else it says.
    #[serde(flatten)]
    pub facts: Map<String, Value>,
}

impl Problem {
    /// One of the console's own.
    #[must_use]
    pub fn own(status: StatusCode, code: &str, detail: impl Into<String>, hint: Option<&str>) -> Problem {
        Problem {
            status: status.as_u16(),
            code: code.to_owned(),
            detail: detail.into(),
            hint: hint.map(str::to_owned),
            facts: Map::new(),
        }
    }

    /// Whether nobody is known by what was presented.
    #[must_use]
    pub fn is_unknown_caller(&self) -> bool {
        self.status == StatusCode::UNAUTHORIZED.as_u16()
    }

    /// As the API would send it.
    #[must_use]
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// Whether there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        self.status == StatusCode::NOT_FOUND.as_u16()
    }
}

impl<'a> Asking<'a> {
    /// About an organization.
    #[must_use]
    pub fn new(api: &'a Api, visitor: &'a Visitor, organization: &str) -> Asking<'a> {
        Asking { api, visitor, organization: organization.to_owned(), noted: Mutex::default() }
    }

    /// Whose log is asked.
    #[must_use]
    pub fn organization(&self) -> &str {
        &self.organization
    }

    /// By the engine's clock.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.api.now()
    }

    /// A question about the organization.
    ///
    /// # Errors
    /// What the API tells instead of an answer.
    pub async fn get<T: DeserializeOwned>(
        &self,
        rest: &str,
        parameters: &[(&str, Option<String>)],
    ) -> Result<Answered<T>, Problem> {
        let path = with_parameters(&format!("/v1/orgs/{}/{rest}", self.organization), parameters);
        self.read(format!("GET {path}"), self.api.get(self.visitor, &path).await)
    }

    /// A question with a body.
    ///
    /// # Errors
    /// As for [`Asking::get`].
    pub async fn post<T: DeserializeOwned>(&self, rest: &str, body: &Value) -> Result<Answered<T>, Problem> {
        let path = format!("/v1/orgs/{}/{rest}", self.organization);
        let call = format!("POST {path} {body}");
        self.read(call, self.api.post(self.visitor, &path, body.to_string().into_bytes()).await)
    }

    /// A question about no organization.
    ///
    /// # Errors
    /// As for [`Asking::get`].
    pub async fn top<T: DeserializeOwned>(&self, path: &str) -> Result<Answered<T>, Problem> {
        self.read(format!("GET {path}"), self.api.get(self.visitor, path).await)
    }

    /// An answer as it came, for whoever hands it on.
    pub async fn raw(&self, rest: &str, parameters: &[(&str, Option<String>)]) -> Reply {
        let path = with_parameters(&format!("/v1/orgs/{}/{rest}", self.organization), parameters);
        self.api.get(self.visitor, &path).await
    }

    fn read<T: DeserializeOwned>(&self, call: String, reply: Reply) -> Result<Answered<T>, Problem> {
        if !reply.status.is_success() {
            return Err(Self::problem_of(&reply));
        }
        let answer = serde_json::from_slice(&reply.body)
            .map_err(|why| Problem::own(StatusCode::INTERNAL_SERVER_ERROR, "fault", why.to_string(), None))?;
        let total = reply.headers.get("caseward-total").and_then(|total| total.to_str().ok()?.parse().ok());
        self.noted.lock().unwrap_or_else(PoisonError::into_inner).push(Noted { call, body: reply.body });
        Ok(Answered { answer, total })
    }

    /// What the API tells instead of an answer.
    #[must_use]
    pub fn problem_of(reply: &Reply) -> Problem {
        serde_json::from_slice(&reply.body).unwrap_or_else(|_| {
            Problem::own(reply.status, "fault", "there is no answer", Some("try again; `/readyz` says what fails"))
        })
    }

    /// All that was answered: the one answer byte for byte, or an object of all, each under the call that gives it.
    #[must_use]
    pub fn json(&self) -> Vec<u8> {
        let noted = self.noted.lock().unwrap_or_else(PoisonError::into_inner);
        if let [one] = noted.as_slice() {
            return one.body.to_vec();
        }
        let mut json = vec![b'{'];
        for (index, Noted { call, body }) in noted.iter().enumerate() {
            if index > 0 {
                json.push(b',');
            }
            json.extend(Value::from(call.as_str()).to_string().bytes());
            json.push(b':');
            json.extend_from_slice(body);
        }
        json.push(b'}');
        json
    }
}
