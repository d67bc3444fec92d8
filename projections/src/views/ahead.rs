//! A look at what a batch of events will touch, before they are folded one by one.
//!
//! Where a log is large, an event waits for memory about ten times: a slot of a table, the id it leads to, a case, its
//! list. One event has to wait for each before it knows the next; the first steps of a hundred events wait together.
//! INVARIANT: nothing changes, and nothing that is seen here decides anything: events of the batch may name what earlier
//! ones of it make.

use super::Views;
use crate::access_list::SubjectKey;
use crate::case_access::Gathering;
use crate::trail::StreamIndex;
use caseward_events::{Event, Header, ListRef, Subject};

/// What an event will look for.
#[derive(Clone, Copy, Default)]
struct Named<'a> {
    case: Option<&'a str>,
    user: Option<&'a str>,
}

impl<'a> Named<'a> {
    /// Of the events that logs are full of; the rest wait, each on its own.
    fn by(event: &'a Event) -> Named<'a> {
        match event {
            Event::AccessGranted(event) => Named::on_list(&event.on, &event.to),
            Event::GrantUpdated(event) => Named::on_list(&event.on, &event.to),
            Event::GrantRevoked(event) => Named::on_list(&event.on, &event.to),
            Event::CaseOpened(event) => Named { case: Some(event.case.as_str()), user: Some(event.creator.as_str()) },
            Event::CaseCompleted(event) => Named { case: Some(event.case.as_str()), user: None },
            Event::CaseReopened(event) => Named { case: Some(event.case.as_str()), user: None },
            Event::CaseRestricted(event) => Named { case: Some(event.case.as_str()), user: None },
            Event::RestrictionLifted(event) => Named { case: Some(event.case.as_str()), user: None },
            Event::PersonAdded(event) => Named { case: Some(event.case.as_str()), user: user(&event.person) },
            Event::PersonRemoved(event) => Named { case: Some(event.case.as_str()), user: user(&event.person) },
            Event::ActivityAssigned(event) => Named { case: Some(event.case.as_str()), user: None },
            Event::ActivityReleased(event) => Named { case: Some(event.case.as_str()), user: None },
            Event::MemberAdded(event) => Named { case: None, user: user(&event.member) },
            Event::MemberRemoved(event) => Named { case: None, user: user(&event.member) },
            _ => Named::default(),
        }
    }

    fn on_list(list: &'a ListRef, to: &'a Subject) -> Named<'a> {
        let case = match list {
            ListRef::Case(id) | ListRef::Restriction(id) => Some(id.as_str()),
            ListRef::Definition(_) | ListRef::Organization => None,
        };
        Named { case, user: user(to) }
    }
}

/// There are few groups, so that they are at hand.
fn user(subject: &Subject) -> Option<&str> {
    match subject {
        Subject::User(id) => Some(id.as_str()),
        Subject::Group(_) => None,
    }
}

/// A text with its hash, then with its number.
type Sought<'a> = Option<(&'a str, u64)>;

impl Views {
    /// See the module. The sum is there for the reads to be made.
    pub(super) fn look_ahead(&self, batch: &[(Header<'_>, Event)]) -> u64 {
        let Views { cases, directory, commands, .. } = self;
        let mut sum = 0;
        let mut sought: Vec<(Sought<'_>, Sought<'_>)> = Vec::with_capacity(batch.len());
        for (header, event) in batch {
            let Named { case, user } = Named::by(event);
            sum ^= commands.look(header.command_id);
            let mut seen = |(hash, number): (u64, u32)| {
                sum ^= number;
                hash
            };
            let case = case.map(|id| (id, seen(cases.names.look(id))));
            sought.push((case, user.map(|id| (id, seen(directory.users.look(id))))));
        }
        let found: Vec<(Option<u32>, Option<u32>)> = sought
            .into_iter()
            .map(|(case, user)| {
                let case = case.and_then(|(id, hash)| cases.names.get_hashed(hash, id));
                (case, user.and_then(|(id, hash)| directory.users.get_hashed(hash, id)))
            })
            .collect();
        let ends = |&(case, user): &(Option<u32>, Option<u32>)| {
            let case = case.map_or(0, |case| self.streams.get(StreamIndex::Case(case)) + cases.get(case).definition);
            let gathering = |user| Gathering::Naming(SubjectKey::user(user));
            case ^ user.map_or(0, |user| cases.loose(gathering(user)))
        };
        let records = found.iter().fold(sum, |sum, found| sum ^ ends(found));
        let lists = found.iter().filter_map(|(case, _)| cases.get((*case)?).list.entries().last());
        lists.fold(u64::from(records), |sum, entry| sum ^ u64::from(entry.subject().number()))
    }
}
