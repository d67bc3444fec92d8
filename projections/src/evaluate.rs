//! A question becomes a decision: the one evaluator behind `check`, `who`, `rights`, `explain` (`semantics.md` section 3).
//!
//! The steps stand here as the specification has them. What they find goes to a `Trace`: a bare check uses one that
//! keeps nothing and so costs nothing; `reasons` keeps everything.
//!
//! INVARIANT: a check without reasons does not allocate, compares no strings and reads nothing above the place asked.
//! Absent on purpose: a second path for the past. Now is a place like any other.

mod reasons;
mod who;

use crate::access_list::{AccessList, Entry, Held, ListIndex, SubjectKey};
use crate::case_access::{Case, Restriction};
use crate::decision::{Because, Rule};
use crate::directory::Through;
use crate::history::Place;
use crate::views::{Views, When};
use caseward_events::policy::AdminEntry;
use caseward_events::time::Within;
use caseward_events::{Action, Asker, Resource, Rights};

/// A resource by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A case that was opened by then.
    Case(u32),
    /// A definition that was created by then.
    Definition(u32),
    /// The tenant.
    Organization,
}

impl Target {
    /// What may be held on it.
    #[must_use]
    #[inline]
    pub const fn rights(self) -> Rights {
        match self {
            Target::Case(_) => Rights::OF_CASE,
            Target::Definition(_) => Rights::OF_DEFINITION,
            Target::Organization => Rights::OF_ORGANIZATION,
        }
    }
}

/// A question with its names looked up; who or what no event names has no number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The user, where events name one.
    pub user: Option<u32>,
    /// What is to be done.
    pub action: Action,
    /// To what.
    pub target: Target,
}

/// The bare outcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// Allow or deny.
    pub allowed: bool,
    /// All that is held.
    pub rights: Rights,
    /// What decided.
    pub rule: Rule,
    /// Whether the caller may learn that the resource exists.
    pub disclose: bool,
}

impl Verdict {
    const NOT_FOUND: Verdict = Verdict { allowed: false, rights: Rights::NONE, rule: Rule::NotFound, disclose: false };

    fn deny(rule: Rule, rights: Rights, disclose: bool) -> Verdict {
        Verdict { allowed: false, rights, rule, disclose }
    }
}

/// Something that counted, by numbers.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Found {
    /// An entry of a list.
    Entry { rule: Rule, list: ListIndex, subject: SubjectKey, rights: Rights, since: Place },
    /// The user is an org admin; under a cap, since when the own entry stands.
    OrgAdmin { since: Place, rights: Rights, capped: Option<Place> },
    /// Access control is off.
    AccessControlOff { definition: u32, since: Place, rights: Rights },
    /// The user is disabled.
    Disabled { since: Place },
    /// The case is restricted, and that decided.
    Restricted { since: Place },
}

/// What an evaluation finds on its way.
pub(crate) trait Trace {
    /// Whether what is set aside is wanted: finding it takes steps of its own.
    const WANTED: bool;
    /// Something that counted.
    fn found(&mut self, found: Found);
    /// Something that would have.
    fn set_aside(&mut self, found: Found, because: Because);
}

/// Keeps nothing.
pub(crate) struct Silent;

impl Trace for Silent {
    const WANTED: bool = false;
    #[inline]
    fn found(&mut self, _: Found) {}
    #[inline]
    fn set_aside(&mut self, _: Found, _: Because) {}
}

impl Views {
    /// The numbers of a resource, where it existed by then.
    #[must_use]
    pub fn target(&self, resource: &Resource, place: Place) -> Option<Target> {
        match resource {
            Resource::Case(id) => self.cases.known(id, place).map(Target::Case),
            Resource::Definition(id) => self.definitions.known(id, place).map(Target::Definition),
            Resource::Organization => Some(Target::Organization),
        }
    }

    /// A bare check by names.
    #[must_use]
    pub fn check(&self, asker: &Asker, action: Action, resource: &Resource, when: When) -> Verdict {
        match (asker, self.target(resource, when.place)) {
            (Asker::User(user), Some(target)) => {
                self.check_asked(Asked { user: self.directory.users.get(user), action, target }, when)
            }
            // There are no links yet, so every link is unknown.
            _ => Verdict::NOT_FOUND,
        }
    }

    /// A bare check by numbers.
    #[must_use]
    #[inline]
    pub fn check_asked(&self, asked: Asked, when: When) -> Verdict {
        evaluate(self, asked, when, &mut Silent)
    }
}

/// Section 3, steps 1 to 8. The target exists at the place.
pub(crate) fn evaluate<T: Trace>(views: &Views, asked: Asked, when: When, trace: &mut T) -> Verdict {
    let place = when.place;
    let restriction = match asked.target {
        Target::Case(case) => views.cases.get(case).restriction(place),
        _ => None,
    };
    // Step 1. A user whom nothing names yet is neither disabled nor an org admin nor in a group.
    if let Some(since) = asked.user.and_then(|user| views.directory.disabled_since(user, place)) {
        trace.found(Found::Disabled { since });
        return Verdict::deny(Rule::UserDisabled, Rights::NONE, restriction.is_none());
    }
    let miss = NearestMiss::default();
    let mut evaluation = Evaluation { views, asked, when, trace, gathered: Rights::NONE, rule: None, miss };
    let cap = evaluation.org_admin(restriction);
    let Target::Case(case) = asked.target else {
        if let Target::Definition(definition) = asked.target {
            evaluation.access_control_off(definition, None);
        }
        evaluation.lists(None);
        return evaluation.unrestricted();
    };
    let case = views.cases.get(case);
    match restriction {
        Some((since, restriction)) => {
            evaluation.restricted_list(case, restriction, cap);
            evaluation.restricted(since, cap)
        }
        None => {
            evaluation.access_control_off(case.definition, None);
            evaluation.lists(None);
            evaluation.unrestricted()
        }
    }
}

/// An org admin's own entry on a restricted list: what is cut.
#[derive(Clone, Copy)]
struct Cap {
    cut: Rights,
}

/// What step 5 allows, and nothing else: other actions go on (A8).
const OPEN_TO_EVERYBODY: Rights = Rights::of(&[Action::Read, Action::Write, Action::Delete, Action::Register]);

/// A list with at most so many entries is walked; a longer one is searched for each group of the user.
const WALKED_MAX: usize = 16;

struct Evaluation<'a, T> {
    views: &'a Views,
    asked: Asked,
    when: When,
    trace: &'a mut T,
    gathered: Rights,
    /// The first that gave the action: steps run in the order in which rules decide.
    rule: Option<Rule>,
    /// Filled on the way, for step 8.
    miss: NearestMiss,
}

impl<T: Trace> Evaluation<'_, T> {
    fn give(&mut self, rule: Rule, rights: Rights) {
        self.gathered |= rights;
        if self.rule.is_none() && rights.has(self.asked.action) {
            self.rule = Some(rule);
        }
    }

    /// Step 3.
    fn org_admin(&mut self, restriction: Option<(Place, &Restriction)>) -> Option<Cap> {
        let (views, When { place, .. }) = (self.views, self.when);
        let user = self.asked.user?;
        let since = views.directory.admin_since(user, place)?;
        let all = self.asked.target.rights();
        let bypass = match (self.asked.target, restriction) {
            (Target::Organization, _) | (Target::Case(_), Some(_)) => true,
            _ => views.policy.at(place).org_admin_bypass,
        };
        if !bypass {
            return None;
        }
        let Some((entered, entry)) = restriction.and_then(|(_, list)| self.capping_entry(user, list)) else {
            self.trace.found(Found::OrgAdmin { since, rights: all, capped: None });
            self.give(Rule::OrgAdmin, all);
            return None;
        };
        let cut = Rights::of(&[Action::Write, Action::Delete, Action::Share]) - entry;
        self.trace.found(Found::OrgAdmin { since, rights: all - cut, capped: Some(entered) });
        if !cut.is_empty() {
            self.trace.set_aside(Found::OrgAdmin { since, rights: cut, capped: None }, Because::Capped);
        }
        self.give(Rule::OrgAdminCapped, all - cut);
        Some(Cap { cut })
    }

    /// D1: the user's own entry, never through a group, while its window holds.
    fn capping_entry(&self, user: u32, restriction: &Restriction) -> Option<(Place, Rights)> {
        let (place, at) = (self.when.place, self.when.at);
        if self.views.policy.at(place).org_admin_entry != AdminEntry::Cap {
            return None;
        }
        let (since, held) = restriction.list.entry(SubjectKey::user(user))?.at(place)?;
        self.views.windows.hold(&held, at).then_some((since, held.rights))
    }

    /// Step 4: nothing but the restricted list counts; the rest is set aside.
    fn restricted_list(&mut self, case: &Case, restriction: &Restriction, cap: Option<Cap>) {
        let Target::Case(number) = self.asked.target else { return };
        let list = ListIndex::Restriction(number);
        self.list(Rule::RestrictedEntry, list, &restriction.list, Aside { cap, restricted: false });
        if T::WANTED {
            self.access_control_off(case.definition, Some(Because::Restricted));
            self.lists(Some(Because::Restricted));
        }
    }

    /// Step 5: read, write, delete and register for everybody.
    fn access_control_off(&mut self, definition: u32, aside: Option<Because>) {
        let Some(since) = self.views.definitions.get(definition).open_since(self.when.place) else { return };
        let rights = OPEN_TO_EVERYBODY & self.asked.target.rights();
        let found = Found::AccessControlOff { definition, since, rights };
        match aside {
            Some(because) => self.trace.set_aside(found, because),
            None => {
                self.trace.found(found);
                self.give(Rule::AccessControlOff, rights);
            }
        }
    }

    /// Step 6: the three lists.
    fn lists(&mut self, aside: Option<Because>) {
        let views = self.views;
        let aside = Aside { cap: None, restricted: aside.is_some() };
        let (definition, case) = match self.asked.target {
            Target::Case(case) => (Some(views.cases.get(case).definition), Some(case)),
            Target::Definition(definition) => (Some(definition), None),
            Target::Organization => (None, None),
        };
        let organization = &views.definitions.organization;
        self.list(Rule::OrganizationGrant, ListIndex::Organization, organization, aside);
        if let Some(definition) = definition {
            let list = &views.definitions.get(definition).list;
            self.list(Rule::DefinitionGrant, ListIndex::Definition(definition), list, aside);
        }
        if let Some(case) = case {
            self.list(Rule::CaseGrant, ListIndex::Case(case), &views.cases.get(case).list, aside);
        }
    }

    /// The entries of one list that reach the user.
    fn list(&mut self, rule: Rule, index: ListIndex, list: &AccessList, aside: Aside) {
        if list.entries().is_empty() {
            return;
        }
        let Some(user) = self.asked.user else { return };
        let own = SubjectKey::user(user);
        let (directory, place) = (&self.views.directory, self.when.place);
        // Whichever side is shorter is walked, without gathering the groups: a check does not allocate.
        if list.entries().len() <= WALKED_MAX {
            for entry in list.entries() {
                let Some(group) = entry.subject.as_group() else {
                    if entry.subject == own {
                        self.entry(rule, index, entry, aside, true);
                    }
                    continue;
                };
                if directory.reaches(user, group, Through::ActiveGroups, place) {
                    self.entry(rule, index, entry, aside, true);
                } else if self.wants_inactive() && directory.reaches(user, group, Through::AllGroups, place) {
                    self.entry(rule, index, entry, aside, false);
                }
            }
            return;
        }
        if let Some(entry) = list.entry(own) {
            self.entry(rule, index, entry, aside, true);
        }
        let named = list.group_entries();
        let inactive_too = self.wants_inactive();
        let through = if inactive_too { Through::AllGroups } else { Through::ActiveGroups };
        directory.each_group(user, through, place, |group| {
            let Ok(found) = named.binary_search_by_key(&SubjectKey::group(group), |entry| entry.subject) else {
                return;
            };
            let active = !inactive_too || directory.reaches(user, group, Through::ActiveGroups, place);
            self.entry(rule, index, &named[found], aside, active);
        });
    }

    /// Whether an entry counts for anything that only an inactive group reaches: as a reason, or as the nearest miss.
    fn wants_inactive(&self) -> bool {
        (T::WANTED || self.rule.is_none()) && self.views.directory.ever_switched_off()
    }

    /// An entry whose subject reaches the user, by active groups or by inactive ones.
    fn entry(&mut self, rule: Rule, list: ListIndex, entry: &Entry, aside: Aside, active: bool) {
        let Some((since, held)) = entry.at(self.when.place) else { return };
        let rights = held.rights & self.asked.target.rights();
        if rights.is_empty() {
            return;
        }
        let found = |rights| Found::Entry { rule, list, subject: entry.subject, rights, since };
        if let Some(defect) = self.own_defect(&held, active) {
            if let Defect::One(because) = defect {
                if rights.has(self.asked.action) {
                    self.miss.note(because);
                }
                self.trace.set_aside(found(rights), because);
            }
        } else if aside.restricted {
            self.trace.set_aside(found(rights), Because::Restricted);
        } else {
            let cut = aside.cap.map_or(Rights::NONE, |cap| rights & cap.cut);
            if !cut.is_empty() {
                self.trace.set_aside(found(cut), Because::Capped);
            }
            if !(rights - cut).is_empty() {
                self.trace.found(found(rights - cut));
                self.give(rule, rights - cut);
            }
        }
    }

    #[inline]
    fn own_defect(&self, held: &Held, active: bool) -> Option<Defect> {
        if !self.views.windows.hold(held, self.when.at) {
            let within = self.views.windows.get(held.window).place(self.when.at);
            return Some(match within {
                _ if !active => Defect::Several,
                Within::Before => Defect::One(Because::NotYetValid),
                Within::Inside | Within::After => Defect::One(Because::Expired),
            });
        }
        (!active).then_some(Defect::One(Because::GroupInactive))
    }

    fn allowed(&self) -> Option<Verdict> {
        let rule = self.rule?;
        Some(Verdict { allowed: true, rights: self.gathered, rule, disclose: true })
    }

    /// The end of step 4.
    fn restricted(&mut self, since: Place, cap: Option<Cap>) -> Verdict {
        if let Some(allowed) = self.allowed() {
            return allowed;
        }
        let held = !self.gathered.is_empty();
        let rule = match (cap, held) {
            (Some(_), _) => Rule::OrgAdminCapped,
            (None, true) => Rule::Insufficient,
            (None, false) => {
                self.trace.found(Found::Restricted { since });
                Rule::Restricted
            }
        };
        Verdict::deny(rule, self.gathered, held)
    }

    /// Step 8.
    fn unrestricted(&mut self) -> Verdict {
        if let Some(allowed) = self.allowed() {
            return allowed;
        }
        let rule = match self.miss {
            NearestMiss { expired: true, .. } => Rule::Expired,
            NearestMiss { not_yet: true, .. } => Rule::NotYetValid,
            NearestMiss { inactive: true, .. } => Rule::GroupInactive,
            _ if !self.gathered.is_empty() => Rule::Insufficient,
            _ => Rule::NoGrant,
        };
        Verdict::deny(rule, self.gathered, true)
    }
}

/// What keeps an entry that reaches the user from counting. Only what would have counted but for one thing is a near miss,
/// and set aside.
enum Defect {
    One(Because),
    Several,
}

/// What keeps an entry that holds from counting.
#[derive(Clone, Copy)]
struct Aside {
    cap: Option<Cap>,
    restricted: bool,
}

/// Whether entries would have given the action but for one thing.
#[derive(Default)]
struct NearestMiss {
    expired: bool,
    not_yet: bool,
    inactive: bool,
}

impl NearestMiss {
    fn note(&mut self, because: Because) {
        match because {
            Because::Expired => self.expired = true,
            Because::NotYetValid => self.not_yet = true,
            Because::GroupInactive => self.inactive = true,
            Because::Restricted | Because::Capped => {}
        }
    }
}
