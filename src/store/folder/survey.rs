//! Whether there is a store in a directory, or room for one: what its marker `CASEWARD` says, and what lies beside it.
//!
//! INVARIANT: nothing is written.

use super::files::{fault, is_there, read_note};
use super::names::{
    FILE_SYSTEM_S_OWN, FIRST_LINE, FORMAT, FORMAT_KEY, HEAD, HEALING, IN_THE_MAKING, KEYS, KEYS_KEY, LOCK, LOG, MARKER,
    RESTORING, SIGNED, UNFINISHED_MARKER,
};
use crate::seams::{StoreError, Work};
use crate::store::keys::KeysId;
use sha2::{Digest, Sha256};
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;

/// What to do where there is no store yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Make one, if there is nothing or an empty directory.
    Create,
    /// Answer [`StoreError::Missing`].
    Existing,
    /// Make one or go on with one that a restore began and has not ended: where `RESTORING` lies, nobody else comes in.
    Restoring,
}

/// Whether the folder has its marker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum Stage {
    /// It is being made: what it needs is still to come.
    New,
    /// It is whole.
    Whole,
}

/// What a marker says behind its format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Marked {
    /// It has keys of tree heads, be they lost or not.
    pub(in crate::store) is_signed: bool,
    /// Which keys belong to it; a store of an earlier release does not say.
    pub(in crate::store) keys: Option<KeysId>,
}

impl Marked {
    /// Of the store at a path; nothing where its marker cannot be read.
    pub(in crate::store) fn at(path: &Path) -> Marked {
        read_note(&path.join(MARKER)).ok().and_then(|text| Marked::parse(&text)).unwrap_or_default()
    }

    /// Of a marker of this format; none where it is not as it was written.
    fn parse(text: &str) -> Option<Marked> {
        let mut lines = text.lines().skip(2).peekable();
        let is_signed = lines.next_if_eq(&SIGNED).is_some();
        let keys = match lines.next() {
            None => None,
            Some(line) if is_sealed(text) => Some(line.strip_prefix(KEYS_KEY)?.split_once(' ')?.0.parse().ok()?),
            Some(_) => return None,
        };
        lines.next().is_none().then_some(Marked { is_signed, keys })
    }

    pub(super) fn text(self) -> String {
        let signed = if self.is_signed { format!("{SIGNED}\n") } else { String::new() };
        let said = format!("{FIRST_LINE}\n{FORMAT_KEY}{FORMAT}\n{signed}");
        match self.keys {
            None => said,
            Some(keys) => {
                let said = format!("{said}{KEYS_KEY}{keys} ");
                format!("{said}{}\n", check(&said))
            }
        }
    }
}

/// The last word of a marker that has one, over all before it.
fn check(said: &str) -> String {
    let sum: [u8; 32] = Sha256::digest(said).into();
    sum.iter().take(4).map(|byte| format!("{byte:02x}")).collect()
}

/// Whether a marker, of whatever format, ends in the check over the rest of it.
fn is_sealed(text: &str) -> bool {
    let Some(text) = text.strip_suffix('\n') else { return false };
    text.rsplit_once(' ').is_some_and(|(said, last)| check(&format!("{said} ")) == last)
}

/// Whether there is a store, or room for one.
pub(super) fn survey(path: &Path, access: Access) -> Result<Stage, StoreError> {
    match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Stage::New),
        Err(error) => return Err(fault("look at", path)(error)),
        Ok(there) if !there.is_dir() => return Err(not_a_store(path, "it is not a directory")),
        Ok(_) => {}
    }
    let unfinished = |work| StoreError::Unfinished { path: path.to_owned(), work };
    if is_there(&path.join(HEALING))? {
        return Err(unfinished(Work::Heal));
    }
    if is_there(&path.join(RESTORING))? && access != Access::Restoring {
        return Err(unfinished(Work::Restore));
    }
    let marker = path.join(MARKER);
    let stage = match read_note(&marker) {
        Ok(text) => check_marker(path, &text, holds_all_but_the_marker(path)?).map(|()| Stage::Whole),
        Err(error) if error.kind() == ErrorKind::NotFound => check_room(path).map(|()| Stage::New),
        Err(error) => Err(fault("read", &marker)(error)),
    };
    match stage {
        Err(StoreError::NotAStore { why, .. }) if holds_all_but_the_marker(path)? => Err(marker_lost(path, &why)),
        stage => stage,
    }
}

/// Whether all that a store has is there, and nothing of the making of one: no other directory looks like that.
fn holds_all_but_the_marker(path: &Path) -> Result<bool, StoreError> {
    for name in [LOG, KEYS, HEAD] {
        if !is_there(&path.join(name))? {
            return Ok(false);
        }
    }
    Ok(path.join(LOG).is_dir() && !is_there(&path.join(UNFINISHED_MARKER))?)
}

fn marker_lost(path: &Path, why: &str) -> StoreError {
    StoreError::Corruption(format!(
        "`{}` has a log, keys and a note of the head, but {why}. If nothing else is damaged, it opens again, as a copy of \
         it will show, once a file `{MARKER}` there has three lines: `{FIRST_LINE}`, `{FORMAT_KEY}{FORMAT}` and `{SIGNED}`",
        path.display()
    ))
}

fn check_marker(path: &Path, text: &str, is_of_a_store: bool) -> Result<(), StoreError> {
    let mut lines = text.lines();
    if lines.next() != Some(FIRST_LINE) {
        return Err(not_a_store(path, &format!("the first line of its `{MARKER}` is not `{FIRST_LINE}`")));
    }
    let format = lines.next().and_then(|line| line.strip_prefix(FORMAT_KEY)).and_then(|number| number.parse().ok());
    match format {
        Some(1..=FORMAT) if Marked::parse(text).is_some() => Ok(()),
        Some(1..=FORMAT) => Err(not_a_store(path, &format!("its `{MARKER}` is not as it was written"))),
        // One bit makes another number of it.
        Some(2..) if !is_sealed(text) && is_of_a_store => {
            Err(not_a_store(path, &format!("its `{MARKER}` is not as it was written")))
        }
        Some(found @ 2..) => Err(StoreError::NewerFormat { path: path.to_owned(), found, known: FORMAT }),
        Some(0) | None => Err(not_a_store(path, &format!("the second line of its `{MARKER}` tells no format"))),
    }
}

/// A directory without marker is room for a store if there is nothing in it but what the making of one leaves, be it
/// one that was cut short or one that goes on at this moment; of the two, the lock tells.
fn check_room(path: &Path) -> Result<(), StoreError> {
    let names = fs::read_dir(path).and_then(|entries| entries.map(|entry| Ok(entry?.file_name())).collect());
    let names: Vec<OsString> = names.map_err(fault("list", path))?;
    let in_the_making = names.iter().any(|name| name == UNFINISHED_MARKER || name == MARKER);
    let ours = |name: &OsString| {
        [LOCK, FILE_SYSTEM_S_OWN, RESTORING, "RESTORING.new"].iter().any(|ours| name == ours)
            || in_the_making && IN_THE_MAKING.iter().any(|ours| name == ours)
    };
    match names.iter().find(|name| !ours(name)) {
        Some(name) => Err(not_a_store(path, &format!("it has `{}`, but no `{MARKER}`", name.display()))),
        None => Ok(()),
    }
}

fn not_a_store(path: &Path, why: &str) -> StoreError {
    StoreError::NotAStore { path: path.to_owned(), why: why.to_owned() }
}
