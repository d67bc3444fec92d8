//! The fold: one event at a time, in order.
//!
//! INVARIANT: every change of a view leaves a record in the undo log ([`crate::tables::undo_log`]), so that [`super::undo`]
//! can take it off again. This file takes an event to the idea that it is about; each idea is a file of its own.

mod cases;
mod definitions;
mod directory;
mod lists;

use crate::facts::number::{ListIndex, StreamIndex, SubjectKey};
use crate::facts::position::Pos32;
use crate::fold::fold_error::FoldError;
use crate::fold::prefetch::Prefetched;
use crate::fold::views::Views;
use crate::tables::case_access::Case;
use crate::tables::undo_log::Replaying;
use crate::tables::undo_record::UndoRecord;
use caseward_events::event::{TokenIssued, TokenWithdrawn};
use caseward_events::fact::{ListText, SubjectText};
use caseward_events::limits::POSITION_MAX;
use caseward_events::{Event, Fact, Header, Recorded, Text};

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
    fn keep_envelope(&mut self, header: &Header<'_>, place: Pos32) -> Result<(), FoldError> {
        self.timeline.push(header.time);
        self.undo_log.push(place, UndoRecord::Time);
        if let Some(via) = &header.via {
            self.callers.came(via, place, &mut self.undo_log);
        }
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

    fn add_command(&mut self, id: Text<'_>, place: Pos32) {
        if self.undo_log.replaying() == Replaying::Everything {
            self.commands.append(id, place);
        } else if self.commands.add(id, place) {
            self.undo_log.push(place, UndoRecord::Command);
        }
    }

    fn admit(&self, header: &Header<'_>) -> Result<Pos32, FoldError> {
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
        place: Pos32,
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

    fn apply_event(&mut self, header: &Header<'_>, event: &Event, place: Pos32) -> Result<StreamIndex, FoldError> {
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
            Event::VocabularyAdopted(event) => {
                self.vocabulary.adopt(&event.vocabulary, place, &mut self.undo_log);
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
            Event::TokenIssued(TokenIssued { token, .. }) | Event::TokenWithdrawn(TokenWithdrawn { token }) => {
                Err(unknown(place, token))
            }
            Event::CaseOpened(_) | Event::AccessGranted(_) | Event::GrantUpdated(_) | Event::GrantRevoked(_) => {
                unreachable!("it is a fact of its own")
            }
            Event::MemberAdded(_) | Event::MemberRemoved(_) => unreachable!("it is a fact of its own"),
        }
    }

    /// A user or group, named here perhaps for the first time.
    fn subject(&mut self, subject: SubjectText<'_>, known: Prefetched, place: Pos32) -> SubjectKey {
        match known.user {
            Some(user) => SubjectKey::user(user),
            None => self.directory.name(subject, place, &mut self.undo_log),
        }
    }

    pub(super) fn list(&self, list: ListText<'_>, known: Prefetched, place: Pos32) -> Result<ListIndex, FoldError> {
        let case = |id| known.case.map_or_else(|| self.case(id, place), Ok);
        Ok(match list {
            ListText::Organization => ListIndex::Organization,
            ListText::Definition(id) => ListIndex::Definition(self.definition(id, place)?),
            ListText::Case(id) => ListIndex::Case(case(id)?),
            ListText::Restriction(id) => ListIndex::Restriction(case(id)?),
        })
    }

    fn definition(&self, id: Text<'_>, place: Pos32) -> Result<u32, FoldError> {
        self.definitions.names.get_text(id).ok_or_else(|| unknown(place, &format_args!("definition:{id}")))
    }

    pub(super) fn case(&self, id: Text<'_>, place: Pos32) -> Result<u32, FoldError> {
        self.cases.names.get_text(id).ok_or_else(|| unknown(place, &format_args!("case:{id}")))
    }
}

fn unknown(place: Pos32, what: &dyn std::fmt::Display) -> FoldError {
    FoldError::Unknown { position: place.position(), what: what.to_string() }
}
