//! Putting a store that was made inside a data directory in the place of the one that is there, which is kept.
//!
//! ```text
//! DIR/healing/         the new one
//! DIR/damaged-.../     the old one, as it was
//! DIR/HEALING          there from before the first file is moved until after the last: what is done, and where the old goes
//! ```
//! INVARIANT: `HEALING` keeps everybody else out, and whoever goes on finds each file in one of two places. Nothing is
//! deleted but the lock of the new one. Absent on purpose: why.

use super::folder::{HEALING, fault, is_there, lock, sync_directory};
use crate::integrity::file;
use crate::seams::{StoreError, system_time};
use std::fs::{self, File};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Where the new store is made.
const NEW: &str = "healing";
/// What makes up a store; whatever else lies beside it stays.
const PARTS: [&str; 9] = ["CASEWARD", "KEYS", "SIGNING", "HEAD", "ANCHOR", "SUBTREES", "log", "views", "views.aside"];
const FIRST_LINE: &str = "caseward heal";

/// What is being done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// The old one is moved out.
    Out,
    /// The new one is moved in.
    In,
}

impl Step {
    fn word(self) -> &'static str {
        match self {
            Step::Out => "out",
            Step::In => "in",
        }
    }
}

/// Where a new store is made in a data directory.
pub(crate) fn place(path: &Path) -> PathBuf {
    path.join(NEW)
}

/// Puts the new store in the place of the old one, of which the caller has the lock; where the old one is now.
pub(crate) fn replace(path: &Path) -> Result<PathBuf, StoreError> {
    let aside = format!("damaged-{}", system_time::in_a_name(system_time::now()));
    note(path, Step::Out, &aside)?;
    go_on(path, Step::Out, &aside)
}

/// Goes on where one was stopped; `None` where none was.
pub(crate) fn resume(path: &Path) -> Result<Option<PathBuf>, StoreError> {
    if !is_there(&path.join(HEALING))? {
        return Ok(None);
    }
    let _lock: (File, bool) = lock(path)?;
    let mark = path.join(HEALING);
    let text = match fs::read_to_string(&mark) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        text => text.map_err(fault("read", &mark))?,
    };
    let lines: Vec<_> = text.lines().collect();
    let step = match lines[..] {
        [FIRST_LINE, "out", aside] => Some((Step::Out, aside)),
        [FIRST_LINE, "in", aside] => Some((Step::In, aside)),
        _ => None,
    };
    let unknown = || StoreError::Corruption(format!("`{}` does not say what was being healed", mark.display()));
    let (step, aside) = step.ok_or_else(unknown)?;
    go_on(path, step, aside).map(Some)
}

fn note(path: &Path, step: Step, aside: &str) -> Result<(), StoreError> {
    let mark = path.join(HEALING);
    let text = format!("{FIRST_LINE}\n{}\n{aside}\n", step.word());
    file::replace(&mark, text.as_bytes()).map_err(fault("write", &mark))
}

fn go_on(path: &Path, step: Step, aside: &str) -> Result<PathBuf, StoreError> {
    let (new, old) = (place(path), path.join(aside));
    if step == Step::Out {
        fs::create_dir_all(&old).map_err(fault("make", &old))?;
        PARTS.iter().try_for_each(|part| shift(&path.join(part), &old.join(part)))?;
        sync_directory(&old)?;
        sync_directory(path)?;
        note(path, Step::In, aside)?;
    }
    if is_there(&new)? {
        PARTS.iter().try_for_each(|part| shift(&new.join(part), &path.join(part)))?;
        sync_directory(path)?;
        fs::remove_dir_all(&new).map_err(fault("remove", &new))?;
    }
    let mark = path.join(HEALING);
    fs::remove_file(&mark).map_err(fault("remove", &mark))?;
    sync_directory(path)?;
    Ok(old)
}

/// Moves what is there.
fn shift(from: &Path, to: &Path) -> Result<(), StoreError> {
    match is_there(from)? {
        true => fs::rename(from, to).map_err(fault("move", from)),
        false => Ok(()),
    }
}
