//! The commits of the feed that were told last, as the bytes that tell them: a thousand streams at the head cost one reading.
//!
//! INVARIANT: what is kept is one stretch without gaps, and only moves forward. A stream that lags behind it reads the log by
//! itself, so nobody at the head waits for it. What an erasure made unreadable is kept no longer than the erasure is untold.

use crate::engine::{Error, Organization};
use axum::body::Bytes;
use caseward_events::answer::CloudEvent;
use caseward_events::{Event, OrganizationName, Position, Recorded};
use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Bytes that are kept for each organization.
const KEPT_BYTES: usize = 4 << 20;

/// Bytes of the log that are read at once. A stream that lags holds what it has read until its client has taken it, which as
/// JSON is some four times as much.
const READ_BYTES: usize = 64 << 10;

/// One commit, told.
#[derive(Clone)]
pub(super) struct Message {
    /// What the stream that it goes to was told before.
    before: Position,
    /// What it has been told then.
    pub(super) last: Position,
    pub(super) bytes: Bytes,
    erases: bool,
}

/// Those of one organization.
#[derive(Default)]
pub(super) struct Recent {
    kept: Mutex<Kept>,
    /// Held by the one who reads the log at the head, for all others there.
    reading: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    messages: VecDeque<Message>,
    bytes: usize,
}

enum Found {
    These(Vec<Message>),
    /// They have gone from here, or `after` lies within a commit.
    Below,
    /// They are still to be read.
    Above,
}

impl Recent {
    /// Commits behind a position that is below the head: at least one, and not always all.
    pub(super) async fn behind(&self, organization: &Organization, after: Position) -> Result<Vec<Message>, Error> {
        match self.look(after) {
            Found::These(messages) => return Ok(messages),
            Found::Below => return read(organization, after).await,
            Found::Above => {}
        }
        let _reading = self.reading.lock().await;
        // Somebody may have read them while this one waited.
        match self.look(after) {
            Found::These(messages) => return Ok(messages),
            Found::Below => return read(organization, after).await,
            Found::Above => {}
        }
        let messages = read(organization, after).await?;
        self.kept().keep(&messages, after);
        Ok(messages)
    }

    fn look(&self, after: Position) -> Found {
        self.kept().behind(after)
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn behind(&self, after: Position) -> Found {
        match self.messages.back() {
            None => Found::Above,
            Some(last) if after >= last.last => Found::Above,
            Some(_) => match self.messages.binary_search_by_key(&after, |message| message.before) {
                Ok(first) => Found::These(self.messages.range(first..).cloned().collect()),
                Err(_) => Found::Below,
            },
        }
    }

    /// Takes what was read behind a position; what was kept before another is a gap away, and goes.
    fn keep(&mut self, messages: &[Message], after: Position) {
        let goes_on = self.messages.back().is_none_or(|last| last.last == after);
        if !goes_on || messages.iter().any(|message| message.erases) {
            self.messages.clear();
            self.bytes = 0;
        }
        self.bytes += messages.iter().map(|message| message.bytes.len()).sum::<usize>();
        self.messages.extend(messages.iter().cloned());
        while self.bytes > KEPT_BYTES {
            let Some(first) = self.messages.pop_front() else { break };
            self.bytes -= first.bytes.len();
        }
    }
}

/// The next commits of the log, as many as are read at once.
async fn read(organization: &Organization, after: Position) -> Result<Vec<Message>, Error> {
    let mut commits = commits(organization.events_within(after.next(), READ_BYTES).await?);
    if commits.is_empty() {
        commits.push(longer_commit(organization, after).await?);
    }
    let mut before = after;
    let messages = commits.into_iter().map(|commit| {
        let message = told(organization.name(), &commit, before);
        before = message.last;
        message
    });
    Ok(messages.collect())
}

fn told(name: &OrganizationName, commit: &[Recorded], before: Position) -> Message {
    let events: Vec<_> = commit.iter().map(|recorded| CloudEvent::of(name, recorded)).collect();
    let last = commit.last().map_or(before, |last| last.position);
    let data = serde_json::to_string(&events).expect("events have a JSON form");
    let erases = commit.iter().any(|recorded| matches!(recorded.event, Event::SubjectErased(_)));
    Message { before, last, bytes: format!("id: {last}\nevent: commit\ndata: {data}\n\n").into(), erases }
}

/// Those commits of some events that are there as a whole.
fn commits(events: Vec<Recorded>) -> Vec<Vec<Recorded>> {
    let mut whole = Vec::new();
    let mut open = Vec::new();
    for recorded in events {
        let is_last = recorded.commit_index + 1 == recorded.commit_count;
        open.push(recorded);
        if is_last {
            whole.push(std::mem::take(&mut open));
        }
    }
    whole
}

/// A commit of more events than are read at once.
async fn longer_commit(organization: &Organization, after: Position) -> Result<Vec<Recorded>, Error> {
    let mut commit: Vec<Recorded> = Vec::new();
    loop {
        let from = commit.last().map_or(after, |last| last.position).next();
        for recorded in organization.events_within(from, READ_BYTES).await? {
            let is_last = recorded.commit_index + 1 == recorded.commit_count;
            commit.push(recorded);
            if is_last {
                return Ok(commit);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(before: u64, last: u64, length: usize, erases: bool) -> Message {
        Message { before: Position(before), last: Position(last), bytes: vec![b'x'; length].into(), erases }
    }

    fn lasts(found: Found) -> Option<Vec<u64>> {
        match found {
            Found::These(messages) => Some(messages.iter().map(|message| message.last.0).collect()),
            Found::Below | Found::Above => None,
        }
    }

    #[test]
    fn what_was_read_once_is_there_for_whoever_stands_at_the_same_place() {
        let mut kept = Kept::default();
        kept.keep(&[message(0, 2, 10, false), message(2, 3, 10, false)], Position(0));
        kept.keep(&[message(3, 7, 10, false)], Position(3));
        assert_eq!(lasts(kept.behind(Position(0))), Some(vec![2, 3, 7]));
        assert_eq!(lasts(kept.behind(Position(3))), Some(vec![7]));
        assert!(matches!(kept.behind(Position(1)), Found::Below), "inside of a commit");
        assert!(matches!(kept.behind(Position(7)), Found::Above));
    }

    #[test]
    fn it_has_no_gap_and_a_bound_and_forgets_what_was_erased() {
        let mut kept = Kept::default();
        kept.keep(&[message(0, 2, 10, false)], Position(0));
        kept.keep(&[message(9, 10, 10, false)], Position(9));
        assert!(matches!(kept.behind(Position(0)), Found::Below));
        assert_eq!(lasts(kept.behind(Position(9))), Some(vec![10]));
        kept.keep(&[message(10, 11, KEPT_BYTES - 5, false)], Position(10));
        assert_eq!(lasts(kept.behind(Position(10))), Some(vec![11]));
        assert!(matches!(kept.behind(Position(9)), Found::Below), "the oldest went first");
        kept.keep(&[message(11, 12, 10, true)], Position(11));
        assert!(matches!(kept.behind(Position(10)), Found::Below), "what was told before an erasure is not told again");
        assert_eq!(kept.bytes, 10);
    }
}
