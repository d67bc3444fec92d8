//! References, `type:id`: what commands and questions name (`semantics.md` section 1).
//!
//! A reference is split at its first colon, so an id may hold others. Printing and parsing are inverse.

use crate::id::{
    BadId, CaseId, DefinitionId, FromText, GroupId, ItemId, LinkId, ProfileId, SystemId, TaskId, UserId, WorkspaceId,
};
use crate::limits::{ID_BYTES_MAX, ORGANIZATION_NAME_BYTES_MAX};
use crate::nearest::{nearest, or_meant};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

/// Why a text is no reference of the kind that is wanted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadReference {
    /// No colon, or a type that does not belong here.
    #[error("`{text}` is not a valid reference here; write {wanted}{}", or_meant(meant(text, wanted)))]
    WrongKind {
        /// What was given, control characters escaped.
        text: String,
        /// The forms that fit.
        wanted: &'static str,
    },
    /// The type fits, the id is none.
    #[error(transparent)]
    Id(#[from] BadId),
}

/// The reference that was probably meant: a type in other letters or in the plural, or a bare id, which is that of a user
/// or else of a case.
fn meant(text: &str, wanted: &str) -> Option<String> {
    let kinds = || wanted.split([',', ' ']).filter_map(|word| word.strip_suffix(":ID"));
    let written = |kind: &str, id: &str| (!id.is_empty()).then(|| format!("{kind}:{id}"));
    match text.split_once(':') {
        Some((kind, id)) => nearest(kind, kinds()).and_then(|kind| written(kind, id)),
        None if wanted.contains("organization") && nearest(text, ["organization"]).is_some() => {
            Some("organization".to_owned())
        }
        None => ["user", "case"]
            .into_iter()
            .find(|kind| kinds().any(|one| one == *kind))
            .and_then(|kind| written(kind, text)),
    }
}

macro_rules! references {
    ($($(#[$doc:meta])* $name:ident, $wanted:literal {
        $($(#[$variant_doc:meta])* $kind:literal => $variant:ident $(($id:ty))?),+ $(,)?
    })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant $(($id))?),+ }

        impl FromStr for $name {
            type Err = BadReference;
            fn from_str(text: &str) -> Result<Self, BadReference> {
                let (kind, id) = match text.split_once(':') {
                    Some((kind, id)) => (kind, Some(id)),
                    None => (text, None),
                };
                match (kind, id) {
                    $(references!(@pattern $kind, id $(, $id)?) => references!(@parse id, $name, $variant $(, $id)?),)+
                    _ => Err(BadReference::WrongKind { text: text.escape_debug().to_string(), wanted: $wanted }),
                }
            }
        }

        impl $name {
            /// What stands before the id, and the id.
            fn halves(&self) -> (&'static str, &str) {
                match self {
                    $(references!(@bind id, $variant $(, $id)?) => references!(@halves $kind, id $(, $id)?),)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let (kind, id) = self.halves();
                f.write_str(kind)?;
                f.write_str(id)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize(self.halves(), serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(FromText(PhantomData))
            }
        }
    )+};
    (@pattern $kind:literal, $bound:ident, $id:ty) => { ($kind, Some($bound)) };
    (@pattern $kind:literal, $bound:ident) => { ($kind, None) };
    (@parse $bound:ident, $name:ident, $variant:ident, $id:ty) => { Ok($name::$variant($bound.parse()?)) };
    (@parse $bound:ident, $name:ident, $variant:ident) => { Ok($name::$variant) };
    (@bind $bound:ident, $variant:ident, $id:ty) => { Self::$variant($bound) };
    (@bind $bound:ident, $variant:ident) => { Self::$variant };
    (@halves $kind:literal, $bound:ident, $id:ty) => { (concat!($kind, ":"), $bound.as_str()) };
    (@halves $kind:literal, $bound:ident) => { ($kind, "") };
}

/// The longest kind, its colon, the longest id.
const BYTES_MAX: usize = "organization:".len() + ID_BYTES_MAX;

/// As one text, put together in place: what is collected through `Display` postcard formats twice, to count it first.
fn serialize<S: Serializer>((kind, id): (&str, &str), serializer: S) -> Result<S::Ok, S::Error> {
    let (mut bytes, len) = ([0; BYTES_MAX], kind.len() + id.len());
    bytes[..kind.len()].copy_from_slice(kind.as_bytes());
    bytes[kind.len()..len].copy_from_slice(id.as_bytes());
    serializer.serialize_str(str::from_utf8(&bytes[..len]).expect("two texts in a row are a text"))
}

references! {
    /// Whom access is granted to.
    Subject, "user:ID or group:ID" {
        /// A person.
        "user" => User(UserId),
        /// A set of users and groups.
        "group" => Group(GroupId),
    }

    /// Whom a question is about.
    Asker, "user:ID or link:ID" {
        /// A person.
        "user" => User(UserId),
        /// Whoever holds a public link.
        "link" => Link(LinkId),
    }

    /// Who caused an event.
    Actor, "user:ID or system:ID" {
        /// A person.
        "user" => User(UserId),
        /// A program; it holds no rights.
        "system" => System(SystemId),
    }

    /// An access control list.
    ListRef, "organization, definition:ID, case:ID or restriction:ID" {
        /// Covers every case of every definition.
        "organization" => Organization,
        /// Covers all existing and future cases of the definition.
        "definition" => Definition(DefinitionId),
        /// Covers that case.
        "case" => Case(CaseId),
        /// The list that stands alone while the case is restricted.
        "restriction" => Restriction(CaseId),
    }

    /// What a question is about.
    ///
    /// # Examples
    /// ```
    /// use caseward_events::Resource;
    ///
    /// let case = Resource::Case("4711".parse()?);
    /// assert_eq!(case, "case:4711".parse()?);
    /// assert_eq!(Resource::Organization.to_string(), "organization");
    /// # Ok::<(), caseward_events::reference::BadReference>(())
    /// ```
    Resource, "case:ID, definition:ID or organization" {
        /// An instance of a definition.
        "case" => Case(CaseId),
        /// A kind of case.
        "definition" => Definition(DefinitionId),
        /// The tenant.
        "organization" => Organization,
    }

    /// Whom a reason names.
    Party, "user:ID, group:ID or link:ID" {
        /// A person.
        "user" => User(UserId),
        /// A set of users and groups.
        "group" => Group(GroupId),
        /// Whoever holds a public link.
        "link" => Link(LinkId),
    }

    /// What can be attached to a task.
    Entity, "case:ID or item:ID" {
        /// A case.
        "case" => Case(CaseId),
        /// An item.
        "item" => Item(ItemId),
    }

    /// The events of one thing, counted on their own.
    Stream, "case:ID, definition:ID, group:ID, profile:ID, item:ID, task:ID, user:ID or organization" {
        /// A case with its lists and its restriction.
        "case" => Case(CaseId),
        /// A definition with its list.
        "definition" => Definition(DefinitionId),
        /// A group.
        "group" => Group(GroupId),
        /// A profile with its rows of the matrix.
        "profile" => Profile(ProfileId),
        /// An item.
        "item" => Item(ItemId),
        /// A task.
        "task" => Task(TaskId),
        /// A user, with the delegations from that user.
        "user" => User(UserId),
        /// The rest: policy, org admins, the organization list and walls.
        "organization" => Organization,
    }

    /// What people may give a name of its own.
    Labelled, "user:ID, group:ID, case:ID, definition:ID, profile:ID or workspace:ID" {
        /// A person.
        "user" => User(UserId),
        /// A set of users and groups.
        "group" => Group(GroupId),
        /// An instance of a definition.
        "case" => Case(CaseId),
        /// A kind of case.
        "definition" => Definition(DefinitionId),
        /// A row of the permission matrix.
        "profile" => Profile(ProfileId),
        /// Where users are placed.
        "workspace" => Workspace(WorkspaceId),
    }

    /// Anything that a history can be asked for.
    ///
    /// # Examples
    /// ```
    /// use caseward_events::{Reference, Resource};
    ///
    /// let reference: Reference = "case:2026/4711".parse()?;
    /// assert_eq!(reference.to_string(), "case:2026/4711");
    /// assert_eq!(reference.resource(), Some("case:2026/4711".parse::<Resource>()?));
    /// assert!("case".parse::<Reference>().is_err());
    /// # Ok::<(), caseward_events::reference::BadReference>(())
    /// ```
    Reference, "user:ID, group:ID, definition:ID, case:ID, profile:ID, item:ID, task:ID, link:ID or organization" {
        /// A person.
        "user" => User(UserId),
        /// A set of users and groups.
        "group" => Group(GroupId),
        /// A kind of case.
        "definition" => Definition(DefinitionId),
        /// An instance of a definition.
        "case" => Case(CaseId),
        /// A row of the permission matrix.
        "profile" => Profile(ProfileId),
        /// An item.
        "item" => Item(ItemId),
        /// A task.
        "task" => Task(TaskId),
        /// A public link.
        "link" => Link(LinkId),
        /// Everything.
        "organization" => Organization,
    }
}

impl Actor {
    /// The default actor, which holds no rights.
    #[must_use]
    pub fn unknown() -> Actor {
        Actor::System("unknown".parse().expect("it is an id"))
    }

    /// The user, where it is one.
    #[must_use]
    pub fn as_user(&self) -> Option<&UserId> {
        match self {
            Actor::User(user) => Some(user),
            Actor::System(_) => None,
        }
    }
}

impl From<Subject> for Reference {
    fn from(subject: Subject) -> Reference {
        match subject {
            Subject::User(user) => Reference::User(user),
            Subject::Group(group) => Reference::Group(group),
        }
    }
}

impl From<Subject> for Party {
    fn from(subject: Subject) -> Self {
        match subject {
            Subject::User(user) => Party::User(user),
            Subject::Group(group) => Party::Group(group),
        }
    }
}

impl From<UserId> for Subject {
    fn from(user: UserId) -> Self {
        Subject::User(user)
    }
}

impl Reference {
    /// The resource, where it is one.
    #[must_use]
    pub fn resource(&self) -> Option<Resource> {
        match self {
            Reference::Case(case) => Some(Resource::Case(case.clone())),
            Reference::Definition(definition) => Some(Resource::Definition(definition.clone())),
            Reference::Organization => Some(Resource::Organization),
            _ => None,
        }
    }
}

impl Labelled {
    /// The stream that its labels are in.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Labelled::User(user) => Stream::User(user.clone()),
            Labelled::Group(group) => Stream::Group(group.clone()),
            Labelled::Case(case) => Stream::Case(case.clone()),
            Labelled::Definition(definition) => Stream::Definition(definition.clone()),
            Labelled::Profile(profile) => Stream::Profile(profile.clone()),
            Labelled::Workspace(_) => Stream::Organization,
        }
    }

    /// The user or group, where it is one.
    #[must_use]
    pub fn subject(&self) -> Option<Subject> {
        match self {
            Labelled::User(user) => Some(Subject::User(user.clone())),
            Labelled::Group(group) => Some(Subject::Group(group.clone())),
            _ => None,
        }
    }
}

impl Resource {
    /// The case, where it is one.
    #[must_use]
    pub fn case(&self) -> Option<&CaseId> {
        match self {
            Resource::Case(case) => Some(case),
            Resource::Definition(_) | Resource::Organization => None,
        }
    }

    /// The stream that the walls on it are in.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            Resource::Case(case) => Stream::Case(case.clone()),
            Resource::Definition(definition) => Stream::Definition(definition.clone()),
            Resource::Organization => Stream::Organization,
        }
    }
}

impl ListRef {
    /// The stream that the events of the list are in.
    #[must_use]
    pub fn stream(&self) -> Stream {
        match self {
            ListRef::Organization => Stream::Organization,
            ListRef::Definition(definition) => Stream::Definition(definition.clone()),
            ListRef::Case(case) | ListRef::Restriction(case) => Stream::Case(case.clone()),
        }
    }
}

/// The name of an organization: `[a-z0-9-]{1,64}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct OrganizationName(String);

/// A text that names no organization.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not the name of an organization; use 1 to 64 of a-z, 0-9 and -", .0.escape_debug())]
pub struct BadOrganizationName(String);

impl OrganizationName {
    /// The one that is always there.
    pub const DEFAULT: &str = "default";

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for OrganizationName {
    fn default() -> Self {
        OrganizationName(Self::DEFAULT.to_owned())
    }
}

impl FromStr for OrganizationName {
    type Err = BadOrganizationName;
    fn from_str(text: &str) -> Result<Self, BadOrganizationName> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=ORGANIZATION_NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(OrganizationName(text.to_owned()))
        } else {
            Err(BadOrganizationName(text.to_owned()))
        }
    }
}

impl Serialize for OrganizationName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for OrganizationName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for OrganizationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reference_is_split_at_its_first_colon() {
        let subject: Subject = "user:a:b".parse().expect("the id holds a colon");
        assert_eq!(subject, Subject::User("a:b".parse().expect("an id")));
    }

    #[test]
    fn what_does_not_fit_says_what_would() {
        let bad = "case:1".parse::<Subject>().expect_err("a case is no subject");
        assert_eq!(bad.to_string(), "`case:1` is not a valid reference here; write user:ID or group:ID");
        assert!("organization:1".parse::<Resource>().is_err());
        assert!("user".parse::<Subject>().is_err());
        assert!("user:".parse::<Subject>().is_err());
    }

    proptest! {
        #[test]
        fn printing_and_parsing_are_inverse(text in "(user|group|case|definition|restriction|organization|link)(:.{0,20})?") {
            if let Ok(parsed) = text.parse::<Subject>() { prop_assert_eq!(parsed.to_string(), text.clone()); }
            if let Ok(parsed) = text.parse::<Resource>() { prop_assert_eq!(parsed.to_string(), text.clone()); }
            if let Ok(parsed) = text.parse::<ListRef>() { prop_assert_eq!(parsed.to_string(), text.clone()); }
            if let Ok(parsed) = text.parse::<Asker>() { prop_assert_eq!(parsed.to_string(), text); }
        }

        #[test]
        fn no_text_makes_a_parser_panic(text in any::<String>()) {
            let _ = text.parse::<Subject>();
            let _ = text.parse::<Actor>();
            let _ = text.parse::<Reference>();
            let _ = text.parse::<OrganizationName>();
        }
    }
}
