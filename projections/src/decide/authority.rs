//! Who may command (`semantics.md` section 5, "Who may command").

use super::{Deciding, TIP};
use caseward_events::command::{
    Command, CreateDefinition, Delegate, EndDelegation, Grant, Revoke, RevokeLink, SetAccessControl, SetSharing,
    ShareCase, UpdateGrant, Wall,
};
use caseward_events::policy::AccessManagers;
use caseward_events::{Action, Actor, Asker, CaseId, Code, DelegationId, LinkId, ListRef, Refusal, Resource, UserId};

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
    /// Whoever has share on the case.
    Sharer(CaseId),
    /// That user, or whoever manages the organization.
    Delegator(UserId),
    /// The actor who made it, and nobody else.
    MakerOfDelegation(DelegationId),
    /// The actor who made it, or whoever has share or manage_access on the case.
    KeeperOfLink(LinkId),
    /// A user who is not disabled.
    EnabledUser,
}

impl Authority {
    pub(super) fn of(command: &Command) -> Authority {
        match command {
            Command::RestrictCase(_) | Command::LiftRestriction(_) | Command::Erase(_) | Command::ReplaceKey(_) => {
                Authority::OrgAdmin
            }
            Command::Grant(Grant { on, .. })
            | Command::UpdateGrant(UpdateGrant { on, .. })
            | Command::Revoke(Revoke { on, .. }) => match on {
                ListRef::Restriction(_) => Authority::OrgAdmin,
                ListRef::Organization => Authority::Manager(Resource::Organization),
                ListRef::Definition(definition) => Authority::Manager(Resource::Definition(definition.clone())),
                ListRef::Case(case) => Authority::Manager(Resource::Case(case.clone())),
            },
            // As `revoke` there.
            Command::Offboard(_) => Authority::Manager(Resource::Organization),
            Command::RaiseWall(Wall { on, .. }) | Command::LowerWall(Wall { on, .. }) => Authority::Manager(on.clone()),
            Command::CreateDefinition(CreateDefinition { definition, .. })
            | Command::SetSharing(SetSharing { definition, .. })
            | Command::SetAccessControl(SetAccessControl { definition, .. }) => {
                Authority::ManagerOnceAnyAdmin(Resource::Definition(definition.clone()))
            }
            Command::AdoptPolicy(_)
            | Command::AdoptVocabulary(_)
            | Command::AppointOrgAdmin(_)
            | Command::DismissOrgAdmin(_) => Authority::OrgAdminOnceAny,
            Command::ConfigureProfile(_) | Command::SetFormAccess(_) | Command::AssignProfile(_) => {
                Authority::ManagerOnceAnyAdmin(Resource::Organization)
            }
            Command::ShareCase(ShareCase { case, .. }) => Authority::Sharer(case.clone()),
            Command::RevokeLink(RevokeLink { link }) => Authority::KeeperOfLink(link.clone()),
            Command::Delegate(Delegate { from, .. }) => Authority::Delegator(from.clone()),
            Command::EndDelegation(EndDelegation { delegation }) => Authority::MakerOfDelegation(delegation.clone()),
            Command::BreakGlass(_) => Authority::EnabledUser,
            Command::PlaceInWorkspace(_)
            | Command::AddPerson(_)
            | Command::RemovePerson(_)
            | Command::AssignActivity(_)
            | Command::ReleaseActivity(_)
            | Command::AddItem(_)
            | Command::RemoveItem(_)
            | Command::CheckOutItem(_)
            | Command::CheckInItem(_)
            | Command::Attach(_)
            | Command::Detach(_)
            | Command::OpenCase(_)
            | Command::CompleteCase(_)
            | Command::ReopenCase(_)
            | Command::AddMember(_)
            | Command::RemoveMember(_)
            | Command::DeactivateGroup(_)
            | Command::ActivateGroup(_)
            | Command::DisableUser(_)
            | Command::EnableUser(_)
            | Command::SetLabel(_) => Authority::Anyone,
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
            Authority::Sharer(case) => self.may_share(case),
            Authority::Delegator(from) => {
                self.actor.as_user() == Some(from) || !self.any_org_admin() || self.manages(&Resource::Organization)
            }
            // What does not exist is `not_found` for everybody.
            Authority::MakerOfDelegation(delegation) => {
                let known = self.views.delegations.names.get(delegation);
                known.is_none_or(|number| self.views.delegations.get(number).actor == *self.actor)
            }
            Authority::KeeperOfLink(link) => {
                let known = self.views.links.names.get(link);
                known.is_none_or(|number| self.keeps_link(number))
            }
            Authority::EnabledUser => self.is_enabled_user(),
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
        self.has(Action::ManageAccess, &self.or_organization(resource))
    }

    fn has(&self, action: Action, resource: &Resource) -> bool {
        let Actor::User(user) = self.actor else { return false };
        self.views.check(&Asker::User(user.clone()), action, resource, self.when()).allowed
    }

    /// On a case that does not exist only an enabled org admin has share.
    fn may_share(&self, case: &CaseId) -> bool {
        let resource = Resource::Case(case.clone());
        if self.views.exists(&resource, TIP) { self.has(Action::Share, &resource) } else { self.is_org_admin() }
    }

    fn keeps_link(&self, number: u32) -> bool {
        let link = self.views.links.get(number);
        let case = Resource::Case(self.views.cases.names.id(link.case).clone());
        link.actor == *self.actor || self.has(Action::Share, &case) || self.has(Action::ManageAccess, &case)
    }

    fn is_enabled_user(&self) -> bool {
        let directory = &self.views.directory;
        let number = self.actor.as_user().and_then(|user| directory.users.get(user));
        self.actor.as_user().is_some() && number.is_none_or(|user| directory.disabled_since(user, TIP).is_none())
    }

    /// On what does not exist a right is asked on the organization instead.
    fn or_organization(&self, resource: &Resource) -> Resource {
        if self.views.exists(resource, TIP) { resource.clone() } else { Resource::Organization }
    }

    fn not_authorized(&self, authority: &Authority) -> Refusal {
        let actor = self.actor;
        let these_may = |question: String| format!("these may: {question}");
        let (message, hint) = match authority {
            Authority::Manager(resource) | Authority::ManagerOnceAnyAdmin(resource) => {
                let resource = self.or_organization(resource);
                let message = format!("`{actor}` is not an org admin and does not have manage_access on `{resource}`");
                (message, these_may(format!("caseward who manage_access {resource}")))
            }
            Authority::Sharer(case) => (
                format!("`{actor}` does not have share on `case:{case}`"),
                these_may(format!("caseward who share case:{case}")),
            ),
            Authority::Delegator(from) => (
                format!("`{actor}` is not `user:{from}`, and manages nothing on the organization"),
                these_may("caseward who manage_access organization".to_owned()),
            ),
            Authority::MakerOfDelegation(delegation) => (
                format!("`{actor}` did not make the delegation `{delegation}`; only who made it may end it"),
                self.maker(delegation),
            ),
            Authority::KeeperOfLink(link) => (
                format!("`{actor}` did not make `link:{link}`, and has neither share nor manage_access on its case"),
                format!("whoever made it may, and who has these: caseward history link:{link} names both"),
            ),
            Authority::EnabledUser => {
                (format!("`{actor}` is disabled"), format!("since when, and by whom: caseward history {actor}"))
            }
            Authority::Anyone | Authority::OrgAdmin | Authority::OrgAdminOnceAny => {
                let message = format!("`{actor}` is not an enabled org admin; only those may do this");
                (message, these_may("caseward who administer organization".to_owned()))
            }
        };
        // A question that lists nobody is no help to whoever sets an organization up.
        let asks_for_admins = matches!(authority, Authority::Manager(_) | Authority::OrgAdmin);
        let hint = if asks_for_admins && !self.any_org_admin() { NO_ADMIN_YET.to_owned() } else { hint };
        Refusal::new(Code::NotAuthorized, message).hint(hint).fact("actor", actor.to_string())
    }

    fn maker(&self, delegation: &DelegationId) -> String {
        let known = self.views.delegations.names.get(delegation);
        known.map_or_else(String::new, |number| format!("that is `{}`", self.views.delegations.get(number).actor))
    }
}

const NO_ADMIN_YET: &str =
    r#"there is no org admin yet; anybody may appoint the first: {"appoint_org_admin":{"user":"ID"}}"#;
