//! `open_case`, `complete_case`, `reopen_case`, `restrict_case`, `lift_restriction`.

use super::blocking::BlockingFact;
use super::{Deciding, Outcome, TIP};
use caseward_events::command::{OneCase, OpenCase, RestrictCase};
use caseward_events::event::{
    AccessGranted, CaseCompleted, CaseOpened, CaseReopened, CaseRestricted, Origin, RestrictedEntry, RestrictionLifted,
};
use caseward_events::policy::{CreatorGrant, Feature};
use caseward_events::{
    Action, Asker, CaseId, Code, ListRef, Refusal, Resource, Rights, Subject, UserId, Warning, WorkspaceId,
};

impl Deciding<'_> {
    pub(super) fn open_case(&self, command: &OpenCase) -> Result<Outcome, Refusal> {
        let OpenCase { case, definition, creator, parent } = command;
        self.definition(definition)?;
        if let Some(parent) = parent {
            self.case(parent)?;
        }
        if self.views.cases.names.get(case).is_some() {
            return Err(Refusal::new(Code::Exists, format!("`case:{case}` already exists"))
                .hint(format!("caseward history case:{case}")));
        }
        let mut outcome = Outcome::one(CaseOpened {
            case: case.clone(),
            definition: definition.clone(),
            creator: creator.clone(),
            parent: parent.clone(),
            workspace: self.workspace_of(creator),
        });
        let given = self.creator_grant(case, creator);
        outcome.warnings.extend(given.as_ref().and_then(|given| self.dormant_creator(definition, given)));
        outcome.events.extend(given.map(Into::into));
        let may_register = self.views.check(
            &Asker::User(creator.clone()),
            Action::Register,
            &Resource::Definition(definition.clone()),
            self.when(),
        );
        let unregistered = || Warning::Unregistered { creator: creator.clone(), definition: definition.clone() };
        Ok(outcome.warn((!may_register.allowed).then(unregistered)))
    }

    fn creator_grant(&self, case: &CaseId, creator: &UserId) -> Option<AccessGranted> {
        let rights = match self.views.policy.at(TIP).creator_grant {
            CreatorGrant::None => return None,
            CreatorGrant::Read => Rights::READ,
            CreatorGrant::Write => Rights::WRITE,
        };
        Some(AccessGranted {
            on: ListRef::Case(case.clone()),
            to: Subject::User(creator.clone()),
            rights,
            valid_from: None,
            valid_until: None,
            origin: Some(Origin::Creator),
        })
    }

    pub(super) fn complete_case(&self, OneCase { case }: &OneCase) -> Result<Outcome, Refusal> {
        let number = self.case(case)?;
        if self.views.case(number).completed.is_true(TIP) {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(CaseCompleted { case: case.clone() }))
    }

    pub(super) fn reopen_case(&self, OneCase { case }: &OneCase) -> Result<Outcome, Refusal> {
        let number = self.case(case)?;
        if !self.views.case(number).completed.is_true(TIP) {
            return Ok(Outcome::unchanged());
        }
        Ok(Outcome::one(CaseReopened { case: case.clone() }))
    }

    pub(super) fn restrict_case(&self, RestrictCase { case, entries }: &RestrictCase) -> Result<Outcome, Refusal> {
        let number = self.case(case)?;
        if self.views.policy.at(TIP).restriction == Feature::Disabled {
            let message = format!("cannot restrict `case:{case}`: the policy has restriction disabled");
            return Err(Refusal::new(Code::RestrictionDisabled, message)
                .hint("caseward policy set restriction=enabled, as an org admin"));
        }
        if let Some((since, _)) = self.views.case(number).restriction(TIP) {
            let message = format!("`case:{case}` is already restricted, since event {}", since.position());
            return Err(Refusal::new(Code::AlreadyRestricted, message)
                .hint(format!("change its list: caseward grant restriction:{case} SUBJECT"))
                .fact("since", since.position().0));
        }
        let facts = self.blocking_facts(number);
        if !facts.is_empty() {
            return Err(blocked(case, &facts));
        }
        let entries: Vec<_> = entries
            .iter()
            .map(|entry| RestrictedEntry {
                to: entry.to.clone(),
                rights: entry.rights(),
                valid_from: entry.window().from,
                valid_until: entry.window().until,
            })
            .collect();
        let dormant = self.dormant_entries(number, &entries);
        Ok(Outcome::one(CaseRestricted { case: case.clone(), entries }).warn(dormant))
    }

    pub(super) fn lift_restriction(&self, OneCase { case }: &OneCase) -> Result<Outcome, Refusal> {
        // Whoever lifts does not want to restrict.
        let number = self.restricted(case).map_err(|refusal| match refusal.code {
            Code::NotRestricted => refusal.hint(format!("see when it was: caseward history case:{case}")),
            _ => refusal,
        })?;
        Ok(Outcome::one(RestrictionLifted { case: case.clone() }).warn(self.links_of_case(number)))
    }

    /// The workspace that a user is in now.
    pub(super) fn workspace_of(&self, user: &UserId) -> Option<WorkspaceId> {
        let directory = &self.views.directory;
        let (_, workspace) = directory.workspace(directory.users.get(user)?, TIP)?;
        Some(directory.workspaces.id(workspace).clone())
    }

    pub(super) fn case(&self, id: &CaseId) -> Result<u32, Refusal> {
        self.views.cases.names.get(id).ok_or_else(|| {
            Refusal::new(Code::NotFound, format!("`case:{id}` does not exist")).hint("open it first, with open_case")
        })
    }

    /// The number of a case that is restricted.
    pub(super) fn restricted(&self, id: &CaseId) -> Result<u32, Refusal> {
        let number = self.case(id)?;
        match self.views.case(number).restriction(TIP) {
            Some(_) => Ok(number),
            None => Err(Refusal::new(Code::NotRestricted, format!("`case:{id}` is not restricted"))
                .hint(format!("caseward restrict {id}"))),
        }
    }
}

fn blocked(case: &CaseId, facts: &[BlockingFact]) -> Refusal {
    let words: Vec<_> = facts.iter().map(|fact| fact.words.as_str()).collect();
    Refusal::new(Code::Blocked, format!("cannot restrict `case:{case}`: {}", words.join("; ")))
        .hint("undo each of these first: remove_item, check_in_item, detach")
        .fact("facts", facts.iter().map(|fact| fact.data.clone()).collect::<Vec<_>>())
}
