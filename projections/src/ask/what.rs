//! `what`: the closure of the check over the resources of the kinds that have the action, by the same evaluator.
//!
//! Candidates come from streams in the order of references, each a superset over all time; the evaluator decides each.
//! So a page costs the checks of its candidates, not those of all cases.

use crate::ask::numbered_question::NumberedQuestion;
use crate::facts::case_set::CaseSet;
use crate::facts::number::{CaseIndexKey, ListIndex, SubjectKey, Target};
use crate::facts::position::When;
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use caseward_events::answer::WhatAnswer;
use caseward_events::ask::{Next, actions_of};
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

/// That part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhatPage {
    /// The resources of the page; what its `next` is, whoever asks for pages says.
    pub answer: WhatAnswer,
    /// Whether more resources stand behind the last one.
    pub more: bool,
}

/// `what` on its way: so many candidates at a time, so that nobody need hold the views for all of them.
///
/// INVARIANT: between two steps the views may grow, and nothing else; what grows lies above the place that is asked about.
pub struct WhatWalk<'a> {
    asker: &'a Asker,
    action: Action,
    part: WhatPart<'a>,
    when: When,
    stage: Stage,
    found: Found,
}

/// What is next.
enum Stage {
    /// Nothing was looked at.
    Begin,
    Cases(Cases),
    /// All that is no case.
    Others {
        user: Option<u32>,
    },
    End,
}

/// Cases of a user, behind one that was decided.
struct Cases {
    user: Option<u32>,
    sources: Sources,
    after: Option<CaseId>,
}

impl<'a> WhatWalk<'a> {
    /// At its beginning.
    #[must_use]
    pub fn new(asker: &'a Asker, action: Action, part: WhatPart<'a>, when: When) -> Self {
        let found = Found { resources: Vec::new(), limit: part.limit, more: false, looked_at: 0 };
        WhatWalk { asker, action, part, when, stage: Stage::Begin, found }
    }

    /// Decides at most so many cases more, or all that are no cases. Nothing of it counts before it is
    /// [taken](WhatWalk::take).
    #[must_use]
    pub fn step(&self, views: AtHand<'_>, cases_max: usize) -> WhatStep {
        let limit = self.part.limit.map(|limit| limit.saturating_sub(self.found.resources.len()));
        let mut found = Found { resources: Vec::new(), limit, more: false, looked_at: 0 };
        let stage = match &self.stage {
            Stage::Begin => match self.asker {
                Asker::Link(link) => {
                    views.what_of_link(link, self.action, self.part, self.when, &mut found);
                    Stage::End
                }
                Asker::User(user) => {
                    let begin = self.begin(&views, views.directory.users.get(user));
                    self.go_on(views, &begin, cases_max, &mut found)
                }
            },
            stage => self.go_on(views, stage, cases_max, &mut found),
        };
        WhatStep { stage, looked_at: found.looked_at, found }
    }

    /// Goes on behind a step; false when all is decided, or the page is full.
    pub fn take(&mut self, WhatStep { stage, found, .. }: WhatStep) -> bool {
        self.stage = stage;
        self.found.resources.extend(found.resources);
        self.found.more = found.more;
        !matches!(self.stage, Stage::End)
    }

    /// What was found.
    #[must_use]
    pub fn finish(self) -> WhatPage {
        let (resources, position) = (self.found.resources, self.when.place.position());
        let answer = WhatAnswer { resources, position, settled: None, known: None, next: Next::NotPaged };
        WhatPage { answer, more: self.found.more }
    }

    /// Cases, then definitions, then the organization: the order of references.
    fn begin(&self, views: &Views, user: Option<u32>) -> Stage {
        let after = match self.part.after {
            None => Some(None),
            Some(Resource::Case(case)) => Some(Some(case.clone())),
            Some(_) => None,
        };
        match after.filter(|_| Action::OF_CASE.contains(&self.action)) {
            Some(after) => Stage::Cases(Cases { user, sources: views.sources(user), after }),
            None => Stage::Others { user },
        }
    }

    fn go_on(&self, views: AtHand<'_>, stage: &Stage, cases_max: usize, found: &mut Found) -> Stage {
        match stage {
            Stage::Cases(cases) => self.cases(views, cases, cases_max, found),
            Stage::Others { user } => {
                views.what_else(*user, self.action, self.part, self.when, found);
                Stage::End
            }
            Stage::Begin | Stage::End => Stage::End,
        }
    }

    fn cases(&self, views: AtHand<'_>, cases: &Cases, cases_max: usize, found: &mut Found) -> Stage {
        let WhatWalk { action, part, when, .. } = *self;
        let Cases { user, sources, after } = cases;
        let mut candidates = views.merged(sources, part.definition, after.as_ref());
        let mut last = None;
        for _ in 0..cases_max {
            let Some(case) = candidates.next() else { return Stage::Others { user: *user } };
            last = Some(case);
            found.looked_at += 1;
            let opened = views.case(case).opened <= when.place;
            let asked = NumberedQuestion { user: *user, action, target: Target::Case(case) };
            if opened && views.is_of(case, part.definition) && views.check_asked(asked, when).allowed {
                found.push(Resource::Case(views.cases.names.id(case).clone()));
                if found.more {
                    return Stage::End;
                }
            }
        }
        let after = last.map(|case| views.cases.names.id(case).clone());
        Stage::Cases(Cases { user: *user, sources: sources.clone(), after })
    }
}

/// What a step found, and what is next.
pub struct WhatStep {
    stage: Stage,
    found: Found,
    looked_at: usize,
}

impl WhatStep {
    /// What it found.
    #[must_use]
    pub fn found(&self) -> &[Resource] {
        &self.found.resources
    }

    /// How many candidates it looked at.
    #[must_use]
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }
}

impl AtHand<'_> {
    /// The resources on which a subject may do something, by reference.
    #[must_use]
    pub fn what(self, asker: &Asker, action: Action, part: WhatPart<'_>, when: When) -> WhatPage {
        let mut walk = WhatWalk::new(asker, action, part, when);
        while walk.take(walk.step(self, usize::MAX)) {}
        walk.finish()
    }

    fn what_of_link(self, link: &LinkId, action: Action, part: WhatPart<'_>, when: When, found: &mut Found) {
        let Some(known) = self.links.known(link, when.place) else { return };
        let case = self.links.get(known).case;
        let resource = Resource::Case(self.cases.names.id(case).clone());
        let wanted = self.is_of(case, part.definition) && part.after.is_none_or(|after| resource > *after);
        if wanted && self.check(&Asker::Link(link.clone()), action, &resource, when).allowed {
            found.push(resource);
        }
    }

    fn is_of(self, case: u32, definition: Option<&DefinitionId>) -> bool {
        let own = self.definitions.names.id(self.case(case).definition);
        definition.is_none_or(|wanted| wanted == own)
    }

    /// Definitions, then the organization.
    fn what_else(self, user: Option<u32>, action: Action, part: WhatPart<'_>, when: When, found: &mut Found) {
        let allows = |target| self.check_asked(NumberedQuestion { user, action, target }, when).allowed;
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
            found.looked_at += 1;
            if asked && !found.more && allows(target) {
                found.push(resource);
            }
        }
    }
}

impl Views {
    /// Cases that could ever be allowed, by id, each once.
    fn merged<'a>(
        &'a self,
        sources: &Sources,
        definition: Option<&DefinitionId>,
        after: Option<&CaseId>,
    ) -> Merged<'a> {
        let streams = match sources {
            Sources::All => match definition {
                None => vec![&self.cases.all],
                Some(id) => {
                    let number = self.definitions.names.get(id);
                    number.and_then(|number| self.cases.indexed(CaseIndexKey::Definition(number))).into_iter().collect()
                }
            },
            Sources::Some(by) => by.iter().filter_map(|&by| self.cases.indexed(by)).collect(),
        };
        Merged::new(self, streams, after)
    }

    /// Cases that a user could ever be allowed something on; `None` for one whom no event names.
    pub(crate) fn candidate_cases(&self, user: Option<u32>) -> impl Iterator<Item = u32> {
        self.merged(&self.sources(user), None, None)
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
#[derive(Clone)]
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
    looked_at: usize,
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
    fn new(views: &'a Views, streams: Vec<&'a CaseSet>, after: Option<&CaseId>) -> Self {
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
