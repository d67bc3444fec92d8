//! What lowering or revoking an entry leaves in effect (D9).

use super::{Deciding, TIP};
use crate::facts::number::{ListIndex, SubjectKey};
use crate::tables::directory::Through;
use caseward_events::warning::{NAMED_MAX, StillGiven};
use caseward_events::{Rights, Subject, Warning, Window};

/// An entry, windows resolved.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Entry {
    pub(super) rights: Rights,
    pub(super) window: Window,
}

/// An entry before and after; afterwards there may be none.
pub(super) struct Change {
    pub(super) before: Entry,
    pub(super) after: Option<Entry>,
}

impl Deciding<'_> {
    /// The other entries that still give a right that was lost: of the same list or one above it, for the same subject
    /// or an active group around it, in their windows.
    pub(super) fn ineffective(&self, list: ListIndex, to: &Subject, change: &Change) -> Option<Warning> {
        let lost = self.lost(change);
        let key = self.views.directory.key(to)?;
        // An inactive group counts as empty: no entry gives it anything.
        if key.as_group().is_some_and(|group| self.views.directory.inactive_since(group, TIP).is_some()) {
            return None;
        }
        let mut subjects = self.views.directory.groups_of(key, Through::ActiveGroups, TIP).to_vec();
        subjects.sort_unstable();
        subjects.dedup();
        let mut subjects: Vec<_> = subjects.into_iter().map(SubjectKey::group).collect();
        if !subjects.contains(&key) {
            subjects.insert(0, key);
        }
        let mut entries = Vec::new();
        for above in self.same_or_above(list) {
            for &subject in &subjects {
                let is_itself = above == list && subject == key;
                entries.extend((!is_itself).then(|| self.still_given(above, subject, lost)).flatten());
            }
        }
        let count = entries.len() as u64;
        entries.truncate(NAMED_MAX);
        (count > 0).then(|| Warning::Ineffective { subject: to.clone(), entries, count })
    }

    /// The rights taken away; all of them, where the entry is gone or its window closed over the present.
    fn lost(&self, change: &Change) -> Rights {
        let Change { before, after } = change;
        let kept = after.map_or(Rights::NONE, |after| {
            let closed = before.window.holds(self.now) && !after.window.holds(self.now);
            if closed { Rights::NONE } else { after.rights }
        });
        before.rights - kept
    }

    fn still_given(&self, list: ListIndex, subject: SubjectKey, lost: Rights) -> Option<StillGiven> {
        let entry = self.entry_of(list, subject).filter(|entry| entry.window.holds(self.now))?;
        let rights = entry.rights & lost;
        (!rights.is_empty()).then(|| StillGiven {
            on: self.views.list_ref(list),
            to: self.views.directory.subject(subject),
            rights,
        })
    }

    /// Case, definition, organization; a restricted list stands alone.
    fn same_or_above(&self, list: ListIndex) -> Vec<ListIndex> {
        match list {
            ListIndex::Restriction(_) | ListIndex::Organization => vec![list],
            ListIndex::Definition(_) => vec![list, ListIndex::Organization],
            ListIndex::Case(case) => {
                let definition = self.views.case(case).definition;
                vec![list, ListIndex::Definition(definition), ListIndex::Organization]
            }
        }
    }
}
