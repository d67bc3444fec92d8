//! From the words of a caller to references and rights, and from references back to words.
//!
//! INVARIANT: back and forth are inverse: what a type gives back is what its words name. Of two types of which one has a
//! longer prefix, that one has what begins with it.

use super::parts::Owner;
use super::{ActionWord, ResourceType, SubjectKind, SubjectType, Vocabulary};
use crate::id::DefinitionId;
use crate::reference::{Asker, Resource};
use serde_json::{Map, Value};
use std::collections::HashSet;

/// The properties that came with a question.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Said {
    /// Of the subject.
    pub subject: Map<String, Value>,
    /// Of the resource.
    pub resource: Map<String, Value>,
    /// Of the action.
    pub action: Map<String, Value>,
}

/// What a word for a resource stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meant<'a> {
    /// The resource.
    pub resource: Resource,
    /// The definition that its case must have, or else the word stands for nothing.
    pub of: Option<&'a DefinitionId>,
}

/// What can be listed of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Listed<'a> {
    /// Cases, of one definition or of all.
    Cases(Option<&'a DefinitionId>),
    /// Definitions.
    Definitions,
    /// Nothing: every id is one resource.
    Nothing,
}

impl Said {
    fn has(&self, word: &ActionWord) -> bool {
        word.when.iter().all(|(property, value)| {
            let of = match property.owner {
                Owner::Subject => &self.subject,
                Owner::Resource => &self.resource,
                Owner::Action => &self.action,
            };
            of.get(&property.name).is_some_and(|found| value.is(found))
        })
    }
}

impl Vocabulary {
    /// The subject of a type and an id.
    #[must_use]
    pub fn subject(&self, kind: &str, id: &str) -> Option<Asker> {
        let of = self.subjects.get(kind).filter(|_| !id.is_empty())?;
        let id = format!("{}{id}", of.prefix);
        let subject = match of.kind {
            SubjectKind::User => Asker::User(id.parse().ok()?),
            SubjectKind::Link => Asker::Link(id.parse().ok()?),
        };
        self.has_subject(of, &id).then_some(subject)
    }

    /// The id of a subject in a type; none where it is of another.
    #[must_use]
    pub fn subject_id<'s>(&self, kind: &str, subject: &'s Asker) -> Option<&'s str> {
        let of = self.subjects.get(kind)?;
        let (is, id) = match subject {
            Asker::User(id) => (SubjectKind::User, id.as_str()),
            Asker::Link(id) => (SubjectKind::Link, id.as_str()),
        };
        let inner = id.strip_prefix(of.prefix.as_str()).filter(|inner| !inner.is_empty())?;
        (is == of.kind && self.has_subject(of, id)).then_some(inner)
    }

    /// Whether no type with a longer prefix has it.
    fn has_subject(&self, of: &SubjectType, id: &str) -> bool {
        let longer = |other: &&SubjectType| other.kind == of.kind && is_longer(&other.prefix, &of.prefix, id);
        !self.subjects.values().any(|other| longer(&other))
    }

    /// The resource of a type and an id.
    #[must_use]
    pub fn resource(&self, kind: &str, id: &str) -> Option<Meant<'_>> {
        match self.resources.get(kind)? {
            ResourceType::Fixed(resource) => Some(Meant { resource: resource.clone(), of: None }),
            ResourceType::Definition => Some(Meant { resource: Resource::Definition(id.parse().ok()?), of: None }),
            ResourceType::Case { definition, prefix } if !id.is_empty() => {
                let id = format!("{prefix}{id}");
                let resource = Resource::Case(id.parse().ok()?);
                self.has_case(definition.as_ref(), prefix, &id).then_some(Meant { resource, of: definition.as_ref() })
            }
            ResourceType::Case { .. } => None,
        }
    }

    /// The id of a resource that is listed of a type; none where it is of another.
    #[must_use]
    pub fn resource_id<'r>(&self, kind: &str, resource: &'r Resource) -> Option<&'r str> {
        match (self.resources.get(kind)?, resource) {
            (ResourceType::Definition, Resource::Definition(id)) => Some(id.as_str()),
            (ResourceType::Case { definition, prefix }, Resource::Case(id)) => {
                let inner = id.as_str().strip_prefix(prefix.as_str()).filter(|inner| !inner.is_empty())?;
                self.has_case(definition.as_ref(), prefix, id.as_str()).then_some(inner)
            }
            _ => None,
        }
    }

    fn has_case(&self, definition: Option<&DefinitionId>, prefix: &str, id: &str) -> bool {
        !self.resources.values().any(|other| match other {
            ResourceType::Case { definition: its, prefix: longer } => {
                its.as_ref() == definition && is_longer(longer, prefix, id)
            }
            ResourceType::Definition | ResourceType::Fixed(_) => false,
        })
    }

    /// What a search for resources of a type lists; none where there is no such type.
    #[must_use]
    pub fn listed(&self, kind: &str) -> Option<Listed<'_>> {
        Some(match self.resources.get(kind)? {
            ResourceType::Case { definition, .. } => Listed::Cases(definition.as_ref()),
            ResourceType::Definition => Listed::Definitions,
            ResourceType::Fixed(_) => Listed::Nothing,
        })
    }

    /// The entry that counts for a name.
    #[must_use]
    pub fn word(&self, kind: &str, name: &str, said: &Said) -> Option<&ActionWord> {
        self.actions.get(kind)?.iter().find(|word| word.name == name && said.has(word))
    }

    /// Every name of a type, in order, by the entry that counts for it.
    #[must_use]
    pub fn words(&self, kind: &str, said: &Said) -> Vec<&ActionWord> {
        let mut met = HashSet::new();
        let all = self.actions.get(kind).into_iter().flatten();
        all.filter(|word| said.has(word) && met.insert(word.name.as_str())).collect()
    }
}

fn is_longer(prefix: &str, than: &str, id: &str) -> bool {
    prefix.len() > than.len() && id.len() > prefix.len() && id.starts_with(prefix)
}
