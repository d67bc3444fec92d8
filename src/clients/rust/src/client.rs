//! The client: an organization of a service, and commands to it.

use crate::address::Address;
use crate::door::{Door, Sent, Twice};
use crate::error::Error;
use crate::retries::{Retries, new_id};
use caseward_events::answer::{Accepted, CommandAnswer, Status};
use caseward_events::{Draft, OrganizationName, Position};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// An organization of a service. A clone shares its connections, and the position of its session.
#[derive(Clone)]
pub struct Client {
    pub(crate) door: Arc<Door>,
    organization: String,
    purpose: Option<String>,
    carried: Option<Arc<AtomicU64>>,
}

/// How a batch is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Command by command.
    OneByOne,
    /// As one commit, or not at all.
    Atomic,
    /// Only says what would come of it.
    DryRun,
}

#[derive(Deserialize)]
struct Answers {
    answers: Vec<CommandAnswer>,
}

#[derive(Deserialize)]
struct Organizations {
    organizations: Vec<Status>,
}

impl Client {
    /// Of the organization `default`, without a token.
    #[must_use]
    pub fn new(address: Address) -> Client {
        let door = Arc::new(Door::new(address));
        Client { door, organization: "default".to_owned(), purpose: None, carried: None }
    }

    fn with_door(self, change: impl FnOnce(&mut Door)) -> Client {
        let old = &self.door;
        let mut door = Door::new(old.address.clone());
        door.token.clone_from(&old.token);
        (door.retries, door.time) = (old.retries, old.time);
        #[cfg(feature = "tls")]
        door.tls.clone_from(&old.tls);
        change(&mut door);
        Client { door: Arc::new(door), ..self }
    }

    /// With a token (`cw_…`, or a JWT).
    #[must_use]
    pub fn with_token(self, token: impl Into<String>) -> Client {
        self.with_door(|door| door.token = Some(token.into()))
    }

    /// Tried so often, and so patiently.
    #[must_use]
    pub fn with_retries(self, retries: Retries) -> Client {
        self.with_door(|door| door.retries = retries)
    }

    /// So long for one attempt; 30 seconds, where nothing is said.
    #[must_use]
    pub fn with_time(self, time: Duration) -> Client {
        self.with_door(|door| door.time = time)
    }

    /// For `https`: whom to believe, and as whom to be known.
    #[cfg(feature = "tls")]
    #[must_use]
    pub fn with_tls(self, config: Arc<rustls::ClientConfig>) -> Client {
        self.with_door(|door| door.tls = Some(config))
    }

    /// The same, about another organization; a session starts anew there.
    #[must_use]
    pub fn at(&self, organization: &OrganizationName) -> Client {
        let carried = self.carried.as_ref().map(|_| Arc::default());
        Client { organization: organization.to_string(), carried, ..self.clone() }
    }

    /// The same, which from here on sees what it wrote: every question waits for the last position that it was told.
    #[must_use]
    pub fn session(&self) -> Client {
        Client { carried: Some(Arc::default()), ..self.clone() }
    }

    /// The same, whose questions are kept in the log of reads with this purpose.
    #[must_use]
    pub fn because(&self, purpose: impl Into<String>) -> Client {
        Client { purpose: Some(purpose.into()), ..self.clone() }
    }

    /// Sends a command under its id, or a new one. It is accepted, or [`Error::Refused`].
    ///
    /// # Errors
    /// The rules refuse it, or there is no answer.
    pub async fn send(&self, draft: &Draft) -> Result<Accepted, Error> {
        let accepted: Accepted = self.post("commands", &[], &with_id(draft)).await?;
        self.saw(accepted.position);
        Ok(accepted)
    }

    /// Sends up to 10,000 commands in order: each has its answer, a refusal among them.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn submit(&self, drafts: &[Draft], batch: Batch) -> Result<Vec<CommandAnswer>, Error> {
        let commands: Vec<Value> = drafts.iter().map(with_id).collect();
        let (atomic, dry_run) = (batch == Batch::Atomic, batch == Batch::DryRun);
        let body = json!({"commands": commands, "atomic": atomic, "dry_run": dry_run});
        let Answers { answers } = self.post("commands", &[], &body).await?;
        for answer in answers.iter().filter(|_| !dry_run) {
            if let CommandAnswer::Accepted(accepted) = answer {
                self.saw(accepted.position);
            }
        }
        Ok(answers)
    }

    /// Creates an organization.
    ///
    /// # Errors
    /// It exists, the caller may not, or there is no answer.
    pub async fn create_organization(&self, name: &OrganizationName) -> Result<Accepted, Error> {
        let sent = Sent::post("/v1/orgs".to_owned(), &json!({"organization": name}));
        read(&self.door.ask(&Sent { twice: Twice::MakesAnother, ..sent }).await?)
    }

    /// The state of each organization of the caller.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn organizations(&self) -> Result<Vec<Status>, Error> {
        let Organizations { organizations } = read(&self.door.ask(&Sent::get("/v1/orgs".to_owned())).await?)?;
        Ok(organizations)
    }

    /// The state of this one.
    ///
    /// # Errors
    /// There is no answer.
    pub async fn status(&self) -> Result<Status, Error> {
        self.get("status", &[]).await
    }

    pub(crate) fn saw(&self, position: Position) {
        if let Some(carried) = &self.carried {
            carried.fetch_max(position.0, Ordering::Relaxed);
        }
    }

    pub(crate) fn at_least(&self) -> Option<(&'static str, String)> {
        let carried = self.carried.as_ref()?.load(Ordering::Relaxed);
        (carried > 0).then(|| ("at_least", carried.to_string()))
    }

    pub(crate) fn path(&self, rest: &str, query: &[(&str, String)]) -> String {
        let mut path = format!("/v1/orgs/{}/{rest}", escaped(&self.organization));
        for (at, (name, value)) in query.iter().enumerate() {
            path.push(if at == 0 { '?' } else { '&' });
            path.push_str(&format!("{name}={}", escaped(value)));
        }
        path
    }

    pub(crate) fn why(&self) -> Vec<(&'static str, Vec<u8>)> {
        self.purpose.iter().map(|purpose| ("X-Purpose", purpose.clone().into_bytes())).collect()
    }

    pub(crate) async fn get<A: DeserializeOwned>(&self, rest: &str, query: &[(&str, String)]) -> Result<A, Error> {
        let sent = Sent { headers: self.why(), ..Sent::get(self.path(rest, query)) };
        read(&self.door.ask(&sent).await?)
    }

    pub(crate) async fn post<A: DeserializeOwned>(
        &self,
        rest: &str,
        query: &[(&str, String)],
        body: &Value,
    ) -> Result<A, Error> {
        read(&self.door.ask(&Sent::post(self.path(rest, query), body)).await?)
    }
}

/// As it is sent, with an id.
fn with_id(draft: &Draft) -> Value {
    let mut line = draft.to_json();
    if let Some(fields) = line.as_object_mut() {
        fields.entry("id").or_insert_with(|| json!(new_id()));
    }
    line
}

pub(crate) fn read<A: DeserializeOwned>(body: &[u8]) -> Result<A, Error> {
    serde_json::from_slice(body).map_err(Error::Unexpected)
}

/// As a part of a path or a query: all but letters, digits and `-._~` percent-encoded.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => escaped.push(byte.into()),
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}
