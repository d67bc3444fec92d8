//! `configure_profile`, `set_form_access`, `assign_profile`, `place_in_workspace`.

use super::{Deciding, Outcome, TIP};
use caseward_events::command::{AssignProfile, ConfigureProfile, PlaceInWorkspace, SetFormAccess};
use caseward_events::event::{FormAccessSet, ProfileAssigned, ProfileConfigured, UserPlaced};
use caseward_events::{Code, Refusal, UserId};

impl Deciding<'_> {
    pub(super) fn configure_profile(&self, command: &ConfigureProfile) -> Outcome {
        let known = self.views.profiles.names.get(&command.profile);
        let before = known.map(|profile| self.views.profiles.get(profile).settings(TIP)).unwrap_or_default();
        let settings = command.settings_from(before);
        if settings == before {
            return Outcome::unchanged();
        }
        Outcome::one(ProfileConfigured { profile: command.profile.clone(), settings })
    }

    pub(super) fn set_form_access(&self, command: &SetFormAccess) -> Result<Outcome, Refusal> {
        let SetFormAccess { profile, definition, .. } = command;
        let number = self.definition(definition)?;
        let known = self.views.profiles.names.get(profile);
        let row = known.and_then(|profile| self.views.profiles.get(profile).rows.at(number, TIP));
        let before = row.map(|(_, row)| *row).unwrap_or_default();
        let access = command.access_from(before);
        if let Some(why) = access.contradiction() {
            let message = format!("the row of `profile:{profile}` on `definition:{definition}` would have {why}");
            return Err(Refusal::new(Code::Contradictory, message)
                .hint("set the scope in the same command, or the switch to false"));
        }
        if access == before {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(FormAccessSet { profile: profile.clone(), definition: definition.clone(), access }))
    }

    pub(super) fn assign_profile(&self, AssignProfile { user, profile }: &AssignProfile) -> Outcome {
        let profiles = &self.views.profiles.names;
        let before = self.user(user).and_then(|user| self.views.directory.profile(user, TIP));
        if before.map(|(_, number)| profiles.id(number)) == profile.as_ref() {
            return Outcome::unchanged();
        }
        let dormant = profile.as_ref().and_then(|profile| self.dormant_profile(user, profile));
        Outcome::one(ProfileAssigned { user: user.clone(), profile: profile.clone() }).warn(dormant)
    }

    pub(super) fn place_in_workspace(&self, PlaceInWorkspace { user, workspace }: &PlaceInWorkspace) -> Outcome {
        if self.workspace_of(user) == *workspace {
            return Outcome::unchanged();
        }
        Outcome::one(UserPlaced { user: user.clone(), workspace: workspace.clone() })
    }

    pub(super) fn user(&self, id: &UserId) -> Option<u32> {
        self.views.directory.users.get(id)
    }
}
