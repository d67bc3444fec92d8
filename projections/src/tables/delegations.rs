//! Delegations and public links: access that one hands to another, with who handed it.

mod saved;

use crate::facts::history::History;
use crate::facts::interner::Interner;
use crate::facts::position::Pos32;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::time::Window;
use caseward_events::{Actor, DelegationId, LinkId, Timestamp};
use foldhash::fast::RandomState;
use std::collections::HashMap;

/// One user acts in another's stead.
#[derive(Clone, Debug, PartialEq)]
pub struct Delegation {
    /// Where it was made.
    pub made: Pos32,
    /// Who made it; only that actor may end it (A26).
    pub actor: Actor,
    /// Whose rights.
    pub from: u32,
    /// Who uses them.
    pub to: u32,
    /// When.
    pub window: Window,
    /// Whether it was ended.
    pub ended: History<bool>,
}

impl Delegation {
    /// Whether it counts.
    #[must_use]
    #[inline]
    pub fn holds(&self, place: Pos32, at: Timestamp) -> bool {
        self.made <= place && !self.ended.is_true(place) && self.window.holds(at)
    }
}

/// All delegations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Delegations {
    /// Delegations by number.
    pub names: Interner<DelegationId>,
    delegations: Vec<Delegation>,
    to: HashMap<u32, Vec<u32>, RandomState>,
    from: HashMap<u32, Vec<u32>, RandomState>,
}

/// The last one that a user made, or that was made to the user, is undone.
fn forget_last(by_user: &mut HashMap<u32, Vec<u32>, RandomState>, user: u32) {
    if let Some(numbers) = by_user.get_mut(&user) {
        numbers.pop();
        if numbers.is_empty() {
            by_user.remove(&user);
        }
    }
}

impl Delegations {
    /// What their table takes in memory, without what hangs below.
    pub(crate) fn heap(&self) -> usize {
        crate::facts::heap_size::vec(&self.delegations)
    }

    /// A delegation by number, where there is one, with all that there are to the same user, and all from the same one.
    pub(crate) fn find(&self, number: u32) -> Option<(&Delegation, [&[u32]; 2])> {
        self.delegations.get(number as usize).map(|found| (found, [self.to(found.to), self.from(found.from)]))
    }

    /// Gives all but its names for those of another.
    pub(crate) fn exchange(&mut self, other: &mut Delegations) {
        let Delegations { names: _, delegations, to, from } = self;
        std::mem::swap(delegations, &mut other.delegations);
        std::mem::swap(to, &mut other.to);
        std::mem::swap(from, &mut other.from);
    }

    /// A delegation by number.
    #[must_use]
    pub fn get(&self, number: u32) -> &Delegation {
        &self.delegations[number as usize]
    }

    /// The delegations to a user that there ever were.
    #[must_use]
    #[inline]
    pub fn to(&self, user: u32) -> &[u32] {
        if self.to.is_empty() { &[] } else { self.to.get(&user).map_or(&[], Vec::as_slice) }
    }

    /// The delegations that a user ever made.
    #[must_use]
    pub fn from(&self, user: u32) -> &[u32] {
        self.from.get(&user).map_or(&[], Vec::as_slice)
    }

    /// All there ever were.
    pub fn iter(&self) -> impl Iterator<Item = &Delegation> {
        self.delegations.iter()
    }

    pub(crate) fn make(&mut self, id: &DelegationId, delegation: Delegation, undo_log: &mut UndoLog) {
        let place = delegation.made;
        let (number, _) = self.names.intern(id, place);
        self.to.entry(delegation.to).or_default().push(number);
        self.from.entry(delegation.from).or_default().push(number);
        self.delegations.push(delegation);
        undo_log.push(place, UndoRecord::Delegation);
    }

    pub(crate) fn end(&mut self, number: u32, place: Pos32, undo_log: &mut UndoLog) {
        self.delegations[number as usize].ended.push(place, true);
        undo_log.push(place, UndoRecord::DelegationEnded(number));
    }

    pub(crate) fn undo_make(&mut self) {
        self.names.pop();
        if let Some(Delegation { from, to, .. }) = self.delegations.pop() {
            forget_last(&mut self.to, to);
            forget_last(&mut self.from, from);
        }
    }

    pub(crate) fn undo_end(&mut self, number: u32) {
        self.delegations[number as usize].ended.pop();
    }
}

/// A public, read-only share of a case.
#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    /// Where it was made.
    pub made: Pos32,
    /// Who made it; that actor may always revoke it.
    pub actor: Actor,
    /// What it shares.
    pub case: u32,
    /// Until when.
    pub until: Option<Timestamp>,
    /// Whether it was revoked.
    pub revoked: History<bool>,
}

/// All links.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Links {
    /// Links by number.
    pub names: Interner<LinkId>,
    links: Vec<Link>,
}

impl Links {
    /// What their table takes in memory, without what hangs below.
    pub(crate) fn heap(&self) -> usize {
        crate::facts::heap_size::vec(&self.links)
    }

    /// A link by number, where there is one.
    pub(crate) fn find(&self, number: u32) -> Option<&Link> {
        self.links.get(number as usize)
    }

    /// Gives all but its names for those of another.
    pub(crate) fn exchange(&mut self, other: &mut Links) {
        let Links { names: _, links } = self;
        std::mem::swap(links, &mut other.links);
    }

    /// A link by number.
    #[must_use]
    pub fn get(&self, number: u32) -> &Link {
        &self.links[number as usize]
    }

    /// The link of an id, where it had been made by then.
    #[must_use]
    pub fn known(&self, id: &LinkId, place: Pos32) -> Option<u32> {
        self.names.get(id).filter(|&number| self.get(number).made <= place)
    }

    /// The number that it gets.
    pub(crate) fn make(&mut self, id: &LinkId, link: Link, undo_log: &mut UndoLog) -> u32 {
        let (number, _) = self.names.intern(id, link.made);
        undo_log.push(link.made, UndoRecord::Link);
        self.links.push(link);
        number
    }

    pub(crate) fn revoke(&mut self, number: u32, place: Pos32, undo_log: &mut UndoLog) {
        self.links[number as usize].revoked.push(place, true);
        undo_log.push(place, UndoRecord::LinkRevoked(number));
    }

    pub(crate) fn undo_make(&mut self) {
        self.names.pop();
        self.links.pop();
    }

    pub(crate) fn undo_revoke(&mut self, number: u32) {
        self.links[number as usize].revoked.pop();
    }
}
