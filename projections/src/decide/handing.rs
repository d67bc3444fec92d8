//! What one hands to another, takes, or keeps from them: delegations, links, walls, broken glass.

use super::{Deciding, Outcome, TIP};
use crate::ask::evaluate::walls::is_walled;
use crate::facts::number::Target;
use caseward_events::command::{BreakGlass, Delegate, EndDelegation, RevokeLink, ShareCase, Wall};
use caseward_events::event::{
    CaseShared, Delegated, DelegationEnded, GlassBroken, LinkRevoked, WallLowered, WallRaised,
};
use caseward_events::policy::BreakGlass as Level;
use caseward_events::{Code, Refusal, Resource, Rights, Timestamp, UserId, Window};

impl Deciding<'_> {
    pub(super) fn delegate(&self, command: &Delegate) -> Result<Outcome, Refusal> {
        let Delegate { delegation, from, to, .. } = command;
        if self.views.delegations.names.get(delegation).is_some() {
            let message = format!("the delegation `{delegation}` already exists");
            return Err(Refusal::new(Code::Exists, message).hint("give it a name of its own"));
        }
        Ok(Outcome::one(Delegated {
            delegation: delegation.clone(),
            from: from.clone(),
            to: to.clone(),
            valid_from: command.window().from,
            valid_until: command.window().until,
        })
        .warn(self.dormant_delegation(command)))
    }

    pub(super) fn end_delegation(&self, EndDelegation { delegation }: &EndDelegation) -> Result<Outcome, Refusal> {
        let Some(number) = self.views.delegations.names.get(delegation) else {
            return Err(Refusal::new(Code::NotFound, format!("the delegation `{delegation}` does not exist")));
        };
        let known = self.views.delegations.get(number);
        if known.ended.is_true(TIP) {
            return Ok(Outcome::unchanged());
        }
        let from = self.views.directory.users.id(known.from).clone();
        Ok(Outcome::one(DelegationEnded { delegation: delegation.clone(), from }))
    }

    pub(super) fn share_case(&self, ShareCase { case, link, valid_until }: &ShareCase) -> Result<Outcome, Refusal> {
        let number = self.case(case)?;
        if self.views.links.names.get(link).is_some() {
            let message = format!("`link:{link}` already exists");
            return Err(Refusal::new(Code::Exists, message).hint(format!("caseward history link:{link}")));
        }
        let definition = self.views.case(number).definition;
        if !self.views.definitions.get(definition).sharing.is_true(TIP) {
            let definition = self.views.definitions.names.id(definition);
            let message = format!("sharing is off for `definition:{definition}`");
            return Err(Refusal::new(Code::SharingDisabled, message).hint("turn it on first, with set_sharing"));
        }
        let dormant = self.dormant_link(number, Window { from: None, until: *valid_until });
        Ok(Outcome::one(CaseShared { case: case.clone(), link: link.clone(), valid_until: *valid_until }).warn(dormant))
    }

    pub(super) fn revoke_link(&self, RevokeLink { link }: &RevokeLink) -> Result<Outcome, Refusal> {
        let Some(number) = self.views.links.names.get(link) else {
            return Err(Refusal::new(Code::NotFound, format!("`link:{link}` does not exist")));
        };
        let known = self.views.links.get(number);
        if known.revoked.is_true(TIP) {
            return Ok(Outcome::unchanged());
        }
        let case = self.views.cases.names.id(known.case).clone();
        Ok(Outcome::one(LinkRevoked { case, link: link.clone() }))
    }

    pub(super) fn raise_wall(&self, wall: &Wall) -> Result<Outcome, Refusal> {
        let Wall { on, against } = wall;
        if self.stands(wall)? {
            let message = format!("there is already a wall against `{against}` on `{on}`");
            return Err(Refusal::new(Code::AlreadyWalled, message).hint(format!("caseward history {against}")));
        }
        Ok(Outcome::one(WallRaised { on: on.clone(), against: against.clone() }))
    }

    pub(super) fn lower_wall(&self, wall: &Wall) -> Result<Outcome, Refusal> {
        let Wall { on, against } = wall;
        if !self.stands(wall)? {
            let message = format!("there is no wall against `{against}` on `{on}`");
            return Err(Refusal::new(Code::NoSuchWall, message).hint(format!("caseward history {against}")));
        }
        Ok(Outcome::one(WallLowered { on: on.clone(), against: against.clone() }))
    }

    fn stands(&self, Wall { on, against }: &Wall) -> Result<bool, Refusal> {
        let walls = match on {
            Resource::Case(case) => self.views.case(self.case(case)?).rare().map(|rare| &rare.walls),
            Resource::Definition(definition) => Some(&self.views.definitions.get(self.definition(definition)?).walls),
            Resource::Organization => Some(&self.views.definitions.walls),
        };
        let key = self.views.directory.key(against);
        Ok(walls.zip(key).is_some_and(|(walls, key)| walls.true_since(key, TIP).is_some()))
    }

    pub(super) fn break_glass(&self, BreakGlass { case, minutes }: &BreakGlass) -> Result<Outcome, Refusal> {
        let number = self.case(case)?;
        let user = self.actor.as_user().expect("parsing lets only users break the glass");
        let policy = self.views.policy.at(TIP);
        let rights = match policy.break_glass {
            Level::Off => {
                return Err(Refusal::new(Code::BreakGlassOff, "the policy does not let anybody break the glass")
                    .hint("caseward policy set break_glass=read, as an org admin"));
            }
            Level::Read => Rights::READ,
            Level::Write => Rights::WRITE,
        };
        let most = policy.break_glass_max_minutes;
        if *minutes > most {
            let message = format!("{minutes} minutes are too long; the policy allows {most}");
            return Err(Refusal::new(Code::TooLong, message)
                .hint("ask for less, and break it again if need be")
                .fact("break_glass_max_minutes", most));
        }
        let until = Timestamp::from_micros(self.now.as_micros().saturating_add(i64::from(*minutes) * 60_000_000));
        if until > Timestamp::LAST {
            let message = format!("{minutes} minutes are too long: they end after the year 9999");
            return Err(Refusal::new(Code::TooLong, message).hint("ask for less"));
        }
        self.not_walled(user, number)?;
        Ok(Outcome::one(GlassBroken { case: case.clone(), user: user.clone(), rights, until }))
    }

    fn not_walled(&self, user: &UserId, case: u32) -> Result<(), Refusal> {
        let number = self.user(user);
        if number.is_some_and(|number| is_walled(self.views, number, Target::Case(case), TIP)) {
            let message = format!("a wall stands against `user:{user}` on `case:{}`", self.views.cases.names.id(case));
            return Err(Refusal::new(Code::Wall, message).hint("breaking the glass stops at walls"));
        }
        Ok(())
    }
}
