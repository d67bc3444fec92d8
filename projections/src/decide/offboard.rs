//! `offboard`: what names a user who leaves, all of it, in one event.
//!
//! Walls stay: whoever gets the id later is kept out all the same.

use super::{Deciding, Outcome, TIP};
use crate::facts::number::{CaseIndexKey, ListIndex, SubjectKey};
use crate::tables::case_access::Placed;
use caseward_events::command::OneUser;
use caseward_events::event::{Ended, InActivity, InField, Listed, UserOffboarded};
use caseward_events::{CaseId, DelegationId, GroupId, ListRef, Refusal};

impl Deciding<'_> {
    pub(super) fn offboard(&self, OneUser { user }: &OneUser) -> Result<Outcome, Refusal> {
        let number = self.user(user);
        let disabled = number.is_some_and(|number| self.views.directory.disabled_since(number, TIP).is_some());
        let ended = number.map(|number| self.everything_of(number)).unwrap_or_default();
        if disabled && ended.is_empty() {
            return Ok(Outcome::unchanged());
        }
        self.keep_an_admin(user)?;
        Ok(Outcome::one(UserOffboarded { user: user.clone(), ended }))
    }

    fn everything_of(&self, user: u32) -> Ended {
        let (views, me) = (self.views, SubjectKey::user(user));
        let cases = views.cases.indexed(CaseIndexKey::Naming(me));
        let cases: Vec<u32> =
            cases.into_iter().flat_map(|cases| cases.behind(None, &views.cases.names).collect::<Vec<_>>()).collect();
        let profile = views.directory.profile(user, TIP).map(|(_, profile)| views.profiles.names.id(profile).clone());
        let workspace = views.directory.workspace(user, TIP);
        Ended {
            entries: Listed(self.entries_of(me, &cases)),
            memberships: Listed(self.memberships_of(user)),
            profile,
            workspace: workspace.map(|(_, workspace)| views.directory.workspaces.id(workspace).clone()),
            persons: Listed(self.placements_of(me, &cases)),
            assignments: Listed(self.assignments_of(me, &cases)),
            delegations: Listed(self.delegations_of(user)),
            glasses: Listed(self.glasses_of(user, &cases)),
            org_admin: views.directory.admin_since(user, TIP).is_some(),
        }
    }

    pub(super) fn entries_of(&self, me: SubjectKey, cases: &[u32]) -> Vec<ListRef> {
        let views = self.views;
        let definitions = 0..u32::try_from(views.definitions.names.len()).expect("numbers have 32 bits");
        let of_cases = cases.iter().flat_map(|&case| [ListIndex::Case(case), ListIndex::Restriction(case)]);
        let all = [ListIndex::Organization].into_iter().chain(definitions.map(ListIndex::Definition)).chain(of_cases);
        let held = all.filter(|&list| views.entry(list, me, TIP).is_some());
        let mut lists: Vec<ListRef> = held.map(|list| views.list_ref(list)).collect();
        lists.sort_by_cached_key(ToString::to_string);
        lists
    }

    fn memberships_of(&self, user: u32) -> Vec<GroupId> {
        let directory = &self.views.directory;
        let held = directory
            .ever_direct_groups(user)
            .filter(|&group| directory.member_since(SubjectKey::user(user), group, TIP).is_some());
        let mut groups: Vec<GroupId> = held.map(|group| directory.groups.id(group).clone()).collect();
        groups.sort_unstable();
        groups
    }

    fn placements_of(&self, me: SubjectKey, cases: &[u32]) -> Vec<InField> {
        let names = &self.views.cases;
        let of_case = |&number: &u32| {
            let case = self.views.case(number);
            let placed = case.persons.iter().filter(move |((_, person), history)| {
                *person == me && matches!(history.value_at(TIP), Some(Placed::In(_)))
            });
            placed.map(move |((field, _), _)| InField {
                case: names.names.id(number).clone(),
                field: names.fields.id(field).clone(),
            })
        };
        let mut placed: Vec<InField> = cases.iter().flat_map(of_case).collect();
        placed.sort_unstable();
        placed
    }

    fn assignments_of(&self, me: SubjectKey, cases: &[u32]) -> Vec<InActivity> {
        let names = &self.views.cases;
        let of_case = |&number: &u32| {
            let held = self.views.case(number).rare().into_iter().flat_map(|rare| rare.assignees.held(TIP));
            let mine = held.filter(move |((_, assignee), _)| *assignee == me);
            mine.map(move |((activity, _), _)| InActivity {
                case: names.names.id(number).clone(),
                activity: names.activities.id(activity).clone(),
            })
        };
        let mut assigned: Vec<InActivity> = cases.iter().flat_map(of_case).collect();
        assigned.sort_unstable();
        assigned
    }

    fn delegations_of(&self, user: u32) -> Vec<DelegationId> {
        let delegations = &self.views.delegations;
        let open = (0..).zip(delegations.iter()).filter(|(_, one)| one.from == user || one.to == user);
        let open = open.filter(|(_, one)| !one.ended.is_true(TIP));
        let mut ids: Vec<DelegationId> = open.map(|(number, _)| delegations.names.id(number).clone()).collect();
        ids.sort_unstable();
        ids
    }

    /// Those that were not ended, over or not: as entries whose window is over.
    fn glasses_of(&self, user: u32, cases: &[u32]) -> Vec<CaseId> {
        let names = &self.views.cases;
        let is_broken = |case: &&u32| {
            let glasses = self.views.case(**case).rare().map_or(&[][..], |rare| &rare.glasses);
            glasses.iter().any(|glass| glass.user == user && glass.ended.is_none())
        };
        let mut cases: Vec<CaseId> = cases.iter().filter(is_broken).map(|&case| names.names.id(case).clone()).collect();
        cases.sort_unstable();
        cases
    }
}
