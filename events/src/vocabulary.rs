//! The words of callers: which subjects, resources and rights the types and action names of another interface stand for.
//!
//! A vocabulary is adopted as a whole, by an event, so that a word as of a day means what it meant on that day. It chooses
//! *which question is asked*; it never gives a right.
//! INVARIANT: no two types give one reference back, so an answer can be told in the words of its question. A vocabulary
//! that is read from JSON keeps its limits. Absent on purpose: comparisons other than equality, and anything that only the
//! caller knows.
//! Read on in [`words`] (from words to references, and back).

mod parts;
pub mod words;

pub use parts::{ActionWord, Property, ResourceType, Scalar, SubjectKind, SubjectType};

use crate::ask::actions_of;
use crate::limits::{
    VOCABULARY_ACTIONS_MAX, VOCABULARY_CONDITIONS_MAX, VOCABULARY_TYPES_MAX, VOCABULARY_WORD_BYTES_MAX,
};
use crate::reference::Resource;
use crate::rights::Action;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;

/// What the words of callers stand for.
///
/// # Examples
/// ```
/// use caseward_events::{Action, Vocabulary};
/// use caseward_events::vocabulary::words::Said;
///
/// let vocabulary: Vocabulary = serde_json::from_str(
///     r#"{"subjects":{"identity":{"as":"user"}},
///         "resources":{"record":{"as":"case","definition":"record"}},
///         "actions":{"record":[{"name":"view","is":"read"}]}}"#,
/// )?;
/// let word = vocabulary.word("record", "view", &Said::default()).expect("it is one");
/// assert_eq!(word.is, Action::Read);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Vocabulary {
    /// Types of subjects.
    pub subjects: BTreeMap<String, SubjectType>,
    /// Types of resources.
    pub resources: BTreeMap<String, ResourceType>,
    /// For types of resources, their actions. The order is that of answers; of entries with one name the first that fits
    /// counts.
    pub actions: BTreeMap<String, Vec<ActionWord>>,
}

/// Why something is no vocabulary.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BadVocabulary {
    /// Beyond a limit.
    #[error("{what} has {found} {of}; at most {limit} are allowed")]
    TooMany {
        /// What has them.
        what: String,
        /// Of what.
        of: &'static str,
        /// How many.
        found: usize,
        /// How many there may be.
        limit: usize,
    },
    /// A name or prefix that is empty, too long, or holds a control character.
    #[error("{what} {name:?} is not 1 to {VOCABULARY_WORD_BYTES_MAX} bytes of text without control characters")]
    Word {
        /// What it names.
        what: &'static str,
        /// The text.
        name: String,
    },
    /// Two types for one reference.
    #[error("the types `{0}` and `{1}` could give one reference back; give them other definitions or prefixes")]
    Ambiguous(String, String),
    /// Actions of a type that is not there.
    #[error("`actions` has `{0}`, which is not among `resources`")]
    NoSuchType(String),
    /// A right that the resource does not have.
    #[error("`{name}` of `{kind}` asks for {is}, which is no right on {on}; it has {has}")]
    NoSuchRight {
        /// The type.
        kind: String,
        /// The action.
        name: String,
        /// The right.
        is: Action,
        /// On what.
        on: String,
        /// The rights there are.
        has: String,
    },
    /// An entry behind one of the same name that always fits.
    #[error("`{name}` of `{kind}` stands behind an entry of the same name that always fits, and would never count")]
    NeverFits {
        /// The type.
        kind: String,
        /// The action.
        name: String,
    },
}

impl Vocabulary {
    /// Our own words: those that count while no vocabulary is adopted.
    #[must_use]
    pub fn own() -> Vocabulary {
        let own = |actions: &[Action]| actions.iter().map(|&action| ActionWord::plain(action)).collect::<Vec<_>>();
        let subject = |name: &str, kind| (name.to_owned(), SubjectType { kind, prefix: String::new() });
        let resources = [
            ("case", ResourceType::Case { definition: None, prefix: String::new() }, Action::OF_CASE),
            ("definition", ResourceType::Definition, Action::OF_DEFINITION),
            ("organization", ResourceType::Fixed(Resource::Organization), Action::OF_ORGANIZATION),
        ];
        Vocabulary {
            subjects: [subject("user", SubjectKind::User), subject("link", SubjectKind::Link)].into(),
            actions: resources.iter().map(|(name, _, actions)| ((*name).to_owned(), own(actions))).collect(),
            resources: resources.into_iter().map(|(name, kind, _)| (name.to_owned(), kind)).collect(),
        }
    }

    /// Returns true if it has no type: adopted, it brings our own words back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subjects.is_empty() && self.resources.is_empty()
    }

    /// Everything that can be wrong with it.
    fn validate(self) -> Result<Vocabulary, BadVocabulary> {
        within("the vocabulary", "types of subjects", self.subjects.len(), VOCABULARY_TYPES_MAX)?;
        within("the vocabulary", "types of resources", self.resources.len(), VOCABULARY_TYPES_MAX)?;
        self.subjects.iter().try_for_each(|(name, kind)| {
            word("the type", name)?;
            prefix(&kind.prefix)
        })?;
        self.resources.iter().try_for_each(|(name, kind)| {
            word("the type", name)?;
            prefix(kind.prefix())
        })?;
        first_pair(&self.subjects, SubjectType::meets)?;
        first_pair(&self.resources, ResourceType::meets)?;
        for (kind, words) in &self.actions {
            let of = self.resources.get(kind).ok_or_else(|| BadVocabulary::NoSuchType(kind.clone()))?;
            actions(kind, of, words)?;
        }
        Ok(self)
    }
}

fn actions(kind: &str, of: &ResourceType, words: &[ActionWord]) -> Result<(), BadVocabulary> {
    within(&format!("`{kind}`"), "actions", words.len(), VOCABULARY_ACTIONS_MAX)?;
    for (index, entry) in words.iter().enumerate() {
        word("the action", &entry.name)?;
        let what = format!("`{}` of `{kind}`", entry.name);
        within(&what, "conditions", entry.when.len(), VOCABULARY_CONDITIONS_MAX)?;
        for (property, value) in &entry.when {
            word("the property", &property.name)?;
            if let Scalar::Text(text) = value
                && !text.is_empty()
            {
                word("the value", text)?;
            }
        }
        let (on, has) = match &entry.on {
            Some(on) => (format!("`{on}`"), actions_of(on)),
            None => (format!("what `{kind}` stands for"), of.actions()),
        };
        if !has.contains(&entry.is) {
            let has = has.iter().map(|action| action.name()).collect::<Vec<_>>().join(", ");
            let (kind, name) = (kind.to_owned(), entry.name.clone());
            return Err(BadVocabulary::NoSuchRight { kind, name, is: entry.is, on, has });
        }
        let before = words.iter().take(index);
        if before.into_iter().any(|earlier| earlier.name == entry.name && earlier.when.is_empty()) {
            return Err(BadVocabulary::NeverFits { kind: kind.to_owned(), name: entry.name.clone() });
        }
    }
    Ok(())
}

fn within(what: &str, of: &'static str, found: usize, limit: usize) -> Result<(), BadVocabulary> {
    if found <= limit { Ok(()) } else { Err(BadVocabulary::TooMany { what: what.to_owned(), of, found, limit }) }
}

fn word(what: &'static str, name: &str) -> Result<(), BadVocabulary> {
    let fits = (1..=VOCABULARY_WORD_BYTES_MAX).contains(&name.len()) && !name.contains(char::is_control);
    if fits { Ok(()) } else { Err(BadVocabulary::Word { what, name: name.chars().take(80).collect() }) }
}

fn prefix(text: &str) -> Result<(), BadVocabulary> {
    if text.is_empty() { Ok(()) } else { word("the prefix", text) }
}

fn first_pair<T>(types: &BTreeMap<String, T>, meet: impl Fn(&T, &T) -> bool) -> Result<(), BadVocabulary> {
    for (index, (name, one)) in types.iter().enumerate() {
        if let Some((other, _)) = types.iter().skip(index + 1).find(|(_, other)| meet(one, other)) {
            return Err(BadVocabulary::Ambiguous(name.clone(), other.clone()));
        }
    }
    Ok(())
}

/// Its one form in JSON.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    subjects: BTreeMap<String, SubjectType>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    resources: BTreeMap<String, ResourceType>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    actions: BTreeMap<String, Vec<ActionWord>>,
}

/// Bytes hold the text of the JSON: it tells a field from another, and is read as it is written. What was stored was judged
/// before; a later release that takes less still reads it.
impl Serialize for Vocabulary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fields = Fields::from(self.clone());
        if serializer.is_human_readable() {
            return fields.serialize(serializer);
        }
        serializer.serialize_str(&serde_json::to_string(&fields).map_err(serde::ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Vocabulary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        if deserializer.is_human_readable() {
            return Vocabulary::from(Fields::deserialize(deserializer)?).validate().map_err(D::Error::custom);
        }
        let text = String::deserialize(deserializer)?;
        serde_json::from_str::<Fields>(&text).map(Vocabulary::from).map_err(D::Error::custom)
    }
}

impl From<Vocabulary> for Fields {
    fn from(Vocabulary { subjects, resources, actions }: Vocabulary) -> Fields {
        Fields { subjects, resources, actions }
    }
}

impl From<Fields> for Vocabulary {
    fn from(Fields { subjects, resources, actions }: Fields) -> Vocabulary {
        Vocabulary { subjects, resources, actions }
    }
}

#[cfg(test)]
mod tests;
