//! The file `KEYS`: what seals reasons and digests commands. It lies outside the log, so that a key can be destroyed
//! while every byte of the log stays as it was, and so that a backup can carry it apart.
//!
//! ```text
//! 16 bytes     `caseward keys 1` and a line feed
//! then slots of 80 bytes, that of key N at 16 + 80 N:
//!   1 byte     1: live, 2: destroyed
//!   64 bytes   the key; zeros where destroyed
//!   15 bytes   the first of SHA-256 over the number (4 bytes, little-endian) and the 65 bytes before
//! ```
//! Keys are made ahead, many with one sync, so that a command waits for none. Which subject a key belongs to stands in the
//! log, in the first event that uses it. INVARIANT: a key is handed out only after the sync of its slot. Slots at the
//! end that are not whole are what a crash left while keys were being made: nothing is sealed under them.

mod doomed;

use super::folder::fault;
use crate::seams::{Keyring, StoreError};
use caseward_events::KeyNumber;
use caseward_events::seal::{Key, Keys};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError, RwLock};

const MAGIC: &[u8; 16] = b"caseward keys 1\n";
const SLOT_BYTES: usize = 80;
const CHECKED_BYTES: usize = 1 + Key::BYTES;
const LIVE: u8 = 1;
const DESTROYED: u8 = 2;
/// How many are made at once.
const AHEAD: usize = 256;

/// The keys of a store, kept in its folder.
#[derive(Debug)]
pub(super) struct KeyFile {
    path: PathBuf,
    /// Held while keys are made.
    file: Mutex<File>,
    /// By number; `None` where destroyed.
    keys: RwLock<Vec<Option<Key>>>,
}

impl KeyFile {
    /// A new one, with the key of the store.
    pub(super) fn create(path: &Path) -> Result<KeyFile, StoreError> {
        let mut file = new_file(path).map_err(fault("make", path))?;
        file.write_all(MAGIC).map_err(fault("write", path))?;
        let keys = KeyFile { path: path.to_owned(), file: Mutex::new(file), keys: RwLock::default() };
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
        Ok(KeyFile { path: path.to_owned(), file: Mutex::new(file), keys: RwLock::new(keys) })
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
        let first = known();
        let count = (up_to.0 as usize + 1).saturating_sub(first).next_multiple_of(AHEAD);
        let made = (0..count).map(|_| random_key()).collect::<Result<Vec<_>, _>>()?;
        let slots: Vec<u8> = (first..).zip(&made).flat_map(|(number, key)| slot(number, LIVE, key)).collect();
        let write = |file: &mut File| {
            file.seek(SeekFrom::Start(offset(first)))?;
            file.write_all(&slots)?;
            file.sync_all()
        };
        write(&mut file).map_err(fault("make keys in", &self.path))?;
        let made = made.into_iter().map(|bytes| Some(Key::new(bytes)));
        self.keys.write().unwrap_or_else(PoisonError::into_inner).extend(made);
        Ok(())
    }

    fn destroy(&self, numbers: &[KeyNumber]) -> Result<(), StoreError> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        doomed::destroy(&self.path, &mut file, numbers).map_err(fault("destroy keys in", &self.path))?;
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

/// The bytes of a file with these keys, `None` where one was destroyed.
fn written<'a>(keys: impl Iterator<Item = Option<&'a Key>>) -> Vec<u8> {
    let slots = keys.enumerate().flat_map(|(number, key)| match key {
        Some(key) => slot(number, LIVE, key.bytes()),
        None => slot(number, DESTROYED, &[0; Key::BYTES]),
    });
    MAGIC.iter().copied().chain(slots).collect()
}

/// What a copy of `KEYS` holds: of each slot, whether it is live or destroyed, and whether it is as it was written.
///
/// A copy was written at once, so nothing of it may be torn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KeyCopy {
    bytes: Vec<u8>,
}

/// Keys of a store and of its backup, put together.
#[derive(Debug)]
pub(crate) struct Mended {
    pub(crate) keys: KeyCopy,
    /// How many came from the backup.
    pub(crate) taken: usize,
    /// The numbers of those that neither has: they count as destroyed.
    pub(crate) lost: Vec<usize>,
}

impl KeyCopy {
    /// The copy at a path.
    ///
    /// # Errors
    /// `Corruption` where it is not there or not as it was written.
    pub(crate) fn read(path: &Path) -> Result<KeyCopy, StoreError> {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged(path, "it is missing"),
            _ => fault("read", path)(error),
        })?;
        let keys = parse(path, &bytes)?;
        if bytes.len() != MAGIC.len() + keys.len() * SLOT_BYTES {
            return Err(damaged(path, &format!("it is cut short, or goes on, behind key {}", keys.len() - 1)));
        }
        Ok(KeyCopy { bytes })
    }

    /// Whether the keys of a store are whole, but for what a crash tore and the next opening mends. Nothing is written.
    ///
    /// # Errors
    /// As for [`KeyCopy::read`].
    pub(crate) fn look(path: &Path) -> Result<(), StoreError> {
        let bytes = std::fs::read(path).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => damaged(path, "it is missing"),
            _ => fault("read", path)(error),
        })?;
        match parse(path, &bytes) {
            Err(_) if doomed::is_going_on(path) => Ok(()),
            parsed => parsed.map(drop),
        }
    }

    /// That of a store, and of what is missing or spoiled there what a backup has.
    ///
    /// # Errors
    /// The disk.
    pub(crate) fn mended(path: &Path, backup: Option<&KeyCopy>) -> Result<Mended, StoreError> {
        // Keys that were being destroyed are so before any is copied; whether the others can be read, is seen below.
        drop(KeyFile::open(path));
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Vec::new(),
            bytes => bytes.map_err(fault("read", path))?,
        };
        let whole = |bytes: &[u8], number: usize| {
            let slot = bytes.get(MAGIC.len() + number * SLOT_BYTES..)?.first_chunk::<SLOT_BYTES>()?;
            parse_slot(number, slot).is_ok().then_some(*slot)
        };
        let slots = bytes.len().saturating_sub(MAGIC.len()) / SLOT_BYTES;
        let own = (0..slots).rposition(|number| whole(&bytes, number).is_some()).map_or(0, |last| last + 1);
        let mut mended = Mended { keys: KeyCopy { bytes: MAGIC.to_vec() }, taken: 0, lost: Vec::new() };
        for number in 0..own.max(backup.map_or(0, KeyCopy::count)) {
            let theirs = || backup.and_then(|backup| whole(&backup.bytes, number));
            let slot = whole(&bytes, number).unwrap_or_else(|| match theirs() {
                Some(slot) => {
                    mended.taken += 1;
                    slot
                }
                None => {
                    mended.lost.push(number);
                    slot(number, DESTROYED, &[0; Key::BYTES])
                }
            });
            mended.keys.bytes.extend(slot);
        }
        Ok(mended)
    }

    /// From what [`Keyring::file`] gave.
    pub(crate) fn of(keyring: &dyn Keyring) -> Result<KeyCopy, StoreError> {
        keyring.file().map(|bytes| KeyCopy { bytes })
    }

    /// How many, destroyed ones included.
    pub(crate) fn count(&self) -> usize {
        (self.bytes.len() - MAGIC.len()) / SLOT_BYTES
    }

    /// What tells the store that it belongs to from every other one, and nothing of its keys.
    pub(crate) fn store_id(&self) -> [u8; 8] {
        // Without a slot, which a lost file leaves, it belongs to no store.
        let first = self.bytes.get(..MAGIC.len() + SLOT_BYTES).unwrap_or(&self.bytes);
        let whole = Sha256::new().chain_update(b"whose keys these are\n").chain_update(first).finalize();
        *whole.first_chunk().expect("32 bytes begin with 8")
    }

    /// Puts it in the place of what is at a path, durably; for the owner alone.
    pub(crate) fn write(&self, path: &Path) -> Result<(), StoreError> {
        let aside = path.with_extension("new");
        let write = || {
            let mut file = new_file(&aside)?;
            file.write_all(&self.bytes)?;
            file.sync_all()?;
            std::fs::rename(&aside, path)?;
            crate::integrity::file::sync_folder_of(path)
        };
        write().map_err(fault("write", path))
    }
}

/// Keys for a store in memory.
#[derive(Debug)]
pub(super) struct KeysInMemory(RwLock<Vec<Option<Key>>>);

impl Default for KeysInMemory {
    fn default() -> Self {
        let keys = KeysInMemory(RwLock::default());
        keys.reserve(KeyNumber::STORE).expect("the system has random bytes");
        keys
    }
}

impl KeysInMemory {
    pub(super) fn copy(&self) -> KeysInMemory {
        KeysInMemory(RwLock::new(self.0.read().unwrap_or_else(PoisonError::into_inner).clone()))
    }
}

impl Keys for KeysInMemory {
    fn key(&self, number: KeyNumber) -> Option<Key> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(number.0 as usize).cloned().flatten()
    }
}

impl Keyring for KeysInMemory {
    fn reserve(&self, up_to: KeyNumber) -> Result<(), StoreError> {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        while keys.len() <= up_to.0 as usize {
            keys.push(Some(Key::new(random_key()?)));
        }
        Ok(())
    }

    fn destroy(&self, numbers: &[KeyNumber]) -> Result<(), StoreError> {
        forget(&mut self.0.write().unwrap_or_else(PoisonError::into_inner), numbers);
        Ok(())
    }

    fn is_made(&self, number: KeyNumber) -> bool {
        (number.0 as usize) < self.0.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn file(&self) -> Result<Vec<u8>, StoreError> {
        Ok(written(self.0.read().unwrap_or_else(PoisonError::into_inner).iter().map(Option::as_ref)))
    }
}

fn forget(keys: &mut [Option<Key>], numbers: &[KeyNumber]) {
    for number in numbers {
        if let Some(key) = keys.get_mut(number.0 as usize) {
            *key = None;
        }
    }
}

/// For the owner alone, where the system knows such a thing.
fn new_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn random_key() -> Result<[u8; Key::BYTES], StoreError> {
    let mut bytes = [0; Key::BYTES];
    let doing = || "draw random bytes from the system".to_owned();
    getrandom::fill(&mut bytes).map_err(|error| StoreError::Fault { doing: doing(), source: Box::new(error) })?;
    Ok(bytes)
}

fn offset(number: usize) -> u64 {
    (MAGIC.len() + number * SLOT_BYTES) as u64
}

fn slot(number: usize, state: u8, key: &[u8; Key::BYTES]) -> [u8; SLOT_BYTES] {
    let mut slot = [0; SLOT_BYTES];
    slot[0] = state;
    slot[1..CHECKED_BYTES].copy_from_slice(key);
    let sum = checksum(number, &slot[..CHECKED_BYTES]);
    slot[CHECKED_BYTES..].copy_from_slice(&sum[..SLOT_BYTES - CHECKED_BYTES]);
    slot
}

fn checksum(number: usize, checked: &[u8]) -> [u8; 32] {
    let number = u32::try_from(number).expect("there are no more keys than events");
    Sha256::new().chain_update(number.to_le_bytes()).chain_update(checked).finalize().into()
}

/// The keys of a file; what is torn at its end is left off.
fn parse(path: &Path, bytes: &[u8]) -> Result<Vec<Option<Key>>, StoreError> {
    let Some(slots) = bytes.strip_prefix(MAGIC) else {
        return Err(damaged(path, "its first line is not `caseward keys 1`"));
    };
    let read: Vec<_> = slots.chunks(SLOT_BYTES).enumerate().map(|(number, slot)| parse_slot(number, slot)).collect();
    let whole = read.iter().rposition(Result::is_ok).map_or(0, |last| last + 1);
    if whole == 0 {
        return Err(damaged(path, "the key of the store cannot be read"));
    }
    let missing = |number: usize| {
        damaged(path, &format!("key {number} is not as it was written; what was sealed under it cannot be read"))
    };
    let keys = read.into_iter().take(whole).enumerate();
    keys.map(|(number, key)| key.map_err(|()| missing(number))).collect()
}

fn parse_slot(number: usize, slot: &[u8]) -> Result<Option<Key>, ()> {
    let (checked, sum) = slot.split_at_checked(CHECKED_BYTES).ok_or(())?;
    if sum.len() != SLOT_BYTES - CHECKED_BYTES || !checksum(number, checked).starts_with(sum) {
        return Err(());
    }
    let (&state, key) = checked.split_first().ok_or(())?;
    match (state, key.first_chunk()) {
        (LIVE, Some(key)) => Ok(Some(Key::new(*key))),
        (DESTROYED, _) => Ok(None),
        _ => Err(()),
    }
}

fn damaged(path: &Path, why: &str) -> StoreError {
    StoreError::Corruption(format!("the keys in `{}`: {why}", path.display()))
}

#[cfg(test)]
mod tests {
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
