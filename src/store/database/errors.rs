//! What the database says when it fails, as the store says it.
//!
//! INVARIANT: a fault may be gone the next time; what can only come of other bytes than were written is corruption.

use crate::seams::StoreError;
use fjall::LsmError;
use std::io;
use std::path::Path;

pub(in crate::store) fn writing(error: fjall::Error) -> StoreError {
    match error {
        fjall::Error::Poisoned => StoreError::Poisoned("the database could not write in the background".to_owned()),
        fjall::Error::Io(source) | fjall::Error::Storage(LsmError::Io(source)) => fault("write the log", source),
        other => fault("write the log", io::Error::other(describe(&other))),
    }
}

pub(in crate::store) fn opening(path: &Path, error: fjall::Error) -> StoreError {
    sort(&format!("open the database at `{}`", path.display()), error)
}

pub(in crate::store) fn reading(error: fjall::Error) -> StoreError {
    sort("read the log", error)
}

/// Tells a disk that does not answer, which is a fault, from one that answers with something else.
fn sort(doing: &str, error: fjall::Error) -> StoreError {
    match error {
        fjall::Error::Locked => fault(doing, io::Error::other("another program has the database open")),
        fjall::Error::Io(source) | fjall::Error::Storage(LsmError::Io(source)) if !tells_damage(&source) => {
            fault(doing, source)
        }
        damaged => StoreError::Corruption(format!("cannot {doing}: {}", describe(&damaged))),
    }
}

/// Whether it may be gone the next time, and says nothing of the bytes that are there: no permission, no descriptor, no
/// memory, no room, a disk that does not answer.
pub(in crate::store) fn is_passing(error: &fjall::Error) -> bool {
    // Files and directories in the place of one another are what somebody did, or lost.
    let in_the_way = [io::ErrorKind::AlreadyExists, io::ErrorKind::NotADirectory, io::ErrorKind::IsADirectory];
    match error {
        fjall::Error::Io(source) | fjall::Error::Storage(LsmError::Io(source)) => {
            !tells_damage(source) && !in_the_way.contains(&source.kind())
        }
        fjall::Error::Locked => true,
        _ => false,
    }
}

/// A file of the database that is missing, too short or senseless: of all errors only those of the system itself, which
/// have its number, may be gone the next time. Of these the system calls an argument invalid where spoiled bytes send
/// the database to a place that no file has.
fn tells_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::InvalidInput) || error.raw_os_error().is_none()
}

pub(in crate::store) fn fault(doing: &str, source: io::Error) -> StoreError {
    StoreError::Fault { doing: doing.to_owned(), source: Box::new(source) }
}

/// What an error says, in words: fjall itself has only a debug form.
pub(in crate::store) fn describe(error: &fjall::Error) -> String {
    match error {
        fjall::Error::Io(error) | fjall::Error::Storage(LsmError::Io(error)) => match error.kind() {
            io::ErrorKind::InvalidInput => format!("it points to a place that no file has: {error}"),
            _ => error.to_string(),
        },
        fjall::Error::JournalRecovery(_) => "a batch of its journal is not as it was written".to_owned(),
        fjall::Error::Storage(LsmError::ChecksumMismatch { .. }) => "a block of a table fails its checksum".to_owned(),
        fjall::Error::InvalidVersion(_) => "it is of another version of the database".to_owned(),
        fjall::Error::Unrecoverable | fjall::Error::Storage(LsmError::Unrecoverable) => "files are missing".to_owned(),
        fjall::Error::KeyspaceDeleted => "it was deleted".to_owned(),
        _ => "its bytes do not decode".to_owned(),
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_does_not_answer_is_a_fault_and_a_place_that_no_file_has_is_damage() {
        let of = |number| fjall::Error::Storage(LsmError::Io(io::Error::from_raw_os_error(number)));
        let opening = |error| opening(Path::new("log"), error);
        for passing in [1, 5, 12, 13, 23, 24, 28, 30] {
            assert!(matches!(opening(of(passing)), StoreError::Fault { .. }), "{passing}");
        }
        let StoreError::Corruption(told) = opening(of(22)) else { panic!("bytes sent the database there") };
        assert!(
            told.starts_with("cannot open the database at `log`: it points to a place that no file has: "),
            "{told}"
        );
    }
}
