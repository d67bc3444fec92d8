//! Step 6, the three lists, and step 8, the entries that would have given an action but for one thing.

use super::evaluation::Evaluation;
use crate::ask::evaluate::nearest_miss::outside;
use crate::ask::trace::{Found, Trace};
use crate::facts::number::{ListIndex, SubjectKey, Target};
use crate::facts::position::Pos32;
use crate::tables::access_list::{AccessList, Entry, TimedRights};
use crate::tables::directory::{GroupMask, Through};
use caseward_events::answer::{Because, Rule};

/// Groups around groups are looked at in so many steps, and one more for each group of a list, before that is given up.
const STEPS_MIN: usize = 64;

/// So many entries beside the few are walked; more are searched for each group of the user.
const WALKED_MAX: usize = 16;

impl<T: Trace> Evaluation<'_, T> {
    /// Organization, definition, case.
    #[inline]
    pub(super) fn lists(&mut self) {
        let views = self.views;
        let Some(user) = self.asked.user else { return };
        let mask = views.directory.mask(user, self.when.place);
        let (definition, case) = match self.asked.target {
            Target::Case(number) => {
                let case = views.case(number);
                (Some(case.definition), Some((number, &case.list)))
            }
            Target::Definition(definition) => (Some(definition), None),
            Target::Organization => (None, None),
        };
        let organization = &views.definitions.organization;
        if !organization.is_empty() {
            self.walk(Rule::OrganizationGrant, ListIndex::Organization, organization, user, mask);
        }
        if let Some(definition) = definition {
            let known = views.definitions.get(definition);
            self.swept = (!known.swept.is_empty()).then_some(definition);
            self.walk(Rule::DefinitionGrant, ListIndex::Definition(definition), &known.list, user, mask);
        }
        if let Some((case, list)) = case {
            self.walk(Rule::CaseGrant, ListIndex::Case(case), list, user, mask);
        }
    }

    /// The entries of one list that reach the user.
    pub(super) fn list(&mut self, rule: Rule, index: ListIndex, list: &AccessList) {
        if let Some(user) = self.asked.user {
            self.walk(rule, index, list, user, self.views.directory.mask(user, self.when.place));
        }
    }

    // Mostly all entries are among the few, and none gets further than the sieve.
    #[inline]
    fn walk(&mut self, rule: Rule, index: ListIndex, list: &AccessList, user: u32, mask: GroupMask) {
        for entry in mask.sift(list.inline()) {
            self.let_through(rule, index, entry, user);
        }
        if !list.spilled().is_empty() {
            self.walk_spilled(rule, index, list, user, mask);
        }
    }

    // Whichever side is shorter is walked, without gathering the groups: a check does not allocate.
    fn walk_spilled(&mut self, rule: Rule, index: ListIndex, list: &AccessList, user: u32, mask: GroupMask) {
        let entries = list.spilled();
        if entries.len() > WALKED_MAX {
            return self.search_spilled(rule, index, list, user);
        }
        for entry in entries {
            if mask.lets_through(entry.subject()) {
                self.let_through(rule, index, entry, user);
            }
        }
    }

    /// An entry that names the user, or perhaps a group of theirs.
    // Apart, so that the walk past all other entries is short wherever it stands.
    #[inline(never)]
    fn let_through(&mut self, rule: Rule, index: ListIndex, entry: &Entry, user: u32) {
        let (views, place) = (self.views, self.when.place);
        let directory = &views.directory;
        let reaches = |group, through| directory.reaches(user, group, through, place);
        let active = match entry.subject().as_group() {
            None => true,
            Some(group) if reaches(group, Through::ActiveGroups) => true,
            Some(group) if self.wants_inactive() && reaches(group, Through::AllGroups) => false,
            Some(_) => return,
        };
        self.entry(rule, index, entry, active);
    }

    /// Searched for the user and each group of theirs.
    #[inline(never)]
    fn search_spilled(&mut self, rule: Rule, index: ListIndex, list: &AccessList, user: u32) {
        let (views, place) = (self.views, self.when.place);
        let directory = &views.directory;
        if let Some(entry) = list.spilled_entry(SubjectKey::user(user)) {
            self.entry(rule, index, entry, true);
        }
        let named = list.spilled_groups();
        let inactive_too = self.wants_inactive();
        let through = if inactive_too { Through::AllGroups } else { Through::ActiveGroups };
        // Where the user is in more groups than the list names, its groups are asked instead.
        let come_upon = directory.some_groups(user, through, place, STEPS_MIN + named.len(), |group| {
            let Ok(found) = named.binary_search_by_key(&SubjectKey::group(group), Entry::subject) else {
                return;
            };
            let active = !inactive_too || directory.reaches(user, group, Through::ActiveGroups, place);
            self.entry(rule, index, &named[found], active);
        });
        let Some(come_upon) = come_upon else { return };
        let is_left = |entry: &&Entry| entry.subject().as_group().is_some_and(|group| !come_upon.has(group));
        let mask = directory.mask(user, place);
        for entry in named.iter().filter(is_left).filter(|entry| mask.lets_through(entry.subject())) {
            self.let_through(rule, index, entry, user);
        }
    }

    /// Whether an entry counts for anything that only an inactive group reaches: as a reason, or as the nearest miss.
    #[inline]
    fn wants_inactive(&self) -> bool {
        (T::WANTED || self.rule.is_none()) && self.views.directory.ever_switched_off()
    }

    /// An entry whose subject reaches the user, by active groups or by inactive ones.
    // Always within what calls it: a call would cost a third of what it does.
    #[inline(always)]
    fn entry(&mut self, rule: Rule, list: ListIndex, entry: &Entry, active: bool) {
        let Some((since, held)) = entry.at(self.when.place) else { return };
        if self.swept.is_some() && self.is_swept(list, entry.subject(), since) {
            return;
        }
        let rights = held.rights & self.asked.target.rights();
        let found = |rights| Found::Entry { rule, list, subject: entry.subject(), rights, since };
        match self.own_defect(&held, active) {
            None => self.count(rule, rights, found),
            Some(Defect::One(because)) if !rights.is_empty() => {
                if rights.has(self.asked.action) {
                    self.miss.note(because);
                }
                self.trace.set_aside(found(rights), because);
            }
            Some(_) => {}
        }
    }

    /// Whether an entry of the case was taken off together with those of other cases.
    #[cold]
    fn is_swept(&self, list: ListIndex, subject: SubjectKey, since: Pos32) -> bool {
        let (ListIndex::Case(_), Some(definition)) = (list, self.swept) else { return false };
        self.views.definitions.get(definition).is_swept(subject, since, self.when.place)
    }

    #[inline]
    fn own_defect(&self, held: &TimedRights, active: bool) -> Option<Defect> {
        if !self.views.windows.hold(held, self.when.at) {
            let outside = outside(self.views.windows.get(held.window).place(self.when.at));
            return Some(if active { Defect::One(outside) } else { Defect::Several });
        }
        (!active).then_some(Defect::One(Because::GroupInactive))
    }
}

/// What keeps an entry that reaches the user from counting. Only what would have counted but for one thing is a near miss,
/// and set aside.
enum Defect {
    One(Because),
    Several,
}
