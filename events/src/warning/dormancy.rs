//! Why access that is given now gives nothing now.
//!
//! INVARIANT: as JSON a reason is `because` and what it names, as `because` of what a decision sets aside where the two are
//! the same; in the log it is its number and its fields.

use crate::id::{DefinitionId, GroupId, ProfileId, UserId};
use crate::reference::{ListRef, Resource, Subject};
use crate::time::Timestamp;
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// In the order in which a warning names several; the numbers of the stored form follow it, so new ones come last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dormancy {
    /// The case is restricted: another list counts.
    Restricted {
        /// The one that does.
        list: ListRef,
    },
    /// Access control of the definition is off (D10).
    AccessControlOff {
        /// Which.
        definition: DefinitionId,
    },
    /// The user is disabled.
    UserDisabled {
        /// Who.
        user: UserId,
    },
    /// The group is switched off, and counts as empty.
    GroupInactive {
        /// Which.
        group: GroupId,
    },
    /// The window has ended.
    Expired {
        /// When.
        valid_until: Timestamp,
    },
    /// The window has not begun.
    NotYetValid {
        /// When it will.
        valid_from: Timestamp,
    },
    /// A wall takes all that is given.
    Walled {
        /// Where it stands.
        on: Resource,
        /// Whom it names.
        against: Subject,
    },
    /// The profile has no module access.
    NoModuleAccess {
        /// Which.
        profile: ProfileId,
    },
}

impl Dormancy {
    /// As answers write it.
    #[must_use]
    pub const fn because(&self) -> &'static str {
        match self {
            Dormancy::Restricted { .. } => "restricted",
            Dormancy::AccessControlOff { .. } => "access_control_off",
            Dormancy::UserDisabled { .. } => "user_disabled",
            Dormancy::GroupInactive { .. } => "group_inactive",
            Dormancy::Expired { .. } => "expired",
            Dormancy::NotYetValid { .. } => "not_yet_valid",
            Dormancy::Walled { .. } => "walled",
            Dormancy::NoModuleAccess { .. } => "no_module_access",
        }
    }

    /// In words.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Dormancy::Restricted { list } => {
                format!("the case is restricted: only `{list}` counts until that is lifted")
            }
            Dormancy::AccessControlOff { definition } => format!(
                "access control of `definition:{definition}` is off: until it is on, everybody has read, write, delete \
                 and register there, with this or without"
            ),
            Dormancy::UserDisabled { user } => format!("`user:{user}` is disabled, and may do nothing"),
            Dormancy::GroupInactive { group } => format!("`group:{group}` is inactive, and counts as empty"),
            Dormancy::Expired { valid_until } => format!("its window has ended, at {valid_until}"),
            Dormancy::NotYetValid { valid_from } => format!("its window begins only at {valid_from}"),
            Dormancy::Walled { on, against } => format!("a wall on `{on}` against `{against}` takes all of it"),
            Dormancy::NoModuleAccess { profile } => {
                format!("`profile:{profile}` has no module access, and gives nothing without")
            }
        }
    }
}

/// What the log holds.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Dormancy")]
enum Stored {
    Restricted { list: ListRef },
    AccessControlOff { definition: DefinitionId },
    UserDisabled { user: UserId },
    GroupInactive { group: GroupId },
    Expired { valid_until: Timestamp },
    NotYetValid { valid_from: Timestamp },
    Walled { on: Resource, against: Subject },
    NoModuleAccess { profile: ProfileId },
}

/// What answers say.
#[derive(Default, Serialize, Deserialize)]
pub(super) struct Told {
    because: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    list: Option<ListRef>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    definition: Option<DefinitionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    user: Option<UserId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<GroupId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_until: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    valid_from: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    on: Option<Resource>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    against: Option<Subject>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    profile: Option<ProfileId>,
}

impl From<&Dormancy> for Told {
    fn from(reason: &Dormancy) -> Told {
        let told = Told { because: Some(reason.because().to_owned()), ..Told::default() };
        match reason.clone() {
            Dormancy::Restricted { list } => Told { list: Some(list), ..told },
            Dormancy::AccessControlOff { definition } => Told { definition: Some(definition), ..told },
            Dormancy::UserDisabled { user } => Told { user: Some(user), ..told },
            Dormancy::GroupInactive { group } => Told { group: Some(group), ..told },
            Dormancy::Expired { valid_until } => Told { valid_until: Some(valid_until), ..told },
            Dormancy::NotYetValid { valid_from } => Told { valid_from: Some(valid_from), ..told },
            Dormancy::Walled { on, against } => Told { on: Some(on), against: Some(against), ..told },
            Dormancy::NoModuleAccess { profile } => Told { profile: Some(profile), ..told },
        }
    }
}

impl Told {
    /// `None` where it is not known here, or lacks what it names.
    fn reason(self) -> Option<Dormancy> {
        Some(match self.because.as_deref() {
            Some("restricted") => Dormancy::Restricted { list: self.list? },
            // Earlier releases knew this one alone, and did not say so.
            None | Some("access_control_off") => Dormancy::AccessControlOff { definition: self.definition? },
            Some("user_disabled") => Dormancy::UserDisabled { user: self.user? },
            Some("group_inactive") => Dormancy::GroupInactive { group: self.group? },
            Some("expired") => Dormancy::Expired { valid_until: self.valid_until? },
            Some("not_yet_valid") => Dormancy::NotYetValid { valid_from: self.valid_from? },
            Some("walled") => Dormancy::Walled { on: self.on?, against: self.against? },
            Some("no_module_access") => Dormancy::NoModuleAccess { profile: self.profile? },
            Some(_) => return None,
        })
    }
}

impl Serialize for Dormancy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            Told::from(self).serialize(serializer)
        } else {
            Stored::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for Dormancy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            return Stored::deserialize(deserializer);
        }
        let told = Told::deserialize(deserializer)?;
        told.reason().ok_or_else(|| D::Error::custom("a reason that is not known here, or lacks what it names"))
    }
}
