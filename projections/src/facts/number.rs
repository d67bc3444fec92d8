//! Numbers in place of names: what a subject, a list, a resource, a stream is called in the views of one organization.
//!
//! INVARIANT: a number is given by the fold, in the order in which events name things, and means the same for ever.
//! Absent on purpose: the names themselves ([`crate::facts::interner`]), and what is known of each (the tables).

use caseward_events::Rights;

/// A user or a group by number, in 32 bits; groups sort after users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SubjectKey(u32);

impl SubjectKey {
    const GROUP: u32 = 1 << 31;
    /// The last user there could be, and is not.
    pub(crate) const NOBODY: SubjectKey = SubjectKey(Self::GROUP - 1);

    /// A user.
    #[must_use]
    pub fn user(number: u32) -> Self {
        debug_assert!(number < Self::NOBODY.0);
        SubjectKey(number)
    }

    /// A group.
    #[must_use]
    pub fn group(number: u32) -> Self {
        debug_assert!(number < Self::GROUP);
        SubjectKey(number | Self::GROUP)
    }

    /// Whether it is a group.
    #[must_use]
    #[inline]
    pub fn is_group(self) -> bool {
        self.0 & Self::GROUP != 0
    }

    /// The number of the user or the group.
    #[must_use]
    #[inline]
    pub fn number(self) -> u32 {
        self.0 & !Self::GROUP
    }

    /// What subjects are sorted by.
    #[inline]
    pub(crate) fn bits(self) -> u32 {
        self.0
    }

    /// The number of the group, where it is one.
    #[must_use]
    pub fn as_group(self) -> Option<u32> {
        (self.0 & Self::GROUP != 0).then_some(self.0 & !Self::GROUP)
    }

    /// The number of the user, where it is one.
    #[must_use]
    pub fn as_user(self) -> Option<u32> {
        (self.0 & Self::GROUP == 0).then_some(self.0)
    }
}

/// A list by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListIndex {
    /// The organization list.
    Organization,
    /// The list of a definition.
    Definition(u32),
    /// The list of a case.
    Case(u32),
    /// The restricted list of a case.
    Restriction(u32),
}

/// A window by number, counted from 1; 0, that of most entries, is no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WindowIndex(pub(crate) u32);

impl WindowIndex {
    pub(crate) const NONE: WindowIndex = WindowIndex(0);
}

/// A resource by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
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

/// A case or an item by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum EntityKey {
    /// A case.
    Case(u32),
    /// An item.
    Item(u32),
}

/// What cases are indexed by, over all time: supersets, for `what` to ask the evaluator about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum CaseIndexKey {
    /// An entry of a list, the opening, a person field, a wall, a broken glass names the subject.
    Naming(SubjectKey),
    /// It was ever linked to the workspace.
    Workspace(u32),
    /// It is a case of the definition.
    Definition(u32),
}

/// What can have a label, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum LabelKey {
    User(u32),
    Group(u32),
    Case(u32),
    Definition(u32),
    Profile(u32),
    Workspace(u32),
}

/// A stream by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StreamIndex {
    /// A case.
    Case(u32),
    /// A definition.
    Definition(u32),
    /// A group.
    Group(u32),
    /// A user.
    User(u32),
    /// A profile.
    Profile(u32),
    /// An item.
    Item(u32),
    /// A task.
    Task(u32),
    /// The organization.
    Organization,
}
