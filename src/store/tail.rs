//! The end of the log: where each organization's events stop, and whether more are taken.
//!
//! INVARIANT: appends go one at a time; the heads move after the write and its sync have succeeded, all of a group at
//! once; after a write that failed none is tried again. The heads are not locked while a write runs, so that nobody who
//! reads waits for the disk. Both stores are built on it, which is why they refuse alike.

use crate::engine::store::{EVENT_BYTES_MAX, OrganizationNumber, Run, StoreError, Unfit};
use caseward_events::Position;
use caseward_events::limits::POSITION_MAX;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};

/// The last position of each organization that has one.
pub(super) type Heads = HashMap<OrganizationNumber, Position>;

/// The heads, and the turn to move them.
#[derive(Debug, Default)]
pub(super) struct Tail {
    heads: RwLock<Heads>,
    /// Held by the append whose turn it is; why there is no next one, once a write has failed.
    poison: Mutex<Option<String>>,
}

impl Tail {
    pub(super) fn new(heads: Heads) -> Self {
        Tail { heads: RwLock::new(heads), poison: Mutex::default() }
    }

    /// The last position that was written and synced.
    pub(super) fn head(&self, organization: OrganizationNumber) -> Position {
        head_in(&self.heads.read().unwrap_or_else(PoisonError::into_inner), organization)
    }

    /// Runs `write` if the group follows the heads and no earlier write failed, then moves the heads.
    pub(super) fn append(
        &self,
        group: &[Run],
        write: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let panicked = |_| StoreError::Poisoned("a write of it panicked".to_owned());
        let mut poison = self.poison.lock().map_err(panicked)?;
        if let Some(since) = &*poison {
            return Err(StoreError::Poisoned(since.clone()));
        }
        let moved = self.heads_after(group).map_err(StoreError::Unfit)?;
        if moved.is_empty() {
            return Ok(());
        }
        write().inspect_err(|error| *poison = Some(since(error)))?;
        self.heads.write().unwrap_or_else(PoisonError::into_inner).extend(moved);
        Ok(())
    }

    fn heads_after(&self, group: &[Run]) -> Result<Heads, Unfit> {
        let mut moved = Heads::new();
        for run in group {
            let head = moved.get(&run.organization).copied().unwrap_or_else(|| self.head(run.organization));
            moved.insert(run.organization, last_of(run, head)?);
        }
        Ok(moved)
    }
}

fn head_in(heads: &Heads, organization: OrganizationNumber) -> Position {
    heads.get(&organization).copied().unwrap_or(Position::ZERO)
}

/// The position of the last event of a run that is to follow `head`.
fn last_of(run: &Run, head: Position) -> Result<Position, Unfit> {
    let Run { organization, first, ref events } = *run;
    if events.is_empty() {
        return Err(Unfit::Empty { organization });
    }
    if first != head.next() {
        return Err(Unfit::NotNext { organization, first, head });
    }
    if let Some(event) = events.iter().find(|event| event.len() > EVENT_BYTES_MAX) {
        return Err(Unfit::TooLarge { bytes: event.len() });
    }
    last_position(first, events.len()).ok_or(Unfit::Full { organization })
}

/// The last of `count` positions from `first` on, if there can be such positions.
pub(super) fn last_position(first: Position, count: usize) -> Option<Position> {
    let last = first.0.checked_add(u64::try_from(count).ok()?)?.checked_sub(1)?;
    (first > Position::ZERO && last <= POSITION_MAX).then_some(Position(last))
}

/// What to say from now on, to go after "since".
fn since(error: &StoreError) -> String {
    match error {
        StoreError::Fault { doing, source } => format!("it could not {doing}: {source}"),
        StoreError::Poisoned(since) => since.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(organization: u32, first: u64, count: usize) -> Run {
        Run {
            organization: OrganizationNumber(organization),
            first: Position(first),
            events: std::iter::repeat_n(b"event", count).collect(),
        }
    }

    fn disk_full() -> StoreError {
        StoreError::Fault { doing: "write".to_owned(), source: "no space left".into() }
    }

    #[test]
    fn heads_move_together_and_only_after_the_write() {
        let tail = Tail::default();
        let (one, two) = (OrganizationNumber(1), OrganizationNumber(2));
        tail.append(&[run(1, 1, 2), run(2, 1, 1), run(1, 3, 1)], || {
            assert_eq!((tail.head(one), tail.head(two)), (Position(0), Position(0)));
            Ok(())
        })
        .expect("all follow");
        assert_eq!((tail.head(one), tail.head(two)), (Position(3), Position(1)));
    }

    #[test]
    fn a_group_with_one_unfit_run_is_not_written() {
        let tail = Tail::new(Heads::from([(OrganizationNumber(1), Position(7))]));
        for unfit in [run(1, 7, 1), run(1, 9, 1), run(1, 8, 0), run(2, 0, 1)] {
            let answer = tail.append(&[run(3, 1, 1), unfit.clone()], || panic!("nothing is written"));
            assert!(matches!(answer, Err(StoreError::Unfit(_))), "{unfit:?}");
        }
        tail.append(&[run(1, 8, 1)], || Ok(())).expect("a mistake of the caller is no reason to stop");
    }

    #[test]
    fn an_event_or_a_log_can_grow_to_its_limit_and_no_further() {
        let full = Heads::from([(OrganizationNumber(1), Position(POSITION_MAX))]);
        assert!(matches!(Tail::new(full).heads_after(&[run(1, POSITION_MAX + 1, 1)]), Err(Unfit::Full { .. })));
        let nearly = Heads::from([(OrganizationNumber(1), Position(POSITION_MAX - 1))]);
        assert!(Tail::new(nearly).heads_after(&[run(1, POSITION_MAX, 1)]).is_ok());
        let large = Run { events: [vec![0; EVENT_BYTES_MAX + 1]].into_iter().collect(), ..run(1, 1, 0) };
        assert_eq!(last_of(&large, Position(0)), Err(Unfit::TooLarge { bytes: EVENT_BYTES_MAX + 1 }));
    }

    #[test]
    fn after_a_failed_write_no_other_is_tried() {
        let tail = Tail::default();
        assert!(matches!(tail.append(&[run(1, 1, 1)], || Err(disk_full())), Err(StoreError::Fault { .. })));
        let Err(StoreError::Poisoned(since)) = tail.append(&[run(1, 1, 1)], || panic!("not tried")) else {
            panic!("it is poisoned")
        };
        assert_eq!(since, "it could not write: no space left");
        assert_eq!(tail.head(OrganizationNumber(1)), Position(0));
    }

    #[test]
    fn a_write_that_panicked_poisons_too() {
        let tail = Tail::default();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| tail.append(&[run(1, 1, 1)], || panic!("on purpose")));
            assert!(writer.join().is_err());
        });
        assert!(matches!(tail.append(&[run(1, 1, 1)], || Ok(())), Err(StoreError::Poisoned(_))));
        assert_eq!(tail.head(OrganizationNumber(1)), Position(0));
    }
}
