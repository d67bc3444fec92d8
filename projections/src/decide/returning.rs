//! What comes back with a command that does not name it: an entry that was taken away, public links, the entries of a group.

use super::{Deciding, TIP};
use crate::facts::number::{CaseIndexKey, ListIndex, SubjectKey};
use caseward_events::command::OnExisting;
use caseward_events::warning::NAMED_MAX;
use caseward_events::{GroupId, LinkId, ListRef, Subject, Warning, Window};

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
        let key = self.views.directory.key(to)?;
        let may_be_late = matches!(on_existing, OnExisting::Ignore | OnExisting::Update);
        (may_be_late && self.views.ever_listed(list, key))
            .then(|| Warning::GivenAgain { subject: to.clone(), on: on.clone() })
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
