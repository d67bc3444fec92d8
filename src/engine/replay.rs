//! From stored bytes to views: what opening and rebuilding do, and how events are read for answers.
//!
//! [`reading`] reads and decodes; [`decoded`] folds what was read together; [`folding`] climbs a stored log,
//! [`retelling`] one that somebody else reads. INVARIANT: whatever is wrong with a log is reported with the position of
//! the first event that is wrong. Absent on purpose: when this is done, and what is saved of it
//! (`crate::engine::keep`).

mod decoded;
mod folding;
mod open_error;
mod reading;
mod retelling;

pub(super) use decoded::RowSource;
pub use folding::Progress;
pub(super) use folding::{Folding, apply_to, fold_to, one_by_one, side_by_side};
pub use open_error::OpenError;
pub(super) use reading::{command, events_at, next_events, open_reasons, readable_events};
pub use retelling::Retelling;

/// How much is read at once.
pub(super) const READ_BYTES: usize = 1 << 20;

#[cfg(test)]
pub(in crate::engine) mod tests {
    use super::folding::ON_TWO_EVENTS_MIN;
    use super::*;
    use crate::seams::{Log as _, OrganizationNumber, Run};
    use crate::store::MemoryStore;
    use caseward_events::codec::encode;
    use caseward_events::event::UserDisabled;
    use caseward_events::{Position, Recorded, Timestamp};
    use caseward_projections::{FoldError, Views};

    /// An event of its own for each position.
    pub(in crate::engine) fn disabled(position: u64) -> Recorded {
        Recorded {
            position: Position(position),
            stream_version: 1,
            time: Timestamp::EPOCH,
            command_id: format!("c{position}").parse().expect("an id"),
            index: 0,
            count: 1,
            commit_index: 0,
            commit_count: 1,
            actor: "user:ana".parse().expect("an actor"),
            via: None,
            reason: None,
            correlation_id: None,
            causation_id: None,
            first: None,
            event: UserDisabled { user: format!("u{position}").parse().expect("an id") }.into(),
        }
    }

    fn encoded(position: u64) -> Vec<u8> {
        encode(&disabled(position))
    }

    fn folded(events: &[Vec<u8>]) -> (Result<(), OpenError>, Position) {
        let mut folding = Retelling::new(OrganizationNumber::DEFAULT);
        let folded = events.iter().try_for_each(|event| folding.take(event)).and_then(|()| folding.settle());
        (folded, folding.replay.tip())
    }

    #[test]
    fn an_event_in_a_batch_that_does_not_decode_is_told_by_its_position() {
        let (folded, tip) = folded(&[encoded(1), encoded(2), vec![0xFF], encoded(4)]);
        let Err(OpenError::Decode { position, .. }) = folded else { panic!("{folded:?}") };
        assert_eq!((position, tip), (Position(3), Position(2)));
    }

    #[test]
    fn an_event_that_does_not_fit_is_told_before_a_later_one_that_does_not_decode() {
        let (folded, _) = folded(&[encoded(1), encoded(3), vec![0xFF]]);
        let Err(OpenError::Fold { source, .. }) = folded else { panic!("{folded:?}") };
        assert_eq!(source, FoldError::Gap { expected: Position(2), found: Position(3) });
    }

    const LONG: u64 = ON_TWO_EVENTS_MIN as u64 * 3;

    /// Folds a log that is long enough for two threads, after something was done to it, with a look at it on the way.
    async fn folded_long(store: &MemoryStore) -> Result<Views, OpenError> {
        let mut folding = Folding::new(Views::default(), OrganizationNumber::DEFAULT, (Position(LONG), None));
        let mut looked = false;
        while folding.tip() < Position(LONG) {
            folding.slice(store).await?;
            if !looked {
                looked = true;
                let tip = folding.tip();
                assert!(tip < Position(LONG) && folding.unfinished_mut()?.tip() == tip);
            }
        }
        folding.finish()
    }

    #[tokio::test]
    async fn a_long_log_is_folded_as_a_short_one_and_what_does_not_fit_is_told_by_its_position() {
        let store = MemoryStore::new();
        let events: Vec<_> = (1..=LONG).map(encoded).collect();
        let mut here = Retelling::new(OrganizationNumber::DEFAULT);
        events.iter().try_for_each(|event| here.take(event)).and_then(|()| here.settle()).expect("it fits");
        let organization = OrganizationNumber::DEFAULT;
        let events = events.into_iter().collect();
        let epoch = store.claim().await.expect("memory does not fail");
        store
            .append(epoch, vec![Run { organization, first: Position(1), events }])
            .await
            .expect("memory does not fail");
        let views = folded_long(&store).await.expect("it fits");
        assert_eq!(views.tip(), Position(LONG));
        assert_eq!(here.replay.finish().ask(|one| one.differences(&views)), Ok(Vec::new()));
        for at in [LONG / 2, LONG - 1, LONG] {
            let store = store.fork();
            store.replace(organization, Position(at), encoded(at + 7));
            let failed = folded_long(&store).await.expect_err("its position is another");
            assert_eq!(failed.position(), Some(Position(at)), "{failed:?}");
            store.replace(organization, Position(at), vec![0xFF]);
            let failed = folded_long(&store).await.expect_err("it does not decode");
            assert_eq!(failed.position(), Some(Position(at)), "{failed:?}");
        }
    }
}
