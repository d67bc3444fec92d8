//! All views of one organization. `fold` makes them, one event at a time, in order; `undo` takes off what lies above a
//! position.
//!
//! INVARIANT: what a fold makes depends on the events alone, so two folds of one log are equal. An event that does not
//! fit (a gap, a stream version out of turn, a time that goes back, a case nobody opened) is corruption, never skipped.
//! Absent on purpose: the head. A reader brings the place it reads at; what lies above is invisible to it.

use crate::facts::number::{LabelKey, ListIndex, StreamIndex, Target};
use crate::facts::position::Pos32;
use crate::tables::access_list::Windows;
use crate::tables::callers::Callers;
use crate::tables::case_access::CaseAccess;
use crate::tables::case_access::build_index::KeyCounts;
use crate::tables::command_ids::RecentIds;
use crate::tables::definition_access::DefinitionAccess;
use crate::tables::delegations::{Delegations, Links};
use crate::tables::directory::Directory;
use crate::tables::items::Items;
use crate::tables::labels::Labels;
use crate::tables::policy::PolicyView;
use crate::tables::profiles::Profiles;
use crate::tables::sealing::SealingKeys;
use crate::tables::streams::Streams;
use crate::tables::timeline::Timeline;
use crate::tables::undo_log::UndoLog;
use crate::tables::vocabulary::VocabularyView;
use caseward_events::{CommandId, KeyNumber, Labelled, ListRef, Position, Resource, Stream, Subject, Via};

/// All tables of one organization, folded up to one position.
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
    /// What the words of callers stand for.
    pub vocabulary: VocabularyView,
    /// Of all entries.
    pub windows: Windows,
    /// When commits were recorded.
    pub timeline: Timeline,
    /// Of the reasons about each subject, and of tree heads.
    pub keys: SealingKeys,
    pub(crate) labels: Labels,
    pub(crate) callers: Callers,
    pub(crate) streams: Streams,
    pub(crate) commands: RecentIds,
    pub(crate) tip: Position,
    pub(crate) undo_log: UndoLog,
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
        self.commands.get(id).map(Pos32::position)
    }

    /// The ids of the last commands.
    #[must_use]
    pub fn recent_ids(&self) -> &RecentIds {
        &self.commands
    }

    /// Since when nothing that is said about a subject is kept, where that is so.
    #[must_use]
    pub fn erased_since(&self, subject: &Subject, place: Pos32) -> Option<Pos32> {
        self.keys.erased.true_since(self.directory.key(subject)?, place)
    }

    /// The keys of all who were erased: those that must not be there any more.
    pub fn keys_to_destroy(&self) -> impl Iterator<Item = KeyNumber> + '_ {
        let erased = self.keys.erased.held(Pos32::LATEST);
        erased.filter_map(|(subject, _)| self.keys.get(&self.directory.subject(subject)))
    }

    /// The stretches of the log, up to a place, that have all events that came through a caller, and others: first and last
    /// position of each, ascending.
    #[must_use]
    pub fn came_through(&self, via: &Via, up_to: Pos32) -> Vec<(Position, Position)> {
        self.callers.stretches(via, up_to)
    }

    /// What people call something at a place.
    #[must_use]
    pub fn label(&self, of: &Labelled, place: Pos32) -> Option<&str> {
        self.labels.at(self.label_key(of)?, place)
    }

    pub(crate) fn label_key(&self, of: &Labelled) -> Option<LabelKey> {
        match of {
            Labelled::User(id) => self.directory.users.get(id).map(LabelKey::User),
            Labelled::Group(id) => self.directory.groups.get(id).map(LabelKey::Group),
            Labelled::Case(id) => self.cases.names.get(id).map(LabelKey::Case),
            Labelled::Definition(id) => self.definitions.names.get(id).map(LabelKey::Definition),
            Labelled::Profile(id) => self.profiles.names.get(id).map(LabelKey::Profile),
            Labelled::Workspace(id) => self.directory.workspaces.get(id).map(LabelKey::Workspace),
        }
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

    /// Whether an event had made a resource by then. No case need be in memory for it.
    #[must_use]
    pub fn was_named(&self, resource: &Resource, place: Pos32) -> bool {
        match resource {
            Resource::Case(id) => {
                let names = &self.cases.names;
                names.get(id).is_some_and(|number| names.first(number) <= place)
            }
            Resource::Definition(id) => self.definitions.known(id, place).is_some(),
            Resource::Organization => true,
        }
    }

    /// The resource of a number.
    #[must_use]
    pub fn resource(&self, target: Target) -> Resource {
        match target {
            Target::Case(case) => Resource::Case(self.cases.names.id(case).clone()),
            Target::Definition(definition) => Resource::Definition(self.definitions.names.id(definition).clone()),
            Target::Organization => Resource::Organization,
        }
    }

    /// Of what cases are gathered by.
    pub(crate) fn numbers(&self) -> KeyCounts {
        KeyCounts {
            users: self.directory.users.len(),
            groups: self.directory.groups.len(),
            workspaces: self.directory.workspaces.len(),
            definitions: self.definitions.names.len(),
        }
    }

    pub(super) fn stream(&self, index: StreamIndex) -> Stream {
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
