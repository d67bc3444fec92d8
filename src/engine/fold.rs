//! From stored bytes to views: what opening and rebuilding do.

use super::store::{EventStore, OrganizationNumber, StoreError};
use caseward_events::codec::{DecodeError, decode, decode_to_fold};
use caseward_events::{Position, Recorded};
use caseward_projections::{FoldError, Replay, Views};

/// How much is read at once.
pub(super) const READ_BYTES: usize = 1 << 20;

/// Why a store cannot be served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The store itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Bytes that are no event of this or an earlier release.
    #[error("event {position} of organization {organization} cannot be read")]
    Decode {
        /// Whose log.
        organization: OrganizationNumber,
        /// Where.
        position: Position,
        /// Why.
        #[source]
        source: DecodeError,
    },
    /// Events that do not fit together.
    #[error("the log of organization {organization} does not hold together")]
    Fold {
        /// Whose log.
        organization: OrganizationNumber,
        /// Where and why.
        #[source]
        source: FoldError,
    },
    /// The operating system gave no thread.
    #[error("cannot start a thread")]
    Thread(#[source] std::io::Error),
}

/// How far a fold has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Of which organization.
    pub organization: OrganizationNumber,
    /// Folded so far.
    pub done: Position,
    /// To be folded.
    pub head: Position,
}

/// The views of one organization, folded from zero.
pub(super) async fn views(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Views, OpenError> {
    let head = store.head(organization).await?;
    fold_to(store, organization, Views::default(), head, progress).await
}

/// Goes on with views up to a position.
pub(super) async fn fold_to(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    views: Views,
    to: Position,
    progress: &mut (dyn FnMut(Progress) + Send),
) -> Result<Views, OpenError> {
    let mut replay = Replay::new(views);
    while replay.tip() < to {
        let from = replay.tip().next();
        let mut folded = Ok(());
        let mut fold = |bytes: &[u8]| {
            if folded.is_ok() && replay.tip() < to {
                folded = fold_one(organization, &mut replay, bytes);
            }
        };
        store.scan(organization, from, READ_BYTES, &mut fold).await?;
        folded?;
        progress(Progress { organization, done: replay.tip(), head: to });
    }
    Ok(replay.finish())
}

fn fold_one(organization: OrganizationNumber, replay: &mut Replay, bytes: &[u8]) -> Result<(), OpenError> {
    let position = replay.tip().next();
    let unread = |source| OpenError::Decode { organization, position, source };
    let (header, event) = decode_to_fold(bytes).map_err(unread)?;
    replay.apply(&header, &event).map_err(|source| OpenError::Fold { organization, source })
}

/// The same as [`events`], with their reasons readable.
pub(super) async fn readable_events(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let mut events = events(store, organization, from, bytes_max).await?;
    events.iter_mut().for_each(|recorded| recorded.open(store.keyring()));
    Ok(events)
}

/// Events from a position on, about as many as fill `bytes_max`; none above the head.
pub(super) async fn events(
    store: &dyn EventStore,
    organization: OrganizationNumber,
    from: Position,
    bytes_max: usize,
) -> Result<Vec<Recorded>, OpenError> {
    let stored = store.read(organization, from, bytes_max).await?;
    let numbered = stored.iter().zip(from.0..);
    let decoded = numbered.map(|(bytes, position)| {
        let position = Position(position);
        let failed = |source| OpenError::Decode { organization, position, source };
        let recorded = decode(bytes).map_err(failed)?;
        if recorded.position != position {
            let source = FoldError::Gap { expected: position, found: recorded.position };
            return Err(OpenError::Fold { organization, source });
        }
        Ok(recorded)
    });
    decoded.collect()
}

/// The events of one command, readable, by the position of its first; none where there is no such event.
pub(super) async fn command(
    store: &dyn EventStore,
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
