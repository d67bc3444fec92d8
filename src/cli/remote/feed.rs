//! The feeds of a service (server-sent events), from any place on.
//!
//! INVARIANT: what is told comes in order, each once: a connection that ends is opened again behind the last that came.

use super::client::{Broken, Client, Tries, with_parameters};
use super::problem::{self, not_understood};
use super::tls;
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use axum::body::Body;
use axum::http::{Method, StatusCode};
use caseward_events::answer::CloudEvent;
use caseward_events::{Position, Recorded};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use std::time::Duration;

/// A service that says nothing for so long has gone: it sends a heartbeat more often.
const SILENCE_MAX: Duration = Duration::from_secs(60);

/// A stream that goes on.
pub struct Feed {
    client: Client,
    path: String,
    asked: Vec<(&'static str, Option<String>)>,
    /// What came, as the feed names it.
    after: String,
    body: Option<Incoming>,
    gathered: Vec<u8>,
    tries: Tries,
}

/// One message.
pub struct Message {
    id: Option<String>,
    pub event: String,
    pub data: String,
}

impl Feed {
    /// Of the events of the organization, from behind a position on.
    #[must_use]
    pub fn new(context: &Context, client: &Client, after: Position) -> Feed {
        Feed::of(context, client, ("events", Vec::new()), after.to_string())
    }

    /// Of a feed of the organization, from behind a place on that it names so.
    #[must_use]
    pub fn of(
        context: &Context,
        client: &Client,
        (name, asked): (&str, Vec<(&'static str, Option<String>)>),
        after: String,
    ) -> Feed {
        let path = Client::of_organization(context, name, &[]);
        Feed { client: client.clone(), path, asked, after, body: None, gathered: Vec::new(), tries: client.tries() }
    }

    /// The next commit, or what is left of the one in which it began.
    ///
    /// # Errors
    /// The service does not answer, or turns the caller away.
    pub async fn next(&mut self, context: &Context) -> Result<Vec<Recorded>, Failure> {
        loop {
            let Message { event, data, .. } = self.told(context).await?;
            if event == "commit" {
                let events: Vec<CloudEvent> = serde_json::from_str(&data).map_err(|why| not_understood(&why))?;
                return Ok(events.into_iter().map(|event| Recorded::from(event.data)).collect());
            }
        }
    }

    /// The next message that tells something; later releases may tell what is not known here.
    ///
    /// # Errors
    /// The service does not answer, or turns the caller away.
    pub async fn told(&mut self, context: &Context) -> Result<Message, Failure> {
        loop {
            let failure = match self.message().await {
                Ok(Ok(message)) => match message.event.as_str() {
                    "failed" => {
                        let data = message.data.as_bytes();
                        let status = problem::status(data);
                        let failure = problem::failure(self.client.address(), status, data);
                        if status != StatusCode::SERVICE_UNAVAILABLE {
                            return Err(failure);
                        }
                        failure
                    }
                    "stopping" => self.client.unreached(anyhow::anyhow!("it stops")),
                    event => {
                        let is_told = event != "heartbeat";
                        message.id.iter().for_each(|id| id.clone_into(&mut self.after));
                        self.tries = self.client.tries();
                        if is_told {
                            return Ok(message);
                        }
                        continue;
                    }
                },
                Ok(Err(Broken { error, .. })) if !tls::may_pass(&error) => return Err(self.client.unreached(error)),
                Ok(Err(Broken { error, .. })) => self.client.unreached(error),
                Err((status, failure)) => match status {
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => failure,
                    _ => return Err(failure),
                },
            };
            self.body = None;
            let paused = self.tries.pause(Duration::ZERO, &context.interrupt).await;
            paused.map_err(|interrupted| interrupted.unwrap_or(failure))?;
        }
    }

    /// The next message; the problem that the service answers instead.
    async fn message(&mut self) -> Result<Result<Message, Broken>, (StatusCode, Failure)> {
        let body = match &mut self.body {
            Some(body) => body,
            None => {
                self.gathered.clear();
                let after = ("after", Some(self.after.clone()));
                let path = with_parameters(&self.path, &[&self.asked[..], &[after]].concat());
                let response = match self.client.open(self.client.request(&Method::GET, &path, Body::empty())).await {
                    Ok(response) => response,
                    Err(broken) => return Ok(Err(broken)),
                };
                let status = response.status();
                if status != StatusCode::OK {
                    let told = response.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_default();
                    return Err((status, problem::failure(self.client.address(), status, &told)));
                }
                self.body.insert(response.into_body())
            }
        };
        loop {
            if let Some(end) = self.gathered.windows(2).position(|two| two == b"\n\n") {
                let rest = self.gathered.split_off(end + 2);
                let message = std::mem::replace(&mut self.gathered, rest);
                return Ok(Ok(Message::read(&String::from_utf8_lossy(&message))));
            }
            let cut = |error| Ok(Err(Broken { was_sent: true, error }));
            match tokio::time::timeout(SILENCE_MAX, body.frame()).await {
                Err(_) => return cut(anyhow::anyhow!("it said nothing for {} seconds", SILENCE_MAX.as_secs())),
                Ok(None) => return cut(anyhow::anyhow!("it ended the stream")),
                Ok(Some(Err(error))) => return cut(error.into()),
                Ok(Some(Ok(frame))) => self.gathered.extend_from_slice(&frame.into_data().unwrap_or_default()),
            }
        }
    }
}

impl Message {
    fn read(text: &str) -> Message {
        let mut message = Message { id: None, event: String::new(), data: String::new() };
        for line in text.lines() {
            match line.split_once(": ") {
                Some(("id", id)) => message.id = Some(id.to_owned()),
                Some(("event", event)) => event.clone_into(&mut message.event),
                Some(("data", data)) => message.data.push_str(data),
                _ => {}
            }
        }
        message
    }
}
