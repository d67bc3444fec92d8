//! The two bounds that every command with a window has, written once: `valid_from` and `valid_until`, each of which may
//! be left out.
//!
//! A macro and no flattened struct: serde cannot refuse unknown keys beside a flattened one, and commands refuse them.
//! Absent on purpose: whether the window ends after it begins, which is judged with the log (`invalid_window`).

/// A command body whose two bounds stand where `..window` does, and the window that they make.
macro_rules! windowed {
    (
        $(#[$doc:meta])*
        pub struct $name:ident {
            $($(#[$before_doc:meta])* $before_visibility:vis $before:ident: $before_type:ty,)+
            ..window
            $(, $(#[$after_doc:meta])* $after_visibility:vis $after:ident: $after_type:ty)* $(,)?
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, serde::Deserialize, serde::Serialize)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            $($(#[$before_doc])* $before_visibility $before: $before_type,)+
            #[serde(default, skip_serializing_if = "Option::is_none")]
            valid_from: Option<crate::time::Timestamp>,
            #[serde(default, skip_serializing_if = "Option::is_none")]
            valid_until: Option<crate::time::Timestamp>,
            $($(#[$after_doc])* $after_visibility $after: $after_type,)*
        }

        impl $name {
            /// For this time only.
            #[must_use]
            pub fn within(self, window: crate::time::Window) -> $name {
                $name { valid_from: window.from, valid_until: window.until, ..self }
            }

            /// The time in which it counts: `[valid_from, valid_until)`; a bound that was left out leaves it open there.
            #[must_use]
            pub fn window(&self) -> crate::time::Window {
                crate::time::Window { from: self.valid_from, until: self.valid_until }
            }
        }
    };
}

pub(super) use windowed;
