//! Refusals: the rules say no, which is a normal outcome. Nothing is appended.

use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use std::fmt;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $text:literal;)+) => {
        /// Why a command was refused. Of several that apply the first in this order is given.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[non_exhaustive]
        pub enum Code { $($(#[$doc])* $variant),+ }

        impl Code {
            /// All of them, in order.
            pub const ALL: &[Code] = &[$(Code::$variant),+];

            /// As answers write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Code::$variant => $text),+ }
            }
        }
    };
}

codes! {
    /// The id was used for another command.
    IdReused "id_reused";
    /// The line cannot be a command, whatever the log holds, or is beyond a limit.
    Invalid "invalid";
    /// A window that would end before or as it begins.
    InvalidWindow "invalid_window";
    /// An imported time before the last event.
    TimeGoesBack "time_goes_back";
    /// An imported time after the engine's clock.
    TimeAhead "time_ahead";
    /// The stream has another version than the command expects.
    VersionConflict "version_conflict";
    /// The actor may not do this.
    NotAuthorized "not_authorized";
    /// The organization, case or definition does not exist.
    NotFound "not_found";
    /// The name is taken.
    Exists "exists";
    /// The case is not restricted.
    NotRestricted "not_restricted";
    /// The list holds an entry for the subject.
    AlreadyGranted "already_granted";
    /// The list holds no entry for the subject.
    NoSuchGrant "no_such_grant";
    /// The policy does not allow restriction.
    RestrictionDisabled "restriction_disabled";
    /// The case is restricted.
    AlreadyRestricted "already_restricted";
    /// Facts about items and tasks stand against restricting the case; all are named.
    Blocked "blocked";
    /// The group holds that member directly.
    AlreadyMember "already_member";
    /// The group does not hold that member directly.
    NotAMember "not_a_member";
    /// The group would hold itself.
    Cycle "cycle";
    /// No enabled org admin would be left.
    LastOrgAdmin "last_org_admin";
    /// The row of the matrix would contradict itself.
    Contradictory "contradictory";
    /// The field holds that person.
    AlreadyThere "already_there";
    /// The field does not hold that person.
    NotThere "not_there";
    /// An assignee is not on the restricted list with write.
    RestrictedUnlisted "restricted_unlisted";
    /// The definition does not allow sharing.
    SharingDisabled "sharing_disabled";
    /// The wall stands already.
    AlreadyWalled "already_walled";
    /// There is no such wall.
    NoSuchWall "no_such_wall";
    /// The policy does not let anybody break the glass.
    BreakGlassOff "break_glass_off";
    /// Longer than the policy lets the glass be broken.
    TooLong "too_long";
    /// A wall stands against the user.
    Wall "wall";
    /// The case is restricted, or some case is.
    CaseRestricted "case_restricted";
    /// What it would do is beyond a limit on the effect of commands.
    TooLarge "too_large";
    /// Another command of the same atomic batch was refused.
    BatchRefused "batch_refused";
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Code {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let found = Code::ALL.iter().copied().find(|code| code.name() == text);
        found.ok_or_else(|| serde::de::Error::custom(format!("`{}` is not a code of a refusal", text.escape_debug())))
    }
}

/// A no, with its code, what happened, what to do next, and the facts it rests on.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[error("{message} ({code})")]
pub struct Refusal {
    /// Why.
    pub code: Code,
    /// What cannot be done and why not: lower case, no full stop.
    pub message: String,
    /// What to do next, where there is something to do.
    pub hint: Option<String>,
    /// What it rests on, by name.
    pub facts: Map<String, Value>,
}

impl Refusal {
    /// Without hint or facts.
    #[must_use]
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Refusal { code, message: message.into(), hint: None, facts: Map::new() }
    }

    /// A line that cannot be a command.
    #[must_use]
    pub fn invalid(message: impl Into<String>) -> Self {
        Refusal::new(Code::Invalid, message)
    }

    /// With what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// With a fact it rests on.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }

    /// As a JSON value, for whoever looks into it; printed it would have its keys sorted.
    #[must_use]
    pub fn to_json(&self) -> Value {
        serde_json::to_value(self).expect("a refusal has a JSON form")
    }
}

/// The word that tells a refusal from other answers.
#[derive(Serialize, Deserialize)]
enum Status {
    #[serde(rename = "refused")]
    Refused,
}

/// The answer of `interface.md` section 1, of commands and questions alike; the facts stand beside the rest.
impl Serialize for Refusal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Refusal { code, message, hint, facts } = self;
        let mut answer = serializer.serialize_map(None)?;
        answer.serialize_entry("status", &Status::Refused)?;
        answer.serialize_entry("code", code)?;
        answer.serialize_entry("message", message)?;
        if let Some(hint) = hint {
            answer.serialize_entry("hint", hint)?;
        }
        facts.iter().try_for_each(|(name, fact)| answer.serialize_entry(name, fact))?;
        answer.end()
    }
}

impl<'de> Deserialize<'de> for Refusal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Read {
            #[serde(rename = "status")]
            _status: Status,
            code: Code,
            message: String,
            #[serde(default)]
            hint: Option<String>,
            #[serde(flatten)]
            facts: Map<String, Value>,
        }
        let Read { code, message, hint, facts, .. } = Read::deserialize(deserializer)?;
        Ok(Refusal { code, message, hint, facts })
    }
}
