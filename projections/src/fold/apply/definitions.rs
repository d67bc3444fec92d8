//! Events about definitions and about what stands on them: access control, sharing, the matrix, walls.

use crate::facts::number::{CaseIndexKey, LabelKey, ListIndex, StreamIndex, Target};
use crate::facts::position::Pos32;
use crate::fold::fold_error::FoldError;
use crate::fold::views::Views;
use crate::tables::undo_log::Replaying;
use crate::tables::undo_record::UndoRecord;
use caseward_events::event::{DefinitionCreated, FormAccessSet, GrantsRevoked};
use caseward_events::{DefinitionId, Resource, Rights, Subject, Window};

impl Views {
    pub(super) fn create_definition(
        &mut self,
        event: &DefinitionCreated,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
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

    pub(super) fn set_access_control(
        &mut self,
        id: &DefinitionId,
        on: bool,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
        let number = self.definition(id.text(), place)?;
        self.definitions.get_mut(number).access_control.push(place, on);
        self.undo_log.push(place, UndoRecord::AccessControl(number));
        Ok(StreamIndex::Definition(number))
    }

    pub(super) fn set_sharing(&mut self, id: &DefinitionId, on: bool, place: Pos32) -> Result<StreamIndex, FoldError> {
        let number = self.definition(id.text(), place)?;
        self.definitions.get_mut(number).sharing.push(place, on);
        self.undo_log.push(place, UndoRecord::Sharing(number));
        Ok(StreamIndex::Definition(number))
    }

    /// No case is looked at: whoever reads an entry of one looks here.
    pub(super) fn sweep(&mut self, event: &GrantsRevoked, place: Pos32) -> Result<StreamIndex, FoldError> {
        let GrantsRevoked { definition, to } = event;
        let number = self.definition(definition.text(), place)?;
        let subject = self.directory.name(to.into(), place, &mut self.undo_log);
        self.put_entry(ListIndex::Definition(number), subject, Rights::NONE, Window::ALWAYS, place);
        self.definitions.get_mut(number).swept.set(subject, place, true);
        self.undo_log.push(place, UndoRecord::Swept { definition: number, subject });
        Ok(StreamIndex::Definition(number))
    }

    pub(super) fn set_form_access(&mut self, event: &FormAccessSet, place: Pos32) -> Result<StreamIndex, FoldError> {
        let definition = self.definition(event.definition.text(), place);
        let profile = self.profiles.name(&event.profile, place, &mut self.undo_log);
        match definition {
            // A row of another definition than that of the question.
            Err(_) if self.undo_log.replaying() == Replaying::Partial => {}
            definition => self.profiles.set_row(profile, definition?, event.access, place, &mut self.undo_log),
        }
        Ok(StreamIndex::Profile(profile))
    }

    pub(super) fn set_wall(
        &mut self,
        on: &Resource,
        against: &Subject,
        is: bool,
        place: Pos32,
    ) -> Result<StreamIndex, FoldError> {
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
}
