//! Groups, users, org admins, the policy, keys.

use super::{Deciding, Outcome, TIP};
use crate::tables::directory::Through;
use caseward_events::command::{
    AdoptPolicy, AdoptVocabulary, Command, Erase, Membership, OneGroup, OneUser, ReplaceKey, SetLabel,
};
use caseward_events::event::{
    GroupActivated, GroupDeactivated, KeyReplaced, LabelSet, MemberAdded, MemberRemoved, OrgAdminAppointed,
    OrgAdminDismissed, PolicyAdopted, SubjectErased, UserDisabled, UserEnabled, VocabularyAdopted,
};
use caseward_events::limits::GROUP_NESTING_MAX;
use caseward_events::policy::Feature;
use caseward_events::{Code, GroupId, Label, Labelled, Refusal, Subject, UserId};

impl Deciding<'_> {
    /// A limit, so `invalid`; it takes the log to see.
    pub(super) fn judge_nesting(&self, command: &Command) -> Result<(), Refusal> {
        let Command::AddMember(Membership { group, member: Subject::Group(inner) }) = command else { return Ok(()) };
        let directory = &self.views.directory;
        if directory.would_nest_too_deep(directory.groups.get(inner), directory.groups.get(group)) {
            let message =
                format!("`group:{inner}` in `group:{group}` would nest groups more than {GROUP_NESTING_MAX} deep");
            return Err(Refusal::invalid(message).hint("flatten the groups between them"));
        }
        Ok(())
    }

    pub(super) fn add_member(&self, Membership { group, member }: &Membership) -> Result<Outcome, Refusal> {
        if self.is_member(group, member) {
            let message = format!("`{member}` is already a direct member of `group:{group}`");
            return Err(Refusal::new(Code::AlreadyMember, message).hint(format!("caseward history group:{group}")));
        }
        if let Subject::Group(inner) = member
            && self.would_cycle(group, inner)
        {
            let message = format!("`group:{group}` is within `group:{inner}`: it would hold itself");
            return Err(Refusal::new(Code::Cycle, message).hint(format!("caseward history group:{inner}")));
        }
        let dormant = self.dormant_member(&Subject::Group(group.clone()), member);
        Ok(Outcome::one(MemberAdded { group: group.clone(), member: member.clone() }).warn(dormant))
    }

    pub(super) fn remove_member(&self, Membership { group, member }: &Membership) -> Result<Outcome, Refusal> {
        if !self.is_member(group, member) {
            let message = format!("`{member}` is not a direct member of `group:{group}`");
            return Err(Refusal::new(Code::NotAMember, message).hint(format!("caseward history {member}")));
        }
        Ok(Outcome::one(MemberRemoved { group: group.clone(), member: member.clone() }))
    }

    fn is_member(&self, group: &GroupId, member: &Subject) -> bool {
        let directory = &self.views.directory;
        let known = directory.groups.get(group).zip(directory.key(member));
        known.is_some_and(|(group, member)| directory.member_since(member, group, TIP).is_some())
    }

    fn would_cycle(&self, group: &GroupId, inner: &GroupId) -> bool {
        let directory = &self.views.directory;
        let known = directory.groups.get(group).zip(directory.groups.get(inner));
        group == inner || known.is_some_and(|(group, inner)| directory.is_within(group, inner, Through::AllGroups, TIP))
    }

    pub(super) fn set_group_active(&self, OneGroup { group }: &OneGroup, active: bool) -> Outcome {
        let number = self.views.directory.groups.get(group);
        let is_active = number.is_none_or(|group| self.views.directory.inactive_since(group, TIP).is_none());
        match (is_active, active) {
            (true, false) => Outcome::one(GroupDeactivated { group: group.clone() }),
            (false, true) => Outcome::one(GroupActivated { group: group.clone() }).warn(self.entries_remain(group)),
            _ => Outcome::unchanged(),
        }
    }

    pub(super) fn disable_user(&self, OneUser { user }: &OneUser) -> Result<Outcome, Refusal> {
        if self.is_disabled(user) {
            return Ok(Outcome::unchanged());
        }
        self.keep_an_admin(user)?;
        Ok(Outcome::one(UserDisabled { user: user.clone() }))
    }

    pub(super) fn enable_user(&self, OneUser { user }: &OneUser) -> Outcome {
        if self.is_disabled(user) { Outcome::one(UserEnabled { user: user.clone() }) } else { Outcome::unchanged() }
    }

    pub(super) fn appoint_org_admin(&self, OneUser { user }: &OneUser) -> Outcome {
        if self.is_appointed(user) {
            return Outcome::unchanged();
        }
        Outcome::one(OrgAdminAppointed { user: user.clone() })
            .warn(self.dormant_user(user))
            .warn(self.appointed_again(user))
    }

    pub(super) fn dismiss_org_admin(&self, OneUser { user }: &OneUser) -> Result<Outcome, Refusal> {
        if !self.is_appointed(user) {
            return Ok(Outcome::unchanged());
        }
        self.keep_an_admin(user)?;
        Ok(Outcome::one(OrgAdminDismissed { user: user.clone() }))
    }

    fn is_disabled(&self, user: &UserId) -> bool {
        let directory = &self.views.directory;
        directory.users.get(user).is_some_and(|user| directory.disabled_since(user, TIP).is_some())
    }

    fn is_appointed(&self, user: &UserId) -> bool {
        let directory = &self.views.directory;
        directory.users.get(user).is_some_and(|user| directory.admin_since(user, TIP).is_some())
    }

    /// Refused where it would leave an organization that has an enabled org admin without one.
    pub(super) fn keep_an_admin(&self, leaving: &UserId) -> Result<(), Refusal> {
        let directory = &self.views.directory;
        let leaving_number = directory.users.get(leaving);
        let mut enabled = directory.admins(TIP).filter(|&user| directory.is_enabled_admin(user, TIP));
        match (enabled.next(), enabled.next()) {
            (Some(only), None) if Some(only) == leaving_number => {
                let message = format!("`user:{leaving}` is the last enabled org admin");
                Err(Refusal::new(Code::LastOrgAdmin, message).hint("appoint another one first, with appoint_org_admin"))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn adopt_policy(&self, command: &AdoptPolicy) -> Result<Outcome, Refusal> {
        let change = command.change();
        let before = self.views.policy.at(TIP);
        let after = before.with(&change);
        if after == *before {
            return Ok(Outcome::unchanged());
        }
        let restricted = self.restricted_cases();
        if before.restriction != after.restriction && after.restriction == Feature::Disabled && restricted > 0 {
            let message = format!("cannot disable restriction: {restricted} cases are restricted");
            return Err(Refusal::new(Code::CaseRestricted, message)
                .hint("lift each of them first: caseward lift CASE")
                .fact("restricted_cases", restricted));
        }
        Ok(Outcome::one(PolicyAdopted { preset: command.preset, keys: change }))
    }

    pub(super) fn adopt_vocabulary(&self, AdoptVocabulary { vocabulary }: &AdoptVocabulary) -> Outcome {
        let is_same = match self.views.vocabulary.at(TIP) {
            Some((_, before)) => **before == *vocabulary,
            None => vocabulary.is_empty(),
        };
        if is_same {
            return Outcome::unchanged();
        }
        Outcome::one(VocabularyAdopted { vocabulary: vocabulary.clone() })
    }

    pub(super) fn erase(&self, Erase { subject }: &Erase) -> Outcome {
        if self.views.erased_since(subject, TIP).is_some() {
            return Outcome::unchanged();
        }
        Outcome::one(SubjectErased { subject: subject.clone() })
    }

    pub(super) fn set_label(&self, SetLabel { of, label }: &SetLabel) -> Result<Outcome, Refusal> {
        match of {
            Labelled::Case(case) => drop(self.case(case)?),
            Labelled::Definition(definition) => drop(self.definition(definition)?),
            // These need no registration.
            Labelled::User(_) | Labelled::Group(_) | Labelled::Profile(_) | Labelled::Workspace(_) => {}
        }
        if self.views.label(of, TIP) == label.as_ref().map(Label::as_str) {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(LabelSet { of: of.clone(), label: label.clone() }))
    }

    pub(super) fn replace_key(&self, &ReplaceKey { public_key }: &ReplaceKey) -> Outcome {
        match self.views.keys.signing(TIP) {
            Some((_, current)) if *current == public_key => Outcome::unchanged(),
            _ => Outcome::one(KeyReplaced { public_key }),
        }
    }

    fn restricted_cases(&self) -> u32 {
        self.views.cases.restricted.value_at(TIP).copied().unwrap_or(0)
    }
}
