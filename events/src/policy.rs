//! The policy: keys that decide where the three source systems differ (`semantics.md` section 6).
//!
//! A key has a value at every position; what an `adopt_policy` sets is recorded key by key, so that a preset whose
//! values change in a later release leaves old decisions alone.

use crate::nearest::{nearest, or_meant};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }
    )+};
}

words! {
    /// How a new definition starts (D41).
    Switch {
        /// Entries and profiles decide.
        On,
        /// Everybody may read, write, delete, register.
        Off,
    }
    /// Whether cases may be restricted (C1).
    Feature {
        /// They may.
        Enabled,
        /// They may not.
        Disabled,
    }
    /// What an org admin's own entry on a restricted list does (D1).
    AdminEntry {
        /// It cuts write, delete and share to the entry.
        Cap,
        /// Nothing (C3 literally).
        Ignore,
    }
    /// Who may change access (D6).
    AccessManagers {
        /// Org admins and holders of manage_access.
        Managers,
        /// Whoever may send commands.
        Trusted,
    }
    /// What the creator of a case is granted (D21).
    CreatorGrant {
        /// Nothing.
        None,
        /// The level read.
        Read,
        /// The level write.
        Write,
    }
    /// What breaking the glass gives (D36).
    BreakGlass {
        /// It cannot be broken.
        Off,
        /// The level read.
        Read,
        /// The level write.
        Write,
    }
    /// A named set of values for every key.
    Preset {
        /// The defaults.
        Caseward,
        /// The Case Management framework (000-002).
        Cmf,
        /// Profiles and forms (003).
        Am,
        /// Case level permissions (004).
        Safe,
    }
}

macro_rules! policy {
    ($($(#[$doc:meta])* $key:ident $variant:ident : $value:ty = $default:expr, cmf $cmf:expr, am $am:expr, safe $safe:expr;)+) => {
        /// The value of every key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
        pub struct Policy { $($(#[$doc])* pub $key: $value),+ }

        /// Values for some keys: what an `adopt_policy` names, or sets.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub struct PolicyChange { $($(#[$doc])* #[serde(default)] pub $key: Option<$value>),+ }

        /// The name of a key.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum PolicyKey { $($(#[$doc])* $variant),+ }

        impl PolicyKey {
            /// All of them, in the order of the table.
            pub const ALL: &[PolicyKey] = &[$(PolicyKey::$variant),+];

            /// As commands write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(PolicyKey::$variant => stringify!($key)),+ }
            }
        }

        impl Preset {
            /// The value of every key under this preset.
            #[must_use]
            pub const fn policy(self) -> Policy {
                match self {
                    Preset::Caseward => Policy { $($key: $default),+ },
                    Preset::Cmf => Policy { $($key: $cmf),+ },
                    Preset::Am => Policy { $($key: $am),+ },
                    Preset::Safe => Policy { $($key: $safe),+ },
                }
            }
        }

        impl Policy {
            /// With the keys set that the change names.
            #[must_use]
            pub fn with(mut self, change: &PolicyChange) -> Policy {
                $(if let Some(value) = change.$key { self.$key = value; })+
                self
            }

            /// A change that names every key.
            #[must_use]
            pub fn as_change(&self) -> PolicyChange {
                PolicyChange { $($key: Some(self.$key)),+ }
            }
        }

        impl PolicyChange {
            /// What this sets, with `over` laid over it.
            #[must_use]
            pub fn overlaid(self, over: &PolicyChange) -> PolicyChange {
                PolicyChange { $($key: over.$key.or(self.$key)),+ }
            }

            /// The keys it names.
            pub fn keys(&self) -> impl Iterator<Item = PolicyKey> + '_ {
                PolicyKey::ALL.iter().copied().filter(|key| match key { $(PolicyKey::$variant => self.$key.is_some()),+ })
            }
        }
    };
}

policy! {
    /// Whether a definition that does not say starts with access control.
    access_control_default AccessControlDefault: Switch = Switch::On, cmf Switch::Off, am Switch::On, safe Switch::On;
    /// Whether cases may be restricted.
    restriction Restriction: Feature = Feature::Enabled, cmf Feature::Disabled, am Feature::Disabled, safe Feature::Enabled;
    /// Whether an org admin may do everything to cases that are not restricted, and to definitions.
    org_admin_bypass OrgAdminBypass: bool = true, cmf false, am true, safe true;
    /// What an org admin's own entry on a restricted list does.
    org_admin_entry OrgAdminEntry: AdminEntry = AdminEntry::Cap, cmf AdminEntry::Cap, am AdminEntry::Cap, safe AdminEntry::Cap;
    /// Who may change access.
    access_managers AccessManagers: AccessManagers = AccessManagers::Managers, cmf AccessManagers::Trusted, am AccessManagers::Managers, safe AccessManagers::Managers;
    /// Whether a revoke on a definition takes the case grants along.
    definition_revoke_cascades DefinitionRevokeCascades: bool = false, cmf false, am false, safe false;
    /// Whether assigning an activity grants write.
    assignment_grant AssignmentGrant: bool = true, cmf true, am false, safe false;
    /// What the creator of a case is granted.
    creator_grant CreatorGrant: CreatorGrant = CreatorGrant::None, cmf CreatorGrant::None, am CreatorGrant::None, safe CreatorGrant::None;
    /// Whether a wall binds org admins.
    walls_bind_admins WallsBindAdmins: bool = true, cmf true, am true, safe false;
    /// What breaking the glass gives.
    break_glass BreakGlass: BreakGlass = BreakGlass::Off, cmf BreakGlass::Off, am BreakGlass::Off, safe BreakGlass::Off;
    /// For how long at most, in minutes.
    break_glass_max_minutes BreakGlassMaxMinutes: u32 = 60, cmf 60, am 60, safe 60;
}

impl Default for Policy {
    fn default() -> Self {
        Preset::Caseward.policy()
    }
}

impl Preset {
    /// All of them.
    pub const ALL: [Preset; 4] = [Preset::Caseward, Preset::Cmf, Preset::Am, Preset::Safe];

    /// As commands write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Preset::Caseward => "caseward",
            Preset::Cmf => "cmf",
            Preset::Am => "am",
            Preset::Safe => "safe",
        }
    }
}

impl fmt::Display for Preset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no preset.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not a preset; presets are caseward, cmf, am, safe{}", .0.escape_debug(), or_meant(nearest(.0, Preset::ALL.map(Preset::name))))]
pub struct UnknownPreset(String);

impl FromStr for Preset {
    type Err = UnknownPreset;
    fn from_str(text: &str) -> Result<Self, UnknownPreset> {
        Preset::ALL.into_iter().find(|preset| preset.name() == text).ok_or_else(|| UnknownPreset(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preset_names_every_key_and_a_key_beside_it_wins() {
        let given = PolicyChange { restriction: Some(Feature::Enabled), ..PolicyChange::default() };
        let set = Preset::Cmf.policy().as_change().overlaid(&given);
        assert_eq!(set.keys().count(), PolicyKey::ALL.len());
        let policy = Policy::default().with(&set);
        assert_eq!(policy.restriction, Feature::Enabled);
        assert_eq!(policy.access_managers, AccessManagers::Trusted);
    }

    #[test]
    fn keys_are_written_as_in_the_table() {
        let change: PolicyChange =
            serde_json::from_str(r#"{"org_admin_entry":"ignore","creator_grant":"read"}"#).expect("both are keys");
        let names: Vec<_> = change.keys().map(PolicyKey::name).collect();
        assert_eq!(names, ["org_admin_entry", "creator_grant"]);
    }
}
