//! The changes of access that the feed told last, as the bytes that tell them: a thousand streams write a message once.
//!
//! INVARIANT: what is kept is a message that streams share, and it is told to each as it would have told it itself: which
//! changes a stream is told is settled before ([`crate::engine::Follower`]). Absent on purpose: messages of streams with a
//! filter, which are of each its own.

use axum::body::Bytes;
use caseward_events::answer::AccessChanges;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// Messages that are kept for each organization, and items in all of them.
const MESSAGES_MAX: usize = 64;
const ITEMS_MAX: usize = 20_000;

/// Those of one organization.
#[derive(Default)]
pub(super) struct Told(Mutex<Kept>);

#[derive(Default)]
struct Kept {
    messages: VecDeque<Message>,
    items: usize,
}

struct Message {
    changes: Arc<AccessChanges>,
    items: usize,
    bytes: Arc<OnceLock<Bytes>>,
}

impl Told {
    /// The bytes of a message. Whoever is first writes it, and the others who want this one wait for that.
    pub(super) fn bytes(&self, changes: &Arc<AccessChanges>, write: impl FnOnce() -> Bytes) -> Bytes {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner).of(changes);
        bytes.get_or_init(write).clone()
    }
}

impl Kept {
    fn of(&mut self, changes: &Arc<AccessChanges>) -> Arc<OnceLock<Bytes>> {
        if let Some(found) = self.messages.iter().rev().find(|message| Arc::ptr_eq(&message.changes, changes)) {
            return Arc::clone(&found.bytes);
        }
        let items = changes.items().count() + changes.everyone.len() + changes.ask_again.len();
        let message = Message { changes: Arc::clone(changes), items, bytes: Arc::default() };
        let bytes = Arc::clone(&message.bytes);
        self.items += items;
        self.messages.push_back(message);
        while self.messages.len() > MESSAGES_MAX || self.items > ITEMS_MAX && self.messages.len() > 1 {
            let Some(oldest) = self.messages.pop_front() else { break };
            self.items -= oldest.items;
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use caseward_events::answer::PointInTime;
    use caseward_events::ask::FeedId;
    use caseward_events::{Position, Timestamp};

    fn changes(position: u64) -> Arc<AccessChanges> {
        let point = PointInTime { position: Position(position), at: Timestamp::from_micros(0) };
        Arc::new(AccessChanges::between(FeedId::commit(Position(position)), point, point))
    }

    #[test]
    fn a_message_that_streams_share_is_written_once_and_the_oldest_are_forgotten() {
        let (told, mut written) = (Told::default(), 0);
        let mut write = |told: &Told, one: &Arc<AccessChanges>| {
            let mut writes = || {
                written += 1;
                Bytes::from_static(b"told")
            };
            assert_eq!(told.bytes(one, &mut writes), "told");
            written
        };
        let first = changes(1);
        assert_eq!((write(&told, &first), write(&told, &first)), (1, 1));
        // One that says the same and is another is not it: whoever told it may have told less.
        assert_eq!(write(&told, &changes(1)), 2);
        let more: Vec<_> = (2..2 + MESSAGES_MAX as u64).map(changes).collect();
        for one in &more {
            write(&told, one);
        }
        assert_eq!(write(&told, &more[0]), 2 + MESSAGES_MAX);
        assert_eq!(write(&told, &first), 3 + MESSAGES_MAX, "it was forgotten");
    }
}
