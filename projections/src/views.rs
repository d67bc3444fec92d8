//! All views of one organization, and the fold that makes them: one event at a time, in order, undoable above the head.
//!
//! INVARIANT: what a fold makes depends on the events alone, so two folds of one log are equal. An event that does not
//! fit (a gap, a stream version out of turn, a time that goes back, a case nobody opened) is corruption, never skipped.
//! Absent on purpose: the head. A reader brings the place it reads at; what lies above is invisible to it.

use crate::access_list::{Held, ListIndex, SubjectKey, Windows};
use crate::case_access::CaseAccess;
use crate::definition_access::DefinitionAccess;
use crate::directory::{Directory, Through};
use crate::history::Place;
use crate::names::Names;
use crate::policy::PolicyView;
use crate::timeline::Timeline;
use crate::trail::{StreamIndex, Touch, Trail};
use caseward_events::event::{CaseOpened, CaseRestricted, DefinitionCreated};
use caseward_events::limits::POSITION_MAX;
use caseward_events::{
    CaseId, CommandId, DefinitionId, Event, ListRef, Position, Recorded, Resource, Rights, Stream, Subject, Timestamp,
    Window,
};

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

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Views {
    /// Users and groups.
    pub directory: Directory,
    /// The definition-access view.
    pub definitions: DefinitionAccess,
    /// The case-access view.
    pub cases: CaseAccess,
    /// The policy.
    pub policy: PolicyView,
    /// Of all entries.
    pub windows: Windows,
    /// When commits were recorded.
    pub timeline: Timeline,
    pub(crate) streams: Streams,
    pub(crate) commands: Names<CommandId>,
    tip: Position,
    trail: Trail,
}

/// How many events each stream has, by number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Streams {
    cases: Vec<u32>,
    definitions: Vec<u32>,
    groups: Vec<u32>,
    users: Vec<u32>,
    organization: u32,
}

impl Streams {
    fn get(&self, stream: StreamIndex) -> u32 {
        let of = |counts: &[u32], number: u32| counts.get(number as usize).copied().unwrap_or(0);
        match stream {
            StreamIndex::Case(number) => of(&self.cases, number),
            StreamIndex::Definition(number) => of(&self.definitions, number),
            StreamIndex::Group(number) => of(&self.groups, number),
            StreamIndex::User(number) => of(&self.users, number),
            StreamIndex::Organization => self.organization,
        }
    }

    fn set(&mut self, stream: StreamIndex, count: u32) {
        let (counts, number) = match stream {
            StreamIndex::Case(number) => (&mut self.cases, number),
            StreamIndex::Definition(number) => (&mut self.definitions, number),
            StreamIndex::Group(number) => (&mut self.groups, number),
            StreamIndex::User(number) => (&mut self.users, number),
            StreamIndex::Organization => {
                self.organization = count;
                return;
            }
        };
        let index = number as usize;
        if counts.len() <= index {
            counts.resize(index + 1, 0);
        }
        counts[index] = count;
        // So that a stream whose first event was undone is as if it had never been.
        while counts.last() == Some(&0) {
            counts.pop();
        }
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

    /// The position of the first event of a command.
    #[must_use]
    pub fn command(&self, id: &CommandId) -> Option<Position> {
        self.commands.get(id).map(|number| self.commands.first(number).position())
    }

    /// How many command ids are known.
    #[must_use]
    pub fn commands_known(&self) -> usize {
        self.commands.len()
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
        match resource {
            Resource::Case(id) => self.cases.known(id, place).is_some(),
            Resource::Definition(id) => self.definitions.known(id, place).is_some(),
            Resource::Organization => true,
        }
    }

    fn stream_index(&self, stream: &Stream) -> Option<StreamIndex> {
        match stream {
            Stream::Case(id) => self.cases.names.get(id).map(StreamIndex::Case),
            Stream::Definition(id) => self.definitions.names.get(id).map(StreamIndex::Definition),
            Stream::Group(id) => self.directory.groups.get(id).map(StreamIndex::Group),
            Stream::User(id) => self.directory.users.get(id).map(StreamIndex::User),
            Stream::Organization => Some(StreamIndex::Organization),
        }
    }
}

/// The fold.
impl Views {
    /// Folds the next event.
    ///
    /// # Errors
    /// Where it does not fit; the views must not be used after that.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let stream = recorded.stream();
        let known = self.stream_index(&stream);
        let place = self.admit(recorded, &stream, known)?;
        self.timeline.push(recorded.time);
        self.trail.push(place, Touch::Time);
        if recorded.index == 0 && self.commands.intern(&recorded.command_id, place).1 {
            self.trail.push(place, Touch::Command);
        }
        self.apply_event(&recorded.event, place)?;
        let named = || self.stream_index(&stream).expect("the event has just named it");
        let index = known.unwrap_or_else(named);
        self.streams.set(index, self.streams.get(index) + 1);
        self.trail.push(place, Touch::StreamVersion(index));
        self.tip = recorded.position;
        Ok(())
    }

    fn admit(&self, recorded: &Recorded, stream: &Stream, index: Option<StreamIndex>) -> Result<Place, FoldError> {
        let (expected, found) = (self.tip.next(), recorded.position);
        if found != expected {
            return Err(FoldError::Gap { expected, found });
        }
        if found.0 > POSITION_MAX {
            return Err(FoldError::Full(found));
        }
        let known = index.map_or(0, |index| u64::from(self.streams.get(index)));
        if recorded.stream_version != known + 1 {
            let found = recorded.stream_version;
            let stream = stream.clone();
            return Err(FoldError::StreamVersion { position: recorded.position, stream, known, found });
        }
        match self.timeline.last() {
            Some(last) if recorded.time < last => {
                Err(FoldError::TimeGoesBack { position: found, last, found: recorded.time })
            }
            _ => Ok(found.into()),
        }
    }

    fn apply_event(&mut self, event: &Event, place: Place) -> Result<(), FoldError> {
        let Views { directory, policy, trail, .. } = self;
        match event {
            Event::DefinitionCreated(event) => return self.create_definition(event, place),
            Event::AccessControlSet(event) => {
                let number = self.definition(&event.definition, place)?;
                self.definitions.get_mut(number).access_control.push(place, event.enabled);
                self.trail.push(place, Touch::AccessControl(number));
            }
            Event::CaseOpened(event) => return self.open_case(event, place),
            Event::CaseCompleted(event) => self.set_completed(&event.case, true, place)?,
            Event::CaseReopened(event) => self.set_completed(&event.case, false, place)?,
            Event::AccessGranted(event) => {
                let window = Window { from: event.valid_from, until: event.valid_until };
                self.set_entry(&event.on, &event.to, event.rights, window, place)?;
            }
            Event::GrantUpdated(event) => {
                let window = Window { from: event.valid_from, until: event.valid_until };
                self.set_entry(&event.on, &event.to, event.rights, window, place)?;
            }
            Event::GrantRevoked(event) => {
                self.set_entry(&event.on, &event.to, Rights::NONE, Window::ALWAYS, place)?;
            }
            Event::CaseRestricted(event) => return self.restrict(event, place),
            Event::RestrictionLifted(event) => return self.lift(&event.case, place),
            Event::MemberAdded(event) => {
                let group = directory.name_group(&event.group, place, trail);
                let member = directory.name(&event.member, place, trail);
                directory.set_member(member, group, true, place, trail);
            }
            Event::MemberRemoved(event) => {
                let group = directory.name_group(&event.group, place, trail);
                let member = directory.name(&event.member, place, trail);
                directory.set_member(member, group, false, place, trail);
            }
            Event::GroupDeactivated(event) => {
                let group = directory.name_group(&event.group, place, trail);
                directory.set_active(group, false, place, trail);
            }
            Event::GroupActivated(event) => {
                let group = directory.name_group(&event.group, place, trail);
                directory.set_active(group, true, place, trail);
            }
            Event::UserDisabled(event) => {
                let user = directory.name_user(&event.user, place, trail);
                directory.set_disabled(user, true, place, trail);
            }
            Event::UserEnabled(event) => {
                let user = directory.name_user(&event.user, place, trail);
                directory.set_disabled(user, false, place, trail);
            }
            Event::OrgAdminAppointed(event) => {
                let user = directory.name_user(&event.user, place, trail);
                directory.set_org_admin(user, true, place, trail);
            }
            Event::OrgAdminDismissed(event) => {
                let user = directory.name_user(&event.user, place, trail);
                directory.set_org_admin(user, false, place, trail);
            }
            Event::PolicyAdopted(event) => policy.adopt(&event.keys, place, trail),
            Event::OrganizationCreated(event) => return Err(unknown(place, &event.name)),
        }
        Ok(())
    }

    fn definition(&self, id: &DefinitionId, place: Place) -> Result<u32, FoldError> {
        self.definitions.names.get(id).ok_or_else(|| unknown(place, &format_args!("definition:{id}")))
    }

    fn case(&self, id: &CaseId, place: Place) -> Result<u32, FoldError> {
        self.cases.names.get(id).ok_or_else(|| unknown(place, &format_args!("case:{id}")))
    }

    fn create_definition(&mut self, event: &DefinitionCreated, place: Place) -> Result<(), FoldError> {
        let DefinitionCreated { definition, access_control, by_policy, .. } = event;
        if self.definitions.names.get(definition).is_some() {
            let what = format!("definition:{definition}");
            return Err(FoldError::MadeTwice { position: place.position(), what });
        }
        self.definitions.create(definition, *access_control, *by_policy, place, &mut self.trail);
        Ok(())
    }

    fn open_case(&mut self, event: &CaseOpened, place: Place) -> Result<(), FoldError> {
        let CaseOpened { case, definition, creator, parent } = event;
        if self.cases.names.get(case).is_some() {
            return Err(FoldError::MadeTwice { position: place.position(), what: format!("case:{case}") });
        }
        let definition = self.definition(definition, place)?;
        let parent = parent.as_ref().map(|parent| self.case(parent, place)).transpose()?;
        let creator = self.directory.name_user(creator, place, &mut self.trail);
        self.cases.open(case, definition, creator, parent, place, &mut self.trail);
        Ok(())
    }

    fn set_completed(&mut self, case: &CaseId, completed: bool, place: Place) -> Result<(), FoldError> {
        let number = self.case(case, place)?;
        self.cases.get_mut(number).completed.push(place, completed);
        self.trail.push(place, Touch::Completed(number));
        Ok(())
    }

    fn restrict(&mut self, event: &CaseRestricted, place: Place) -> Result<(), FoldError> {
        let case = self.case(&event.case, place)?;
        self.cases.set_restricted(case, true, place, &mut self.trail);
        for entry in &event.entries {
            let subject = self.directory.name(&entry.to, place, &mut self.trail);
            self.put_entry(ListIndex::Restriction(case), subject, entry.rights, entry.window(), place);
        }
        Ok(())
    }

    fn lift(&mut self, case: &CaseId, place: Place) -> Result<(), FoldError> {
        let case = self.case(case, place)?;
        let restriction = self.cases.get_mut(case).restriction_mut();
        let held = |entry: &&crate::access_list::Entry| entry.at(Place::LATEST).is_some();
        let listed: Vec<_> = restriction.list.entries().iter().filter(held).map(|entry| entry.subject).collect();
        for subject in listed {
            self.put_entry(ListIndex::Restriction(case), subject, Rights::NONE, Window::ALWAYS, place);
        }
        self.cases.set_restricted(case, false, place, &mut self.trail);
        Ok(())
    }

    fn set_entry(
        &mut self,
        list: &ListRef,
        to: &Subject,
        rights: Rights,
        window: Window,
        place: Place,
    ) -> Result<(), FoldError> {
        let list = match list {
            ListRef::Organization => ListIndex::Organization,
            ListRef::Definition(id) => ListIndex::Definition(self.definition(id, place)?),
            ListRef::Case(id) => ListIndex::Case(self.case(id, place)?),
            ListRef::Restriction(id) => ListIndex::Restriction(self.case(id, place)?),
        };
        let subject = self.directory.name(to, place, &mut self.trail);
        self.put_entry(list, subject, rights, window, place);
        Ok(())
    }

    fn put_entry(&mut self, list: ListIndex, subject: SubjectKey, rights: Rights, window: Window, place: Place) {
        let (window, kept) = self.windows.add(window);
        if kept {
            self.trail.push(place, Touch::Window);
        }
        let first = self.list_mut(list).set(subject, place, Held { rights, window });
        self.trail.push(place, Touch::Entry { list, subject, first });
        if let (ListIndex::Case(case), true) = (list, first) {
            self.cases.add_naming(subject, case);
        }
    }

    fn list_mut(&mut self, list: ListIndex) -> &mut crate::access_list::AccessList {
        match list {
            ListIndex::Organization => &mut self.definitions.organization,
            ListIndex::Definition(number) => &mut self.definitions.get_mut(number).list,
            ListIndex::Case(number) => &mut self.cases.get_mut(number).list,
            ListIndex::Restriction(number) => &mut self.cases.get_mut(number).restriction_mut().list,
        }
    }
}

fn unknown(place: Place, what: &dyn std::fmt::Display) -> FoldError {
    FoldError::Unknown { position: place.position(), what: what.to_string() }
}

/// Undoing.
impl Views {
    /// Forgets how to undo what the head has passed.
    pub fn settle(&mut self, head: Position) {
        self.trail.settle(head.into());
    }

    /// Takes off everything above a position, newest first; the position must not lie below the settled head.
    pub fn truncate(&mut self, to: Position) {
        while let Some(touch) = self.trail.pop_above(to.into()) {
            self.undo(touch);
        }
        self.tip = self.tip.min(to);
    }

    fn undo(&mut self, touch: Touch) {
        match touch {
            Touch::User => self.directory.undo_user(),
            Touch::Group => self.directory.undo_group(),
            Touch::Definition => self.definitions.undo_create(),
            Touch::Case => self.cases.undo_open(),
            Touch::UserDisabled(user) => self.directory.undo_disabled(user),
            Touch::OrgAdmin(user) => self.directory.undo_org_admin(user),
            Touch::Membership { member, group, first } => self.directory.undo_membership(member, group, first),
            Touch::GroupActive(group) => self.directory.undo_active(group),
            Touch::Closure(group) => self.directory.undo_closure(group, Through::ActiveGroups),
            Touch::ClosureOfAll(group) => self.directory.undo_closure(group, Through::AllGroups),
            Touch::AccessControl(definition) => {
                self.definitions.get_mut(definition).access_control.pop();
            }
            Touch::Completed(case) => {
                self.cases.get_mut(case).completed.pop();
            }
            Touch::Restriction(case) => self.cases.undo_restricted(case),
            Touch::RestrictedCases => {
                self.cases.restricted.pop();
            }
            Touch::Entry { list, subject, first } => {
                self.list_mut(list).undo(subject);
                if let (ListIndex::Case(_), true) = (list, first) {
                    self.cases.undo_naming(subject);
                }
            }
            Touch::Window => self.windows.pop(),
            Touch::PolicyKey(key) => self.policy.undo_key(key),
            Touch::PolicyEvent => self.policy.undo_adopt(),
            Touch::StreamVersion(stream) => {
                let count = self.streams.get(stream);
                self.streams.set(stream, count - 1);
            }
            Touch::Command => self.commands.pop(),
            Touch::Time => self.timeline.undo(),
        }
    }
}
