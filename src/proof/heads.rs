//! Tree heads: signed, written out for others to keep, and held against.
//!
//! INVARIANT: a tree head is only ever signed of a position that is durable; a file of one is there whole or not at all.
//! Absent on purpose: when to write one (`schedule`).

use super::streams;
use crate::engine::{HeadInput, Organization};
use crate::integrity::file;
use crate::integrity::signed_note::{BadKey, BadNote, SignedNote, VerifierKey};
use crate::integrity::signing::{self, SigningError, SigningKeys};
use crate::integrity::tree_head::{BadHead, StreamsRoot, TreeHead};
use crate::seams::StoreError;
use caseward_events::{OrganizationName, Position, PublicKey};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What the name of a file of a head ends in.
const EXTENSION: &str = "note";

/// Why there is no tree head.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HeadError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The keys.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A note that is none, or not signed.
    #[error(transparent)]
    Note(#[from] BadNote),
    /// A text that is no head.
    #[error(transparent)]
    Head(#[from] BadHead),
    /// A key that is none.
    #[error(transparent)]
    Key(#[from] BadKey),
    /// The disk.
    #[error("cannot {doing} `{}`", .path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What failed.
        #[source]
        source: io::Error,
    },
}

/// A tree head that is not of the beginning of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the events up to position {size} are not those of the tree head")]
pub struct Differs {
    /// Of the head.
    pub size: Position,
}

/// The present tree head of an organization.
///
/// # Errors
/// The store cannot vouch for its log, or the key is not there.
pub async fn tree_head(organization: &Organization, keys: &SigningKeys) -> Result<SignedNote, HeadError> {
    let input = organization.head_input().await?;
    let streams = streams::root_of(organization, &input).await;
    Ok(sign((&input, streams), organization, keys)?)
}

/// The same, with the key that verifies it.
///
/// # Errors
/// As for [`tree_head`].
pub async fn with_key(organization: &Organization, keys: &SigningKeys) -> Result<(SignedNote, VerifierKey), HeadError> {
    let input = organization.head_input().await?;
    let public = input.signing_key.unwrap_or_else(|| keys.first());
    let key = signing::verifier(&keys.origin(organization.name()), &public)?;
    let streams = streams::root_of(organization, &input).await;
    Ok((sign((&input, streams), organization, keys)?, key))
}

pub(super) fn sign(
    (input, streams): (&HeadInput, StreamsRoot),
    organization: &Organization,
    keys: &SigningKeys,
) -> Result<SignedNote, SigningError> {
    let head = TreeHead {
        origin: keys.origin(organization.name()),
        size: input.position,
        root: input.root,
        time: input.time,
        streams,
    };
    keys.sign(&head, input.signing_key.as_ref())
}

/// Whether a note is a head that a key signed.
///
/// # Errors
/// It is not.
pub fn verify(note: &SignedNote, public: &PublicKey) -> Result<TreeHead, HeadError> {
    let head: TreeHead = note.text().parse()?;
    let key: VerifierKey = signing::verifier(&head.origin, public)?;
    note.verify(&key)?;
    Ok(head)
}

/// What the file of a head is called.
#[must_use]
pub fn file_name(organization: &OrganizationName, size: Position) -> String {
    format!("{organization}-{size}.{EXTENSION}")
}

/// Puts a head into a folder, under its organization and size, durably. Where it went.
///
/// # Errors
/// The disk.
pub fn write_into(folder: &Path, note: &SignedNote) -> Result<PathBuf, HeadError> {
    let head: TreeHead = note.text().parse()?;
    let path = folder.join(file_name(&head.origin.organization, head.size));
    let io = |doing, path: &Path| {
        let path = path.to_owned();
        move |source| HeadError::Io { doing, path, source }
    };
    fs::create_dir_all(folder).map_err(io("make", folder))?;
    // The first head that was handed out of a size stays: a later one must not take its place unseen.
    if !path.try_exists().map_err(io("look at", &path))? {
        file::replace_public(&path, note.to_string().as_bytes()).map_err(io("write", &path))?;
    }
    Ok(path)
}

/// The files of heads in a folder, by name; none where it is not there.
///
/// # Errors
/// The disk.
pub fn files(folder: &Path) -> Result<Vec<PathBuf>, HeadError> {
    let failed = |source| HeadError::Io { doing: "list", path: folder.to_owned(), source };
    let entries = match fs::read_dir(folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(failed)?,
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == EXTENSION) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// The largest tree head of an organization in a folder that was signed with a key of this store, and its file. What is
/// not signed so says nothing about the log, and is passed over.
///
/// # Errors
/// The folder cannot be listed.
pub fn newest(
    folder: &Path,
    organization: &OrganizationName,
    keys: &SigningKeys,
) -> Result<Option<(PathBuf, TreeHead)>, HeadError> {
    let size = |path: &PathBuf| -> Option<u64> {
        let stem = path.file_stem()?.to_str()?;
        stem.strip_prefix(organization.as_str())?.strip_prefix('-')?.parse().ok()
    };
    let mut sized: Vec<_> = files(folder)?.into_iter().filter_map(|path| Some((size(&path)?, path))).collect();
    sized.sort_by_key(|(size, _)| std::cmp::Reverse(*size));
    let of_this_store = |path: &Path| {
        let note = read(path).ok()?;
        let head = keys.public().iter().find_map(|public| verify(&note, public).ok())?;
        (head.origin == keys.origin(organization)).then_some(head)
    };
    Ok(sized.into_iter().find_map(|(_, path)| of_this_store(&path).map(|head| (path, head))))
}

/// Reads a note.
///
/// # Errors
/// The disk, or it is none.
pub fn read(path: &Path) -> Result<SignedNote, HeadError> {
    let failed = |source| HeadError::Io { doing: "read", path: path.to_owned(), source };
    let bytes = fs::read(path).map_err(failed)?;
    let text = String::from_utf8(bytes).map_err(|_| BadNote::Form("it is no text"))?;
    Ok(text.parse()?)
}
