//! A look at what a batch of events will touch, before they are folded one by one.
//!
//! Where a log is large, an event waits for memory about ten times: a slot of a table, the id it leads to, a case, its
//! list. One event has to wait for each before it knows the next; the first steps of a hundred events wait together.
//! INVARIANT: nothing changes. What is found is handed to the fold, since ids keep their numbers; what is not found says
//! nothing: events of the batch may name what earlier ones of it make.

use crate::facts::number::{CaseIndexKey, StreamIndex, SubjectKey};
use crate::fold::views::Views;
use crate::tables::undo_log::Replaying;
use caseward_events::fact::{ListText, SubjectText};
use caseward_events::{Decoded, Event, Fact, Header, Subject, Text};
use std::hint::black_box;

/// The numbers of what a fact names, as far as they were known before its batch.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Prefetched {
    /// Of the list it is about.
    pub(super) case: Option<u32>,
    /// Whose entry, membership or case it is.
    pub(super) user: Option<u32>,
}

/// What an event will look for.
#[derive(Clone, Copy, Default)]
struct Named<'a> {
    case: Option<Text<'a>>,
    user: Option<Text<'a>>,
}

impl<'a> Named<'a> {
    /// Of the events that logs are full of; the rest wait, each on its own.
    fn by(fact: Fact<'a>) -> Named<'a> {
        match fact {
            Fact::CaseOpened { case, creator, .. } => Named { case: Some(case), user: Some(creator) },
            Fact::Entry { on: ListText::Case(case) | ListText::Restriction(case), to, .. } => {
                Named { case: Some(case), user: user(to) }
            }
            Fact::Entry { to, .. } => Named { case: None, user: user(to) },
            Fact::Member { member, .. } => Named { case: None, user: user(member) },
            Fact::Other(event) => match event {
                Event::CaseCompleted(event) => Named { case: Some(event.case.text()), user: None },
                Event::CaseReopened(event) => Named { case: Some(event.case.text()), user: None },
                Event::CaseRestricted(event) => Named { case: Some(event.case.text()), user: None },
                Event::RestrictionLifted(event) => Named { case: Some(event.case.text()), user: None },
                Event::PersonAdded(event) => Named::person(event.case.text(), &event.person),
                Event::PersonRemoved(event) => Named::person(event.case.text(), &event.person),
                Event::ActivityAssigned(event) => Named { case: Some(event.case.text()), user: None },
                Event::ActivityReleased(event) => Named { case: Some(event.case.text()), user: None },
                _ => Named::default(),
            },
        }
    }

    fn person(case: Text<'a>, person: &'a Subject) -> Named<'a> {
        Named { case: Some(case), user: user(person.into()) }
    }
}

/// There are few groups, so that they are at hand.
fn user(subject: SubjectText<'_>) -> Option<Text<'_>> {
    match subject {
        SubjectText::User(id) => Some(id),
        SubjectText::Group(_) => None,
    }
}

/// A text with its hash.
type Sought<'a> = Option<(Text<'a>, u64)>;

impl Views {
    /// Looks up what a batch of events will need, before it is folded.
    pub(super) fn prefetch(&self, batch: &[(Header<'_>, Decoded<'_>)]) -> Vec<Prefetched> {
        let Views { cases, directory, commands, .. } = self;
        // The sum is there for the reads to be made.
        let mut sum = 0;
        let adds_ids = self.undo_log.replaying() == Replaying::Tail;
        let mut sought = Vec::with_capacity(batch.len());
        for (header, event) in batch {
            let Named { case, user } = Named::by(event.fact());
            sum ^= if adds_ids { commands.look(header.command_id) } else { 0 };
            let mut seen = |(hash, number): (u64, u32)| {
                sum ^= number;
                hash
            };
            let case = case.map(|id| (id, seen(cases.names.look(id))));
            sought.push((case, user.map(|id| (id, seen(directory.users.look(id))))));
        }
        let found = |&(case, user): &(Sought<'_>, Sought<'_>)| Prefetched {
            case: case.and_then(|(id, hash)| cases.names.get_hashed(hash, id)),
            user: user.and_then(|(id, hash)| directory.users.get_hashed(hash, id)),
        };
        let known: Vec<Prefetched> = sought.iter().map(found).collect();
        let ends = |known: &Prefetched| {
            let case = known.case.map_or(0, |case| {
                self.streams.get(StreamIndex::Case(case)) + cases.here(case).map_or(0, |case| case.definition)
            });
            let gathering = |user| CaseIndexKey::Naming(SubjectKey::user(user));
            case ^ known.user.map_or(0, |user| cases.loose(gathering(user)))
        };
        let records = known.iter().fold(sum, |sum, known| sum ^ ends(known));
        let lists = known.iter().filter_map(|known| cases.here(known.case?)?.list.entries().next_back());
        black_box(lists.fold(u64::from(records), |sum, entry| sum ^ u64::from(entry.subject().number())));
        known
    }
}
