//! What of a store on disk its operators work with, beside the engine over it.

use crate::store::FjallStore;
use std::path::PathBuf;
use std::sync::Arc;

/// A store on disk, as a service has it.
#[derive(Clone)]
pub struct OnDisk {
    /// The store that the engine is over.
    pub store: Arc<FjallStore>,
    /// Its data directory.
    pub data: PathBuf,
    /// Where backups may be written, each in a folder of its own; none: nowhere.
    pub backups: Option<PathBuf>,
    /// Where signed tree heads are kept, which the log must bear out; none: none are.
    pub tree_heads: Option<PathBuf>,
}
