//! The note writer: after a durable write, on a thread of its own, it hashes the events into the tree and writes the
//! `HEAD` note.
//!
//! Appends hand over their groups here after the sync, so hashing never delays an answer. The note is written as soon
//! as nothing was appended for some milliseconds, and at the latest half a second after an append, so that with its
//! sync it is never a second late.
//!
//! Before a note, and before an append that comes after a while, it looks whether what is written is still what lies at
//! the path of the store ([`Identity`]). INVARIANT: only what is durable comes here, in the order of positions. If the
//! `HEAD` note cannot be written, the store refuses further writes until it is reopened. So does a panic of the thread,
//! and whoever waits for it is woken with that. Absent on purpose: the database.

use crate::integrity::head_note::{HeadNote, Note};
use crate::integrity::tree::Frontier;
use crate::seams::tree::Tree;
use crate::seams::{OrganizationNumber, Run, StoreError};
use crate::store::folder::Identity;
use crate::store::recovery::anchor::Frontiers;
use caseward_events::Position;
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tracing::error;

/// Without an append for so long, the note is written.
const QUIET: Duration = Duration::from_millis(5);
/// So long after an append, it is written whatever happens.
const LATE: Duration = Duration::from_millis(500);
/// Events that may wait to be hashed; whoever brings more waits too.
const WAITING_BYTES_MAX: usize = 64 << 20;

/// What is said from then on, to go after "since".
const PANICKED: &str = "the thread that writes the notes panicked";

/// The position of the newest note of each organization.
pub(super) type Noted = BTreeMap<OrganizationNumber, Position>;

/// Groups on their way into the tree.
#[derive(Default)]
struct Queue {
    groups: Vec<Arc<Vec<Run>>>,
    bytes: usize,
    /// Groups that were brought, and groups that are in the trees.
    brought: u64,
    hashed: u64,
    /// The thread sleeps until it is woken.
    asleep: bool,
    stop: bool,
    /// Why no note could be written.
    failed: Option<String>,
    /// The thread has ended by a panic: what waits is hashed no more.
    is_dead: bool,
}

struct Trees {
    frontiers: Frontiers,
    noted: Noted,
    head_note: HeadNote,
}

/// What is looked at, and when that was done last.
struct Watch {
    identity: Identity,
    looked: Instant,
}

struct Shared {
    queue: Mutex<Queue>,
    /// For the thread.
    brought: Condvar,
    /// For those who wait for it.
    hashed: Condvar,
    trees: Mutex<Trees>,
    /// Organizations that have their pair in the note.
    paired: Mutex<BTreeSet<OrganizationNumber>>,
    watch: Mutex<Option<Watch>>,
}

/// The note writer: its thread, and what it shares with those who bring groups.
pub(super) struct NoteWriter {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl NoteWriter {
    /// Goes on with trees of which `noted` was noted so far.
    pub(super) fn start(
        frontiers: Frontiers,
        noted: Noted,
        head_note: HeadNote,
        identity: Option<Identity>,
    ) -> io::Result<Self> {
        NoteWriter::start_with(frontiers, noted, (head_note, identity), Shared::run)
    }

    fn start_with(
        frontiers: Frontiers,
        noted: Noted,
        (head_note, identity): (HeadNote, Option<Identity>),
        run: impl FnOnce(&Shared) + Send + 'static,
    ) -> io::Result<Self> {
        let paired = frontiers.keys().copied().filter(|&organization| head_note.has(organization)).collect();
        let shared = Arc::new(Shared {
            queue: Mutex::default(),
            brought: Condvar::new(),
            hashed: Condvar::new(),
            trees: Mutex::new(Trees { frontiers, noted, head_note }),
            paired: Mutex::new(paired),
            watch: Mutex::new(identity.map(|identity| Watch { identity, looked: Instant::now() })),
        });
        let thread = std::thread::Builder::new().name("caseward-notes".to_owned());
        let thread = thread.spawn({
            let shared = Arc::clone(&shared);
            move || {
                let _dart = PoisonDart(&shared);
                run(&shared);
            }
        })?;
        Ok(NoteWriter { shared, thread: Mutex::new(Some(thread)) })
    }

    /// Fails if a note could not be written; else sees to it that every organization of the group has its pair.
    pub(super) fn prepare(&self, group: &[Run]) -> Result<(), StoreError> {
        if let Some(why) = &lock(&self.shared.queue).failed {
            return Err(StoreError::Poisoned(why.clone()));
        }
        self.shared.look(LATE).map_err(StoreError::Poisoned)?;
        let mut paired = lock(&self.shared.paired);
        let new: BTreeSet<_> = group.iter().map(|run| run.organization).filter(|one| !paired.contains(one)).collect();
        if !new.is_empty() {
            let mut trees = lock(&self.shared.trees);
            let missing = new.iter().copied().filter(|&organization| !trees.head_note.has(organization));
            let notes: Vec<_> = missing.map(|organization| trees.note_of(organization)).collect();
            trees.head_note.write(&notes).map_err(fault)?;
            paired.extend(new);
        }
        Ok(())
    }

    /// Takes a durable group to be hashed.
    pub(super) fn bring(&self, group: Arc<Vec<Run>>, bytes: usize) {
        let mut queue = lock(&self.shared.queue);
        // After a panic nobody hashes it, and the next append is refused.
        while queue.bytes > WAITING_BYTES_MAX && !queue.stop && !queue.is_dead {
            queue = self.shared.hashed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        queue.groups.push(group);
        queue.bytes += bytes;
        queue.brought += 1;
        if queue.asleep {
            self.shared.brought.notify_one();
        }
    }

    /// The trees, with everything in them that was brought before the call.
    pub(super) fn settled(&self) -> Result<Frontiers, StoreError> {
        self.settle()?;
        Ok(lock(&self.shared.trees).frontiers.clone())
    }

    /// The one of an organization, likewise.
    pub(super) fn settled_tree(&self, organization: OrganizationNumber) -> Result<Frontier, StoreError> {
        self.settle()?;
        Ok(lock(&self.shared.trees).frontiers.get(&organization).cloned().unwrap_or_default())
    }

    /// Waits until everything is hashed that was brought before the call.
    fn settle(&self) -> Result<(), StoreError> {
        let mut queue = lock(&self.shared.queue);
        let until = queue.brought;
        self.shared.brought.notify_one();
        while queue.hashed < until && !queue.is_dead {
            queue = self.shared.hashed.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        // A panic may have left a group in the trees in part.
        if queue.is_dead {
            return Err(StoreError::Poisoned(PANICKED.to_owned()));
        }
        Ok(())
    }

    /// Writes the note for everything that is in the trees.
    pub(super) fn note(&self) -> Result<(), StoreError> {
        self.shared.note().map_err(fault)
    }

    /// Hashes what is left, writes the last note, and ends the thread.
    pub(super) fn stop(&self) -> Result<(), StoreError> {
        lock(&self.shared.queue).stop = true;
        self.shared.brought.notify_one();
        if let Some(thread) = lock(&self.thread).take() {
            let panicked = |_| StoreError::Poisoned(PANICKED.to_owned());
            thread.join().map_err(panicked)?;
        }
        match &lock(&self.shared.queue).failed {
            Some(why) => Err(StoreError::Poisoned(why.clone())),
            None => Ok(()),
        }
    }
}

impl Drop for NoteWriter {
    fn drop(&mut self) {
        // A note that is missing then is no loss: the journal still vouches for what it does not.
        let _ = self.stop();
    }
}

/// Dropped at the end of the thread, by a panic, too: then it poisons the store, and wakes whoever waits.
struct PoisonDart<'a>(&'a Shared);

impl Drop for PoisonDart<'_> {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return;
        }
        error!("{PANICKED}: no command is taken until a restart");
        let mut queue = lock(&self.0.queue);
        queue.failed = Some(PANICKED.to_owned());
        queue.is_dead = true;
        self.0.hashed.notify_all();
    }
}

impl Shared {
    fn run(&self) {
        let mut unnoted_since: Option<Instant> = None;
        loop {
            let (groups, stop) = self.wait(unnoted_since.is_some());
            let quiet = groups.is_empty();
            if !quiet {
                self.hash(&groups);
                unnoted_since.get_or_insert_with(Instant::now);
            }
            let due = unnoted_since.is_some_and(|since| quiet || stop || since.elapsed() >= LATE);
            if due {
                unnoted_since = None;
                let noted = self.look(Duration::ZERO).and_then(|()| {
                    self.note().map_err(|error| format!("it could not write the note of its head: {error}"))
                });
                if let Err(why) = noted {
                    error!("the head could not be noted, and no command is taken until a restart: {why}");
                    lock(&self.queue).failed = Some(why);
                }
            }
            if stop && quiet {
                return;
            }
        }
    }

    /// What was brought, at once or after some milliseconds; without anything to note it waits for as long as it takes.
    fn wait(&self, unnoted: bool) -> (Vec<Arc<Vec<Run>>>, bool) {
        let mut queue = lock(&self.queue);
        if unnoted && !queue.stop {
            // Not woken by every append: it takes all of some milliseconds together.
            queue = self.brought.wait_timeout(queue, QUIET).unwrap_or_else(PoisonError::into_inner).0;
        } else {
            queue.asleep = true;
            let nothing = |queue: &mut Queue| queue.groups.is_empty() && !queue.stop;
            queue = self.brought.wait_while(queue, nothing).unwrap_or_else(PoisonError::into_inner);
            queue.asleep = false;
        }
        queue.bytes = 0;
        (std::mem::take(&mut queue.groups), queue.stop)
    }

    /// Whether the store is still the one that was opened, if nobody looked for so long.
    fn look(&self, after: Duration) -> Result<(), String> {
        let mut watch = lock(&self.watch);
        let Some(watch) = watch.as_mut().filter(|watch| watch.looked.elapsed() >= after) else { return Ok(()) };
        watch.looked = Instant::now();
        watch.identity.check().map_err(|what| format!("{what} while this process had the store open"))
    }

    fn hash(&self, groups: &[Arc<Vec<Run>>]) {
        let mut trees = lock(&self.trees);
        for run in groups.iter().flat_map(|group| group.iter()) {
            let frontier = trees.frontiers.entry(run.organization).or_default();
            frontier.add_leaves(run.events.iter());
        }
        drop(trees);
        lock(&self.queue).hashed += groups.len() as u64;
        self.hashed.notify_all();
    }

    fn note(&self) -> io::Result<()> {
        let mut trees = lock(&self.trees);
        let trees = &mut *trees;
        let moved = trees.frontiers.iter().filter(|(one, tree)| trees.noted.get(one) != Some(&tree.position()));
        let notes: Vec<_> = moved.map(|(&organization, _)| trees.note_of(organization)).collect();
        if !notes.is_empty() {
            trees.head_note.write(&notes)?;
            trees.noted.extend(notes.iter().map(|note| (note.organization, note.position)));
        }
        Ok(())
    }
}

impl Trees {
    fn note_of(&self, organization: OrganizationNumber) -> Note {
        let frontier = self.frontiers.get(&organization).cloned().unwrap_or_default();
        Note { organization, position: frontier.position(), root: frontier.root() }
    }
}

fn fault(source: io::Error) -> StoreError {
    StoreError::Fault { doing: "write the note of the head".to_owned(), source: Box::new(source) }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use tempfile::TempDir;

    const ONE: OrganizationNumber = OrganizationNumber(1);

    fn group(first: u64) -> Arc<Vec<Run>> {
        let events = ["an event"].into_iter().collect();
        Arc::new(vec![Run { organization: ONE, first: Position(first), events }])
    }

    fn head_note() -> (TempDir, HeadNote) {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let note = Note { organization: ONE, position: Position::ZERO, root: Frontier::default().root() };
        let head_note = HeadNote::create(&folder.path().join("HEAD"), &[note]).expect("there is room");
        (folder, head_note)
    }

    fn is_panic<T>(answer: Result<T, StoreError>) -> bool {
        matches!(answer, Err(StoreError::Poisoned(since)) if since == PANICKED)
    }

    #[test]
    fn a_panic_of_the_thread_wakes_whoever_waits_and_poisons_the_store() {
        let (_folder, head_note) = head_note();
        let (go, may_go) = std::sync::mpsc::channel::<()>();
        let panics = move |shared: &Shared| {
            may_go.recv().expect("it is sent");
            let _trees = lock(&shared.trees);
            panic!("on purpose");
        };
        let notes =
            NoteWriter::start_with(Frontiers::new(), Noted::new(), (head_note, None), panics).expect("a thread");
        notes.prepare(&group(1)).expect("nothing has failed yet");
        // More than may wait, so that the next group waits for the thread, too.
        notes.bring(group(1), WAITING_BYTES_MAX + 1);
        std::thread::scope(|scope| {
            let settles = scope.spawn(|| notes.settled());
            let brings = scope.spawn(|| notes.bring(group(2), 10));
            go.send(()).expect("the thread waits for it");
            assert!(is_panic(settles.join().expect("it does not panic")));
            brings.join().expect("it does not panic");
        });
        assert!(is_panic(notes.prepare(&group(3))), "the next append is refused");
        assert!(is_panic(notes.settled()), "no tree is told of that may lack a group");
        assert!(is_panic(notes.stop()), "closing tells of it");
    }

    #[test]
    fn what_was_brought_before_a_stop_is_hashed_and_noted_and_the_thread_has_ended() {
        let (folder, head_note) = head_note();
        let notes = NoteWriter::start(Frontiers::new(), Noted::new(), head_note, None).expect("a thread");
        (1..=3).for_each(|first| notes.bring(group(first), 10));
        notes.stop().expect("it can be noted");
        assert_eq!(Arc::strong_count(&notes.shared), 1, "the thread let go of it");
        let found = crate::integrity::head_note::read(&folder.path().join("HEAD")).expect("it is there");
        let newest = found.notes.get(&ONE).and_then(|notes| notes.first()).map(|note| note.position);
        assert_eq!(newest, Some(Position(3)));
    }
}
