//! What comes back: access that was taken away and that a command gives again, be it an old one that is delivered late;
//! public links, and the entries of a group, with a command that does not name them.

use super::{Deciding, TIP};
use crate::decide::effects::Change;
use crate::facts::number::{CaseIndexKey, ListIndex, SubjectKey};
use caseward_events::command::OnExisting;
use caseward_events::warning::NAMED_MAX;
use caseward_events::{GroupId, LinkId, ListRef, Rights, Subject, UserId, Warning, Window};

impl Deciding<'_> {
    /// Of a new entry by a command that is meant to be sent again: where there was one before, this may be an old one that
    /// is delivered late, and gives back what was taken away since.
    pub(super) fn given_again(
        &self,
        list: ListIndex,
        on: &ListRef,
        to: &Subject,
        on_existing: OnExisting,
    ) -> Option<Warning> {
        let may_be_late = matches!(on_existing, OnExisting::Ignore | OnExisting::Update);
        if may_be_late { self.listed_again(list, on, to) } else { None }
    }

    /// Of a new entry, on a list that once named the subject.
    pub(super) fn listed_again(&self, list: ListIndex, on: &ListRef, to: &Subject) -> Option<Warning> {
        let key = self.views.directory.key(to)?;
        self.views.ever_held(list, key).next().map(|_| again(to, on))
    }

    /// Of an entry that gives more than before: where it once gave some of that, and would still, had nobody taken it.
    pub(super) fn given_back(
        &self,
        list: ListIndex,
        on: &ListRef,
        to: &Subject,
        Change { before, after }: &Change,
    ) -> Option<Warning> {
        let now = |rights: Rights, window: Window| if window.holds(self.now) { rights } else { Rights::NONE };
        let after = (*after)?;
        let gained = now(after.rights, after.window) - now(before.rights, before.window);
        let key = self.views.directory.key(to)?;
        let mut held =
            self.views.ever_held(list, key).map(|held| now(held.rights, self.views.windows.get(held.window)));
        held.any(|held| !(held & gained).is_empty()).then(|| again(to, on))
    }

    /// Of an office that a user had before. It is told as what an entry on the organization is.
    pub(super) fn appointed_again(&self, user: &UserId) -> Option<Warning> {
        let directory = &self.views.directory;
        let number = directory.users.get(user)?;
        directory.ever_admin(number).then(|| again(&Subject::User(user.clone()), &ListRef::Organization))
    }

    /// Of sharing that is on again for a definition.
    pub(super) fn links_of_definition(&self, definition: u32) -> Option<Warning> {
        let all = 0..u32::try_from(self.views.links.names.len()).expect("numbers have 32 bits");
        let back = all.filter(|&link| {
            self.would_work(link) && {
                let case = self.views.case(self.views.links.get(link).case);
                case.definition == definition && case.restriction(TIP).is_none()
            }
        });
        self.links_return(back)
    }

    /// Of a case whose restriction is lifted.
    pub(super) fn links_of_case(&self, number: u32) -> Option<Warning> {
        let case = self.views.case(number);
        if !self.views.definitions.get(case.definition).sharing.is_true(TIP) {
            return None;
        }
        let links = case.rare().map_or(&[][..], |rare| &rare.links);
        self.links_return(links.iter().copied().filter(|&link| self.would_work(link)))
    }

    fn would_work(&self, link: u32) -> bool {
        let link = self.views.links.get(link);
        !link.revoked.is_true(TIP) && Window { from: None, until: link.until }.holds(self.now)
    }

    fn links_return(&self, links: impl Iterator<Item = u32>) -> Option<Warning> {
        let mut links: Vec<LinkId> = links.map(|link| self.views.links.names.id(link).clone()).collect();
        links.sort_unstable();
        let count = links.len() as u64;
        links.truncate(NAMED_MAX);
        (count > 0).then_some(Warning::LinksReturn { links, count })
    }

    /// Of a group that is switched on again.
    pub(super) fn entries_remain(&self, group: &GroupId) -> Option<Warning> {
        let key = SubjectKey::group(self.views.directory.groups.get(group)?);
        let cases = self.views.cases.indexed(CaseIndexKey::Naming(key));
        let cases: Vec<u32> = cases.into_iter().flat_map(|set| set.behind(None, &self.views.cases.names)).collect();
        let mut lists = self.entries_of(key, &cases);
        let count = lists.len() as u64;
        lists.truncate(NAMED_MAX);
        (count > 0).then(|| Warning::EntriesRemain { subject: Subject::Group(group.clone()), lists, count })
    }
}

fn again(to: &Subject, on: &ListRef) -> Warning {
    Warning::GivenAgain { subject: to.clone(), on: on.clone() }
}
