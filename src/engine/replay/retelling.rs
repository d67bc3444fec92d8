//! Folding a log from its start, event by event, for callers that have its bytes: an audit, a bundle, a scan.

use super::decoded::{Events, TOGETHER};
use super::folding::side_by_side;
use super::open_error::OpenError;
use crate::seams::{Encoded, OrganizationNumber};
use caseward_events::PublicKey;
use caseward_projections::{Replay, StreamLeaf, Views};

/// Folds a log from its start out of its stored bytes, and reports the first event that does not fit.
pub struct Retelling {
    organization: OrganizationNumber,
    taken: Encoded,
    pub(super) replay: Replay,
}

impl Retelling {
    /// Starts with nothing folded.
    #[must_use]
    pub fn new(organization: OrganizationNumber) -> Retelling {
        Retelling { organization, taken: Encoded::default(), replay: Replay::default() }
    }

    /// Takes the next event. What is wrong with one may be told only with a later one, or when it is settled.
    ///
    /// # Errors
    /// An event that does not decode, or does not fit those before it. Then nothing more can be folded.
    pub fn take(&mut self, event: &[u8]) -> Result<(), OpenError> {
        self.taken.push(|bytes| bytes.extend_from_slice(event));
        if self.taken.len() == TOGETHER { self.settle() } else { Ok(()) }
    }

    /// Folds all that was taken.
    ///
    /// # Errors
    /// As for [`Retelling::take`].
    pub fn settle(&mut self) -> Result<(), OpenError> {
        Events::decode(self.replay.tip(), &self.taken).fold(self.organization, &mut self.replay, &None)?;
        self.taken.truncate(0);
        Ok(())
    }

    /// The streams, once everything that was taken is folded.
    #[must_use]
    pub fn stream_leaves(&self) -> Vec<StreamLeaf> {
        self.replay.stream_leaves()
    }

    /// The views, once everything that was taken is folded.
    #[must_use]
    pub fn into_views(self) -> Views {
        self.replay.finish_by(&side_by_side)
    }

    /// The key that the log has put in the place of the store's first one, likewise.
    #[must_use]
    pub fn signing_key(&self) -> Option<PublicKey> {
        self.replay.signing_key()
    }
}
