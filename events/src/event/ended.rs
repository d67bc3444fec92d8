//! What one event ends of a user who leaves: everything that names the user but walls.
//!
//! INVARIANT: the log holds all of it, so that a fold needs nothing else; as JSON each kind is its count and the first hundred.

use crate::id::{ActivityId, CaseId, DelegationId, FieldId, GroupId, ProfileId, WorkspaceId};
use crate::reference::ListRef;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// So many of a kind stand in JSON.
pub const FIRST_MAX: usize = 100;

/// Things of one kind, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed<T>(pub Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Listed(Vec::new())
    }
}

/// As answers write it.
#[derive(Serialize)]
struct Told<'a, T> {
    count: usize,
    first: &'a [T],
}

#[derive(Deserialize)]
struct Read<T> {
    first: Vec<T>,
}

impl<T: Serialize> Serialize for Listed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !serializer.is_human_readable() {
            return self.0.serialize(serializer);
        }
        let first = self.0.get(..FIRST_MAX).unwrap_or(&self.0);
        Told { count: self.0.len(), first }.serialize(serializer)
    }
}

/// From JSON what stands there comes back: the first of them.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Listed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            Read::deserialize(deserializer).map(|read| Listed(read.first))
        } else {
            Vec::deserialize(deserializer).map(Listed)
        }
    }
}

/// A place in a person field.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InField {
    /// Of which case.
    pub case: CaseId,
    /// Which field.
    pub field: FieldId,
}

/// An assignment.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct InActivity {
    /// Of which case.
    pub case: CaseId,
    /// Which activity.
    pub activity: ActivityId,
}

/// Everything that ended when a user left.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The lists that held an entry, restricted ones too, by reference.
    pub entries: Listed<ListRef>,
    /// The groups that the user was directly in, by id.
    pub memberships: Listed<GroupId>,
    /// The profile that the user had.
    pub profile: Option<ProfileId>,
    /// The workspace that the user was in.
    pub workspace: Option<WorkspaceId>,
    /// By case and field.
    pub persons: Listed<InField>,
    /// By case and activity.
    pub assignments: Listed<InActivity>,
    /// From the user and to the user, by id.
    pub delegations: Listed<DelegationId>,
    /// The cases whose glass the user broke, by id; those that are over too, as entries whose window is.
    pub glasses: Listed<CaseId>,
    /// Whether the user was an org admin.
    pub org_admin: bool,
}

impl Ended {
    /// The cases that it is about; one may come more than once.
    pub fn cases(&self) -> impl Iterator<Item = &CaseId> {
        let listed = self.entries.0.iter().filter_map(|list| match list {
            ListRef::Case(case) | ListRef::Restriction(case) => Some(case),
            ListRef::Definition(_) | ListRef::Organization => None,
        });
        let named = self.persons.0.iter().map(|one| &one.case);
        let assigned = self.assignments.0.iter().map(|one| &one.case);
        listed.chain(named).chain(assigned).chain(&self.glasses.0)
    }

    /// Whether nothing names the user.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Ended::default()
    }
}
