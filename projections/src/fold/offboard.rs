//! Folding the event that ends everything that names a user who leaves.
//!
//! INVARIANT: it says what it ends, so the fold looks for nothing; each fact ends as if an event of its own had ended it.

use crate::facts::number::{StreamIndex, SubjectKey};
use crate::facts::position::Pos32;
use crate::fold::fold_error::FoldError;
use crate::fold::prefetch::Prefetched;
use crate::fold::views::Views;
use crate::tables::case_access::Placed;
use crate::tables::undo_log::Replaying;
use caseward_events::CaseId;
use caseward_events::event::{Ended, UserOffboarded};

impl Views {
    pub(super) fn offboard(&mut self, event: &UserOffboarded, place: Pos32) -> Result<StreamIndex, FoldError> {
        let UserOffboarded { user, ended } = event;
        let user = self.directory.name_user(user.text(), place, &mut self.undo_log);
        self.leave_offices(user, ended, place);
        self.leave_lists(user, ended, place)?;
        self.leave_cases(user, ended, place)?;
        for id in &ended.delegations.0 {
            match self.delegations.names.get(id) {
                Some(number) => self.delegations.end(number, place, &mut self.undo_log),
                None => self.passed_over(place, &format_args!("delegation:{id}"))?,
            }
        }
        Ok(StreamIndex::User(user))
    }

    fn leave_offices(&mut self, user: u32, ended: &Ended, place: Pos32) {
        let Views { directory, undo_log, .. } = self;
        if directory.disabled_since(user, Pos32::LATEST).is_none() {
            directory.set_disabled(user, true, place, undo_log);
        }
        if ended.org_admin {
            directory.set_org_admin(user, false, place, undo_log);
        }
        if ended.profile.is_some() {
            directory.assign_profile(user, None, place, undo_log);
        }
        if ended.workspace.is_some() {
            directory.place_user(user, None, place, undo_log);
        }
        for group in &ended.memberships.0 {
            let group = directory.name_group(group.text(), place, undo_log);
            directory.set_member(SubjectKey::user(user), group, false, place, undo_log);
        }
    }

    fn leave_lists(&mut self, user: u32, ended: &Ended, place: Pos32) -> Result<(), FoldError> {
        for list in &ended.entries.0 {
            match self.list(list.into(), Prefetched::default(), place) {
                Ok(list) => self.put_entry_of(list, SubjectKey::user(user), place),
                Err(_) => self.passed_over(place, list)?,
            }
        }
        Ok(())
    }

    fn leave_cases(&mut self, user: u32, ended: &Ended, place: Pos32) -> Result<(), FoldError> {
        let me = SubjectKey::user(user);
        for one in &ended.persons.0 {
            let Some(case) = self.case_or_passed_over(&one.case, place)? else { continue };
            let field = self.cases.name_field(&one.field, place, &mut self.undo_log);
            self.cases.place_person(case, (field, me), Placed::Out, place, &mut self.undo_log);
        }
        for one in &ended.assignments.0 {
            let Some(case) = self.case_or_passed_over(&one.case, place)? else { continue };
            let activity = self.cases.name_activity(&one.activity, place, &mut self.undo_log);
            self.cases.assign(case, (activity, me), false, place, &mut self.undo_log);
        }
        for case in &ended.glasses.0 {
            let Some(case) = self.case_or_passed_over(case, place)? else { continue };
            self.cases.end_glasses(case, user, place, &mut self.undo_log);
        }
        Ok(())
    }

    fn case_or_passed_over(&self, id: &CaseId, place: Pos32) -> Result<Option<u32>, FoldError> {
        match self.case(id.text(), place) {
            Ok(case) => Ok(Some(case)),
            Err(_) => self.passed_over(place, &format_args!("case:{id}")).map(|()| None),
        }
    }

    /// What no folded stream makes is passed over where some streams are folded alone, and is corruption elsewhere.
    fn passed_over(&self, place: Pos32, what: &dyn std::fmt::Display) -> Result<(), FoldError> {
        if self.undo_log.replaying() == Replaying::Partial {
            return Ok(());
        }
        Err(FoldError::Unknown { position: place.position(), what: what.to_string() })
    }
}
