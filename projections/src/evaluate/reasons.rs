//! A decision with everything that counted and everything that would have, each with the events that made it so.

use super::{Asked, Found, Trace, Verdict, evaluate};
use crate::access_list::{ListIndex, SubjectKey};
use crate::decision::{Because, Decision, Effect, Reason, Rule, SetAside, Source};
use crate::directory::Through;
use crate::history::Place;
use crate::question::{Question, Resolved, actions_of};
use crate::views::{Views, When};
use caseward_events::policy::PolicyKey;
use caseward_events::{Action, Asker, ListRef, Position, Resource, Rights, Subject, UserId};

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
            _ => false,
        }
    }
}

impl Views {
    /// A decision with its reasons.
    #[must_use]
    pub fn decision(&self, question: &Question, resolved: Resolved) -> Decision {
        let Question { subject, action, resource, .. } = question;
        let place = resolved.when.place;
        let (verdict, reasons, set_aside) = match (subject, self.target(resource, place)) {
            (Asker::User(user), Some(target)) => {
                let asked = Asked { user: self.directory.users.get(user), action: *action, target };
                let mut recorder = Recorder::default();
                let verdict = evaluate(self, asked, resolved.when, &mut recorder);
                let citing = Citing { views: self, asked, user, resource, when: resolved.when };
                (verdict, citing.reasons(&recorder), citing.all_set_aside(&recorder))
            }
            _ => (Verdict::NOT_FOUND, Vec::new(), Vec::new()),
        };
        Decision {
            decision: verdict.allowed,
            rights: verdict.rights.in_order(actions_of(resource)).collect(),
            rule: verdict.rule,
            position: place.position(),
            at: resolved.when.at,
            disclose: verdict.disclose,
            reasons,
            set_aside,
            settled: resolved.settled,
        }
    }

    /// All actions of a subject on a resource.
    #[must_use]
    pub fn rights(&self, subject: &Asker, resource: &Resource, when: When) -> Vec<Action> {
        // Which action is asked for does not change what is held.
        let action = actions_of(resource)[0];
        self.check(subject, action, resource, when).rights.in_order(actions_of(resource)).collect()
    }
}

struct Citing<'a> {
    views: &'a Views,
    asked: Asked,
    user: &'a UserId,
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
            (aside.rule, aside.source.to_string(), aside.subject.to_string(), aside.because)
        });
        all
    }

    fn reason(&self, found: &Found) -> Reason {
        let events = self.events(found, Through::ActiveGroups);
        let (effect, rights) = match found {
            Found::Disabled { .. } | Found::Restricted { .. } => (Effect::Deny, Rights::NONE),
            Found::Entry { rights, .. } | Found::OrgAdmin { rights, .. } | Found::AccessControlOff { rights, .. } => {
                (Effect::Allow, *rights)
            }
        };
        let (rule, source, subject) = self.place_of(found);
        Reason { rule, effect, source, subject, rights: self.ordered(rights), events }
    }

    fn set_aside(&self, found: &Found, because: Because) -> SetAside {
        let through = if because == Because::GroupInactive { Through::AllGroups } else { Through::ActiveGroups };
        let rights = match found {
            Found::Entry { rights, .. } | Found::OrgAdmin { rights, .. } | Found::AccessControlOff { rights, .. } => {
                *rights
            }
            Found::Disabled { .. } | Found::Restricted { .. } => Rights::NONE,
        };
        let (rule, source, subject) = self.place_of(found);
        SetAside { rule, source, because, events: self.events(found, through), subject, rights: self.ordered(rights) }
    }

    fn ordered(&self, rights: Rights) -> Vec<Action> {
        rights.in_order(actions_of(self.resource)).collect()
    }

    fn place_of(&self, found: &Found) -> (Rule, Source, Subject) {
        let here = || Source::Resource(self.resource.clone());
        let user = || Subject::User(self.user.clone());
        match found {
            Found::Entry { rule, list, subject, .. } => {
                (*rule, source(self.views.list_ref(*list)), self.views.directory.subject(*subject))
            }
            Found::OrgAdmin { capped: Some(_), .. } => (Rule::OrgAdminCapped, here(), user()),
            Found::OrgAdmin { capped: None, .. } => (Rule::OrgAdmin, here(), user()),
            Found::AccessControlOff { .. } => (Rule::AccessControlOff, here(), user()),
            Found::Disabled { .. } => (Rule::UserDisabled, here(), user()),
            Found::Restricted { .. } => (Rule::Restricted, here(), user()),
        }
    }

    /// The entry, the path of memberships, the switch, the policy; each position once.
    fn events(&self, found: &Found, through: Through) -> Vec<Position> {
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
            Found::Disabled { since } | Found::Restricted { since } => places.push(since),
        }
        let mut events: Vec<Position> = Vec::with_capacity(places.len());
        for place in places {
            if !events.contains(&place.position()) {
                events.push(place.position());
            }
        }
        events
    }

    /// The memberships from the user outward; where groups are switched off, their switches too.
    fn path(&self, subject: SubjectKey, through: Through) -> Vec<Place> {
        let (Some(user), Some(group)) = (self.asked.user, subject.as_group()) else { return Vec::new() };
        let (directory, place) = (&self.views.directory, self.when.place);
        let user = SubjectKey::user(user);
        let mut places = directory.path(user, group, through, place).map_or_else(Vec::new, |path| path.to_vec());
        if through == Through::AllGroups {
            let on_the_way = directory
                .groups_of(user, Through::AllGroups, place)
                .into_iter()
                .filter(|&one| directory.groups_of(SubjectKey::group(one), Through::AllGroups, place).contains(&group));
            let mut switches: Vec<_> = on_the_way.filter_map(|one| directory.inactive_since(one, place)).collect();
            switches.sort_unstable();
            places.extend(switches);
        }
        places
    }

    fn restricted_since(&self) -> Option<Place> {
        match self.asked.target {
            super::Target::Case(case) => Some(self.views.cases.get(case).restriction(self.when.place)?.0),
            _ => None,
        }
    }

    /// The adoption of the key that decided what an org admin may here, where it was ever adopted.
    fn admin_policy(&self, capped: bool) -> Option<Place> {
        let place = self.when.place;
        let key = match (self.asked.target, self.restricted_since()) {
            (super::Target::Organization, _) => return None,
            (_, None) => PolicyKey::OrgAdminBypass,
            (super::Target::Case(case), Some(_)) => {
                let entry = self.views.entry(ListIndex::Restriction(case), SubjectKey::user(self.asked.user?), place);
                let holds = entry.is_some_and(|(_, held)| self.views.windows.hold(&held, self.when.at));
                if !capped && !holds {
                    return None;
                }
                PolicyKey::OrgAdminEntry
            }
            (super::Target::Definition(_), Some(_)) => return None,
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
