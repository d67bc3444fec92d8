//! The answer to `stranded`: open cases with people who have a part in them and may not read them.

use crate::answer::Rule;
use crate::ask::Next;
use crate::id::{ActivityId, FieldId};
use crate::recorded::Position;
use crate::reference::{Resource, Subject};
use serde::{Deserialize, Serialize};

/// Who is assigned to an open case, or in a person field of one, and may not read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrandedAnswer {
    /// By reference, bytewise.
    pub cases: Vec<StrandedCase>,
    /// Where it was asked.
    pub position: Position,
    /// `false` if that is a moment after the clock, so that the answer may still change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
    /// Whether there is another page.
    #[serde(default, skip_serializing_if = "Next::is_not_paged")]
    pub next: Next,
}

/// An open case with somebody who may not read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrandedCase {
    /// Which.
    pub resource: Resource,
    /// Who, users before groups, each by id.
    pub stranded: Vec<Stranded>,
}

/// One of those.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stranded {
    /// A user; or a group none of whose users may read the case.
    pub subject: Subject,
    /// Why a user may not: the rule of the check. A group has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rule: Option<Rule>,
    /// The person fields that name the subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<FieldId>,
    /// The activities that are assigned to the subject.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub activities: Vec<ActivityId>,
}

/// The same answer, one case a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StrandedLine {
    /// The case, with who is stranded there.
    #[serde(flatten)]
    pub case: StrandedCase,
    /// Where it was asked.
    pub position: Position,
}
