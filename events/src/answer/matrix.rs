//! The answer to `matrix`: the permission matrix, by profile or by definition (B1, B14).

use crate::form::{FormAccess, ProfileSettings};
use crate::id::{DefinitionId, ProfileId};
use crate::recorded::Position;
use serde::{Deserialize, Serialize};

/// One side of the matrix.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum MatrixAnswer {
    /// By profile.
    Profile(MatrixOfProfile),
    /// By definition.
    Definition(MatrixOfDefinition),
}

/// What a profile may, form by form.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatrixOfProfile {
    /// Which.
    pub profile: ProfileId,
    /// What it is beside its rows.
    pub settings: ProfileSettings,
    /// How many users have it.
    pub users: usize,
    /// Every definition there is, by id; most rows hold nothing.
    pub rows: Vec<MatrixRow<DefinitionId>>,
    /// Where it was asked.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
}

/// What profiles may on a form, in three blocks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatrixOfDefinition {
    /// Which.
    pub definition: DefinitionId,
    /// Profiles in Administrator Mode: they may everything here.
    pub administrators: Vec<MatrixRow<ProfileId>>,
    /// Profiles with some access.
    pub some: Vec<MatrixRow<ProfileId>>,
    /// Profiles with none, those without module access among them.
    pub none: Vec<MatrixRow<ProfileId>>,
    /// Where it was asked.
    pub position: Position,
    /// `false` where it was asked as of an instant after the clock, so that later events may change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settled: Option<bool>,
}

/// A row of the matrix, named by its other side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MatrixRow<T> {
    /// The definition, or the profile.
    pub of: T,
    /// What it gives, by scope and switch, its keys beside `of`.
    #[serde(flatten)]
    pub access: FormAccess,
    /// Of a profile: whether it has module access. Without it a row gives nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module_access: Option<bool>,
    /// Of a profile: how many users have it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub users: Option<usize>,
    /// The event that last set the row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub event: Option<Position>,
}
