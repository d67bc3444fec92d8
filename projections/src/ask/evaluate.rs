//! The evaluator: a question becomes a decision (`semantics.md` section 3). Everything that asks who may do what runs
//! through `evaluate`: `check`, `explain`, `who`, `what`, `rights`, intervals, differences, the authority of a command,
//! and the verification of a proof.
//!
//! # Words
//!
//! - **Subject**: who is asked about, a user or a public link. A *group* is a subject of grants, never of a question:
//!   ask about its members.
//! - **Actor**: who caused an event. It plays no part here: a decision rests on what was recorded, not on who did so.
//! - **Resource**: what something is done to: a case, a definition, the organization.
//! - **Action**: what is to be done, such as `read` or `restrict`. Each kind of resource has its own actions.
//! - **Right**: an action that a subject holds on a resource. Rights are a set; what several sources give is joined.
//! - **Entry**: a subject on a list with rights and perhaps a window. There are four lists: of the organization, of a
//!   definition, of a case, and of a restriction.
//! - **When**: the place in the log that is read (`When::place`), and the instant that windows are compared with
//!   (`When::at`). Nothing above the place is seen, so the past and the present are the same call.
//!
//! # The steps
//!
//! ```text
//!   1 exists? user disabled? ── no such case, or disabled ────────────► deny `not_found`, `user_disabled`
//!   2 walls                     take read, write, delete, share from all that follows
//!   3 org admin                 everything; on a restricted case an own entry cuts write, delete, share
//!        │
//!        ├── the case is restricted
//!        │     4 restricted list, broken glass ── nothing else counts ► allow, or deny `restricted`, `insufficient`
//!        │
//!        └── it is not
//!              5 access control off     read, write, delete, register for everybody
//!              6 three lists, profile, delegations, broken glass: the union
//!              7 clamp: write, delete, share of a profile need read from any source
//!              8 nothing gives the action ────────────────────────────► deny, with the nearest miss
//! ```
//!
//! The rule of an allow is the first, in this order, that gives the action; what later steps give counts all the same,
//! for the rights held and for the reasons. A wall or a cap takes from whatever is found, so each step hands what it
//! finds to one place, `count`, that subtracts and remembers.
//!
//! # An example
//!
//! Case 4711 of the history in `replay-fixtures/demo`, on the day on which it was sealed. The question: may `user:mike`
//! `write` `case:4711`, as of position 169?
//!
//! ```text
//!   #2    judith made mike an org admin
//!   #108  greta opened case:4711 of definition:fraud
//!   #169  judith restricted case:4711
//!           restriction:4711 ─┬─ user:bruno             write
//!                             ├─ user:mike              read
//!                             ├─ group:integrity-team   read
//!                             └─ user:kessler           read   until 2024-03-29T17:00:00Z
//!
//!   step  finds                                          counts                          set aside
//!   1     the case exists since #108, mike is enabled
//!   2     no wall
//!   3     org admin since #2; the own entry, since       read, manage_access, restrict   write, delete, share:
//!         #169, cuts write, delete and share to `read`   rule `org_admin_capped`         `capped`
//!   4     the entry itself; no broken glass              read, rule `restricted_entry`
//!                                                        ──────────────────────────────
//!         write is not among them                        deny `org_admin_capped`
//! ```
//!
//! The same question for `user:carla` ends in step 4 as well: she holds `read` through the group, so `write` is denied
//! with `insufficient`. For `user:elif`, who is on the list of the definition but not on this one, it is denied with
//! `restricted`, and what the other list gives is set aside with the same word. At position 168 the case is not
//! restricted, so mike writes, by `org_admin`.
//!
//! # How it is built
//!
//! What a step finds also goes to a `Trace`. That of a bare check keeps nothing and costs nothing; that of `explain`
//! keeps everything, what was set aside too, and finds the events. Most checks take a short way: where no restriction,
//! profile, delegation or office can play a part at any place, and no wall at this one, only the lists are asked, by the
//! same functions.
//!
//! INVARIANT: a check without reasons does not allocate, compares no strings and reads nothing above the place asked.
//! Absent on purpose: a second path for the past. Now is a place like any other; only the groups that a user is in now are
//! kept beside their history. What a search among groups in groups allocates, and when, is said in `tables/directory/reach`.

use crate::ask::evaluate::nearest_miss::outside;
use crate::ask::numbered_question::{NumberedQuestion, Verdict};
use crate::ask::trace::{Found, Silent, Trace};
use crate::facts::number::{ListIndex, SubjectKey, Target};
mod evaluation;
mod links;
mod lists;
mod nearest_miss;
pub(super) mod profile;
pub(crate) mod walls;

use crate::facts::position::{Pos32, When};
use crate::fold::at_hand::AtHand;
use crate::tables::case_access::{Rare, Restriction};
use caseward_events::answer::{Because, Rule};
use caseward_events::policy::AdminEntry;
use caseward_events::{Action, Asker, Resource, Rights};
use evaluation::Evaluation;
use walls::{is_walled, may_be_walled};

impl AtHand<'_> {
    /// A bare check by names.
    #[must_use]
    pub fn check(self, asker: &Asker, action: Action, resource: &Resource, when: When) -> Verdict {
        let target = self.target(resource, when.place);
        match asker {
            Asker::User(user) => match target {
                Some(target) => {
                    self.check_asked(NumberedQuestion { user: self.directory.users.get(user), action, target }, when)
                }
                None => Verdict::NOT_FOUND,
            },
            Asker::Link(link) => self.check_link(link, action, target, when, &mut Silent),
        }
    }

    /// A bare check of a user by numbers.
    #[must_use]
    #[inline]
    pub fn check_asked(self, asked: NumberedQuestion, when: When) -> Verdict {
        evaluate(self, asked, when, &mut Silent)
    }
}

/// Section 3. The target exists at the place.
#[inline]
pub(crate) fn evaluate<T: Trace>(views: AtHand<'_>, asked: NumberedQuestion, when: When, trace: &mut T) -> Verdict {
    if !only_lists_count(views, asked, when.place) {
        return every_step(views, asked, when, trace);
    }
    let mut evaluation = Evaluation::new(views, asked, when, trace);
    evaluation.lists();
    evaluation.unrestricted()
}

/// Whether no step but the three lists finds anything: mostly so, and then no other need be taken.
#[inline]
fn only_lists_count(views: AtHand<'_>, asked: NumberedQuestion, place: Pos32) -> bool {
    let (Some(user), Target::Case(case)) = (asked.user, asked.target) else { return false };
    let case = views.case(case);
    !case.is_special()
        && views.directory.is_ordinary(user)
        && views.definitions.is_ordinary(case.definition)
        && !may_be_walled(views, user, place)
        && views.delegations.to(user).is_empty()
}

/// Steps 1 to 8.
#[inline(never)]
fn every_step<T: Trace>(views: AtHand<'_>, asked: NumberedQuestion, when: When, trace: &mut T) -> Verdict {
    let restriction = match asked.target {
        Target::Case(case) => views.case(case).restriction(when.place),
        _ => None,
    };
    // Step 1. A user whom nothing names yet is neither disabled nor an org admin nor in a group.
    if let Some(since) = asked.user.and_then(|user| views.directory.disabled_since(user, when.place)) {
        trace.found(Found::Disabled { since });
        return Verdict::deny(Rule::UserDisabled, Rights::NONE, restriction.is_none());
    }
    let mut evaluation = Evaluation::new(views, asked, when, trace);
    evaluation.walls();
    evaluation.org_admin(restriction);
    match restriction {
        Some((since, restriction)) => {
            evaluation.restricted_list(restriction);
            evaluation.restricted(since)
        }
        None => {
            evaluation.everything_else();
            evaluation.unrestricted()
        }
    }
}

/// What step 5 allows, and nothing else: other actions go on (A8).
pub(super) const OPEN_TO_EVERYBODY: Rights =
    Rights::of(&[Action::Read, Action::Write, Action::Delete, Action::Register]);

impl<T: Trace> Evaluation<'_, T> {
    /// Step 3.
    fn org_admin(&mut self, restriction: Option<(Pos32, &Restriction)>) {
        let (views, place) = (self.views, self.when.place);
        let Some(user) = self.asked.user else { return };
        let Some(since) = views.directory.admin_since(user, place) else { return };
        let all = self.asked.target.rights();
        let bypass = match (self.asked.target, restriction) {
            (Target::Organization, _) | (Target::Case(_), Some(_)) => true,
            _ => views.policy.at(place).org_admin_bypass,
        };
        if !bypass {
            return;
        }
        let Some((entered, entry)) = restriction.and_then(|(_, list)| self.capping_entry(user, list)) else {
            self.count(Rule::OrgAdmin, all, |rights| Found::OrgAdmin { since, rights, capped: None });
            return;
        };
        let cut = Rights::of(&[Action::Write, Action::Delete, Action::Share]) - entry;
        if !cut.is_empty() {
            self.trace.set_aside(Found::OrgAdmin { since, rights: cut, capped: None }, Because::Capped);
        }
        let capped = Some(entered);
        self.count(Rule::OrgAdminCapped, all - cut, |rights| Found::OrgAdmin { since, rights, capped });
        self.capped = Some(cut);
    }

    /// D1: the user's own entry, never through a group, while its window holds.
    fn capping_entry(&self, user: u32, restriction: &Restriction) -> Option<(Pos32, Rights)> {
        let (place, at) = (self.when.place, self.when.at);
        if self.views.policy.at(place).org_admin_entry != AdminEntry::Cap {
            return None;
        }
        let (since, held) = restriction.list.entry(SubjectKey::user(user))?.at(place)?;
        self.views.windows.hold(&held, at).then_some((since, held.rights))
    }

    /// Step 4: nothing but the restricted list and a broken glass counts; the rest is set aside.
    fn restricted_list(&mut self, restriction: &Restriction) {
        let Target::Case(case) = self.asked.target else { return };
        self.list(Rule::RestrictedEntry, ListIndex::Restriction(case), &restriction.list);
        self.broken_glass();
        if T::WANTED {
            self.aside = Some(Because::Restricted);
            self.access_control_off();
            self.lists();
            self.profile();
            self.delegations();
            self.aside = None;
        }
    }

    /// Steps 5 and 6, with the clamp of step 7 inside the profile.
    fn everything_else(&mut self) {
        self.access_control_off();
        self.lists();
        self.delegations();
        self.broken_glass();
        // The clamp of a profile asks whether read is held from any source, so it comes last.
        self.profile();
    }

    /// Step 5: read, write, delete and register for everybody.
    fn access_control_off(&mut self) {
        let definition = match self.asked.target {
            Target::Case(case) => self.views.case(case).definition,
            Target::Definition(definition) => definition,
            Target::Organization => return,
        };
        let Some(since) = self.views.definitions.get(definition).open_since(self.when.place) else { return };
        let rights = OPEN_TO_EVERYBODY & self.asked.target.rights();
        self.count(Rule::AccessControlOff, rights, |rights| Found::AccessControlOff { definition, since, rights });
    }

    /// Step 6: exactly what the delegator has from lists and profile on that resource (D23).
    #[inline]
    fn delegations(&mut self) {
        let Some(user) = self.asked.user else { return };
        let views = self.views;
        for &number in views.delegations.to(user) {
            let delegation = views.delegations.get(number);
            if delegation.made > self.when.place || delegation.ended.is_true(self.when.place) {
                continue;
            }
            let holds = delegation.window.holds(self.when.at);
            if !holds && !T::WANTED {
                continue;
            }
            let rights = delegable(self.views, delegation.from, self.asked.target, self.when, &mut Silent);
            let found = |rights| Found::Delegation { delegation: number, rights };
            let walled = self.behind_wall || is_walled(self.views, delegation.from, self.asked.target, self.when.place);
            match (rights.is_empty(), holds, walled) {
                (true, ..) => {}
                (false, true, false) => self.count(Rule::Delegation, rights, found),
                (false, true, true) => self.trace.set_aside(found(rights), Because::Walled),
                (false, false, _) => {
                    self.trace.set_aside(found(rights), outside(delegation.window.place(self.when.at)));
                }
            }
        }
    }

    /// Step 6: the level and end recorded when the glass was broken.
    #[inline]
    fn broken_glass(&mut self) {
        let (Some(user), Target::Case(case)) = (self.asked.user, self.asked.target) else { return };
        if let Some(rare) = self.views.case(case).rare() {
            self.glasses(user, rare);
        }
    }

    fn glasses(&mut self, user: u32, rare: &Rare) {
        let When { place, at } = self.when;
        for glass in rare.glasses.iter().filter(|glass| glass.holds(user, place, at)) {
            let broken = glass.broken;
            self.count(Rule::BreakGlass, glass.rights, |rights| Found::BrokenGlass { broken, rights });
        }
    }

    fn allowed(&self) -> Option<Verdict> {
        let rule = self.rule?;
        Some(Verdict { allowed: true, rights: self.gathered, rule, disclose: true })
    }

    /// Whatever else holds, a wall takes these.
    fn taken_by_wall(&self) -> bool {
        self.walled.has(self.asked.action)
    }

    /// The end of step 4.
    fn restricted(&mut self, since: Pos32) -> Verdict {
        if let Some(allowed) = self.allowed() {
            return allowed;
        }
        let held = !self.gathered.is_empty();
        let rule = match (self.capped, held) {
            _ if self.taken_by_wall() => Rule::Wall,
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
        if self.taken_by_wall() {
            return Verdict::deny(Rule::Wall, self.gathered, true);
        }
        let locked = self.completed_write && self.asked.action == Action::Write && self.gathered.has(Action::Read);
        let rule = match self.miss.rule() {
            _ if locked => Rule::CompletedLocked,
            Some(miss) => miss,
            None if !self.gathered.is_empty() => Rule::Insufficient,
            None => Rule::NoGrant,
        };
        Verdict::deny(rule, self.gathered, true)
    }
}

/// What a user could hand on: from lists and profile, the clamp met by read from these or from step 5; nothing from
/// being an org admin or module administrator, nothing passed on, nothing where the user is disabled.
pub(super) fn delegable<T: Trace>(views: AtHand<'_>, user: u32, target: Target, when: When, trace: &mut T) -> Rights {
    if views.directory.disabled_since(user, when.place).is_some() {
        return Rights::NONE;
    }
    // Which action is asked for does not change what is held.
    let asked = NumberedQuestion { user: Some(user), action: Action::Read, target };
    let mut evaluation = Evaluation::new(views, asked, when, trace);
    evaluation.lists();
    let read = evaluation.gathered.has(Action::Read) || evaluation.is_open();
    evaluation.own_profile(read);
    evaluation.gathered
}
