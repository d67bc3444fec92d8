//! A decision with everything that counted and everything that would have, each with the events that made it so.

use crate::ask::evaluate::walls::{self, TAKEN_BY_WALLS};
use crate::ask::evaluate::{delegable, evaluate, profile};
use crate::ask::numbered_question::{NumberedQuestion, Verdict};
use crate::ask::resolved::Resolved;
use crate::ask::trace::{Found, Trace};
use crate::facts::number::{ListIndex, SubjectKey, Target};
use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use crate::tables::directory::Through;
use caseward_events::answer::{Because, Decision, Effect, Missing, Reason, Rule, SetAside, Source, WouldGive};
use caseward_events::ask::{Question, actions_of};
use caseward_events::policy::PolicyKey;
use caseward_events::{Action, Asker, FormAccess, ListRef, Party, Position, Resource, Rights, Scope};

/// Keeps what is found, each thing once.
#[derive(Default)]
struct Recorder {
    found: Vec<Found>,
    set_aside: Vec<(Found, Because)>,
}

impl Trace for Recorder {
    const WANTED: bool = true;

    fn found(&mut self, found: Found) {
        if !self.found.iter().any(|known| known.is_same(&found)) {
            self.found.push(found);
        }
    }

    fn set_aside(&mut self, found: Found, because: Because) {
        if !self.set_aside.iter().any(|(known, why)| *why == because && known.is_same(&found)) {
            self.set_aside.push((found, because));
        }
    }
}

impl Found {
    /// A user may reach a group, and so an entry, in several ways.
    fn is_same(&self, other: &Found) -> bool {
        match (self, other) {
            (Found::Entry { list, subject, .. }, Found::Entry { list: other_list, subject: other_subject, .. }) => {
                (list, subject) == (other_list, other_subject)
            }
            _ => self == other,
        }
    }

    /// What it gives, or takes.
    fn rights(&self, target: Target) -> Rights {
        match *self {
            Found::Entry { rights, .. }
            | Found::OrgAdmin { rights, .. }
            | Found::AccessControlOff { rights, .. }
            | Found::Profile { rights, .. }
            | Found::OutOfScope { rights, .. }
            | Found::ModuleAdministrator { rights, .. }
            | Found::Delegation { rights, .. }
            | Found::BrokenGlass { rights, .. } => rights,
            Found::Link { .. } => Rights::READ,
            Found::Wall { .. } => TAKEN_BY_WALLS & target.rights(),
            Found::Disabled { .. } | Found::Restricted { .. } => Rights::NONE,
        }
    }
}

impl AtHand<'_> {
    /// A decision with its reasons.
    #[must_use]
    pub fn decision(self, question: &Question, resolved: Resolved) -> Decision {
        let Question { subject, action, resource, .. } = question;
        let when = resolved.when;
        let target = self.target(resource, when.place);
        let mut recorder = Recorder::default();
        let (verdict, user) = match (subject, target) {
            (Asker::User(user), Some(target)) => {
                let user = self.directory.users.get(user);
                (evaluate(self, NumberedQuestion { user, action: *action, target }, when, &mut recorder), user)
            }
            (Asker::User(_), None) => (Verdict::NOT_FOUND, None),
            (Asker::Link(link), target) => (self.check_link(link, *action, target, when, &mut recorder), None),
        };
        let target = target.unwrap_or(Target::Organization);
        let citing = Citing { views: self, asker: subject, user, target, resource, when };
        Decision {
            decision: verdict.allowed,
            rights: verdict.rights.in_order(actions_of(resource)).collect(),
            rule: verdict.rule,
            position: when.place.position(),
            at: when.at,
            disclose: verdict.disclose,
            reasons: citing.reasons(&recorder),
            set_aside: citing.all_set_aside(&recorder),
            settled: resolved.settled,
            known: None,
        }
    }

    /// The same as an answer has it, which says where no event names the subject. A proof does not: that rests on every
    /// stream there is.
    #[must_use]
    pub fn answer(self, question: &Question, resolved: Resolved) -> Decision {
        let known = self.known(&question.subject, resolved.when.place);
        Decision { known, ..self.decision(question, resolved) }
    }

    /// All actions of a subject on a resource.
    #[must_use]
    pub fn rights(self, subject: &Asker, resource: &Resource, when: When) -> Vec<Action> {
        // Which action is asked for does not change what is held.
        let action = actions_of(resource)[0];
        self.check(subject, action, resource, when).rights.in_order(actions_of(resource)).collect()
    }
}

/// Turns numbers into names and events.
struct Citing<'a> {
    views: AtHand<'a>,
    asker: &'a Asker,
    user: Option<u32>,
    target: Target,
    resource: &'a Resource,
    when: When,
}

impl Citing<'_> {
    fn reasons(&self, recorder: &Recorder) -> Vec<Reason> {
        let mut reasons: Vec<_> = recorder.found.iter().map(|found| self.reason(found)).collect();
        reasons.sort_by_cached_key(|reason| (reason.rule, reason.source.to_string(), reason.subject.to_string()));
        reasons
    }

    fn all_set_aside(&self, recorder: &Recorder) -> Vec<SetAside> {
        let all = recorder.set_aside.iter();
        let mut all: Vec<_> = all.map(|(found, because)| self.set_aside(found, *because)).collect();
        all.sort_by_cached_key(|aside| {
            (
                aside.rule,
                aside.source.to_string(),
                aside.subject().map(Party::to_string),
                aside.because,
                aside.scope.map(Scope::name),
            )
        });
        all
    }

    fn reason(&self, found: &Found) -> Reason {
        let effect = match found {
            Found::Disabled { .. } | Found::Restricted { .. } | Found::Wall { .. } => Effect::Deny,
            _ => Effect::Allow,
        };
        let (rule, source, subject) = self.place_of(found);
        let mut events = self.events(found, Through::ActiveGroups);
        if let Some(adopted) = self.walls_policy(found).map(Pos32::position)
            && !events.contains(&adopted)
        {
            events.push(adopted);
        }
        Reason { rule, effect, source, subject, rights: self.ordered(found.rights(self.target)), events }
    }

    fn set_aside(&self, found: &Found, because: Because) -> SetAside {
        let through = if because == Because::GroupInactive { Through::AllGroups } else { Through::ActiveGroups };
        let (rule, source, subject) = self.place_of(found);
        let rights = self.ordered(found.rights(self.target));
        let mut events = self.events(found, through);
        if because == Because::Completed
            && let Target::Case(case) = self.target
        {
            let completed = self.views.case(case).completed.true_since(self.when.place);
            events.extend(completed.map(|since| since.position()));
        }
        if because == Because::SharingOff {
            events.extend(self.sharing_off_since(found).map(Pos32::position));
        }
        let (scope, missing) = match *found {
            Found::OutOfScope { scope, .. } => (Some(scope), self.lacks(scope).map(|(missing, _)| missing)),
            _ => (None, None),
        };
        SetAside { rule, source, because, scope, missing, events, would_give: Some(WouldGive { subject, rights }) }
    }

    /// What a scope of the user's profile lacks on the case, and the events that show it.
    fn lacks(&self, scope: Scope) -> Option<(Missing, Vec<Pos32>)> {
        let (Target::Case(case), Some(user)) = (self.target, self.user) else { return None };
        Some(profile::scope_lacks(self.views, scope, user, self.views.case(case), self.when.place))
    }

    /// Where sharing was switched off that once was on.
    fn sharing_off_since(&self, found: &Found) -> Option<Pos32> {
        let case = match (found, self.target) {
            (Found::Link { link }, _) => self.views.links.get(*link).case,
            (_, Target::Case(case)) => case,
            _ => return None,
        };
        let definition = self.views.definitions.get(self.views.case(case).definition);
        definition.sharing.at(self.when.place).map(|(since, _)| since)
    }

    fn ordered(&self, rights: Rights) -> Vec<Action> {
        rights.in_order(actions_of(self.resource)).collect()
    }

    fn place_of(&self, found: &Found) -> (Rule, Source, Party) {
        let here = || Source::Resource(self.resource.clone());
        let asker = || match self.asker {
            Asker::User(user) => Party::User(user.clone()),
            Asker::Link(link) => Party::Link(link.clone()),
        };
        let views = self.views;
        let profile = |profile: u32| Source::Profile(views.profiles.names.id(profile).clone());
        match *found {
            Found::Entry { rule, list, subject, .. } => {
                (rule, source(views.list_ref(list)), views.directory.subject(subject).into())
            }
            Found::OrgAdmin { capped: Some(_), .. } => (Rule::OrgAdminCapped, here(), asker()),
            Found::OrgAdmin { capped: None, .. } => (Rule::OrgAdmin, here(), asker()),
            Found::AccessControlOff { .. } => (Rule::AccessControlOff, here(), asker()),
            Found::Profile { profile: number, .. } | Found::OutOfScope { profile: number, .. } => {
                (Rule::Profile, profile(number), asker())
            }
            Found::ModuleAdministrator { profile: number, .. } => (Rule::ModuleAdministrator, profile(number), asker()),
            Found::Delegation { delegation, .. } => {
                let from = views.delegations.get(delegation).from;
                let source = Source::Delegation(views.delegations.names.id(delegation).clone());
                (Rule::Delegation, source, Party::User(views.directory.users.id(from).clone()))
            }
            Found::BrokenGlass { .. } => (Rule::BreakGlass, here(), asker()),
            Found::Link { link } => (Rule::Link, Source::Link(views.links.names.id(link).clone()), asker()),
            Found::Disabled { .. } => (Rule::UserDisabled, here(), asker()),
            Found::Restricted { .. } => (Rule::Restricted, here(), asker()),
            Found::Wall { subject, .. } => (Rule::Wall, here(), views.directory.subject(subject).into()),
        }
    }

    /// The entry, the path of memberships, the switch, the policy; each position once.
    fn events(&self, found: &Found, through: Through) -> Vec<Position> {
        let mut events: Vec<Position> = Vec::new();
        for place in self.places(found, through) {
            if !events.contains(&place.position()) {
                events.push(place.position());
            }
        }
        events
    }

    fn places(&self, found: &Found, through: Through) -> Vec<Pos32> {
        let mut places = Vec::new();
        match *found {
            Found::Entry { list, subject, since, .. } => {
                places.push(since);
                places.extend(self.path(subject, through));
                if matches!(list, ListIndex::Restriction(_)) {
                    places.extend(self.restricted_since());
                }
            }
            Found::OrgAdmin { since, capped, .. } => {
                places.push(since);
                places.extend(capped);
                places.extend(self.restricted_since());
                places.extend(self.admin_policy(capped.is_some()));
            }
            Found::AccessControlOff { definition, since, .. } => {
                places.push(since);
                let definition = self.views.definitions.get(definition);
                if definition.started_by_policy && definition.created == since {
                    places.extend(self.views.policy.adopted(PolicyKey::AccessControlDefault, since));
                }
            }
            Found::Profile { profile, rights } => places.extend(self.profile_places(profile, rights)),
            Found::OutOfScope { profile, scope, .. } => {
                // The row, what does not fit it, whose it is.
                places.extend(self.row(profile).map(|(since, _)| since));
                places.extend(self.lacks(scope).into_iter().flat_map(|(_, shown)| shown));
                places.extend(self.profile_is(profile));
            }
            Found::ModuleAdministrator { profile, .. } => places.extend(self.profile_is(profile)),
            Found::Delegation { delegation, .. } => places.extend(self.delegation_places(delegation)),
            Found::BrokenGlass { broken, .. } => {
                places.push(broken);
                places.extend(self.restricted_since());
            }
            Found::Link { link } => places.push(self.views.links.get(link).made),
            Found::Wall { subject, since } => {
                places.push(since);
                // A wall binds through inactive groups all the same, so their switches made nothing so.
                places.extend(self.memberships(subject, Through::AllGroups));
            }
            Found::Disabled { since } | Found::Restricted { since } => places.push(since),
        }
        places
    }

    /// The row, what made its scopes hold, the assignment of the profile, its settings.
    fn profile_places(&self, profile: u32, rights: Rights) -> Vec<Pos32> {
        let (views, place) = (self.views, self.when.place);
        let mut places = Vec::new();
        if let Some((since, row)) = self.row(profile) {
            places.push(since);
            if let (Target::Case(case), Some(user)) = (self.target, self.user) {
                let case = views.case(case);
                let scopes = [(row.read, Action::Read), (row.write, Action::Write), (row.delete, Action::Delete)];
                for (scope, _) in scopes.into_iter().filter(|(_, action)| rights.has(*action)) {
                    places.extend(profile::scope_events(views, scope, user, case, place));
                }
                if rights.has(Action::Share) {
                    let definition = views.definitions.get(case.definition);
                    places.extend(definition.sharing.true_since(place));
                }
            }
        }
        places.extend(self.profile_is(profile));
        places
    }

    /// The row of a profile for the definition that is asked about.
    fn row(&self, profile: u32) -> Option<(Pos32, FormAccess)> {
        let definition = match self.target {
            Target::Case(case) => self.views.case(case).definition,
            Target::Definition(definition) => definition,
            Target::Organization => return None,
        };
        let row = self.views.profiles.get(profile).rows.at(definition, self.when.place);
        row.map(|(since, row)| (since, *row))
    }

    fn profile_is(&self, profile: u32) -> impl Iterator<Item = Pos32> {
        let (views, place) = (self.views, self.when.place);
        let assigned = self.user.and_then(|user| views.directory.profile(user, place)).map(|(since, _)| since);
        let configured = views.profiles.get(profile).settings.at(place).map(|(since, _)| since);
        assigned.into_iter().chain(configured)
    }

    /// The delegation, then all that made the delegator's rights.
    fn delegation_places(&self, number: u32) -> Vec<Pos32> {
        let delegation = self.views.delegations.get(number);
        let mut recorder = Recorder::default();
        delegable(self.views, delegation.from, self.target, self.when, &mut recorder);
        let asker = Asker::User(self.views.directory.users.id(delegation.from).clone());
        let of_delegator = Citing { user: Some(delegation.from), asker: &asker, ..*self };
        let mut places = vec![delegation.made];
        // In the order of reasons, which does not depend on the numbers that ids have in these views.
        recorder.found.sort_by_cached_key(|found| {
            let (rule, source, subject) = of_delegator.place_of(found);
            (rule, source.to_string(), subject.to_string())
        });
        for found in &recorder.found {
            places.extend(of_delegator.places(found, Through::ActiveGroups));
        }
        places
    }

    /// The memberships from the user outward.
    fn memberships(&self, subject: SubjectKey, through: Through) -> Vec<Pos32> {
        let (Some(user), Some(group)) = (self.user, subject.as_group()) else { return Vec::new() };
        let path = self.views.directory.path(SubjectKey::user(user), group, through, self.when.place);
        path.map_or_else(Vec::new, |path| path.to_vec())
    }

    /// The memberships; where groups that are switched off stand in the way, their switches too.
    fn path(&self, subject: SubjectKey, through: Through) -> Vec<Pos32> {
        let mut places = self.memberships(subject, through);
        let (Some(user), Some(group)) = (self.user, subject.as_group()) else { return places };
        let (directory, place) = (&self.views.directory, self.when.place);
        let user = SubjectKey::user(user);
        if through == Through::AllGroups && directory.path(user, group, Through::ActiveGroups, place).is_none() {
            let on_the_way = directory
                .groups_of(user, Through::AllGroups, place)
                .into_iter()
                .filter(|&one| directory.is_within(one, group, Through::AllGroups, place));
            let mut switches: Vec<_> = on_the_way.filter_map(|one| directory.inactive_since(one, place)).collect();
            switches.sort_unstable();
            places.extend(switches);
        }
        places
    }

    /// Where a wall names an org admin, the policy decides whether it takes anything: from a wall that binds, and from all
    /// that one would have taken had it bound.
    fn walls_policy(&self, found: &Found) -> Option<Pos32> {
        let of = |user| walls::admin_policy(self.views, user, self.target, self.when.place);
        match found {
            // A wall against either of the two would have left nothing of it.
            Found::Delegation { delegation, .. } => {
                self.user.and_then(of).or_else(|| of(self.views.delegations.get(*delegation).from))
            }
            Found::Disabled { .. } | Found::Restricted { .. } | Found::Link { .. } => None,
            other if (other.rights(self.target) & TAKEN_BY_WALLS & self.target.rights()).is_empty() => None,
            _ => self.user.and_then(of),
        }
    }

    fn restricted_since(&self) -> Option<Pos32> {
        match self.target {
            Target::Case(case) => Some(self.views.case(case).restriction(self.when.place)?.0),
            _ => None,
        }
    }

    /// The adoption of the key that decided what an org admin may here, where it was ever adopted.
    fn admin_policy(&self, capped: bool) -> Option<Pos32> {
        let place = self.when.place;
        let key = match (self.target, self.restricted_since()) {
            (Target::Organization, _) => return None,
            (_, None) => PolicyKey::OrgAdminBypass,
            (Target::Case(case), Some(_)) => {
                let entry = self.views.entry(ListIndex::Restriction(case), SubjectKey::user(self.user?), place);
                let holds = entry.is_some_and(|(_, held)| self.views.windows.hold(&held, self.when.at));
                if !capped && !holds {
                    return None;
                }
                PolicyKey::OrgAdminEntry
            }
            (Target::Definition(_), Some(_)) => return None,
        };
        self.views.policy.adopted(key, place)
    }
}

fn source(list: ListRef) -> Source {
    match list {
        ListRef::Organization => Source::Resource(Resource::Organization),
        ListRef::Definition(definition) => Source::Resource(Resource::Definition(definition)),
        ListRef::Case(case) => Source::Resource(Resource::Case(case)),
        ListRef::Restriction(case) => Source::Restriction(case),
    }
}
