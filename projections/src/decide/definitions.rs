//! `create_definition`, `set_access_control`, `set_sharing`.

use super::{Deciding, Outcome, TIP};
use caseward_events::command::{CreateDefinition, SetAccessControl, SetSharing};
use caseward_events::event::{AccessControlSet, DefinitionCreated, SharingSet};
use caseward_events::policy::Switch;
use caseward_events::{Code, DefinitionId, Refusal};

impl Deciding<'_> {
    pub(super) fn create_definition(&self, command: &CreateDefinition) -> Result<Outcome, Refusal> {
        let CreateDefinition { definition, name, access_control } = command;
        if self.views.definitions.names.get(definition).is_some() {
            return Err(Refusal::new(Code::Exists, format!("`definition:{definition}` already exists"))
                .hint(format!("caseward history definition:{definition}")));
        }
        let by_policy = self.views.policy.at(TIP).access_control_default == Switch::On;
        Ok(Outcome::one(DefinitionCreated {
            definition: definition.clone(),
            name: name.clone(),
            access_control: access_control.unwrap_or(by_policy),
            by_policy: access_control.is_none(),
        }))
    }

    pub(super) fn set_access_control(&self, command: &SetAccessControl) -> Result<Outcome, Refusal> {
        let SetAccessControl { definition, enabled } = command;
        let number = self.definition(definition)?;
        let is_off = self.views.definitions.get(number).open_since(TIP).is_some();
        if is_off != *enabled {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(AccessControlSet { definition: definition.clone(), enabled: *enabled }))
    }

    pub(super) fn set_sharing(&self, command: &SetSharing) -> Result<Outcome, Refusal> {
        let SetSharing { definition, enabled } = command;
        let number = self.definition(definition)?;
        if self.views.definitions.get(number).sharing.is_true(TIP) == *enabled {
            return Ok(Outcome::unchanged());
        }
        let back = if *enabled { self.links_of_definition(number) } else { None };
        Ok(Outcome::one(SharingSet { definition: definition.clone(), enabled: *enabled }).warn(back))
    }

    pub(super) fn definition(&self, id: &DefinitionId) -> Result<u32, Refusal> {
        self.views.definitions.names.get(id).ok_or_else(|| {
            Refusal::new(Code::NotFound, format!("`definition:{id}` does not exist"))
                .hint("create it first, with create_definition")
        })
    }
}
