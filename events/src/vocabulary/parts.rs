//! The parts of a vocabulary: types of subjects and of resources, and the actions of a type.

use crate::id::DefinitionId;
use crate::reference::Resource;
use crate::rights::Action;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

/// What a type of subjects stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubjectKind {
    /// Users.
    User,
    /// Public links.
    Link,
}

/// A type of subjects.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SubjectType {
    /// What they are here.
    #[serde(rename = "as")]
    pub kind: SubjectKind,
    /// What stands before the id here and not there.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prefix: String,
}

impl SubjectType {
    pub(super) fn meets(&self, other: &SubjectType) -> bool {
        self == other
    }
}

/// A type of resources.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ResourceFields", into = "ResourceFields")]
pub enum ResourceType {
    /// Cases.
    Case {
        /// Of which definition; left out, of all, and then no other type is of cases.
        definition: Option<DefinitionId>,
        /// What stands before the id here and not there.
        prefix: String,
    },
    /// Definitions.
    Definition,
    /// One resource, whatever the id.
    Fixed(Resource),
}

impl ResourceType {
    pub(super) fn prefix(&self) -> &str {
        match self {
            ResourceType::Case { prefix, .. } => prefix,
            ResourceType::Definition | ResourceType::Fixed(_) => "",
        }
    }

    /// The rights on what it stands for.
    pub(super) fn actions(&self) -> &'static [Action] {
        match self {
            ResourceType::Case { .. } => Action::OF_CASE,
            ResourceType::Definition => Action::OF_DEFINITION,
            ResourceType::Fixed(resource) => crate::ask::actions_of(resource),
        }
    }

    /// Whether both could give one reference back. One with a fixed resource gives none.
    pub(super) fn meets(&self, other: &ResourceType) -> bool {
        match (self, other) {
            (ResourceType::Definition, ResourceType::Definition) => true,
            (ResourceType::Case { definition: one, prefix }, ResourceType::Case { definition: two, prefix: other }) => {
                one.is_none() || two.is_none() || (one == two && prefix == other)
            }
            _ => false,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResourceKind {
    Case,
    Definition,
}

/// The fields of all kinds of types.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResourceFields {
    #[serde(default, rename = "as", skip_serializing_if = "Option::is_none")]
    kind: Option<ResourceKind>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    definition: Option<DefinitionId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    prefix: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    fixed: Option<Resource>,
}

const FORMS: &str =
    r#"a type of resources is {"as":"case","definition":ID,"prefix"?}, {"as":"definition"} or {"fixed":REFERENCE}"#;

impl TryFrom<ResourceFields> for ResourceType {
    type Error = &'static str;
    fn try_from(fields: ResourceFields) -> Result<Self, &'static str> {
        let ResourceFields { kind, definition, prefix, fixed } = fields;
        match (kind, definition, prefix, fixed) {
            (Some(ResourceKind::Case), definition, prefix, None) => {
                Ok(ResourceType::Case { definition, prefix: prefix.unwrap_or_default() })
            }
            (Some(ResourceKind::Definition), None, None, None) => Ok(ResourceType::Definition),
            (None, None, None, Some(resource)) => Ok(ResourceType::Fixed(resource)),
            _ => Err(FORMS),
        }
    }
}

impl From<ResourceType> for ResourceFields {
    fn from(of: ResourceType) -> Self {
        let none = ResourceFields { kind: None, definition: None, prefix: None, fixed: None };
        match of {
            ResourceType::Case { definition, prefix } => {
                let prefix = Some(prefix).filter(|prefix| !prefix.is_empty());
                ResourceFields { kind: Some(ResourceKind::Case), definition, prefix, ..none }
            }
            ResourceType::Definition => ResourceFields { kind: Some(ResourceKind::Definition), ..none },
            ResourceType::Fixed(resource) => ResourceFields { fixed: Some(resource), ..none },
        }
    }
}

/// A name for a right.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ActionWord {
    /// As callers say it.
    pub name: String,
    /// Where all of these properties have these values.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub when: BTreeMap<Property, Scalar>,
    /// The right that is asked for.
    pub is: Action,
    /// On this instead of the resource: what may be done before there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub on: Option<Resource>,
}

impl ActionWord {
    /// Our own word for a right.
    pub(super) fn plain(action: Action) -> ActionWord {
        ActionWord { name: action.name().to_owned(), when: BTreeMap::new(), is: action, on: None }
    }
}

/// Whose property.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The subject's.
    Subject,
    /// The resource's.
    Resource,
    /// The action's.
    Action,
}

/// A property that comes with a question, such as `resource.status`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Property {
    /// Whose.
    pub owner: Owner,
    /// Its name, all that stands behind the first dot.
    pub name: String,
}

const OWNERS: [(Owner, &str); 3] =
    [(Owner::Subject, "subject"), (Owner::Resource, "resource"), (Owner::Action, "action")];

/// A text that names no property.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not subject.NAME, resource.NAME or action.NAME", .0.escape_debug())]
pub struct UnknownProperty(String);

impl FromStr for Property {
    type Err = UnknownProperty;
    fn from_str(text: &str) -> Result<Self, UnknownProperty> {
        let unknown = || UnknownProperty(text.chars().take(80).collect());
        let (owner, name) = text.split_once('.').ok_or_else(unknown)?;
        let (owner, _) = OWNERS.into_iter().find(|(_, word)| *word == owner).ok_or_else(unknown)?;
        Ok(Property { owner, name: name.to_owned() })
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let owner = OWNERS.into_iter().find(|(owner, _)| *owner == self.owner).map_or("", |(_, word)| word);
        write!(f, "{owner}.{}", self.name)
    }
}

impl Serialize for Property {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Property {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// What a property is compared with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    /// True or false.
    Truth(bool),
    /// A number.
    Number(serde_json::Number),
    /// A text.
    Text(String),
}

impl Scalar {
    /// Whether it is that value. A number is the same whether it is written with a fraction of 0 or without.
    #[must_use]
    pub fn is(&self, value: &serde_json::Value) -> bool {
        use serde_json::Value;
        match (self, value) {
            (Scalar::Truth(one), Value::Bool(other)) => one == other,
            (Scalar::Text(one), Value::String(other)) => one == other,
            (Scalar::Number(one), Value::Number(other)) => one == other || is_same_number(one, other),
            _ => false,
        }
    }
}

/// Where one of them has a fraction, both are compared as such.
fn is_same_number(one: &serde_json::Number, other: &serde_json::Number) -> bool {
    (one.is_f64() || other.is_f64()) && one.as_f64() == other.as_f64()
}
