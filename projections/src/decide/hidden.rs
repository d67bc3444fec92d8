//! What somebody is told of a case that they must take for absent: the same as of one that is (C5, D25).
//!
//! INVARIANT: a refusal on such a case, and a warning of others, says nothing that an absent case would not. Absent on
//! purpose: facts that other systems own, whose producers know their cases; only what their refusals name of other cases
//! is kept back.

use super::authority::Authority;
use super::{Deciding, TIP};
use crate::ask::evaluate::walls::is_walled;
use crate::ask::numbered_question::NumberedQuestion;
use crate::facts::number::Target;
use caseward_events::command::{BreakGlass, Command};
use caseward_events::{Action, Actor, CaseId, Code, Refusal, Resource};

impl Deciding<'_> {
    /// A refusal as the actor may read it.
    pub(super) fn as_told(&self, refusal: Refusal, authority: &Authority, command: &Command) -> Refusal {
        match (authority, command) {
            (Authority::Manager(Resource::Case(case)), _) if self.hides(case) => {
                // Where there is no case, the right is asked on the organization.
                match self.judge_authority(&Authority::Manager(Resource::Organization)) {
                    Ok(()) => self.no_case(case),
                    Err(not_authorized) => not_authorized,
                }
            }
            (Authority::KeeperOfLink(link), _) => {
                let known = self.views.links.names.get(link).map(|number| self.views.links.get(number).case);
                if known.is_some_and(|case| self.is_hidden(case)) { self.no_link(link) } else { refusal }
            }
            (Authority::EnabledUser, Command::BreakGlass(BreakGlass { case, .. }))
                if self.is_enabled_user() && self.hides(case) =>
            {
                // Who may break it, for a shorter time, finds out anyway.
                if refusal.code == Code::TooLong && !self.keeps_out(case) { refusal } else { self.no_case(case) }
            }
            _ => refusal,
        }
    }

    fn keeps_out(&self, case: &CaseId) -> bool {
        let user = self.actor.as_user().and_then(|user| self.user(user));
        let case = self.views.cases.names.get(case);
        user.zip(case).is_some_and(|(user, case)| is_walled(self.views, user, Target::Case(case), TIP))
    }

    fn hides(&self, case: &CaseId) -> bool {
        self.views.cases.names.get(case).is_some_and(|case| self.is_hidden(case))
    }

    /// Whether the actor is a user who must take the case for absent.
    pub(super) fn is_hidden(&self, case: u32) -> bool {
        let Actor::User(user) = self.actor else { return false };
        if self.views.case(case).restriction(TIP).is_none() {
            return false;
        }
        let asked = NumberedQuestion {
            user: self.views.directory.users.get(user),
            action: Action::Read,
            target: Target::Case(case),
        };
        !self.views.check_asked(asked, self.when()).disclose
    }
}
