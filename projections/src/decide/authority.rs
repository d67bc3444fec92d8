//! Who may command (`semantics.md` section 5, "Who may command").

use super::{Deciding, TIP};
use caseward_events::command::{Command, CreateDefinition, Grant, Revoke, SetAccessControl, UpdateGrant};
use caseward_events::policy::AccessManagers;
use caseward_events::{Action, Actor, Asker, Code, ListRef, Refusal, Resource};

/// What a command asks of its actor. "An org admin" is always one who is not disabled, whatever the policy says of
/// what org admins may do to cases.
pub(super) enum Authority {
    /// A fact that another system owns: any producer.
    Anyone,
    /// An org admin, always.
    OrgAdmin,
    /// An org admin, once there is any.
    OrgAdminOnceAny,
    /// With `access_managers: managers` an org admin or whoever has manage_access there; with `trusted` anyone.
    Manager(Resource),
    /// Likewise, once there is any org admin.
    ManagerOnceAnyAdmin(Resource),
}

impl Authority {
    pub(super) fn of(command: &Command) -> Authority {
        match command {
            Command::RestrictCase(_) | Command::LiftRestriction(_) => Authority::OrgAdmin,
            Command::Grant(Grant { on, .. })
            | Command::UpdateGrant(UpdateGrant { on, .. })
            | Command::Revoke(Revoke { on, .. }) => match on {
                ListRef::Restriction(_) => Authority::OrgAdmin,
                ListRef::Organization => Authority::Manager(Resource::Organization),
                ListRef::Definition(definition) => Authority::Manager(Resource::Definition(definition.clone())),
                ListRef::Case(case) => Authority::Manager(Resource::Case(case.clone())),
            },
            Command::CreateDefinition(CreateDefinition { definition, .. })
            | Command::SetAccessControl(SetAccessControl { definition, .. }) => {
                Authority::ManagerOnceAnyAdmin(Resource::Definition(definition.clone()))
            }
            Command::AdoptPolicy(_) | Command::AppointOrgAdmin(_) | Command::DismissOrgAdmin(_) => {
                Authority::OrgAdminOnceAny
            }
            Command::OpenCase(_)
            | Command::CompleteCase(_)
            | Command::ReopenCase(_)
            | Command::AddMember(_)
            | Command::RemoveMember(_)
            | Command::DeactivateGroup(_)
            | Command::ActivateGroup(_)
            | Command::DisableUser(_)
            | Command::EnableUser(_) => Authority::Anyone,
        }
    }
}

impl Deciding<'_> {
    pub(super) fn judge_authority(&self, authority: &Authority) -> Result<(), Refusal> {
        let may = match authority {
            Authority::Anyone => true,
            Authority::OrgAdmin => self.is_org_admin(),
            Authority::OrgAdminOnceAny => !self.any_org_admin() || self.is_org_admin(),
            Authority::Manager(resource) => self.manages(resource),
            Authority::ManagerOnceAnyAdmin(resource) => !self.any_org_admin() || self.manages(resource),
        };
        if may { Ok(()) } else { Err(self.not_authorized(authority)) }
    }

    fn is_org_admin(&self) -> bool {
        let user = self.actor.as_user().and_then(|user| self.views.directory.users.get(user));
        user.is_some_and(|user| self.views.directory.is_enabled_admin(user, TIP))
    }

    fn any_org_admin(&self) -> bool {
        self.views.directory.admins(TIP).next().is_some()
    }

    fn manages(&self, resource: &Resource) -> bool {
        if self.views.policy.at(TIP).access_managers == AccessManagers::Trusted || self.is_org_admin() {
            return true;
        }
        let Actor::User(user) = self.actor else { return false };
        let resource = self.or_organization(resource);
        let asker = Asker::User(user.clone());
        self.views.check(&asker, Action::ManageAccess, &resource, self.when()).allowed
    }

    /// On what does not exist a right is asked on the organization instead.
    fn or_organization(&self, resource: &Resource) -> Resource {
        if self.views.exists(resource, TIP) { resource.clone() } else { Resource::Organization }
    }

    fn not_authorized(&self, authority: &Authority) -> Refusal {
        let actor = self.actor;
        let (message, who) = match authority {
            Authority::Manager(resource) | Authority::ManagerOnceAnyAdmin(resource) => {
                let resource = self.or_organization(resource);
                let message = format!("`{actor}` is no org admin and lacks manage_access on `{resource}`");
                (message, format!("caseward who manage_access {resource}"))
            }
            Authority::Anyone | Authority::OrgAdmin | Authority::OrgAdminOnceAny => {
                let message = format!("`{actor}` is no enabled org admin; only one may do this");
                (message, "caseward who administer organization".to_owned())
            }
        };
        Refusal::new(Code::NotAuthorized, message).hint(format!("these may: {who}")).fact("actor", actor.to_string())
    }
}
