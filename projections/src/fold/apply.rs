//! The fold: one event at a time, in order.
//!
//! INVARIANT: every change of a view leaves a record in the undo log ([`crate::tables::undo_log`]), so that [`super::undo`]
//! can take it off again.

use crate::facts::history::History;
use crate::facts::number::{
    CaseIndexKey, EntityKey, LabelKey, ListIndex, StreamIndex, SubjectKey, Target, WindowIndex,
};
use crate::facts::place::Place;
use crate::fold::fold_error::FoldError;
use crate::fold::prefetch::Prefetched;
use crate::fold::views::Views;
use crate::tables::access_list::{AccessList, Entry, TimedRights};
use crate::tables::case_access::{Case, Glass, Placed};
use crate::tables::delegations::{Delegation, Link};
use crate::tables::undo_log::Replaying;
use crate::tables::undo_record::UndoRecord;
use caseward_events::event::{
    CaseRestricted, CaseShared, DefinitionCreated, Delegated, DelegationEnded, FormAccessSet, GlassBroken,
    GrantsRevoked, LabelSet, LinkRevoked, PersonAdded, PersonRemoved, ProfileAssigned, ProfileConfigured, UserPlaced,
};
use caseward_events::fact::{ListText, SubjectText};
use caseward_events::limits::POSITION_MAX;
use caseward_events::{
    ActivityId, ActorRef, CaseId, DefinitionId, Entity, Event, Fact, GroupId, Header, ItemId, Label, Labelled,
    OrganizationName, Recorded, Resource, Rights, Subject, TaskId, Text, Timestamp, UserId, Window,
};

impl Views {
    /// Folds the next event.
    ///
    /// # Errors
    /// [`FoldError::Missing`], with nothing changed: put back what is missing, and fold it again. Or it does not fit; the
    /// views must not be used after that.
    pub fn apply(&mut self, recorded: &Recorded) -> Result<(), FoldError> {
        let (fact, position) = (Fact::from(&recorded.event), recorded.position);
        self.can_fold(fact, None).map_err(|rows| FoldError::Missing { position, rows })?;
        self.fold(&recorded.header(), fact, Prefetched::default())
    }

    /// Whatever it changes is in memory.
    pub(super) fn fold(&mut self, header: &Header<'_>, fact: Fact<'_>, known: Prefetched) -> Result<(), FoldError> {
        let place = self.admit(header)?;
        if self.undo_log.replaying() != Replaying::Partial {
            self.keep_envelope(header, place)?;
        }
        let stream = self.apply_fact(header, fact, known, place)?;
        let version = self.streams.count_up(stream);
        self.undo_log.push(place, UndoRecord::StreamVersion(stream));
        if header.stream_version != u64::from(version) {
            let (position, found, known) = (header.position, header.stream_version, u64::from(version) - 1);
            return Err(FoldError::StreamVersion { position, stream: self.stream(stream), known, found });
        }
        self.tip = header.position;
        Ok(())
    }

    /// What is kept of every event, whatever happened.
    #[inline]
    fn keep_envelope(&mut self, header: &Header<'_>, place: Place) -> Result<(), FoldError> {
        self.timeline.push(header.time);
        self.undo_log.push(place, UndoRecord::Time);
        if header.index == 0 {
            self.add_command(header.command_id, place);
        }
        if let Some((subject, key)) = &header.begins {
            if !self.keys.begin(subject, *key, place) {
                let what = format!("the key of {subject}");
                return Err(FoldError::MadeTwice { position: place.position(), what });
            }
            self.undo_log.push(place, UndoRecord::SealingKey);
        }
        Ok(())
    }

    fn add_command(&mut self, id: Text<'_>, place: Place) {
        if self.undo_log.replaying() == Replaying::Everything {
            self.commands.append(id, place);
        } else if self.commands.add(id, place) {
            self.undo_log.push(place, UndoRecord::Command);
        }
    }

    fn admit(&self, header: &Header<'_>) -> Result<Place, FoldError> {
        let (expected, found) = (self.tip.next(), header.position);
        let is_in_turn = found == expected || (found > expected && self.undo_log.replaying() == Replaying::Partial);
        if !is_in_turn {
            return Err(FoldError::Gap { expected, found });
        }
        if found.0 > POSITION_MAX {
            return Err(FoldError::Full(found));
        }
        match self.timeline.last() {
            Some(last) if header.time < last => {
                Err(FoldError::TimeGoesBack { position: found, last, found: header.time })
            }
            _ => Ok(found.into()),
        }
    }

    /// Gives the stream that the event is in: what names the stream is looked up once.
    fn apply_fact(
        &mut self,
        header: &Header<'_>,
        fact: Fact<'_>,
        known: Prefetched,
        place: Place,
    ) -> Result<StreamIndex, FoldError> {
        match fact {
            Fact::CaseOpened { case, definition, creator, parent, workspace } => {
                let definition = self.definition(definition, place)?;
                let parent = match parent.map(|parent| self.case(parent, place)) {
                    // No access flows between the two.
                    Some(Err(_)) if self.undo_log.replaying() == Replaying::Partial => None,
                    parent => parent.transpose()?,
                };
                let creator = self.subject(SubjectText::User(creator), known, place).number();
                let workspace = workspace.map(|id| self.directory.name_workspace(id, place, &mut self.undo_log));
                self.open_case(case, Case::opened(place, definition, creator, workspace, parent))
            }
            Fact::Entry { on, to, rights, window } => {
                let list = self.list(on, known, place)?;
                let subject = self.subject(to, known, place);
                Ok(self.set_entry(list, subject, rights, window, place))
            }
            Fact::Member { group, member, is } => {
                let group = self.directory.name_group(group, place, &mut self.undo_log);
                let member = self.subject(member, known, place);
                self.directory.set_member(member, group, is, place, &mut self.undo_log);
                Ok(StreamIndex::Group(group))
            }
            Fact::Other(event) => self.apply_event(header, event, place),
        }
    }

    fn apply_event(&mut self, header: &Header<'_>, event: &Event, place: Place) -> Result<StreamIndex, FoldError> {
        match event {
            Event::DefinitionCreated(event) => self.create_definition(event, place),
            Event::AccessControlSet(event) => self.set_access_control(&event.definition, event.enabled, place),
            Event::GrantsRevoked(event) => self.sweep(event, place),
            Event::SharingSet(event) => self.set_sharing(&event.definition, event.enabled, place),
            Event::CaseCompleted(event) => self.set_completed(&event.case, true, place),
            Event::CaseReopened(event) => self.set_completed(&event.case, false, place),
            Event::CaseRestricted(event) => self.restrict(event, place),
            Event::RestrictionLifted(event) => self.lift(&event.case, place),
            Event::PersonAdded(event) => self.add_person(event, place),
            Event::PersonRemoved(event) => self.remove_person(event, place),
            Event::ActivityAssigned(event) => self.assign(&event.case, &event.activity, &event.to, true, place),
            Event::ActivityReleased(event) => self.assign(&event.case, &event.activity, &event.to, false, place),
            Event::Delegated(event) => self.delegate(event, header.actor, place),
            Event::DelegationEnded(event) => self.end_delegation(event, place),
            Event::CaseShared(event) => self.share_case(event, header.actor, place),
            Event::LinkRevoked(event) => self.revoke_link(event, place),
            Event::WallRaised(event) => self.set_wall(&event.on, &event.against, true, place),
            Event::WallLowered(event) => self.set_wall(&event.on, &event.against, false, place),
            Event::GlassBroken(event) => self.break_glass(event, header.time, place),
            Event::ItemAdded(event) => self.set_item(&event.item, &event.case, true, place),
            Event::ItemRemoved(event) => self.set_item(&event.item, &event.case, false, place),
            Event::ItemCheckedOut(event) => Ok(self.set_away(&event.item, Some(&event.organization), place)),
            Event::ItemCheckedIn(event) => Ok(self.set_away(&event.item, None, place)),
            Event::Attached(event) => self.set_attached(&event.task, &event.entity, true, place),
            Event::Detached(event) => self.set_attached(&event.task, &event.entity, false, place),
            Event::FormAccessSet(event) => self.set_form_access(event, place),
            Event::ProfileConfigured(event) => Ok(self.configure_profile(event, place)),
            Event::ProfileAssigned(event) => Ok(self.assign_profile(event, place)),
            Event::UserPlaced(event) => Ok(self.place_user(event, place)),
            Event::GroupDeactivated(event) => Ok(self.set_active(&event.group, false, place)),
            Event::GroupActivated(event) => Ok(self.set_active(&event.group, true, place)),
            Event::UserDisabled(event) => Ok(self.set_disabled(&event.user, true, place)),
            Event::UserEnabled(event) => Ok(self.set_disabled(&event.user, false, place)),
            Event::OrgAdminAppointed(event) => Ok(self.set_org_admin(&event.user, true, place)),
            Event::OrgAdminDismissed(event) => Ok(self.set_org_admin(&event.user, false, place)),
            Event::PolicyAdopted(event) => {
                self.policy.adopt(&event.keys, place, &mut self.undo_log);
                Ok(StreamIndex::Organization)
            }
            Event::SubjectErased(event) => Ok(self.erase(&event.subject, place)),
            Event::KeyReplaced(event) => {
                self.keys.signing.push(place, event.public_key);
                self.undo_log.push(place, UndoRecord::SigningKey);
                Ok(StreamIndex::Organization)
            }
            Event::LabelSet(event) => self.set_label(event, place),
            Event::UserOffboarded(event) => self.offboard(event, place),
            Event::OrganizationCreated(event) => Err(unknown(place, &event.name)),
            Event::CaseOpened(_) | Event::AccessGranted(_) | Event::GrantUpdated(_) | Event::GrantRevoked(_) => {
                unreachable!("it is a fact of its own")
            }
            Event::MemberAdded(_) | Event::MemberRemoved(_) => unreachable!("it is a fact of its own"),
        }
    }

    fn erase(&mut self, subject: &Subject, place: Place) -> StreamIndex {
        let subject = self.directory.name(subject.into(), place, &mut self.undo_log);
        self.keys.erased.set(subject, place, true);
        self.undo_log.push(place, UndoRecord::Erased(subject));
        StreamIndex::Organization
    }

    fn set_label(&mut self, LabelSet { of, label }: &LabelSet, place: Place) -> Result<StreamIndex, FoldError> {
        let Views { directory, profiles, undo_log, .. } = self;
        let (key, stream) = match of {
            Labelled::User(id) => {
                let user = directory.name_user(id.text(), place, undo_log);
                (LabelKey::User(user), StreamIndex::User(user))
            }
            Labelled::Group(id) => {
                let group = directory.name_group(id.text(), place, undo_log);
                (LabelKey::Group(group), StreamIndex::Group(group))
            }
            Labelled::Profile(id) => {
                let profile = profiles.name(id, place, undo_log);
                (LabelKey::Profile(profile), StreamIndex::Profile(profile))
            }
            Labelled::Workspace(id) => {
                (LabelKey::Workspace(directory.name_workspace(id.text(), place, undo_log)), StreamIndex::Organization)
            }
            Labelled::Case(id) => {
                let case = self.case(id.text(), place)?;
                (LabelKey::Case(case), StreamIndex::Case(case))
            }
            Labelled::Definition(id) => {
                let definition = self.definition(id.text(), place)?;
                (LabelKey::Definition(definition), StreamIndex::Definition(definition))
            }
        };
        self.labels.set(key, label.as_ref().map(Label::as_str), place, &mut self.undo_log);
        Ok(stream)
    }

    fn set_active(&mut self, group: &GroupId, active: bool, place: Place) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let group = directory.name_group(group.text(), place, undo_log);
        directory.set_active(group, active, place, undo_log);
        StreamIndex::Group(group)
    }

    fn set_disabled(&mut self, user: &UserId, disabled: bool, place: Place) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let user = directory.name_user(user.text(), place, undo_log);
        directory.set_disabled(user, disabled, place, undo_log);
        StreamIndex::User(user)
    }

    fn set_org_admin(&mut self, user: &UserId, is: bool, place: Place) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let user = directory.name_user(user.text(), place, undo_log);
        directory.set_org_admin(user, is, place, undo_log);
        StreamIndex::Organization
    }

    fn place_user(&mut self, event: &UserPlaced, place: Place) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let user = directory.name_user(event.user.text(), place, undo_log);
        let workspace = event.workspace.as_ref().map(|id| directory.name_workspace(id.text(), place, undo_log));
        directory.place_user(user, workspace, place, undo_log);
        StreamIndex::User(user)
    }

    fn assign_profile(&mut self, event: &ProfileAssigned, place: Place) -> StreamIndex {
        let Views { directory, profiles, undo_log, .. } = self;
        let user = directory.name_user(event.user.text(), place, undo_log);
        let profile = event.profile.as_ref().map(|id| profiles.name(id, place, undo_log));
        directory.assign_profile(user, profile, place, undo_log);
        StreamIndex::User(user)
    }

    fn configure_profile(&mut self, event: &ProfileConfigured, place: Place) -> StreamIndex {
        let profile = self.profiles.name(&event.profile, place, &mut self.undo_log);
        self.profiles.configure(profile, event.settings, place, &mut self.undo_log);
        StreamIndex::Profile(profile)
    }

    fn set_away(&mut self, item: &ItemId, to: Option<&OrganizationName>, place: Place) -> StreamIndex {
        let item = self.items.name_item(item, place, &mut self.undo_log);
        self.items.set_away(item, to.cloned(), place, &mut self.undo_log);
        StreamIndex::Item(item)
    }

    /// A user or group, named here perhaps for the first time.
    fn subject(&mut self, subject: SubjectText<'_>, known: Prefetched, place: Place) -> SubjectKey {
        match known.user {
            Some(user) => SubjectKey::user(user),
            None => self.directory.name(subject, place, &mut self.undo_log),
        }
    }

    pub(super) fn list(&self, list: ListText<'_>, known: Prefetched, place: Place) -> Result<ListIndex, FoldError> {
        let case = |id| known.case.map_or_else(|| self.case(id, place), Ok);
        Ok(match list {
            ListText::Organization => ListIndex::Organization,
            ListText::Definition(id) => ListIndex::Definition(self.definition(id, place)?),
            ListText::Case(id) => ListIndex::Case(case(id)?),
            ListText::Restriction(id) => ListIndex::Restriction(case(id)?),
        })
    }

    fn definition(&self, id: Text<'_>, place: Place) -> Result<u32, FoldError> {
        self.definitions.names.get_text(id).ok_or_else(|| unknown(place, &format_args!("definition:{id}")))
    }

    pub(super) fn case(&self, id: Text<'_>, place: Place) -> Result<u32, FoldError> {
        self.cases.names.get_text(id).ok_or_else(|| unknown(place, &format_args!("case:{id}")))
    }

    fn create_definition(&mut self, event: &DefinitionCreated, place: Place) -> Result<StreamIndex, FoldError> {
        let DefinitionCreated { definition, name, access_control, by_policy } = event;
        if self.definitions.names.get(definition).is_some() {
            let what = format!("definition:{definition}");
            return Err(FoldError::MadeTwice { position: place.position(), what });
        }
        let number = self.definitions.create(definition, *access_control, *by_policy, place, &mut self.undo_log);
        // Its first label.
        if let Some(name) = name {
            self.labels.set(LabelKey::Definition(number), Some(name), place, &mut self.undo_log);
        }
        Ok(StreamIndex::Definition(number))
    }

    fn open_case(&mut self, id: Text<'_>, case: Case) -> Result<StreamIndex, FoldError> {
        let place = case.opened;
        let twice = || FoldError::MadeTwice { position: place.position(), what: format!("case:{id}") };
        let case = self.cases.open(id, case, &mut self.undo_log).ok_or_else(twice)?;
        Ok(StreamIndex::Case(case))
    }

    fn set_access_control(&mut self, id: &DefinitionId, on: bool, place: Place) -> Result<StreamIndex, FoldError> {
        let number = self.definition(id.text(), place)?;
        self.definitions.get_mut(number).access_control.push(place, on);
        self.undo_log.push(place, UndoRecord::AccessControl(number));
        Ok(StreamIndex::Definition(number))
    }

    fn set_sharing(&mut self, id: &DefinitionId, on: bool, place: Place) -> Result<StreamIndex, FoldError> {
        let number = self.definition(id.text(), place)?;
        self.definitions.get_mut(number).sharing.push(place, on);
        self.undo_log.push(place, UndoRecord::Sharing(number));
        Ok(StreamIndex::Definition(number))
    }

    /// No case is looked at: whoever reads an entry of one looks here.
    fn sweep(&mut self, event: &GrantsRevoked, place: Place) -> Result<StreamIndex, FoldError> {
        let GrantsRevoked { definition, to } = event;
        let number = self.definition(definition.text(), place)?;
        let subject = self.directory.name(to.into(), place, &mut self.undo_log);
        self.put_entry(ListIndex::Definition(number), subject, Rights::NONE, Window::ALWAYS, place);
        self.definitions.get_mut(number).swept.set(subject, place, true);
        self.undo_log.push(place, UndoRecord::Swept { definition: number, subject });
        Ok(StreamIndex::Definition(number))
    }

    fn set_form_access(&mut self, event: &FormAccessSet, place: Place) -> Result<StreamIndex, FoldError> {
        let definition = self.definition(event.definition.text(), place);
        let profile = self.profiles.name(&event.profile, place, &mut self.undo_log);
        match definition {
            // A row of another definition than that of the question.
            Err(_) if self.undo_log.replaying() == Replaying::Partial => {}
            definition => self.profiles.set_row(profile, definition?, event.access, place, &mut self.undo_log),
        }
        Ok(StreamIndex::Profile(profile))
    }

    fn add_person(&mut self, event: &PersonAdded, place: Place) -> Result<StreamIndex, FoldError> {
        let PersonAdded { case, field, person, workspace } = event;
        let case = self.case(case.text(), place)?;
        let field = self.cases.name_field(field, place, &mut self.undo_log);
        let person = self.directory.name(person.into(), place, &mut self.undo_log);
        let workspace =
            workspace.as_ref().map(|id| self.directory.name_workspace(id.text(), place, &mut self.undo_log));
        self.cases.place_person(case, (field, person), Placed::In(workspace), place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    fn remove_person(&mut self, event: &PersonRemoved, place: Place) -> Result<StreamIndex, FoldError> {
        let case = self.case(event.case.text(), place)?;
        let field = self.cases.name_field(&event.field, place, &mut self.undo_log);
        let person = self.directory.name((&event.person).into(), place, &mut self.undo_log);
        self.cases.place_person(case, (field, person), Placed::Out, place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    fn assign(
        &mut self,
        case: &CaseId,
        activity: &ActivityId,
        to: &[Subject],
        is: bool,
        place: Place,
    ) -> Result<StreamIndex, FoldError> {
        let case = self.case(case.text(), place)?;
        let activity = self.cases.name_activity(activity, place, &mut self.undo_log);
        for subject in to {
            let assignee = self.directory.name(subject.into(), place, &mut self.undo_log);
            self.cases.assign(case, (activity, assignee), is, place, &mut self.undo_log);
        }
        Ok(StreamIndex::Case(case))
    }

    fn delegate(&mut self, event: &Delegated, actor: ActorRef<'_>, place: Place) -> Result<StreamIndex, FoldError> {
        let Delegated { delegation, from, to, valid_from, valid_until } = event;
        if self.delegations.names.get(delegation).is_some() {
            let what = format!("delegation:{delegation}");
            return Err(FoldError::MadeTwice { position: place.position(), what });
        }
        let from = self.directory.name_user(from.text(), place, &mut self.undo_log);
        let made = Delegation {
            made: place,
            actor: actor.to_actor(),
            from,
            to: self.directory.name_user(to.text(), place, &mut self.undo_log),
            window: Window { from: *valid_from, until: *valid_until },
            ended: History::default(),
        };
        let window = made.window;
        self.delegations.make(delegation, made, &mut self.undo_log);
        self.keep_window(window, place);
        Ok(StreamIndex::User(from))
    }

    fn end_delegation(&mut self, event: &DelegationEnded, place: Place) -> Result<StreamIndex, FoldError> {
        let DelegationEnded { delegation: id, from } = event;
        let from = self.directory.users.get(from).ok_or_else(|| unknown(place, &format_args!("user:{from}")))?;
        let missing = || unknown(place, &format_args!("delegation:{id}"));
        let number = self.delegations.names.get(id).ok_or_else(missing)?;
        self.delegations.end(number, place, &mut self.undo_log);
        Ok(StreamIndex::User(from))
    }

    fn share_case(&mut self, event: &CaseShared, actor: ActorRef<'_>, place: Place) -> Result<StreamIndex, FoldError> {
        let CaseShared { case, link, valid_until } = event;
        if self.links.names.get(link).is_some() {
            return Err(FoldError::MadeTwice { position: place.position(), what: format!("link:{link}") });
        }
        let case = self.case(case.text(), place)?;
        let made =
            Link { made: place, actor: actor.to_actor(), case, until: *valid_until, revoked: History::default() };
        let link = self.links.make(link, made, &mut self.undo_log);
        self.cases.add_link(case, link, place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    fn revoke_link(&mut self, event: &LinkRevoked, place: Place) -> Result<StreamIndex, FoldError> {
        let LinkRevoked { case, link: id } = event;
        let case = self.case(case.text(), place)?;
        let number = self.links.names.get(id).ok_or_else(|| unknown(place, &format_args!("link:{id}")))?;
        self.links.revoke(number, place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    fn set_wall(&mut self, on: &Resource, against: &Subject, is: bool, place: Place) -> Result<StreamIndex, FoldError> {
        let target = match on {
            Resource::Case(id) => Target::Case(self.case(id.text(), place)?),
            Resource::Definition(id) => Target::Definition(self.definition(id.text(), place)?),
            Resource::Organization => Target::Organization,
        };
        let against = self.directory.name(against.into(), place, &mut self.undo_log);
        self.undo_log.push(place, UndoRecord::Wall { on: target, against });
        if let (Some(group), Target::Organization | Target::Definition(_)) = (against.as_group(), target) {
            self.directory.wall(group);
        }
        match target {
            Target::Organization => self.definitions.set_wall(None, against, place, is),
            Target::Definition(number) => self.definitions.set_wall(Some(number), against, place, is),
            Target::Case(case) => {
                self.cases.get_mut(case).rare_mut().walls.set(against, place, is);
                self.cases.index_case(CaseIndexKey::Naming(against), case, place, &mut self.undo_log);
            }
        }
        Ok(match target {
            Target::Organization => StreamIndex::Organization,
            Target::Definition(number) => StreamIndex::Definition(number),
            Target::Case(number) => StreamIndex::Case(number),
        })
    }

    pub(super) fn put_entry_of(&mut self, list: ListIndex, subject: SubjectKey, place: Place) {
        self.put_entry(list, subject, Rights::NONE, Window::ALWAYS, place);
    }

    fn break_glass(&mut self, event: &GlassBroken, from: Timestamp, place: Place) -> Result<StreamIndex, FoldError> {
        let GlassBroken { case, user, rights, until } = event;
        let case = self.case(case.text(), place)?;
        let user = self.directory.name_user(user.text(), place, &mut self.undo_log);
        let glass = Glass { broken: place, user, rights: *rights, from, until: *until, ended: None };
        self.cases.break_glass(case, glass, &mut self.undo_log);
        self.keep_window(Window { from: None, until: Some(*until) }, place);
        Ok(StreamIndex::Case(case))
    }

    fn set_item(&mut self, item: &ItemId, case: &CaseId, is: bool, place: Place) -> Result<StreamIndex, FoldError> {
        let case = self.case(case.text(), place)?;
        let item = self.items.name_item(item, place, &mut self.undo_log);
        if self.items.set_in_case(item, case, is, place, &mut self.undo_log) {
            self.cases.add_item(case, item);
        }
        Ok(StreamIndex::Item(item))
    }

    fn set_attached(
        &mut self,
        task: &TaskId,
        entity: &Entity,
        is: bool,
        place: Place,
    ) -> Result<StreamIndex, FoldError> {
        let entity = match entity {
            Entity::Case(case) => EntityKey::Case(self.case(case.text(), place)?),
            Entity::Item(item) => EntityKey::Item(self.items.name_item(item, place, &mut self.undo_log)),
        };
        let task = self.items.name_task(task, place, &mut self.undo_log);
        let first = self.items.set_attached(task, entity, is, place, &mut self.undo_log);
        if let (EntityKey::Case(case), true) = (entity, first) {
            self.cases.add_task(case, task);
        }
        Ok(StreamIndex::Task(task))
    }

    fn set_completed(&mut self, case: &CaseId, completed: bool, place: Place) -> Result<StreamIndex, FoldError> {
        let number = self.case(case.text(), place)?;
        self.cases.get_mut(number).completed.push(place, completed);
        self.undo_log.push(place, UndoRecord::Completed(number));
        Ok(StreamIndex::Case(number))
    }

    fn restrict(&mut self, event: &CaseRestricted, place: Place) -> Result<StreamIndex, FoldError> {
        let case = self.case(event.case.text(), place)?;
        self.cases.set_restricted(case, true, place, &mut self.undo_log);
        for entry in &event.entries {
            let subject = self.directory.name((&entry.to).into(), place, &mut self.undo_log);
            self.put_entry(ListIndex::Restriction(case), subject, entry.rights, entry.window(), place);
        }
        Ok(StreamIndex::Case(case))
    }

    fn lift(&mut self, case: &CaseId, place: Place) -> Result<StreamIndex, FoldError> {
        let case = self.case(case.text(), place)?;
        let restriction = self.cases.get_mut(case).restriction_mut();
        let held = |entry: &&crate::tables::access_list::Entry| entry.at(Place::LATEST).is_some();
        let listed: Vec<_> = restriction.list.entries().filter(held).map(Entry::subject).collect();
        for subject in listed {
            self.put_entry(ListIndex::Restriction(case), subject, Rights::NONE, Window::ALWAYS, place);
        }
        self.cases.set_restricted(case, false, place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    fn set_entry(
        &mut self,
        list: ListIndex,
        subject: SubjectKey,
        rights: Rights,
        window: Window,
        place: Place,
    ) -> StreamIndex {
        self.put_entry(list, subject, rights, window, place);
        match list {
            ListIndex::Organization => StreamIndex::Organization,
            ListIndex::Definition(number) => StreamIndex::Definition(number),
            ListIndex::Case(number) | ListIndex::Restriction(number) => StreamIndex::Case(number),
        }
    }

    fn put_entry(&mut self, list: ListIndex, subject: SubjectKey, rights: Rights, window: Window, place: Place) {
        let window = self.keep_window(window, place);
        let first = self.list_mut(list).set(subject, place, TimedRights { rights, window });
        self.undo_log.push(place, UndoRecord::Entry { list, subject });
        if let (ListIndex::Case(case) | ListIndex::Restriction(case), true) = (list, first) {
            self.cases.index_case(CaseIndexKey::Naming(subject), case, place, &mut self.undo_log);
        }
    }

    fn keep_window(&mut self, window: Window, place: Place) -> WindowIndex {
        let (window, kept) = self.windows.add(window, place);
        if kept {
            self.undo_log.push(place, UndoRecord::Window);
        }
        window
    }

    pub(super) fn list_mut(&mut self, list: ListIndex) -> &mut AccessList {
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
