//! What may be wrong with the file of callers.

use crate::service::reread::Unread;

/// Why a file of callers cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadCallers {
    /// It cannot be read.
    #[error(transparent)]
    Unread(#[from] Unread),
    /// It is not TOML of this form.
    #[error("the file of callers is not of the form that is read: {0}")]
    Form(String),
    /// An entry of it could not be used.
    #[error("`{entry}` in the file of callers: {why}")]
    Entry {
        /// Which.
        entry: String,
        /// What is wrong with it.
        why: String,
    },
}

impl BadCallers {
    pub(super) fn entry(entry: impl Into<String>, why: impl Into<String>) -> BadCallers {
        BadCallers::Entry { entry: entry.into(), why: why.into() }
    }
}
