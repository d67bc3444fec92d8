//! What the data directory tells of itself, be it in use or not: sizes, notes, heads.
//!
//! INVARIANT: it only reads, and takes no lock: files of a running store may go at any time.

use crate::integrity::head_note;
use crate::proof::kept::newest_tree_head;
use crate::seams::OrganizationNumber;
use crate::store::Verified;
use caseward_events::{OrganizationName, Position};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::SystemTime;
use std::{fs, io};

/// What a data directory says of itself: sizes, notes, tree heads.
pub struct OnDisk {
    /// In bytes, by what lies directly in the directory.
    parts: BTreeMap<String, u64>,
    /// The last position that each organization was promised.
    pub noted: BTreeMap<OrganizationNumber, Position>,
    noted_age: Option<u64>,
    pub verified: Option<Verified>,
    /// The newest signed head, with its age.
    tree_head: Option<(Position, u64)>,
}

impl OnDisk {
    /// Of a data directory.
    ///
    /// # Errors
    /// It cannot be listed.
    pub fn of(data: &Path, heads: Option<&Path>, organization: &OrganizationName) -> io::Result<OnDisk> {
        let mut parts = BTreeMap::new();
        for entry in fs::read_dir(data)? {
            let entry = entry?;
            if let Some(bytes) = bytes_of(&entry)? {
                parts.insert(entry.file_name().to_string_lossy().into_owned(), bytes);
            }
        }
        let head = data.join("HEAD");
        let found = head_note::read(&head).unwrap_or_default();
        let newest = |notes: Vec<head_note::Note>| notes.first().map(|note| note.position);
        let noted = found.notes.into_iter().filter_map(|(number, notes)| Some((number, newest(notes)?)));
        Ok(OnDisk {
            parts,
            noted: noted.collect(),
            noted_age: age(&head),
            verified: Verified::read(data),
            tree_head: heads
                .and_then(|heads| newest_tree_head(heads, organization))
                .and_then(|(size, path)| Some((size, age(&path)?))),
        })
    }

    /// All together.
    pub fn bytes(&self) -> u64 {
        self.parts.values().sum()
    }

    /// Of the log, of saved views, of all else.
    pub fn by_part(&self) -> [(&'static str, u64); 3] {
        let of = |name: &str| self.parts.get(name).copied().unwrap_or(0);
        let (log, views) = (of("log"), of("views"));
        [("log", log), ("views", views), ("others", self.bytes() - log - views)]
    }

    /// As programs get it, of one organization; `noted` tells of all where none is known.
    pub fn json(&self, organization: OrganizationNumber) -> Value {
        let verified = self
            .verified
            .as_ref()
            .map(|verified| json!({"position": verified.position(organization), "at": verified.at}));
        let note = self.noted.get(&organization);
        json!({
            "bytes_on_disk": self.bytes(),
            "disk": self.by_part().into_iter().collect::<BTreeMap<_, _>>(),
            "head_note": note.map(|position| json!({"position": position, "age_seconds": self.noted_age})),
            "tree_head": self.tree_head.map(|(size, age)| json!({"position": size, "age_seconds": age})),
            "verified": verified,
        })
    }

    /// As people get it.
    pub fn lines(&self, organization: OrganizationNumber) -> Vec<(&'static str, String)> {
        let bytes = |bytes: u64| indicatif::HumanBytes(bytes).to_string();
        let parts = self.by_part().map(|(part, size)| format!("{part} {}", bytes(size))).join(", ");
        let mut lines = vec![("size on disk", format!("{}, all organizations: {parts}", bytes(self.bytes())))];
        if let (Some(position), Some(age)) = (self.noted.get(&organization), self.noted_age) {
            lines.push(("HEAD note", format!("position {position}, written {} ago", ago(age))));
        }
        if let Some((size, age)) = self.tree_head {
            lines.push(("tree head", format!("position {size}, signed {} ago", ago(age))));
        }
        let verified = self.verified.as_ref();
        let position = verified.and_then(|verified| Some((verified.position(organization)?, verified.at)));
        lines.push((
            "verified",
            match position {
                Some((position, at)) => format!("up to position {position}, at {at}"),
                None => "never; run caseward verify".to_owned(),
            },
        ));
        lines
    }
}

/// Seconds since a file was written.
fn age(path: &Path) -> Option<u64> {
    let written = fs::metadata(path).ok()?.modified().ok()?;
    Some(SystemTime::now().duration_since(written).map_or(0, |since| since.as_secs()))
}

/// `3 minutes`.
pub fn ago(seconds: u64) -> String {
    indicatif::HumanDuration(std::time::Duration::from_secs(seconds)).to_string()
}

/// None where it is gone.
fn bytes_of(entry: &fs::DirEntry) -> io::Result<Option<u64>> {
    match entry.metadata() {
        // The database may remove a file of its own at any time.
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => Ok(None),
        metadata if metadata.as_ref().is_ok_and(fs::Metadata::is_dir) => bytes_in(&entry.path()).map(Some),
        metadata => Ok(Some(taken(&metadata?))),
    }
}

/// What the files below a directory take up.
fn bytes_in(folder: &Path) -> io::Result<u64> {
    let entries = match fs::read_dir(folder) {
        Err(gone) if gone.kind() == io::ErrorKind::NotFound => return Ok(0),
        entries => entries?,
    };
    let mut bytes = 0;
    for entry in entries {
        bytes += bytes_of(&entry?)?.unwrap_or(0);
    }
    Ok(bytes)
}

/// Journals are made long before they are filled: what counts is what the disk gave.
#[cfg(unix)]
fn taken(metadata: &fs::Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    metadata.blocks() * 512
}

#[cfg(not(unix))]
fn taken(metadata: &fs::Metadata) -> u64 {
    metadata.len()
}
