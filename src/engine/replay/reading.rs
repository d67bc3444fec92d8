//! Events read from a store and decoded: as a stretch, at some positions, or of one command; reasons opened where
//! asked.
//!
//! INVARIANT: what is read bears the positions that were asked for; a gap is an error that names the position.

use super::READ_BYTES;
use super::open_error::OpenError;
use crate::seams::{OrganizationNumber, Storage, StoreError};
use caseward_events::codec::decode;
use caseward_events::{Position, Recorded};
use caseward_projections::FoldError;

/// What an event takes about, as it is mostly.
const EVENT_BYTES_ABOUT: usize = 192;

/// Events that lie no further apart are read together.
const CLOSE_EVENTS: u64 = 64;

/// The same as [`events`], with their reasons readable.
pub(in crate::engine) async fn readable_events(
    store: &dyn Storage,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let mut events = events(store, organization, from, bytes_max).await?;
    open_reasons(store, organization, &mut events)?;
    Ok(events)
}

/// Makes reasons readable. One that was erased stays closed; one whose key is there and does not open it was sealed by
/// another store, or is damaged.
pub(in crate::engine) fn open_reasons(
    store: &dyn Storage,
    organization: OrganizationNumber,
    events: &mut [Recorded],
) -> Result<(), StoreError> {
    events.iter_mut().try_for_each(|recorded| {
        recorded.open(store.keyring()).map_err(|why| {
            let at = recorded.position;
            StoreError::Corruption(format!("the reason of event {at} of organization {organization} is closed: {why}"))
        })
    })
}

/// Events from a position on, about as many as fill `bytes_max`; none above the head.
async fn events(
    store: &dyn Storage,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let stored = store.read(organization, from, bytes_max).await?;
    let numbered = stored.iter().zip(from.0..);
    numbered.map(|(bytes, position)| event(organization, Position(position), bytes)).collect()
}

fn event(organization: OrganizationNumber, position: Position, bytes: &[u8]) -> Result<Recorded, OpenError> {
    let failed = |source| OpenError::Decode { organization, position, source };
    let recorded = decode(bytes).map_err(failed)?;
    if recorded.position != position {
        let source = FoldError::Gap { expected: position, found: recorded.position };
        return Err(OpenError::Fold { organization, source });
    }
    Ok(recorded)
}

/// The events at some positions, which ascend, each once; all must be there. What lies close together is read together,
/// and nothing else is decoded.
pub(in crate::engine) async fn events_at(
    store: &dyn Storage,
    organization: OrganizationNumber,
    positions: &[Position],
) -> Result<Vec<Recorded>, OpenError> {
    let mut found = Vec::with_capacity(positions.len());
    for close in positions.chunk_by(|one, next| next.0 - one.0 <= CLOSE_EVENTS) {
        let mut left = close;
        while let ([first, ..], [.., last]) = (left, left) {
            // As much as they take about; where that is less, it is read on from there.
            let events = usize::try_from(last.0 - first.0).unwrap_or(READ_BYTES);
            let bytes_max = events.saturating_mul(EVENT_BYTES_ABOUT).min(READ_BYTES);
            let stored = store.read(organization, *first, bytes_max).await?;
            if stored.is_empty() {
                return Err(cannot_be_found(organization, *first).into());
            }
            let read = left.partition_point(|position| position.0 < first.0 + stored.len() as u64);
            let (here, behind) = left.split_at(read);
            for position in here {
                let index = usize::try_from(position.0 - first.0).expect("so many events were read");
                found.push(event(organization, *position, &stored[index])?);
            }
            left = behind;
        }
    }
    Ok(found)
}

/// The next events behind a position, about as many as fill `bytes_max`: at least one, none above `up_to`, which is
/// stored.
///
/// INVARIANT: a log that does not show what it has promised is found out here, so that no walk over a log goes round
/// for ever.
pub(in crate::engine) async fn next_events(
    store: &dyn Storage,
    organization: OrganizationNumber,
    (after, up_to): (Position, Position),
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    // About as much as they take; where that is less, whoever asks reads on from there.
    let left = usize::try_from(up_to.0.saturating_sub(after.0)).unwrap_or(bytes_max);
    let bytes_max = left.saturating_mul(EVENT_BYTES_ABOUT).min(bytes_max);
    let mut events = events(store, organization, after.next(), bytes_max).await?;
    events.retain(|recorded| recorded.position <= up_to);
    if events.is_empty() { Err(cannot_be_found(organization, after.next()).into()) } else { Ok(events) }
}

pub(super) fn cannot_be_found(organization: OrganizationNumber, position: Position) -> StoreError {
    StoreError::Corruption(format!("event {position} of organization {organization} cannot be found"))
}

/// The events of one command, readable, by the position of its first; none where there is no such event.
pub(in crate::engine) async fn command(
    store: &dyn Storage,
    organization: OrganizationNumber,
    first: Position,
) -> Result<Vec<Recorded>, OpenError> {
    // Most commands have one event, so more is read only where there is more.
    let mut found = readable_events(store, organization, first, 1).await?;
    let count = found.first().map_or(0, |event| event.count as usize);
    while found.len() < count {
        let next = Position(first.0 + found.len() as u64);
        let more = readable_events(store, organization, next, READ_BYTES).await?;
        if more.is_empty() {
            let why = format!("event {next} of organization {organization} cannot be found again");
            return Err(StoreError::Corruption(why).into());
        }
        found.extend(more.into_iter().take(count - found.len()));
    }
    Ok(found)
}
