//! `what`: the closure of the check over the resources of the kinds that have the action, by the same evaluator.
//!
//! Candidates come from streams in the order of references, each a superset over all time; the evaluator decides each.
//! So a page costs the checks of its candidates, not those of all cases.

use crate::ask::asked::Asked;
use crate::decision::What;
use crate::facts::case_set::CaseSet;
use crate::facts::number::{CaseIndexKey, ListIndex, SubjectKey, Target};
use crate::facts::place::When;
use crate::fold::views::Views;
use crate::question::actions_of;
use caseward_events::{Action, Asker, CaseId, DefinitionId, LinkId, Resource, Scope};
use std::cmp::Reverse;
use std::collections::BTreeSet;
use std::collections::BinaryHeap;

/// What part of `what` is asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct WhatPart<'a> {
    /// Only this definition and its cases.
    pub definition: Option<&'a DefinitionId>,
    /// Only what stands behind this one.
    pub after: Option<&'a Resource>,
    /// At most so many.
    pub limit: Option<usize>,
}

impl Views {
    /// The resources on which a subject may do something, by reference.
    #[must_use]
    pub fn what(&self, asker: &Asker, action: Action, part: WhatPart<'_>, when: When) -> What {
        let mut found = Found { resources: Vec::new(), limit: part.limit, more: false };
        match asker {
            Asker::User(user) => self.what_of_user(self.directory.users.get(user), action, part, when, &mut found),
            Asker::Link(link) => self.what_of_link(link, action, part, when, &mut found),
        }
        What { resources: found.resources, position: when.place.position(), more: found.more }
    }

    fn what_of_link(&self, link: &LinkId, action: Action, part: WhatPart<'_>, when: When, found: &mut Found) {
        let Some(known) = self.links.known(link, when.place) else { return };
        let case = self.links.get(known).case;
        let resource = Resource::Case(self.cases.names.id(case).clone());
        let wanted = self.is_of(case, part.definition) && part.after.is_none_or(|after| resource > *after);
        if wanted && self.check(&Asker::Link(link.clone()), action, &resource, when).allowed {
            found.push(resource);
        }
    }

    fn is_of(&self, case: u32, definition: Option<&DefinitionId>) -> bool {
        let own = self.definitions.names.id(self.cases.get(case).definition);
        definition.is_none_or(|wanted| wanted == own)
    }

    /// Cases, then definitions, then the organization: the order of references.
    fn what_of_user(&self, user: Option<u32>, action: Action, part: WhatPart<'_>, when: When, found: &mut Found) {
        let allows = |target| self.check_asked(Asked { user, action, target }, when).allowed;
        let after_case = match part.after {
            None => Some(None),
            Some(Resource::Case(case)) => Some(Some(case)),
            Some(_) => None,
        };
        if let (true, Some(after)) = (Action::OF_CASE.contains(&action), after_case) {
            for case in self.candidates(user, part.definition, after) {
                let opened = self.cases.get(case).opened <= when.place;
                if opened && self.is_of(case, part.definition) && allows(Target::Case(case)) {
                    found.push(Resource::Case(self.cases.names.id(case).clone()));
                    if found.more {
                        return;
                    }
                }
            }
        }
        // Where only cases have the action, definitions need not even be listed.
        let named = Action::OF_DEFINITION.contains(&action).then(|| self.definitions.names.named(when.place));
        let named = named.into_iter().flatten();
        let mut definitions: Vec<_> = named.map(|(number, id)| (Resource::Definition(id.clone()), number)).collect();
        definitions.sort_unstable();
        let organization = (Resource::Organization, Target::Organization);
        let wanted = |resource: &Resource| match resource {
            Resource::Definition(id) => part.definition.is_none_or(|wanted| wanted == id),
            _ => part.definition.is_none(),
        };
        let others = definitions.into_iter().map(|(resource, number)| (resource, Target::Definition(number)));
        for (resource, target) in others.chain([organization]) {
            let asked = actions_of(&resource).contains(&action)
                && wanted(&resource)
                && part.after.is_none_or(|after| resource > *after);
            if asked && !found.more && allows(target) {
                found.push(resource);
            }
        }
    }

    /// Cases that could ever be allowed, by id, each once.
    fn candidates<'a>(
        &'a self,
        user: Option<u32>,
        definition: Option<&DefinitionId>,
        after: Option<&'a CaseId>,
    ) -> Merged<'a> {
        let streams = match self.sources(user) {
            Sources::All => match definition {
                None => vec![&self.cases.all],
                Some(id) => {
                    let number = self.definitions.names.get(id);
                    number.and_then(|number| self.cases.indexed(CaseIndexKey::Definition(number))).into_iter().collect()
                }
            },
            Sources::Some(by) => by.into_iter().filter_map(|by| self.cases.indexed(by)).collect(),
        };
        Merged::new(self, streams, after)
    }

    /// Cases that a user could ever be allowed something on.
    pub(crate) fn candidate_cases(&self, user: u32) -> impl Iterator<Item = u32> {
        self.candidates(Some(user), None, None)
    }

    fn sources(&self, user: Option<u32>) -> Sources {
        let open = (0..).take(self.definitions.names.len()).filter(|&number| self.definitions.get(number).ever_open());
        let mut by: Vec<CaseIndexKey> = open.map(CaseIndexKey::Definition).collect();
        let Some(user) = user else { return Sources::Some(by) };
        if self.directory.ever_admin(user) || self.ever_administrator(user) {
            return Sources::All;
        }
        let delegators = self.delegations.to(user).iter().map(|&number| self.delegations.get(number).from);
        for one in delegators.chain([user]).collect::<BTreeSet<_>>() {
            if !self.add_sources(one, &mut by) {
                return Sources::All;
            }
        }
        by.sort_unstable();
        by.dedup();
        Sources::Some(by)
    }

    fn ever_administrator(&self, user: u32) -> bool {
        self.directory.ever_profiles(user).any(|profile| self.profiles.ever_administrator(profile))
    }

    /// False where only all cases will do.
    fn add_sources(&self, user: u32, by: &mut Vec<CaseIndexKey>) -> bool {
        let groups = self.directory.ever_groups(user).into_iter().map(SubjectKey::group);
        let subjects: Vec<_> = groups.chain([SubjectKey::user(user)]).collect();
        let ever_on = |list: ListIndex| subjects.iter().any(|&subject| self.ever_on(list, subject));
        if ever_on(ListIndex::Organization) {
            return false;
        }
        by.extend(subjects.iter().copied().map(CaseIndexKey::Naming));
        by.extend(self.directory.ever_in_workspaces(user).map(CaseIndexKey::Workspace));
        let listed = (0..).take(self.definitions.names.len()).filter(|&number| ever_on(ListIndex::Definition(number)));
        by.extend(listed.map(CaseIndexKey::Definition));
        for profile in self.directory.ever_profiles(user) {
            let covers = |row: &caseward_events::FormAccess| [row.read, row.write, row.delete].contains(&Scope::All);
            // A share needs read, so a row without scope `all` gives nothing beyond what the other streams hold.
            let rows = self.profiles.get(profile).rows.iter();
            let all = rows.filter(|(_, row)| row.values().any(|(_, row)| covers(row)));
            by.extend(all.map(|(definition, _)| CaseIndexKey::Definition(definition)));
        }
        true
    }

    fn ever_on(&self, list: ListIndex, subject: SubjectKey) -> bool {
        match list {
            ListIndex::Organization => self.definitions.organization.entry(subject).is_some(),
            ListIndex::Definition(number) => self.definitions.get(number).list.entry(subject).is_some(),
            ListIndex::Case(_) | ListIndex::Restriction(_) => false,
        }
    }
}

/// Where candidates come from.
enum Sources {
    /// All cases.
    All,
    /// What was gathered by these.
    Some(Vec<CaseIndexKey>),
}

/// A page being filled.
struct Found {
    resources: Vec<Resource>,
    limit: Option<usize>,
    more: bool,
}

impl Found {
    fn push(&mut self, resource: Resource) {
        if self.limit.is_some_and(|limit| self.resources.len() >= limit) {
            self.more = true;
        } else {
            self.resources.push(resource);
        }
    }
}

/// Streams in the order of ids, merged.
struct Merged<'a> {
    views: &'a Views,
    streams: Vec<Box<dyn Iterator<Item = u32> + 'a>>,
    heads: BinaryHeap<Reverse<(&'a CaseId, u32, usize)>>,
    last: Option<u32>,
}

impl<'a> Merged<'a> {
    fn new(views: &'a Views, streams: Vec<&'a CaseSet>, after: Option<&'a CaseId>) -> Self {
        let names = &views.cases.names;
        let behind = |stream: &'a CaseSet| Box::new(stream.behind(after, names)) as Box<dyn Iterator<Item = u32> + 'a>;
        let streams = streams.into_iter().map(behind).collect::<Vec<_>>();
        let mut merged = Merged { views, heads: BinaryHeap::with_capacity(streams.len()), streams, last: None };
        (0..merged.streams.len()).for_each(|stream| merged.advance(stream));
        merged
    }

    fn advance(&mut self, stream: usize) {
        if let Some(case) = self.streams[stream].next() {
            self.heads.push(Reverse((self.views.cases.names.id(case), case, stream)));
        }
    }
}

impl Iterator for Merged<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        loop {
            let Reverse((_, case, stream)) = self.heads.pop()?;
            self.advance(stream);
            if self.last.replace(case) != Some(case) {
                return Some(case);
            }
        }
    }
}
