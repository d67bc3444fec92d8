//! What is asked of the organization: its policy, its vocabulary, whom to erase, which key signs.

use crate::label::Label;
use crate::policy::{PolicyChange, Preset};
use crate::public_key::PublicKey;
use crate::reference::{Labelled, Subject};
use crate::vocabulary::Vocabulary;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// `adopt_policy`: a preset resets every key, then the keys given are set.
#[derive(Clone, Debug, PartialEq)]
pub struct AdoptPolicy {
    /// The preset named.
    pub preset: Option<Preset>,
    /// The keys given.
    pub keys: PolicyChange,
}

impl<'de> Deserialize<'de> for AdoptPolicy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        use serde::de::Error;
        let mut fields = Map::deserialize(deserializer)?;
        let preset = fields.remove("preset").filter(|value| !value.is_null()).map(Preset::deserialize);
        let keys = PolicyChange::deserialize(Value::Object(fields)).map_err(D::Error::custom)?;
        if keys.break_glass_max_minutes == Some(0) {
            return Err(D::Error::custom("`break_glass_max_minutes` is 0; give at least 1"));
        }
        Ok(AdoptPolicy { preset: preset.transpose().map_err(D::Error::custom)?, keys })
    }
}

impl Serialize for AdoptPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::Error;
        let keys = serde_json::to_value(self.keys).map_err(S::Error::custom)?;
        let preset = self.preset.map(|preset| ("preset".to_owned(), preset.name().into()));
        let keys = keys.as_object().into_iter().flatten().map(|(key, value)| (key.clone(), value.clone()));
        let given: Map<String, Value> = preset.into_iter().chain(keys).filter(|(_, value)| !value.is_null()).collect();
        given.serialize(serializer)
    }
}

impl AdoptPolicy {
    /// Every key that it sets, with its value.
    #[must_use]
    pub fn change(&self) -> PolicyChange {
        match self.preset {
            Some(preset) => preset.policy().as_change().overlaid(&self.keys),
            None => self.keys,
        }
    }
}

/// `adopt_vocabulary`: the whole vocabulary at once.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(transparent)]
pub struct AdoptVocabulary {
    /// What counts from then on; one without types brings our own words back.
    pub vocabulary: Vocabulary,
}

/// `erase`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Erase {
    /// About whom.
    pub subject: Subject,
}

/// `set_label`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SetLabel {
    /// Of what.
    #[serde(rename = "ref")]
    pub of: Labelled,
    /// As people call it; `null` for nothing. It must be said.
    #[serde(deserialize_with = "Option::deserialize")]
    pub label: Option<Label>,
}

/// `replace_key`.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplaceKey {
    /// The public half of the key that signs from then on.
    pub public_key: PublicKey,
}
