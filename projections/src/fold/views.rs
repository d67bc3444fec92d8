//! All views of one organization. `fold` makes them, one event at a time, in order; `undo` takes off what lies above a
//! position.
//!
//! INVARIANT: what a fold makes depends on the events alone, so two folds of one log are equal. An event that does not
//! fit (a gap, a stream version out of turn, a time that goes back, a case nobody opened) is corruption, never skipped.
//! Absent on purpose: the head. A reader brings the place it reads at; what lies above is invisible to it.

mod ahead;
mod cold;
mod fold;
mod leaves;
mod parts;
mod replay;
pub(crate) mod saved;
mod undo;

pub use cold::LOOKS_FOR_ONE;
pub use leaves::{StreamCut, StreamLeaf};
pub use parts::Parts;
pub use replay::Replay;

use crate::access_list::{Held, ListIndex, SubjectKey, Windows};
use crate::case_access::CaseAccess;
use crate::case_access::gather::Numbers;
use crate::definition_access::DefinitionAccess;
use crate::delegations::{Delegations, Links};
use crate::directory::Directory;
use crate::history::Place;
use crate::ids::RecentIds;
use crate::items::Items;
use crate::memory;
use crate::policy::PolicyView;
use crate::profiles::Profiles;
use crate::sealing::SealingKeys;
use crate::timeline::Timeline;
use crate::trail::{StreamIndex, Trail};
use caseward_events::{CommandId, KeyNumber, ListRef, Position, Resource, Stream, Subject, Timestamp};

/// Where in the log, and at which instant, something is asked: windows are compared with `at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct When {
    /// What has happened.
    pub place: Place,
    /// What time it is.
    pub at: Timestamp,
}

impl When {
    /// After everything that was folded.
    #[must_use]
    pub fn latest(at: Timestamp) -> When {
        When { place: Place::LATEST, at }
    }
}

/// An event that does not fit those before it: the log is not what an engine wrote.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FoldError {
    /// A position is missing or comes twice.
    #[error("event {found} stands where event {expected} must")]
    Gap {
        /// The next position.
        expected: Position,
        /// The one that came.
        found: Position,
    },
    /// A stream's events are not counted up by one.
    #[error("event {position} is number {found} of `{stream}`, which has {known}")]
    StreamVersion {
        /// Where.
        position: Position,
        /// Which stream.
        stream: Stream,
        /// How many events it had.
        known: u64,
        /// What the event says.
        found: u64,
    },
    /// Time goes back.
    #[error("event {position} bears {found}, before the event in front of it ({last})")]
    TimeGoesBack {
        /// Where.
        position: Position,
        /// The time in front of it.
        last: Timestamp,
        /// Its own.
        found: Timestamp,
    },
    /// It names what no event made.
    #[error("event {position} names `{what}`, which does not exist")]
    Unknown {
        /// Where.
        position: Position,
        /// What.
        what: String,
    },
    /// It makes what there is already.
    #[error("event {position} makes `{what}` a second time")]
    MadeTwice {
        /// Where.
        position: Position,
        /// What.
        what: String,
    },
    /// Positions have run out.
    #[error("the log is full: position {0} is beyond the last one")]
    Full(Position),
}

impl FoldError {
    /// The first position that is not as it must be.
    #[must_use]
    pub fn position(&self) -> Position {
        match self {
            FoldError::Gap { expected: position, .. }
            | FoldError::StreamVersion { position, .. }
            | FoldError::TimeGoesBack { position, .. }
            | FoldError::Unknown { position, .. }
            | FoldError::MadeTwice { position, .. }
            | FoldError::Full(position) => *position,
        }
    }
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Views {
    /// Users and groups.
    pub directory: Directory,
    /// The definition-access view.
    pub definitions: DefinitionAccess,
    /// The case-access view.
    pub cases: CaseAccess,
    /// Profiles and the permission matrix.
    pub profiles: Profiles,
    /// Who acts in whose stead.
    pub delegations: Delegations,
    /// Public links.
    pub links: Links,
    /// Items and tasks.
    pub items: Items,
    /// The policy.
    pub policy: PolicyView,
    /// Of all entries.
    pub windows: Windows,
    /// When commits were recorded.
    pub timeline: Timeline,
    /// Of the reasons about each subject, and of tree heads.
    pub keys: SealingKeys,
    pub(crate) streams: Streams,
    pub(crate) commands: RecentIds,
    pub(crate) tip: Position,
    pub(crate) trail: Trail,
}

/// How many events each stream has, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Streams {
    cases: Vec<u32>,
    definitions: Vec<u32>,
    groups: Vec<u32>,
    users: Vec<u32>,
    profiles: Vec<u32>,
    items: Vec<u32>,
    tasks: Vec<u32>,
    organization: u32,
}

impl Streams {
    pub(crate) fn get(&self, stream: StreamIndex) -> u32 {
        let of = |counts: &[u32], number: u32| counts.get(number as usize).copied().unwrap_or(0);
        match stream {
            StreamIndex::Case(number) => of(&self.cases, number),
            StreamIndex::Definition(number) => of(&self.definitions, number),
            StreamIndex::Group(number) => of(&self.groups, number),
            StreamIndex::User(number) => of(&self.users, number),
            StreamIndex::Profile(number) => of(&self.profiles, number),
            StreamIndex::Item(number) => of(&self.items, number),
            StreamIndex::Task(number) => of(&self.tasks, number),
            StreamIndex::Organization => self.organization,
        }
    }

    /// One more event; how many that are.
    fn count_up(&mut self, stream: StreamIndex) -> u32 {
        let Some((counts, number)) = self.counts(stream) else {
            self.organization += 1;
            return self.organization;
        };
        let index = number as usize;
        if counts.len() <= index {
            counts.resize(index + 1, 0);
        }
        counts[index] += 1;
        counts[index]
    }

    /// What they take in memory.
    pub(crate) fn heap(&self) -> usize {
        let Streams { cases, definitions, groups, users, profiles, items, tasks, organization: _ } = self;
        [cases, definitions, groups, users, profiles, items, tasks].map(memory::vec).iter().sum()
    }

    fn count_down(&mut self, stream: StreamIndex) {
        let Some((counts, number)) = self.counts(stream) else {
            self.organization -= 1;
            return;
        };
        counts[number as usize] -= 1;
        // So that a stream whose first event was undone is as if it had never been.
        while counts.last() == Some(&0) {
            counts.pop();
        }
    }

    /// `None` for the organization, which has one count.
    fn counts(&mut self, stream: StreamIndex) -> Option<(&mut Vec<u32>, u32)> {
        Some(match stream {
            StreamIndex::Case(number) => (&mut self.cases, number),
            StreamIndex::Definition(number) => (&mut self.definitions, number),
            StreamIndex::Group(number) => (&mut self.groups, number),
            StreamIndex::User(number) => (&mut self.users, number),
            StreamIndex::Profile(number) => (&mut self.profiles, number),
            StreamIndex::Item(number) => (&mut self.items, number),
            StreamIndex::Task(number) => (&mut self.tasks, number),
            StreamIndex::Organization => return None,
        })
    }
}

/// What readers ask of the views as a whole.
impl Views {
    /// The last position folded, which may lie above the head.
    #[must_use]
    pub fn tip(&self) -> Position {
        self.tip
    }

    /// How many events a stream has; 0 for one that is new or cannot be known.
    #[must_use]
    pub fn stream_version(&self, stream: &Stream) -> u64 {
        self.stream_index(stream).map_or(0, |index| u64::from(self.streams.get(index)))
    }

    /// The position of the first event of a command, where its id is among the recent ones: it is found here for
    /// certain only if it lies above the last checkpoint.
    #[must_use]
    pub fn command(&self, id: &CommandId) -> Option<Position> {
        self.commands.get(id).map(Place::position)
    }

    /// The ids of the last commands.
    #[must_use]
    pub fn recent_ids(&self) -> &RecentIds {
        &self.commands
    }

    /// Since when nothing that is said about a subject is kept, where that is so.
    #[must_use]
    pub fn erased_since(&self, subject: &Subject, place: Place) -> Option<Place> {
        self.keys.erased.true_since(self.directory.key(subject)?, place)
    }

    /// The keys of all who were erased: those that must not be there any more.
    pub fn keys_to_destroy(&self) -> impl Iterator<Item = KeyNumber> + '_ {
        let erased = self.keys.erased.held(Place::LATEST);
        erased.filter_map(|(subject, _)| self.keys.get(&self.directory.subject(subject)))
    }

    /// The list of a reference, where case or definition exist.
    #[must_use]
    pub fn list_index(&self, list: &ListRef, place: Place) -> Option<ListIndex> {
        match list {
            ListRef::Organization => Some(ListIndex::Organization),
            ListRef::Definition(id) => self.definitions.known(id, place).map(ListIndex::Definition),
            ListRef::Case(id) => self.cases.known(id, place).map(ListIndex::Case),
            ListRef::Restriction(id) => self.cases.known(id, place).map(ListIndex::Restriction),
        }
    }

    /// The entry of a subject on a list at a place: since when, what it gives.
    #[must_use]
    pub fn entry(&self, list: ListIndex, subject: SubjectKey, place: Place) -> Option<(Place, Held)> {
        let list = match list {
            ListIndex::Organization => &self.definitions.organization,
            ListIndex::Definition(number) => &self.definitions.get(number).list,
            ListIndex::Case(number) => &self.cases.get(number).list,
            ListIndex::Restriction(number) => &self.cases.get(number).restriction(place)?.1.list,
        };
        list.entry(subject)?.at(place)
    }

    /// The reference of a list.
    #[must_use]
    pub fn list_ref(&self, list: ListIndex) -> ListRef {
        match list {
            ListIndex::Organization => ListRef::Organization,
            ListIndex::Definition(number) => ListRef::Definition(self.definitions.names.id(number).clone()),
            ListIndex::Case(number) => ListRef::Case(self.cases.names.id(number).clone()),
            ListIndex::Restriction(number) => ListRef::Restriction(self.cases.names.id(number).clone()),
        }
    }

    /// Whether a resource exists.
    #[must_use]
    pub fn exists(&self, resource: &Resource, place: Place) -> bool {
        self.target(resource, place).is_some()
    }

    /// Of what cases are gathered by.
    pub(crate) fn numbers(&self) -> Numbers {
        Numbers {
            users: self.directory.users.len(),
            groups: self.directory.groups.len(),
            workspaces: self.directory.workspaces.len(),
            definitions: self.definitions.names.len(),
        }
    }

    fn stream(&self, index: StreamIndex) -> Stream {
        match index {
            StreamIndex::Case(number) => Stream::Case(self.cases.names.id(number).clone()),
            StreamIndex::Definition(number) => Stream::Definition(self.definitions.names.id(number).clone()),
            StreamIndex::Group(number) => Stream::Group(self.directory.groups.id(number).clone()),
            StreamIndex::User(number) => Stream::User(self.directory.users.id(number).clone()),
            StreamIndex::Profile(number) => Stream::Profile(self.profiles.names.id(number).clone()),
            StreamIndex::Item(number) => Stream::Item(self.items.items.id(number).clone()),
            StreamIndex::Task(number) => Stream::Task(self.items.tasks.id(number).clone()),
            StreamIndex::Organization => Stream::Organization,
        }
    }

    fn stream_index(&self, stream: &Stream) -> Option<StreamIndex> {
        match stream {
            Stream::Case(id) => self.cases.names.get(id).map(StreamIndex::Case),
            Stream::Definition(id) => self.definitions.names.get(id).map(StreamIndex::Definition),
            Stream::Group(id) => self.directory.groups.get(id).map(StreamIndex::Group),
            Stream::User(id) => self.directory.users.get(id).map(StreamIndex::User),
            Stream::Profile(id) => self.profiles.names.get(id).map(StreamIndex::Profile),
            Stream::Item(id) => self.items.items.get(id).map(StreamIndex::Item),
            Stream::Task(id) => self.items.tasks.get(id).map(StreamIndex::Task),
            Stream::Organization => Some(StreamIndex::Organization),
        }
    }
}
