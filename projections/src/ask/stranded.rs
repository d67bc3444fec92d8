//! `stranded`: who is assigned to an open case, or in a person field of one, and may not read it.
//!
//! INVARIANT: a user is stranded exactly where a check of read denies; a group, where it denies for every user in it. Absent
//! on purpose: cases that are completed, where nothing waits for anybody.

use crate::ask::numbered_question::{NumberedQuestion, Verdict};
use crate::facts::number::{CaseIndexKey, SubjectKey, Target};
use crate::facts::position::When;
use crate::fold::at_hand::AtHand;
use crate::tables::case_access::Placed;
use crate::tables::directory::Through;
use caseward_events::answer::stranded::{Stranded, StrandedCase};
use caseward_events::{Action, ActivityId, CaseId, DefinitionId, FieldId, Resource, Subject};
use std::collections::BTreeMap;

/// Some of them, case by case: so many cases at a time, so that nobody need hold the views for all.
///
/// INVARIANT: between two steps the views may grow, and nothing else; what grows lies above the place that is asked about.
pub struct StrandedWalk<'a> {
    definition: Option<&'a DefinitionId>,
    limit: usize,
    when: When,
    after: Option<CaseId>,
    found: Vec<StrandedCase>,
    users: UsersOf,
    more: bool,
}

/// The users in each group that was asked about.
type UsersOf = BTreeMap<u32, Vec<u32>>;

/// What one step found.
pub struct StrandedStep {
    after: Option<CaseId>,
    found: Vec<StrandedCase>,
    users: UsersOf,
    ended: bool,
}

/// A part of somebody in a case.
#[derive(Default)]
struct Parts {
    fields: Vec<FieldId>,
    activities: Vec<ActivityId>,
}

impl<'a> StrandedWalk<'a> {
    /// At its beginning: behind a case, of one definition or all, at most so many cases.
    #[must_use]
    pub fn new(
        definition: Option<&'a DefinitionId>,
        after: Option<CaseId>,
        limit: Option<usize>,
        when: When,
    ) -> StrandedWalk<'a> {
        let limit = limit.unwrap_or(usize::MAX);
        StrandedWalk { definition, limit, when, after, found: Vec::new(), users: UsersOf::new(), more: false }
    }

    /// Looks at so many cases more. Nothing of it counts before it is [taken](StrandedWalk::take).
    #[must_use]
    pub fn step(&self, views: AtHand<'_>, cases_max: usize) -> StrandedStep {
        let names = &views.cases.names;
        let mut step =
            StrandedStep { after: self.after.clone(), found: Vec::new(), users: self.users.clone(), ended: true };
        let cases = match self.definition {
            None => Some(&views.cases.all),
            Some(id) => {
                let number = views.definitions.names.get(id);
                number.and_then(|number| views.cases.indexed(CaseIndexKey::Definition(number)))
            }
        };
        let Some(cases) = cases else { return step };
        for (count, case) in cases.behind(self.after.as_ref(), names).enumerate() {
            if count == cases_max || self.found.len() + step.found.len() > self.limit {
                step.ended = false;
                break;
            }
            let id = names.id(case);
            step.after = Some(id.clone());
            let stranded = views.stranded_in(case, self.when, &mut step.users);
            if !stranded.is_empty() {
                step.found.push(StrandedCase { resource: Resource::Case(id.clone()), stranded });
            }
        }
        step
    }

    /// Goes on behind a step; false when all is looked at, or the page is full.
    pub fn take(&mut self, StrandedStep { after, found, users, ended }: StrandedStep) -> bool {
        self.after = after;
        self.users = users;
        self.found.extend(found);
        self.more = self.found.len() > self.limit;
        self.found.truncate(self.limit);
        !ended && !self.more
    }

    /// What was found, and whether there is more behind it.
    #[must_use]
    pub fn finish(self) -> (Vec<StrandedCase>, bool) {
        (self.found, self.more)
    }
}

impl AtHand<'_> {
    fn stranded_in(self, number: u32, when: When, users: &mut UsersOf) -> Vec<Stranded> {
        let case = self.case(number);
        if case.opened > when.place || case.completed.is_true(when.place) {
            return Vec::new();
        }
        let mut parts: BTreeMap<Subject, Parts> = BTreeMap::new();
        for ((field, person), placed) in case.persons.iter() {
            if matches!(placed.value_at(when.place), Some(Placed::In(_))) {
                let field = self.cases.fields.id(field).clone();
                parts.entry(self.directory.subject(person)).or_default().fields.push(field);
            }
        }
        for ((activity, assignee), _) in case.rare().into_iter().flat_map(|rare| rare.assignees.held(when.place)) {
            let activity = self.cases.activities.id(activity).clone();
            parts.entry(self.directory.subject(assignee)).or_default().activities.push(activity);
        }
        let mut stranded = Vec::new();
        for (subject, Parts { mut fields, mut activities }) in parts {
            let Some(denied) = self.directory.key(&subject).and_then(|key| self.denied(key, number, when, users))
            else {
                continue;
            };
            fields.sort_unstable();
            activities.sort_unstable();
            let rule = matches!(subject, Subject::User(_)).then_some(denied.rule);
            stranded.push(Stranded { subject, rule, fields, activities });
        }
        stranded
    }

    /// Why nobody of these may read the case, where nobody may.
    fn denied(self, subject: SubjectKey, case: u32, when: When, users: &mut UsersOf) -> Option<Verdict> {
        let check = |user| {
            let asked = NumberedQuestion { user: Some(user), action: Action::Read, target: Target::Case(case) };
            self.check_asked(asked, when)
        };
        if let Some(user) = subject.as_user() {
            return Some(check(user)).filter(|verdict| !verdict.allowed);
        }
        let group = subject.as_group()?;
        let named = users.entry(group).or_insert_with(|| {
            let all = self.directory.users.named(when.place).map(|(user, _)| user);
            all.filter(|&user| self.directory.reaches(user, group, Through::ActiveGroups, when.place)).collect()
        });
        (!named.iter().any(|&user| check(user).allowed)).then_some(Verdict::NOT_FOUND)
    }
}
