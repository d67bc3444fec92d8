//! Stored bytes that were read together, and the events they hold, on their way into views.
//!
//! INVARIANT: of two things that are wrong the one at the lower position is reported.

use super::open_error::OpenError;
use crate::seams::{Encoded, OrganizationNumber};
use caseward_events::codec::{DecodeError, decode_to_fold};
use caseward_events::{Decoded, Header, Position};
use caseward_projections::{FoldError, Replay, RowMissing, RowReturned, RowsMissing};
use self_cell::self_cell;
use std::sync::Arc;

/// Events folded together: with what they touch, they fit in the nearest memory.
pub(super) const TOGETHER: usize = 128;

/// A source of evicted rows that an event changes.
pub(in crate::engine) trait RowSource: Send + Sync {
    /// Exactly these rows.
    fn rows(&self, missing: &[RowMissing]) -> Result<Vec<RowReturned>, OpenError>;
}

/// The source, or none if no case is evicted.
pub(in crate::engine) type Rows = Option<Arc<dyn RowSource>>;

self_cell! {
    /// What was read together, and what it says.
    pub(super) struct Slice {
        owner: Encoded,
        #[covariant]
        dependent: Events,
    }
}

impl Slice {
    pub(super) fn decode(behind: Position, events: Encoded) -> Slice {
        Slice::new(events, |events| Events::decode(behind, events))
    }
}

/// Events that were decoded, up to the first that does not.
pub(super) struct Events<'a> {
    decoded: Vec<(Header<'a>, Decoded<'a>)>,
    failed: Option<(Position, DecodeError)>,
}

impl<'a> Events<'a> {
    pub(super) fn decode(behind: Position, encoded: &'a Encoded) -> Events<'a> {
        let mut events = Events { decoded: Vec::with_capacity(encoded.len()), failed: None };
        for (event, position) in encoded.iter().zip(behind.next().0..) {
            match decode_to_fold(event) {
                Ok(event) => events.decoded.push(event),
                Err(error) => {
                    events.failed = Some((Position(position), error));
                    break;
                }
            }
        }
        events
    }

    /// Where those in front of one that does not decode do not fit either, that is the nearer reason.
    pub(super) fn fold(
        &self,
        organization: OrganizationNumber,
        replay: &mut Replay,
        rows: &Rows,
    ) -> Result<(), OpenError> {
        for together in self.decoded.chunks(TOGETHER) {
            while let Err(source) = replay.apply_all(together) {
                bring(organization, replay, source, rows)?;
            }
        }
        match &self.failed {
            None => Ok(()),
            Some((position, source)) => {
                Err(OpenError::Decode { organization, position: *position, source: source.clone() })
            }
        }
    }
}

/// Puts back the rows that a fold misses.
fn bring(organization: OrganizationNumber, replay: &mut Replay, why: FoldError, rows: &Rows) -> Result<(), OpenError> {
    let (FoldError::Missing { rows: RowsMissing(missing), .. }, Some(rows)) = (&why, rows) else {
        return Err(OpenError::Fold { organization, source: why });
    };
    let returned = rows.rows(missing)?.into_iter().map(|row| replay.put_back(row)).filter(|is_back| *is_back).count();
    if returned == missing.len() {
        return Ok(());
    }
    let why = "what was read in its place is not what left".to_owned();
    Err(OpenError::Cases { organization, why, source: None })
}
