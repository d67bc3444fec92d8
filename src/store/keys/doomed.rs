//! Destroying keys: a note of which, zeros over them, and the note goes again.
//!
//! A slot is overwritten where it lies, so that nothing of the key stays in the file; a crash may tear it. With the
//! note, which is durable before, the next opening writes it once more. INVARIANT: without a whole note no slot was
//! touched. Absent on purpose: what copies of the file hold, and what a disk keeps of blocks that were overwritten.

use super::slots::{DESTROYED, offset, slot};
use crate::integrity::file;
use caseward_events::KeyNumber;
use caseward_events::seal::Key;
use std::fs::{self, File};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// Destroys keys of the file at `path`, durably.
pub(super) fn destroy(path: &Path, file: &mut File, numbers: &[KeyNumber]) -> io::Result<()> {
    let note = note_beside(path);
    file::replace(&note, &said(numbers))?;
    overwrite(file, numbers)?;
    fs::remove_file(&note)
}

/// Ends what a crash left, before the keys are read.
pub(super) fn finish(path: &Path, file: &mut File) -> io::Result<()> {
    let note = note_beside(path);
    let bytes = match fs::read(&note) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        bytes => bytes?,
    };
    if let Some(numbers) = parse(&bytes) {
        overwrite(file, &numbers)?;
    }
    fs::remove_file(&note)
}

/// The bytes of the keys as they are once what a crash left has ended. Nothing is written.
pub(super) fn without(path: &Path, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
    let note = match fs::read(note_beside(path)) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(bytes),
        note => note?,
    };
    for number in parse(&note).unwrap_or_default() {
        let start = usize::try_from(offset(number.0 as usize)).unwrap_or(usize::MAX);
        let destroyed = slot(number.0 as usize, DESTROYED, &[0; Key::BYTES]);
        if let Some(there) = start.checked_add(destroyed.len()).and_then(|end| bytes.get_mut(start..end)) {
            there.copy_from_slice(&destroyed);
        }
    }
    Ok(bytes)
}

/// Whether a crash left some half destroyed.
pub(super) fn is_going_on(path: &Path) -> bool {
    note_beside(path).exists()
}

fn overwrite(file: &mut File, numbers: &[KeyNumber]) -> io::Result<()> {
    for number in numbers {
        let number = number.0 as usize;
        file.seek(SeekFrom::Start(offset(number)))?;
        file.write_all(&slot(number, DESTROYED, &[0; Key::BYTES]))?;
    }
    file.sync_all()
}

fn note_beside(path: &Path) -> PathBuf {
    path.with_extension("doomed")
}

/// The numbers, 4 bytes each, little-endian, and SHA-256 of all that.
fn said(numbers: &[KeyNumber]) -> Vec<u8> {
    file::with_sum(numbers.iter().flat_map(|number| number.0.to_le_bytes()).collect())
}

fn parse(bytes: &[u8]) -> Option<Vec<KeyNumber>> {
    let (numbers, rest) = file::without_sum(bytes)?.as_chunks();
    rest.is_empty().then(|| numbers.iter().map(|number| KeyNumber(u32::from_le_bytes(*number))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seams::Keyring;
    use crate::store::keys::KeyFile;
    use caseward_events::seal::Keys;

    const TWO: [KeyNumber; 2] = [KeyNumber(3), KeyNumber(70)];

    #[test]
    fn destroyed_keys_are_gone_from_the_file_and_the_others_stay() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("KEYS");
        let keys = KeyFile::create(&path).expect("there is room");
        keys.reserve(KeyNumber(100)).expect("there is room");
        let kept = keys.key(KeyNumber(4));
        let before = fs::read(&path).expect("it was written");
        keys.destroy(&TWO).expect("it can be written");
        let opened = KeyFile::open(&path).expect("it is whole");
        for keys in [&keys, &opened] {
            assert!(TWO.iter().all(|number| keys.key(*number).is_none() && keys.is_made(*number)));
            assert_eq!(keys.key(KeyNumber(4)), kept);
        }
        let after = fs::read(&path).expect("it was written");
        for number in TWO {
            let start = usize::try_from(offset(number.0 as usize)).expect("it is small") + 1;
            let secret = &before[start..start + Key::BYTES];
            assert!(!after.windows(8).any(|window| window == &secret[..8]), "a part of key {} is there", number.0);
        }
        assert!(!note_beside(&path).exists());
    }

    #[test]
    fn a_crash_at_any_point_of_it_leaves_whole_keys_or_destroyed_ones() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("KEYS");
        KeyFile::create(&path).expect("there is room").reserve(KeyNumber(100)).expect("there is room");
        let whole = fs::read(&path).expect("it was written");
        let start = usize::try_from(offset(3)).expect("it is small");
        let note = said(&TWO);
        // The note is not whole: no slot was touched, and none is.
        for cut in 0..note.len() {
            fs::write(note_beside(&path), &note[..cut]).expect("there is room");
            let keys = KeyFile::open(&path).expect("it is whole");
            assert!(keys.key(TWO[0]).is_some() && !note_beside(&path).exists(), "cut to {cut}");
        }
        // The note is whole, and a slot torn anywhere.
        let destroyed = slot(3, DESTROYED, &[0; Key::BYTES]);
        for torn in 0..=destroyed.len() {
            let mut bytes = whole.clone();
            bytes[start..start + torn].copy_from_slice(&destroyed[..torn]);
            fs::write(&path, &bytes).expect("there is room");
            fs::write(note_beside(&path), &note).expect("there is room");
            let keys = KeyFile::open(&path).unwrap_or_else(|why| panic!("torn at {torn}: {why}"));
            assert!(TWO.iter().all(|number| keys.key(*number).is_none()), "torn at {torn}");
            assert!(keys.key(KeyNumber(4)).is_some() && !note_beside(&path).exists(), "torn at {torn}");
        }
    }
}
