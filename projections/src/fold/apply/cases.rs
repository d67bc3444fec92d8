//! Events about cases: their state, their people, their links and emergency access, the items and tasks in them.

use super::unknown;
use crate::facts::history::History;
use crate::facts::number::{EntityKey, StreamIndex};
use crate::facts::position::Pos32;
use crate::fold::fold_error::FoldError;
use crate::fold::views::Views;
use crate::tables::case_access::{Case, Glass, Placed};
use crate::tables::delegations::Link;
use crate::tables::undo_record::UndoRecord;
use caseward_events::event::{CaseShared, GlassBroken, LinkRevoked, PersonAdded, PersonRemoved};
use caseward_events::{
    ActivityId, ActorRef, CaseId, Entity, ItemId, OrganizationName, Subject, TaskId, Text, Timestamp, Window,
};

impl Views {
    pub(super) fn open_case(&mut self, id: Text<'_>, case: Case) -> Result<StreamIndex, FoldError> {
        let place = case.opened;
        let twice = || FoldError::MadeTwice { position: place.position(), what: format!("case:{id}") };
        let case = self.cases.open(id, case, &mut self.undo_log).ok_or_else(twice)?;
        Ok(StreamIndex::Case(case))
    }

    pub(super) fn add_person(&mut self, event: &PersonAdded, place: Pos32) -> Result<StreamIndex, FoldError> {
        let PersonAdded { case, field, person, workspace } = event;
        let case = self.case(case.text(), place)?;
        let field = self.cases.name_field(field, place, &mut self.undo_log);
        let person = self.directory.name(person.into(), place, &mut self.undo_log);
        let workspace =
            workspace.as_ref().map(|id| self.directory.name_workspace(id.text(), place, &mut self.undo_log));
        self.cases.place_person(case, (field, person), Placed::In(workspace), place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    pub(super) fn remove_person(&mut self, event: &PersonRemoved, place: Pos32) -> Result<StreamIndex, FoldError> {
        let case = self.case(event.case.text(), place)?;
        let field = self.cases.name_field(&event.field, place, &mut self.undo_log);
        let person = self.directory.name((&event.person).into(), place, &mut self.undo_log);
        self.cases.place_person(case, (field, person), Placed::Out, place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    pub(super) fn assign(
        &mut self,
        case: &CaseId,
        activity: &ActivityId,
        to: &[Subject],
        is: bool,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
        let case = self.case(case.text(), place)?;
        let activity = self.cases.name_activity(activity, place, &mut self.undo_log);
        for subject in to {
            let assignee = self.directory.name(subject.into(), place, &mut self.undo_log);
            self.cases.assign(case, (activity, assignee), is, place, &mut self.undo_log);
        }
        Ok(StreamIndex::Case(case))
    }

    pub(super) fn share_case(
        &mut self,
        event: &CaseShared,
        actor: ActorRef<'_>,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
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

    pub(super) fn revoke_link(&mut self, event: &LinkRevoked, place: Pos32) -> Result<StreamIndex, FoldError> {
        let LinkRevoked { case, link: id } = event;
        let case = self.case(case.text(), place)?;
        let number = self.links.names.get(id).ok_or_else(|| unknown(place, &format_args!("link:{id}")))?;
        self.links.revoke(number, place, &mut self.undo_log);
        Ok(StreamIndex::Case(case))
    }

    pub(super) fn break_glass(
        &mut self,
        event: &GlassBroken,
        from: Timestamp,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
        let GlassBroken { case, user, rights, until } = event;
        let case = self.case(case.text(), place)?;
        let user = self.directory.name_user(user.text(), place, &mut self.undo_log);
        let glass = Glass { broken: place, user, rights: *rights, from, until: *until, ended: None };
        self.cases.break_glass(case, glass, &mut self.undo_log);
        self.keep_window(Window { from: None, until: Some(*until) }, place);
        Ok(StreamIndex::Case(case))
    }

    pub(super) fn set_completed(
        &mut self,
        case: &CaseId,
        completed: bool,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
        let number = self.case(case.text(), place)?;
        self.cases.get_mut(number).completed.push(place, completed);
        self.undo_log.push(place, UndoRecord::Completed(number));
        Ok(StreamIndex::Case(number))
    }

    pub(super) fn set_item(
        &mut self,
        item: &ItemId,
        case: &CaseId,
        is: bool,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
        let case = self.case(case.text(), place)?;
        let item = self.items.name_item(item, place, &mut self.undo_log);
        if self.items.set_in_case(item, case, is, place, &mut self.undo_log) {
            self.cases.add_item(case, item);
        }
        Ok(StreamIndex::Item(item))
    }

    pub(super) fn set_away(&mut self, item: &ItemId, to: Option<&OrganizationName>, place: Pos32) -> StreamIndex {
        let item = self.items.name_item(item, place, &mut self.undo_log);
        self.items.set_away(item, to.cloned(), place, &mut self.undo_log);
        StreamIndex::Item(item)
    }

    pub(super) fn set_attached(
        &mut self,
        task: &TaskId,
        entity: &Entity,
        is: bool,
        place: Pos32,
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
}
