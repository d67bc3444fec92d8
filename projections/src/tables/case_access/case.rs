//! A case: its lists, its people, and in boxes what few cases have.

use crate::facts::heap_size;
use crate::facts::history::History;
use crate::facts::history_map::HistoryMap;
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use crate::tables::access_list::AccessList;
use caseward_events::{Rights, Timestamp};

/// An instance of a definition.
// In the order written: the first line of the cache has what every check reads, the second all the rest.
#[repr(C, align(64))]
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its kind.
    pub definition: u32,
    /// Whether there is a restriction or something rare: mostly there is not, and then the second line is left alone.
    pub(super) special: bool,
    /// Who has access to it.
    pub list: AccessList,
    /// Where it was opened.
    pub opened: Pos32,
    /// Who opened it.
    pub creator: u32,
    /// There once it was restricted; boxed, because few are.
    pub(super) restriction: Option<Box<Restriction>>,
    /// What few cases have.
    pub(super) rare: Option<Box<Rare>>,
    /// The workspace that the creator was in then: a link for good.
    pub creator_workspace: Option<u32>,
    /// The case it belongs to; no access flows.
    pub parent: Option<u32>,
    /// Whether it is completed.
    pub completed: History<bool>,
    /// Who is in which person field; each placement is its own.
    pub persons: HistoryMap<(u32, SubjectKey), Placed>,
}

/// Whether a person is in a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Placed {
    /// No more.
    Out,
    /// In it, with the workspace that the user was in at that moment.
    In(Option<u32>),
}

/// What stands alone while it is on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Restriction {
    /// On or off.
    pub on: History<bool>,
    /// The restricted list; lifting takes every entry off.
    pub list: AccessList,
}

/// What few cases have.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rare {
    /// Who is excluded.
    pub walls: HistoryMap<SubjectKey, bool>,
    /// Who took access in an emergency.
    pub glasses: Vec<Glass>,
    /// The links that share it, revoked ones too.
    pub links: Vec<u32>,
    /// Who is assigned to which activity.
    pub assignees: HistoryMap<(u32, SubjectKey), bool>,
    /// The items that ever belonged to it.
    pub items: Vec<u32>,
    /// The tasks it was ever attached to.
    pub tasks: Vec<u32>,
}

/// Access taken in an emergency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Glass {
    /// Where.
    pub broken: Pos32,
    /// Who.
    pub user: u32,
    /// What it gives.
    pub rights: Rights,
    /// From when.
    pub from: Timestamp,
    /// Until when.
    pub until: Timestamp,
    /// Where it was ended before its time.
    pub ended: Option<Pos32>,
}

impl Glass {
    /// Whether it gives a user something.
    #[must_use]
    #[inline]
    pub fn holds(&self, user: u32, place: Pos32, at: Timestamp) -> bool {
        self.user == user
            && self.broken <= place
            && self.ended.is_none_or(|ended| place < ended)
            && self.from <= at
            && at < self.until
    }
}

impl Case {
    pub(crate) fn opened(
        opened: Pos32,
        definition: u32,
        creator: u32,
        creator_workspace: Option<u32>,
        parent: Option<u32>,
    ) -> Case {
        Case {
            definition,
            special: false,
            opened,
            creator,
            creator_workspace,
            parent,
            completed: History::default(),
            list: AccessList::default(),
            persons: HistoryMap::default(),
            restriction: None,
            rare: None,
        }
    }

    /// Whether there may be a restriction or something rare.
    #[must_use]
    #[inline]
    pub fn is_special(&self) -> bool {
        self.special
    }

    /// The restriction and where it was put on, while it is on.
    #[must_use]
    #[inline]
    pub fn restriction(&self, place: Pos32) -> Option<(Pos32, &Restriction)> {
        if !self.special {
            return None;
        }
        let restriction = self.restriction.as_deref()?;
        restriction.on.true_since(place).map(|since| (since, restriction))
    }

    /// The restriction, on or off, where there ever was one.
    #[must_use]
    pub fn ever_restricted(&self) -> Option<&Restriction> {
        self.restriction.as_deref()
    }

    /// What few cases have.
    #[must_use]
    #[inline]
    pub fn rare(&self) -> Option<&Rare> {
        if self.special { self.rare.as_deref() } else { None }
    }

    /// Where the case was linked to a workspace, by its creator or by a person who is in a field; of several, the first.
    #[must_use]
    #[inline]
    pub fn linked_since(&self, workspace: u32, place: Pos32) -> Option<Pos32> {
        if self.creator_workspace == Some(workspace) {
            return Some(self.opened);
        }
        let placements = self.persons.iter();
        let linked = placements.filter_map(|(_, placed)| match placed.at(place) {
            Some((since, Placed::In(Some(linked)))) if *linked == workspace => Some(since),
            _ => None,
        });
        linked.min()
    }

    /// The people in fields, with since when.
    #[inline]
    pub fn people(&self, place: Pos32) -> impl Iterator<Item = (SubjectKey, Pos32)> {
        self.persons.iter().filter_map(move |((_, subject), placed)| match placed.at(place) {
            Some((since, Placed::In(_))) => Some((subject, since)),
            _ => None,
        })
    }

    pub(crate) fn restriction_mut(&mut self) -> &mut Restriction {
        self.special = true;
        self.restriction.get_or_insert_default()
    }

    pub(crate) fn rare_mut(&mut self) -> &mut Rare {
        self.special = true;
        self.rare.get_or_insert_default()
    }

    /// After something was undone: as if it had never been.
    pub(super) fn drop_empty(&mut self) {
        if self.rare.as_deref() == Some(&Rare::default()) {
            self.rare = None;
        }
        self.renew_special();
    }

    /// After a part was set or taken away.
    pub(super) fn renew_special(&mut self) {
        self.special = self.restriction.is_some() || self.rare.is_some();
    }
}

/// What it takes in memory.
impl Case {
    pub(super) fn heap_beside_lists(&self) -> usize {
        let restriction = self.restriction.as_deref();
        let restriction = restriction.map_or(0, |one| heap_size::allocated(size_of_val(one)) + one.on.heap());
        let rare = self.rare.as_deref().map_or(0, |rare| heap_size::allocated(size_of_val(rare)) + rare.heap());
        self.completed.heap() + self.persons.heap() + restriction + rare
    }

    pub(super) fn lists_heap(&self) -> usize {
        self.list.heap() + self.restriction.as_deref().map_or(0, |one| one.list.heap())
    }

    /// All that it takes beside itself.
    pub(crate) fn heap(&self) -> usize {
        self.heap_beside_lists() + self.lists_heap()
    }
}

impl Rare {
    pub(super) fn heap(&self) -> usize {
        let numbers = [&self.links, &self.items, &self.tasks].map(heap_size::vec);
        self.walls.heap() + heap_size::vec(&self.glasses) + self.assignees.heap() + numbers.iter().sum::<usize>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_fills_two_lines_of_the_cache() {
        assert_eq!(size_of::<Case>(), 128);
    }
}
