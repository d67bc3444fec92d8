//! Actions and sets of them (`semantics.md` section 2). Rights are joined by union; sixteen bits hold them all.

use crate::nearest::{nearest, or_meant};
use crate::reference::ListRef;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};
use std::str::FromStr;

/// Something that may be done to a case, a definition or the organization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u16)]
pub enum Action {
    /// See a case.
    Read = 1,
    /// Change a case.
    Write = 1 << 1,
    /// Delete a case.
    Delete = 1 << 2,
    /// Share a case publicly.
    Share = 1 << 3,
    /// Change who has access.
    ManageAccess = 1 << 4,
    /// Put a case under restriction, and lift it.
    Restrict = 1 << 5,
    /// Open a case of a definition.
    Register = 1 << 6,
    /// Change a form.
    ChangeForm = 1 << 7,
    /// Duplicate, archive, deactivate, delete a form.
    AdministerForm = 1 << 8,
    /// Search by free text.
    SearchText = 1 << 9,
    /// Search by the query builder.
    SearchQuery = 1 << 10,
    /// Administer the organization.
    Administer = 1 << 11,
}

impl Action {
    /// All of them.
    pub const ALL: [Action; 12] = [
        Action::Read,
        Action::Write,
        Action::Delete,
        Action::Share,
        Action::ManageAccess,
        Action::Restrict,
        Action::Register,
        Action::ChangeForm,
        Action::AdministerForm,
        Action::SearchText,
        Action::SearchQuery,
        Action::Administer,
    ];
    /// What a case has, in the order in which rights are answered.
    pub const OF_CASE: &[Action] =
        &[Action::Read, Action::Write, Action::Delete, Action::Share, Action::ManageAccess, Action::Restrict];
    /// What a definition has, likewise.
    pub const OF_DEFINITION: &[Action] =
        &[Action::Register, Action::ChangeForm, Action::AdministerForm, Action::ManageAccess];
    /// What the organization has, likewise.
    pub const OF_ORGANIZATION: &[Action] =
        &[Action::SearchText, Action::SearchQuery, Action::ManageAccess, Action::Administer];

    /// As commands and questions write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Action::Read => "read",
            Action::Write => "write",
            Action::Delete => "delete",
            Action::Share => "share",
            Action::ManageAccess => "manage_access",
            Action::Restrict => "restrict",
            Action::Register => "register",
            Action::ChangeForm => "change_form",
            Action::AdministerForm => "administer_form",
            Action::SearchText => "search_text",
            Action::SearchQuery => "search_query",
            Action::Administer => "administer",
        }
    }
}

/// A text that names no action.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not an action; actions are {names}{meant}", .0.escape_debug(), names = Action::ALL.map(Action::name).join(", "), meant = or_meant(nearest(.0, Action::ALL.map(Action::name))))]
pub struct UnknownAction(String);

impl FromStr for Action {
    type Err = UnknownAction;
    fn from_str(text: &str) -> Result<Self, UnknownAction> {
        Action::ALL.into_iter().find(|action| action.name() == text).ok_or_else(|| UnknownAction(text.to_owned()))
    }
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Action {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Action {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// A set of actions.
///
/// # Examples
/// ```
/// use caseward_events::{Action, Rights};
///
/// let rights = Rights::READ | Rights::of(&[Action::Share]);
/// assert!(rights.has(Action::Share) && !rights.has(Action::Write));
/// assert_eq!((rights - Rights::READ).to_string(), "share");
/// // The level `write` gives delete too.
/// assert!(Rights::WRITE.has(Action::Delete));
/// assert_eq!(serde_json::to_string(&rights)?, r#"["read","share"]"#);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Rights(u16);

impl Rights {
    /// Nothing.
    pub const NONE: Rights = Rights(0);
    /// The level `read`.
    pub const READ: Rights = Rights(Action::Read as u16);
    /// The level `write`: read, write, delete (A1, A17).
    pub const WRITE: Rights = Rights::of(&[Action::Read, Action::Write, Action::Delete]);
    /// All that a case has.
    pub const OF_CASE: Rights = Rights::of(Action::OF_CASE);
    /// All that a definition has.
    pub const OF_DEFINITION: Rights = Rights::of(Action::OF_DEFINITION);
    /// All that the organization has.
    pub const OF_ORGANIZATION: Rights = Rights::of(Action::OF_ORGANIZATION);

    /// The set of these.
    #[must_use]
    pub const fn of(actions: &[Action]) -> Rights {
        let (mut bits, mut index) = (0, 0);
        while index < actions.len() {
            bits |= actions[index] as u16;
            index += 1;
        }
        Rights(bits)
    }

    /// A bit an action, as it is stored.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set of stored bits; none where a bit stands for no action.
    #[must_use]
    pub fn from_bits(bits: u16) -> Option<Rights> {
        (bits & !Rights::of(&Action::ALL).0 == 0).then_some(Rights(bits))
    }

    /// Whether the action is in the set.
    #[must_use]
    pub const fn has(self, action: Action) -> bool {
        self.0 & action as u16 != 0
    }

    /// Whether there is nothing in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The actions of `order` that are in the set, in that order.
    pub fn in_order(self, order: &'static [Action]) -> impl Iterator<Item = Action> {
        order.iter().copied().filter(move |&action| self.has(action))
    }

    /// The set with `read` added where it holds write, delete or share (`semantics.md` section 2).
    #[must_use]
    pub fn with_implied_read(self) -> Rights {
        const NEED_READ: Rights = Rights::of(&[Action::Write, Action::Delete, Action::Share]);
        if (self & NEED_READ).is_empty() { self } else { self | Rights::READ }
    }

    /// What a list takes: `restrict`, `administer` and `administer_form` on a case are beyond it.
    #[must_use]
    pub fn grantable_on(list: &ListRef) -> Rights {
        const UNGRANTABLE: Rights = Rights::of(&[Action::Restrict, Action::Administer]);
        let all = match list {
            ListRef::Case(_) | ListRef::Restriction(_) => Rights::OF_CASE,
            ListRef::Definition(_) => Rights::OF_CASE | Rights::OF_DEFINITION,
            ListRef::Organization => Rights::OF_CASE | Rights::OF_DEFINITION | Rights::OF_ORGANIZATION,
        };
        all - UNGRANTABLE
    }
}

impl BitOr for Rights {
    type Output = Rights;
    fn bitor(self, other: Rights) -> Rights {
        Rights(self.0 | other.0)
    }
}

impl BitOrAssign for Rights {
    fn bitor_assign(&mut self, other: Rights) {
        self.0 |= other.0;
    }
}

impl BitAnd for Rights {
    type Output = Rights;
    fn bitand(self, other: Rights) -> Rights {
        Rights(self.0 & other.0)
    }
}

impl Sub for Rights {
    type Output = Rights;
    fn sub(self, other: Rights) -> Rights {
        Rights(self.0 & !other.0)
    }
}

impl fmt::Display for Rights {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, action) in self.in_order(&Action::ALL).enumerate() {
            write!(f, "{}{action}", if index == 0 { "" } else { ", " })?;
        }
        Ok(())
    }
}

impl Serialize for Rights {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            serializer.collect_seq(self.in_order(&Action::ALL))
        } else {
            serializer.serialize_u16(self.0)
        }
    }
}

impl<'de> Deserialize<'de> for Rights {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if !deserializer.is_human_readable() {
            let bits = u16::deserialize(deserializer)?;
            return Rights::from_bits(bits).ok_or_else(|| serde::de::Error::custom("rights hold unknown bits"));
        }
        let actions = Vec::<Action>::deserialize(deserializer)?;
        Ok(Rights::of(&actions))
    }
}

/// What a grant gives, as a command writes it: a level or a list of rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Access(pub Rights);

impl Serialize for Access {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Rights::READ => serializer.serialize_str("read"),
            Rights::WRITE => serializer.serialize_str("write"),
            rights => rights.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Access {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        match serde_json::Value::deserialize(deserializer)? {
            serde_json::Value::String(level) => level.parse().map_err(D::Error::custom),
            serde_json::Value::Array(list) => {
                let mut rights = Rights::NONE;
                for item in list {
                    let action = Action::deserialize(item).map_err(D::Error::custom)?;
                    rights |= Rights::of(&[action]);
                }
                if rights.is_empty() {
                    return Err(D::Error::custom(
                        "`access` is an empty list; leave it out for `read`, or name a right",
                    ));
                }
                Ok(Access(rights.with_implied_read()))
            }
            other => {
                Err(D::Error::custom(format!("`access` is {other}; write \"read\", \"write\" or a list of rights")))
            }
        }
    }
}

impl FromStr for Access {
    type Err = String;
    fn from_str(level: &str) -> Result<Self, String> {
        match level {
            "read" => Ok(Access(Rights::READ)),
            "write" => Ok(Access(Rights::WRITE)),
            other => {
                let meant = or_meant(nearest(other, ["read", "write"]));
                Err(format!("`{other}` is not a level; write \"read\", \"write\" or a list of rights{meant}"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn access(json: &str) -> Result<Rights, serde_json::Error> {
        serde_json::from_str::<Access>(json).map(|Access(rights)| rights)
    }

    #[test]
    fn a_level_and_a_list_name_rights() {
        assert_eq!(access("\"read\"").expect("a level"), Rights::READ);
        assert_eq!(access("\"write\"").expect("a level"), Rights::WRITE);
        let shared = access("[\"share\",\"register\"]").expect("a list");
        assert_eq!(shared, Rights::of(&[Action::Read, Action::Share, Action::Register]));
        for bad in ["[]", "\"owner\"", "[\"own\"]", "7"] {
            assert!(access(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn restrict_and_administer_cannot_be_granted() {
        let taken = Rights::grantable_on(&ListRef::Organization);
        assert!(!taken.has(Action::Restrict) && !taken.has(Action::Administer));
        assert!(taken.has(Action::SearchText) && taken.has(Action::AdministerForm));
    }
}
