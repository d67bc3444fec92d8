//! Events about users, groups, profiles, workspaces, labels, delegations and what is kept about a person.

use super::unknown;
use crate::facts::history::History;
use crate::facts::number::{LabelKey, StreamIndex};
use crate::facts::position::Pos32;
use crate::fold::fold_error::FoldError;
use crate::fold::views::Views;
use crate::tables::delegations::Delegation;
use crate::tables::undo_record::UndoRecord;
use caseward_events::event::{Delegated, DelegationEnded, LabelSet, ProfileAssigned, ProfileConfigured, UserPlaced};
use caseward_events::{ActorRef, GroupId, Label, Labelled, Subject, UserId, Window};

impl Views {
    pub(super) fn erase(&mut self, subject: &Subject, place: Pos32) -> StreamIndex {
        let subject = self.directory.name(subject.into(), place, &mut self.undo_log);
        self.keys.erased.set(subject, place, true);
        self.undo_log.push(place, UndoRecord::Erased(subject));
        StreamIndex::Organization
    }

    pub(super) fn set_label(
        &mut self,
        LabelSet { of, label }: &LabelSet,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
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

    pub(super) fn set_active(&mut self, group: &GroupId, active: bool, place: Pos32) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let group = directory.name_group(group.text(), place, undo_log);
        directory.set_active(group, active, place, undo_log);
        StreamIndex::Group(group)
    }

    pub(super) fn set_disabled(&mut self, user: &UserId, disabled: bool, place: Pos32) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let user = directory.name_user(user.text(), place, undo_log);
        directory.set_disabled(user, disabled, place, undo_log);
        StreamIndex::User(user)
    }

    pub(super) fn set_org_admin(&mut self, user: &UserId, is: bool, place: Pos32) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let user = directory.name_user(user.text(), place, undo_log);
        directory.set_org_admin(user, is, place, undo_log);
        StreamIndex::Organization
    }

    pub(super) fn place_user(&mut self, event: &UserPlaced, place: Pos32) -> StreamIndex {
        let Views { directory, undo_log, .. } = self;
        let user = directory.name_user(event.user.text(), place, undo_log);
        let workspace = event.workspace.as_ref().map(|id| directory.name_workspace(id.text(), place, undo_log));
        directory.place_user(user, workspace, place, undo_log);
        StreamIndex::User(user)
    }

    pub(super) fn assign_profile(&mut self, event: &ProfileAssigned, place: Pos32) -> StreamIndex {
        let Views { directory, profiles, undo_log, .. } = self;
        let user = directory.name_user(event.user.text(), place, undo_log);
        let profile = event.profile.as_ref().map(|id| profiles.name(id, place, undo_log));
        directory.assign_profile(user, profile, place, undo_log);
        StreamIndex::User(user)
    }

    pub(super) fn configure_profile(&mut self, event: &ProfileConfigured, place: Pos32) -> StreamIndex {
        let profile = self.profiles.name(&event.profile, place, &mut self.undo_log);
        self.profiles.configure(profile, event.settings, place, &mut self.undo_log);
        StreamIndex::Profile(profile)
    }

    pub(super) fn delegate(
        &mut self,
        event: &Delegated,
        actor: ActorRef<'_>,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
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

    pub(super) fn end_delegation(&mut self, event: &DelegationEnded, place: Pos32) -> Result<StreamIndex, FoldError> {
        let DelegationEnded { delegation: id, from } = event;
        let from = self.directory.users.get(from).ok_or_else(|| unknown(place, &format_args!("user:{from}")))?;
        let missing = || unknown(place, &format_args!("delegation:{id}"));
        let number = self.delegations.names.get(id).ok_or_else(missing)?;
        self.delegations.end(number, place, &mut self.undo_log);
        Ok(StreamIndex::User(from))
    }
}
