//! The words of a decision: which rule, what it does, why something was set aside (`semantics.md` section 3).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! words {
    ($($(#[$doc:meta])* pub enum $name:ident { $($(#[$variant_doc:meta])* $variant:ident $text:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// As answers write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($name::$variant => $text),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.name())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.name())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                let found = Self::ALL.iter().copied().find(|one| one.name() == text);
                found.ok_or_else(|| serde::de::Error::custom(format!("`{}` is not known here", text.escape_debug())))
            }
        }
    )+};
}

words! {
    /// The rules of `semantics.md` section 3, in the order of its steps; reasons are sorted by it.
    pub enum Rule {
        /// Step 1: the resource does not exist, or did not yet.
        NotFound "not_found",
        /// Step 1: the user is disabled.
        UserDisabled "user_disabled",
        /// Step 2: an exclusion stands, whatever else holds.
        Wall "wall",
        /// Step 3: an org admin may.
        OrgAdmin "org_admin",
        /// Step 3: an org admin whose own entry on the restricted list cuts what may be done to the case.
        OrgAdminCapped "org_admin_capped",
        /// Step 4: an entry of the restricted list.
        RestrictedEntry "restricted_entry",
        /// Step 4: the case is restricted, and nothing on its list helps.
        Restricted "restricted",
        /// Step 5: access control of the definition is off.
        AccessControlOff "access_control_off",
        /// Step 6: an entry of the organization list.
        OrganizationGrant "organization_grant",
        /// Step 6: an entry of the definition list.
        DefinitionGrant "definition_grant",
        /// Step 6: an entry of the case list.
        CaseGrant "case_grant",
        /// Step 6: the user's profile.
        Profile "profile",
        /// Step 6: a profile in Administrator Mode.
        ModuleAdministrator "module_administrator",
        /// Step 6: what another user handed on.
        Delegation "delegation",
        /// Step 6: access taken in an emergency.
        BreakGlass "break_glass",
        /// A public link to the case.
        Link "link",
        /// Step 8: the profile would give it, were the case not completed.
        CompletedLocked "completed_locked",
        /// Step 8: an entry's window has ended, or that of a link, or it was revoked.
        Expired "expired",
        /// Step 8: an entry's window has not begun.
        NotYetValid "not_yet_valid",
        /// Step 8: a group on the way is switched off.
        GroupInactive "group_inactive",
        /// Steps 4 and 8: some right is held, not this one.
        Insufficient "insufficient",
        /// Step 8: nothing is held.
        NoGrant "no_grant",
    }

    /// What a reason does.
    pub enum Effect {
        /// It gives rights.
        Allow "allow",
        /// It takes them.
        Deny "deny",
    }

    /// Why a reason was set aside.
    pub enum Because {
        /// The case is restricted.
        Restricted "restricted",
        /// A wall takes it.
        Walled "walled",
        /// The entry of an org admin cuts it.
        Capped "capped",
        /// Its window has ended.
        Expired "expired",
        /// Its window has not begun.
        NotYetValid "not_yet_valid",
        /// A group on the way is switched off.
        GroupInactive "group_inactive",
        /// The case is completed.
        Completed "completed",
        /// Read of the case is not held.
        ReadMissing "read_missing",
        /// The scope of a profile's row does not hold.
        Scope "scope",
        /// Sharing of the definition is off.
        SharingOff "sharing_off",
    }

    /// What a scope lacks to hold.
    pub enum Missing {
        /// The user is in no workspace.
        Placement "placement",
        /// The case is not linked to the workspace that the user is in.
        Link "link",
        /// The user neither opened the case nor is in one of its person fields.
        Person "person",
        /// Another user opened the case.
        Opener "opener",
    }
}
