//! The append gate: the head of each organization, and whether an append is accepted.
//!
//! INVARIANT: appends go one at a time; the heads move after the write and its sync have succeeded, all of a group at
//! once; after a failed write no other is tried. The heads are not locked while a write runs, so that nobody who reads
//! waits for the disk. Both stores are built on it, which is why they refuse alike.

use crate::seams::{EVENT_BYTES_MAX, Epoch, Fenced, HeadWatch, OrganizationNumber, Receipt, Run, StoreError, Unfit};
use caseward_events::Position;
use caseward_events::limits::POSITION_MAX;
use std::collections::HashMap;
use std::sync::{Mutex, PoisonError, RwLock};
use tokio::sync::watch;

/// The last position of each organization that has one.
pub(super) type Heads = HashMap<OrganizationNumber, Position>;

/// The heads, and the lock for moving them.
#[derive(Debug, Default)]
pub(super) struct AppendGate {
    heads: RwLock<Heads>,
    /// Held by the append whose turn it is.
    turn: Mutex<Turn>,
    moved: watch::Sender<u64>,
}

/// What an append checks when it has the lock.
#[derive(Debug, Default)]
struct Turn {
    /// Of the last writer that claimed the log. It counts from 1 at each opening: another process has the log only
    /// after this one let go of its folder.
    epoch: Epoch,
    /// Why there is no next append, once a write has failed.
    poison: Option<String>,
}

impl AppendGate {
    pub(super) fn new(heads: Heads) -> Self {
        AppendGate { heads: RwLock::new(heads), ..AppendGate::default() }
    }

    /// The last position that was written and synced.
    pub(super) fn head(&self, organization: OrganizationNumber) -> Position {
        head_in(&self.heads.read().unwrap_or_else(PoisonError::into_inner), organization)
    }

    /// A watch that changes whenever a head moves.
    pub(super) fn watch(&self) -> HeadWatch {
        self.moved.subscribe()
    }

    /// Gives the log to a new writer, once the append under way has ended.
    pub(super) fn claim(&self) -> Epoch {
        // A claim is no write, so it is given after one that panicked, too: what that spoiled, the next append finds.
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.epoch.0 += 1;
        turn.epoch
    }

    /// Runs `write` if the group is of the last writer, follows the heads, and no earlier write failed; then moves the
    /// heads.
    pub(super) fn append(
        &self,
        epoch: Epoch,
        group: &[Run],
        write: impl FnOnce() -> Result<(), StoreError>,
    ) -> Result<Receipt, StoreError> {
        let panicked = |_| StoreError::Poisoned("a write of it panicked".to_owned());
        let mut turn = self.turn.lock().map_err(panicked)?;
        if let Some(since) = &turn.poison {
            return Err(StoreError::Poisoned(since.clone()));
        }
        if epoch != turn.epoch {
            return Err(Fenced::Epoch { epoch, newest: turn.epoch }.into());
        }
        let moved = self.heads_after(group)?;
        if moved.is_empty() {
            return Ok(Receipt::default());
        }
        write().inspect_err(|error| turn.poison = Some(since(error)))?;
        let heads = moved.iter().map(|(&organization, &head)| (organization, head)).collect();
        self.heads.write().unwrap_or_else(PoisonError::into_inner).extend(moved);
        self.moved.send_modify(|moments| *moments += 1);
        Ok(Receipt { heads })
    }

    fn heads_after(&self, group: &[Run]) -> Result<Heads, StoreError> {
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
fn last_of(run: &Run, head: Position) -> Result<Position, StoreError> {
    let Run { organization, first, ref events } = *run;
    if events.is_empty() {
        return Err(Unfit::Empty { organization }.into());
    }
    if first != head.next() {
        return Err(Fenced::NotNext { organization, first, head }.into());
    }
    if let Some(event) = events.iter().find(|event| event.len() > EVENT_BYTES_MAX) {
        return Err(Unfit::TooLarge { bytes: event.len() }.into());
    }
    Ok(last_position(first, events.len()).ok_or(Unfit::Full { organization })?)
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

    /// Of a log that was never claimed.
    const NOBODY: Epoch = Epoch(0);

    fn disk_full() -> StoreError {
        StoreError::Fault { doing: "write".to_owned(), source: "no space left".into() }
    }

    #[test]
    fn heads_move_together_and_only_after_the_write() {
        let gate = AppendGate::default();
        let (one, two) = (OrganizationNumber(1), OrganizationNumber(2));
        gate.append(NOBODY, &[run(1, 1, 2), run(2, 1, 1), run(1, 3, 1)], || {
            assert_eq!((gate.head(one), gate.head(two)), (Position(0), Position(0)));
            Ok(())
        })
        .expect("all follow");
        assert_eq!((gate.head(one), gate.head(two)), (Position(3), Position(1)));
    }

    #[test]
    fn a_group_with_one_unfit_run_is_not_written() {
        let gate = AppendGate::new(Heads::from([(OrganizationNumber(1), Position(7))]));
        for other in [run(1, 7, 1), run(1, 9, 1), run(2, 0, 1)] {
            let answer = gate.append(NOBODY, &[run(3, 1, 1), other.clone()], || panic!("nothing is written"));
            assert!(matches!(answer, Err(StoreError::Fenced(Fenced::NotNext { .. }))), "{other:?}");
        }
        let answer = gate.append(NOBODY, &[run(3, 1, 1), run(1, 8, 0)], || panic!("nothing is written"));
        assert!(matches!(answer, Err(StoreError::Unfit(Unfit::Empty { .. }))), "{answer:?}");
        gate.append(NOBODY, &[run(1, 8, 1)], || Ok(())).expect("a mistake of the caller is no reason to stop");
    }

    #[test]
    fn an_event_or_a_log_can_grow_to_its_limit_and_no_further() {
        let full = Heads::from([(OrganizationNumber(1), Position(POSITION_MAX))]);
        assert!(matches!(
            AppendGate::new(full).heads_after(&[run(1, POSITION_MAX + 1, 1)]),
            Err(StoreError::Unfit(Unfit::Full { .. }))
        ));
        let nearly = Heads::from([(OrganizationNumber(1), Position(POSITION_MAX - 1))]);
        assert!(AppendGate::new(nearly).heads_after(&[run(1, POSITION_MAX, 1)]).is_ok());
        let large = Run { events: [vec![0; EVENT_BYTES_MAX + 1]].into_iter().collect(), ..run(1, 1, 0) };
        let answer = last_of(&large, Position(0));
        assert!(matches!(answer, Err(StoreError::Unfit(Unfit::TooLarge { bytes })) if bytes == EVENT_BYTES_MAX + 1));
    }

    #[test]
    fn a_writer_that_another_one_followed_is_fenced_and_the_other_goes_on() {
        let gate = AppendGate::default();
        let old = gate.claim();
        gate.append(old, &[run(1, 1, 1)], || Ok(())).expect("it leads");
        let new = gate.claim();
        for group in [&[run(1, 2, 1)][..], &[]] {
            let answer = gate.append(old, group, || panic!("nothing is written"));
            assert!(
                matches!(answer, Err(StoreError::Fenced(Fenced::Epoch { epoch, newest })) if (epoch, newest) == (old, new))
            );
        }
        let receipt = gate.append(new, &[run(1, 2, 3)], || Ok(())).expect("it leads");
        assert_eq!(receipt.heads, [(OrganizationNumber(1), Position(4))]);
    }

    #[test]
    fn whoever_watches_hears_of_heads_that_moved_and_of_nothing_else() {
        let gate = AppendGate::default();
        let mut watch = gate.watch();
        gate.append(NOBODY, &[], || Ok(())).expect("there is nothing to write");
        assert!(gate.append(NOBODY, &[run(1, 2, 1)], || Ok(())).is_err());
        assert!(!watch.has_changed().expect("the log is open"));
        gate.append(NOBODY, &[run(1, 1, 1)], || Ok(())).expect("it follows");
        assert!(watch.has_changed().expect("the log is open"));
        assert_eq!((*watch.borrow_and_update(), gate.head(OrganizationNumber(1))), (1, Position(1)));
    }

    #[test]
    fn after_a_failed_write_no_other_is_tried() {
        let gate = AppendGate::default();
        assert!(matches!(gate.append(NOBODY, &[run(1, 1, 1)], || Err(disk_full())), Err(StoreError::Fault { .. })));
        let Err(StoreError::Poisoned(since)) = gate.append(NOBODY, &[run(1, 1, 1)], || panic!("not tried")) else {
            panic!("it is poisoned")
        };
        assert_eq!(since, "it could not write: no space left");
        assert_eq!(gate.head(OrganizationNumber(1)), Position(0));
    }

    #[test]
    fn a_write_that_panicked_poisons_too() {
        let gate = AppendGate::default();
        std::thread::scope(|scope| {
            let writer = scope.spawn(|| gate.append(NOBODY, &[run(1, 1, 1)], || panic!("on purpose")));
            assert!(writer.join().is_err());
        });
        assert!(matches!(gate.append(NOBODY, &[run(1, 1, 1)], || Ok(())), Err(StoreError::Poisoned(_))));
        assert_eq!(gate.head(OrganizationNumber(1)), Position(0));
    }
}
