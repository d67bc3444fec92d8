//! The keys that tree heads are signed with, in the folder of the store.

use super::FjallStore;
use crate::integrity::signing::{SigningError, SigningKeys};
use crate::store::folder;
use std::path::Path;

impl FjallStore {
    /// What tree heads of the store at a path are signed with; `None` where it never had such a file.
    ///
    /// # Errors
    /// The file is lost, or damaged.
    pub fn signing_at(path: &Path) -> Result<Option<SigningKeys>, SigningError> {
        let signing = path.join(folder::SIGNING);
        let looked = |source| SigningError::Io { doing: "look at", path: signing.clone(), source };
        (signing.try_exists().map_err(looked)? || folder::Marked::at(path).is_signed)
            .then(|| SigningKeys::open(&signing))
            .transpose()
    }

    /// Makes keys in the place of those that are lost. Tree heads from now on have another name, so this is for whoever
    /// knows that no copy is left.
    ///
    /// # Errors
    /// The disk.
    pub fn sign_anew(&self) -> Result<SigningKeys, SigningError> {
        SigningKeys::make(&self.folder.signing())?;
        self.signing()
    }

    /// What tree heads are signed with.
    ///
    /// # Errors
    /// The file is lost, or damaged; all else of the store is none the worse.
    pub fn signing(&self) -> Result<SigningKeys, SigningError> {
        SigningKeys::open(&self.folder.signing())
    }
}
