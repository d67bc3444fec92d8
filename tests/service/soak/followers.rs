//! Followers of both feeds: each goes on behind the last id that it saw, whatever happened to the service.

use super::client::connect;
use super::oracle::{self, Rights, text};
use super::scene::{LAST, LAST_USER, Scene};
use crate::feed::{Message, Stream, message};
use crate::http::Connection;
use caseward_events::Timestamp;
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

/// Every event that a follower was told, in order.
pub struct Commits(pub Vec<Value>);

/// What a follower of changes knows of who holds what.
#[derive(Default)]
pub struct Access {
    /// What a user holds on a resource, where that is something.
    pub held: BTreeMap<(String, String), Rights>,
    /// How many changes it was told.
    pub changes: usize,
    last: Option<(u64, Option<Timestamp>)>,
}

impl Commits {
    /// Follows until it is told the last command.
    pub fn follow(scene: &Scene) -> Commits {
        let mut told = Vec::<Value>::new();
        follow(scene, "events", |(id, kind, data)| {
            if kind != "commit" {
                return false;
            }
            for event in data.as_array().expect("a commit is a list") {
                let event = &event["data"];
                assert_eq!(event["position"], told.len() as u64 + 1, "missed, or told twice: {event}");
                told.push(event.clone());
            }
            assert_eq!(id.parse(), Ok(told.len()), "the id is the last position");
            told.last().is_some_and(|event| event["command_id"] == LAST)
        });
        Commits(told)
    }
}

impl Access {
    /// Follows until it is told the last command.
    pub fn follow(scene: &Scene) -> Access {
        let mut access = Access::default();
        follow(scene, "changes", |message| access.is_told(message));
        access
    }

    /// Whether it was the last.
    fn is_told(&mut self, (id, kind, data): Message) -> bool {
        if kind != "changes" {
            return false;
        }
        let moment = moment(&id);
        assert!(self.last.is_none_or(|last| last < moment), "{:?} was told before {id}", self.last);
        self.last = Some(moment);
        let mut is_last = false;
        for list in ["gained", "lost", "changed"] {
            for change in data["data"][list].as_array().expect("it is a list") {
                let (subject, resource) = (text(change, "subject").to_owned(), text(change, "resource").to_owned());
                is_last |= subject == LAST_USER;
                let pair = (subject, resource);
                let held = self.held.remove(&pair).unwrap_or_default();
                assert_eq!(held, oracle::rights(&change["before"]), "missed, or told twice: {id}: {change}");
                let after = oracle::rights(&change["after"]);
                if !after.is_empty() {
                    self.held.insert(pair, after);
                }
                self.changes += 1;
            }
        }
        is_last
    }
}

/// A position, and the end of a window behind it.
fn moment(id: &str) -> (u64, Option<Timestamp>) {
    let (position, at) = id.split_once('@').map_or((id, None), |(position, at)| (position, Some(at)));
    (position.parse().expect("an id begins with a position"), at.map(oracle::instant))
}

/// Reads a feed, going on behind the last id, until `is_last` says so.
fn follow(scene: &Scene, feed: &str, mut is_last: impl FnMut(Message) -> bool) {
    let mut last = None::<String>;
    loop {
        assert!(!scene.has_failed(), "somebody else found a fault");
        let Some(mut stream) = open(scene, feed, last.as_deref()) else {
            std::thread::sleep(Duration::from_millis(20));
            continue;
        };
        while let Some(message) = message(&mut stream) {
            assert!(!scene.has_failed(), "somebody else found a fault");
            let is_id = !message.0.is_empty();
            if is_id {
                last = Some(message.0.clone());
            }
            assert!(scene.is_ended_again_and_again() || message.1 != "stopping", "nobody told it to stop");
            if is_last(message) {
                return;
            }
        }
        assert!(scene.is_ended_again_and_again(), "a stream ended that nobody ended");
    }
}

/// Opens a stream; none where nobody answers.
fn open(scene: &Scene, feed: &str, last: Option<&str>) -> Option<Stream> {
    let mut connection = Connection::over(connect(scene.service.address)?);
    let last = last.map(|id| format!("last-event-id: {id}\r\n")).unwrap_or_default();
    let request = format!("GET /v1/orgs/default/{feed} HTTP/1.1\r\nhost: localhost\r\n{last}\r\n");
    connection.try_send(request.as_bytes()).ok()?;
    let (status, _) = connection.head()?;
    assert!(status == 200 || scene.is_ended_again_and_again() && status == 503, "{status}");
    (status == 200).then(|| Stream::over(connection))
}
