//! The file `KEYS`: what seals reasons and digests commands. It lies outside the log, so that a key can be destroyed
//! while every byte of the log stays as it was, and so that a backup can carry it apart. Its bytes: [`slots`].
//!
//! Keys are made ahead, many with one sync, so that a command waits for none. Which subject a key belongs to stands in
//! the log, in the first event that uses it. INVARIANT: a key is handed out only after the sync of its slot. Slots at
//! the end that are not whole are what a crash left while keys were being made: nothing is sealed under them.

mod copy;
mod doomed;
mod in_memory;
mod slots;

pub(crate) use self::copy::{KeyCopy, KeysId, Mended};
pub(super) use self::in_memory::KeysInMemory;
use self::slots::{LIVE, MAGIC, damaged, offset, parse, slot, written};
use super::folder::fault;
use crate::integrity::file;
use crate::seams::{Keyring, StoreError};
use caseward_events::KeyNumber;
use caseward_events::seal::{Key, Keys};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

/// How many are made at once.
const AHEAD: usize = 256;

/// The keys of a store, kept in its folder.
#[derive(Debug)]
pub(in crate::store) struct KeyFile {
    path: PathBuf,
    /// Held while keys are made; none where the file is only read.
    file: Mutex<Option<File>>,
    /// By number; `None` where destroyed.
    keys: RwLock<Vec<Option<Key>>>,
}

impl KeyFile {
    /// A new one, with the key of the store.
    pub(super) fn create(path: &Path) -> Result<KeyFile, StoreError> {
        let mut file = file::create_private(path).map_err(fault("make", path))?;
        file.write_all(MAGIC).map_err(fault("write", path))?;
        let keys = KeyFile { path: path.to_owned(), file: Mutex::new(Some(file)), keys: RwLock::default() };
        keys.reserve(KeyNumber::STORE)?;
        Ok(keys)
    }

    /// That of a store that was made before.
    pub(super) fn open(path: &Path) -> Result<KeyFile, StoreError> {
        let open = || OpenOptions::new().read(true).write(true).open(path);
        let mut file = open().map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged(path, "it is missing"),
            _ => fault("open", path)(error),
        })?;
        doomed::finish(path, &mut file).map_err(fault("destroy keys in", path))?;
        let mut bytes = Vec::new();
        file.rewind().and_then(|()| file.read_to_end(&mut bytes)).map_err(fault("read", path))?;
        let keys = parse(path, &bytes)?;
        Ok(KeyFile { path: path.to_owned(), file: Mutex::new(Some(file)), keys: RwLock::new(keys) })
    }

    /// The store that the keys belong to.
    pub(super) fn id(&self) -> KeysId {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        KeysId::of(&written(keys.iter().take(1).map(Option::as_ref)))
    }

    /// That they are those that belong to a store, where it says which do.
    pub(super) fn require(self, wanted: Option<KeysId>) -> Result<KeyFile, StoreError> {
        match wanted {
            Some(wanted) if self.id() != wanted => Err(copy::foreign(&self.path)),
            _ => Ok(self),
        }
    }

    /// The same without writing to it: no key is made, and one is destroyed only for whoever asks here.
    pub(super) fn look(path: &Path) -> Result<KeyFile, StoreError> {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged(path, "it is missing"),
            _ => fault("read", path)(error),
        })?;
        let keys = parse(path, &doomed::without(path, bytes).map_err(fault("read keys in", path))?)?;
        Ok(KeyFile { path: path.to_owned(), file: Mutex::new(None), keys: RwLock::new(keys) })
    }

    fn read_only(&self, doing: &str) -> StoreError {
        fault(doing, &self.path)(io::Error::new(
            io::ErrorKind::ReadOnlyFilesystem,
            "the store was opened for reading only",
        ))
    }
}

impl Keys for KeyFile {
    fn key(&self, number: KeyNumber) -> Option<Key> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(number.0 as usize).cloned().flatten()
    }
}

impl Keyring for KeyFile {
    fn reserve(&self, up_to: KeyNumber) -> Result<(), StoreError> {
        let known = || self.keys.read().unwrap_or_else(PoisonError::into_inner).len();
        if (up_to.0 as usize) < known() {
            return Ok(());
        }
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = file.as_mut().ok_or_else(|| self.read_only("make keys in"))?;
        let first = known();
        let count = (up_to.0 as usize + 1).saturating_sub(first).next_multiple_of(AHEAD);
        let made = (0..count).map(|_| random_key()).collect::<Result<Vec<_>, _>>()?;
        let slots: Vec<u8> = (first..).zip(&made).flat_map(|(number, key)| slot(number, LIVE, key)).collect();
        let write = |file: &mut File| {
            file.seek(SeekFrom::Start(offset(first)))?;
            file.write_all(&slots)?;
            file.sync_all()
        };
        write(file).map_err(fault("make keys in", &self.path))?;
        let made = made.into_iter().map(|bytes| Some(Key::new(bytes)));
        self.keys.write().unwrap_or_else(PoisonError::into_inner).extend(made);
        Ok(())
    }

    fn destroy(&self, numbers: &[KeyNumber]) -> Result<(), StoreError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(file) = file.as_mut() {
            doomed::destroy(&self.path, file, numbers).map_err(fault("destroy keys in", &self.path))?;
        }
        forget(&mut self.keys.write().unwrap_or_else(PoisonError::into_inner), numbers);
        Ok(())
    }

    fn is_made(&self, number: KeyNumber) -> bool {
        (number.0 as usize) < self.keys.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn file(&self) -> Result<Vec<u8>, StoreError> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        Ok(written(keys.iter().map(Option::as_ref)))
    }
}

fn forget(keys: &mut [Option<Key>], numbers: &[KeyNumber]) {
    for number in numbers {
        if let Some(key) = keys.get_mut(number.0 as usize) {
            *key = None;
        }
    }
}

fn random_key() -> Result<[u8; Key::BYTES], StoreError> {
    let mut bytes = [0; Key::BYTES];
    let doing = || "draw random bytes from the system".to_owned();
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Fault { doing: doing(), source: Box::new(error) })?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::slots::{DESTROYED, SLOT_BYTES};
    use super::*;
    use std::fs;

    /// A file with keys 0 to 255, and its bytes.
    fn made(folder: &Path) -> (PathBuf, Vec<u8>) {
        let path = folder.join("KEYS");
        KeyFile::create(&path).expect("there is room").reserve(KeyNumber(200)).expect("there is room");
        let bytes = fs::read(&path).expect("it was written");
        (path, bytes)
    }

    fn open_with(path: &Path, bytes: &[u8]) -> Result<KeyFile, StoreError> {
        fs::write(path, bytes).expect("there is room");
        KeyFile::open(path)
    }

    #[test]
    fn keys_are_the_same_after_opening_and_differ_from_each_other() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let path = folder.path().join("KEYS");
        let made = KeyFile::create(&path).expect("there is room");
        made.reserve(KeyNumber(300)).expect("there is room");
        let opened = KeyFile::open(&path).expect("it is whole");
        let read = |keys: &KeyFile| [0, 1, 255, 256, 300].map(|number| keys.key(KeyNumber(number)));
        assert_eq!(read(&made), read(&opened));
        assert!(made.key(KeyNumber(0)).is_some() && made.key(KeyNumber(0)) != made.key(KeyNumber(1)));
        opened.reserve(KeyNumber(2_000)).expect("there is room");
        let again = KeyFile::open(&path).expect("it is whole");
        assert_eq!(read(&again), read(&made));
        assert_eq!(again.key(KeyNumber(2_000)), opened.key(KeyNumber(2_000)));
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_reads_keys() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let (path, _) = made(folder.path());
        let mode = fs::metadata(&path).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o077, 0, "{mode:o}");
    }

    #[test]
    fn keys_torn_while_they_were_made_are_made_again() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let (path, bytes) = made(folder.path());
        let before = KeyFile::open(&path).expect("it is whole").key(KeyNumber(0));
        for cut in [bytes.len() - 1, bytes.len() - 79, bytes.len() - 80, MAGIC.len() + 81, MAGIC.len() + 80] {
            let keys = open_with(&path, &bytes[..cut]).expect("the rest is whole");
            assert_eq!(keys.key(KeyNumber(0)), before, "cut to {cut}");
            assert_eq!(keys.key(KeyNumber(255)), None, "cut to {cut}");
            keys.reserve(KeyNumber(255)).expect("there is room");
            let reserved = keys.key(KeyNumber(255));
            assert!(reserved.is_some());
            assert_eq!(KeyFile::open(&path).expect("it is whole").key(KeyNumber(255)), reserved);
        }
    }

    #[test]
    fn a_damaged_or_missing_file_is_told() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let (path, bytes) = made(folder.path());
        for at in [0, MAGIC.len(), MAGIC.len() + 40, MAGIC.len() + 79, MAGIC.len() + 80 * 100] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 4;
            let opened = open_with(&path, &flipped);
            assert!(matches!(opened, Err(StoreError::Corruption(_))), "byte {at}: {opened:?}");
        }
        for cut in [0, 5, MAGIC.len(), MAGIC.len() + 79] {
            let opened = open_with(&path, &bytes[..cut]);
            assert!(matches!(opened, Err(StoreError::Corruption(_))), "cut to {cut}: {opened:?}");
        }
        fs::remove_file(&path).expect("it is there");
        assert!(matches!(KeyFile::open(&path), Err(StoreError::Corruption(_))));
    }

    #[test]
    fn a_destroyed_slot_holds_no_key() {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let (path, mut bytes) = made(folder.path());
        let start = MAGIC.len() + 7 * SLOT_BYTES;
        bytes[start..start + SLOT_BYTES].copy_from_slice(&slot(7, DESTROYED, &[0; Key::BYTES]));
        let keys = open_with(&path, &bytes).expect("it is whole");
        assert_eq!(keys.key(KeyNumber(7)), None);
        assert!(keys.key(KeyNumber(8)).is_some());
    }
}
