//! Both feeds, for as long as one listens.
//!
//! INVARIANT: what was told is behind the place from which a feed goes on; whatever cuts it off, it goes on there.

use crate::client::{Client, read};
use crate::door::Sent;
use crate::error::{Error, Problem};
use caseward_events::Position;
use caseward_events::answer::{AccessChanges, CloudEvent, HistoryEntry};
use caseward_events::ask::FeedId;
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use serde::Deserialize;
use std::time::Duration;
use tokio::time::timeout;

/// A heartbeat comes every 15 seconds; after so long without anything the connection is made anew.
const SILENCE: Duration = Duration::from_secs(40);

/// What was stored at once.
#[derive(Clone, Debug, PartialEq)]
pub struct Commit {
    /// Of its last event: the feed goes on behind it.
    pub position: Position,
    /// In order.
    pub events: Vec<HistoryEntry>,
}

/// Nothing else was to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Heartbeat {
    /// The last event that there is.
    pub head: Position,
}

/// What the feed of changes tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Told {
    /// Who gained and lost what.
    Changes(Box<AccessChanges>),
    /// Everything was told.
    Heartbeat(Heartbeat),
}

/// Every commit behind a position, from the beginning or as it comes.
pub struct EventsFeed(Following);

/// Who gained and lost what: by commits, and by windows that begin or end.
pub struct ChangesFeed(Following);

impl Client {
    /// Follows what is stored behind a position.
    #[must_use]
    pub fn events(&self, after: Position) -> EventsFeed {
        EventsFeed(Following::new(self, "events", after.to_string()))
    }

    /// Follows who gains and loses what, behind the id of a message.
    #[must_use]
    pub fn changes(&self, after: FeedId) -> ChangesFeed {
        ChangesFeed(Following::new(self, "changes", after.to_string()))
    }
}

impl EventsFeed {
    /// The next commit, as soon as it is there. It may be dropped while it waits, and asked again.
    ///
    /// # Errors
    /// The token counts no longer or does not allow it, or what comes is not of this interface.
    pub async fn next(&mut self) -> Result<Commit, Error> {
        loop {
            let message = self.0.next().await?;
            if message.kind != "commit" {
                continue;
            }
            let told: Vec<CloudEvent> = read(message.data.as_bytes())?;
            let events: Vec<HistoryEntry> = told.into_iter().map(|one| one.data).collect();
            let position = events.last().map_or(Position::ZERO, |event| event.position);
            return Ok(Commit { position, events });
        }
    }
}

impl ChangesFeed {
    /// The next message, as soon as it is there. It may be dropped while it waits, and asked again.
    ///
    /// # Errors
    /// As for [`EventsFeed::next`].
    pub async fn next(&mut self) -> Result<Told, Error> {
        loop {
            let message = self.0.next().await?;
            match message.kind.as_str() {
                "changes" => {
                    let told: CloudEvent<AccessChanges> = read(message.data.as_bytes())?;
                    return Ok(Told::Changes(Box::new(told.data)));
                }
                "heartbeat" => return Ok(Told::Heartbeat(read(message.data.as_bytes())?)),
                _ => {}
            }
        }
    }
}

#[derive(Default)]
struct Message {
    id: String,
    kind: String,
    data: String,
}

struct Following {
    client: Client,
    path: &'static str,
    after: String,
    stream: Option<Incoming>,
    rest: Vec<u8>,
    message: Message,
    failed: u32,
}

impl Following {
    fn new(client: &Client, path: &'static str, after: String) -> Following {
        let (client, message) = (client.clone(), Message::default());
        Following { client, path, after, stream: None, rest: Vec::new(), message, failed: 0 }
    }

    async fn next(&mut self) -> Result<Message, Error> {
        loop {
            while let Some(message) = self.taken() {
                match message.kind.as_str() {
                    "stopping" => self.cut_off(),
                    "failed" => return Err(Error::of(read::<Problem>(message.data.as_bytes())?)),
                    _ => {
                        self.failed = 0;
                        if !message.id.is_empty() {
                            self.after.clone_from(&message.id);
                        }
                        return Ok(message);
                    }
                }
            }
            self.more().await?;
        }
    }

    /// Waits for another piece; where there is no stream, opens one.
    async fn more(&mut self) -> Result<(), Error> {
        let Some(stream) = &mut self.stream else { return self.open().await };
        match timeout(SILENCE, stream.frame()).await {
            Ok(Some(Ok(frame))) => {
                if let Some(piece) = frame.data_ref() {
                    self.rest.extend_from_slice(piece);
                }
            }
            // The end, an error, or silence.
            _ => self.cut_off(),
        }
        Ok(())
    }

    async fn open(&mut self) -> Result<(), Error> {
        if self.failed > 0 {
            tokio::time::sleep(self.client.door.retries.wait(self.failed, None)).await;
        }
        let mut headers = self.client.why();
        headers.push(("Last-Event-ID", self.after.clone().into_bytes()));
        let sent = Sent { headers, ..Sent::get(self.client.path(self.path, &[])) };
        match self.client.door.open(&sent).await {
            Ok(stream) => self.stream = Some(stream),
            Err(Error::Unreachable { .. }) => self.cut_off(),
            Err(Error::Problem(problem)) if problem.passes() => self.cut_off(),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    fn cut_off(&mut self) {
        (self.stream, self.failed) = (None, self.failed.saturating_add(1));
        (self.rest, self.message) = (Vec::new(), Message::default());
    }

    /// The next message that is there as a whole.
    fn taken(&mut self) -> Option<Message> {
        while let Some(end) = self.rest.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.rest.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            let line = line.trim_end_matches('\n');
            if line.is_empty() {
                let message = std::mem::take(&mut self.message);
                if !message.data.is_empty() {
                    return Some(message);
                }
                continue;
            }
            let (name, value) = line.split_once(':').unwrap_or((line, ""));
            let value = value.strip_prefix(' ').unwrap_or(value);
            match name {
                "id" => value.clone_into(&mut self.message.id),
                "event" => value.clone_into(&mut self.message.kind),
                "data" => self.message.data.push_str(value),
                _ => {}
            }
        }
        None
    }
}
