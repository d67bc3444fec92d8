//! A simulated disk: what was done to it is played from a trace, and at any step it can lose its power.
//!
//! What was synced is there. Of what was not, each sector of 512 bytes is old or new by itself, or as it was at any
//! write in between; so is the length of a file; and each change of a name (made, renamed, removed) is there or not by
//! itself, until its folder is synced. That is harder than a file system with a journal is: it keeps the changes of
//! names in order.
//! Absent: sectors that are neither old nor new, and disks that lie about a sync.

use super::chance::Chance;
use super::image::{Content, Image};
use super::shim::Step;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::{Path, PathBuf};

const SECTOR: usize = 512;

/// A file, whatever its names are.
#[derive(Default)]
struct File {
    synced: Content,
    now: Content,
    /// What each sector was at every write since the last sync.
    since: BTreeMap<usize, Vec<Vec<u8>>>,
    lengths: Vec<u64>,
}

/// A change of a name that is not yet synced.
#[derive(Clone)]
enum Change {
    Folder(PathBuf),
    Name(PathBuf, usize),
    Rename(PathBuf, PathBuf, usize),
    Remove(PathBuf),
}

/// Which names there are.
#[derive(Clone, Default)]
struct Names {
    folders: BTreeSet<PathBuf>,
    files: BTreeMap<PathBuf, usize>,
}

/// A disk whose power can fail at any step of the trace.
pub struct Disk {
    files: Vec<File>,
    synced: Names,
    now: Names,
    changes: Vec<Change>,
    inodes: HashMap<u64, usize>,
}

/// How much of what was not synced is there.
#[derive(Clone, Copy)]
pub struct Survival {
    /// Of sectors and lengths, in a hundred.
    pub sectors: usize,
    /// Of changes of names.
    pub names: usize,
}

impl Survival {
    /// Mostly the last of several states, now and then one that was there in between.
    fn state<'a, T>(self, chance: &mut Chance, states: &'a [T]) -> &'a T {
        let between = self.sectors < 100 && chance.yes(25);
        if between { chance.one(states) } else { states.last().expect("there is one") }
    }
}

impl File {
    fn of(content: Content) -> File {
        File { synced: content.clone(), now: content, ..File::default() }
    }

    fn write(&mut self, at: usize, bytes: &[u8]) {
        self.now.set(at, bytes);
        self.lengths.push(self.now.length);
        for sector in at / SECTOR..(at + bytes.len()).div_ceil(SECTOR) {
            let state = self.now.get(sector * SECTOR, SECTOR);
            self.since.entry(sector).or_default().push(state);
        }
    }

    fn set_length(&mut self, length: u64) {
        self.now.set_length(length);
        self.lengths.push(length);
    }

    fn sync(&mut self) {
        self.synced = self.now.clone();
        self.since.clear();
        self.lengths.clear();
    }

    fn after_loss(&self, chance: &mut Chance, survival: Survival) -> Content {
        let mut content = self.synced.clone();
        for (sector, states) in &self.since {
            if chance.yes(survival.sectors) {
                content.set(sector * SECTOR, survival.state::<Vec<u8>>(chance, states));
            }
        }
        let length = if !self.lengths.is_empty() && chance.yes(survival.sectors) {
            *survival.state(chance, &self.lengths)
        } else {
            self.synced.length
        };
        content.set_length(length);
        content
    }
}

impl Change {
    /// Whether a sync of this folder settles it.
    fn lies_in(&self, folder: &Path) -> bool {
        let (Change::Folder(path) | Change::Name(path, _) | Change::Rename(path, ..) | Change::Remove(path)) = self;
        path.parent() == Some(folder)
    }

    fn apply(&self, names: &mut Names) {
        match self {
            Change::Folder(path) => {
                names.folders.insert(path.clone());
            }
            Change::Name(path, file) => {
                names.files.insert(path.clone(), *file);
            }
            Change::Rename(from, to, file) => {
                names.files.retain(|path, there| path != from || there != file);
                names.files.insert(to.clone(), *file);
            }
            Change::Remove(path) => {
                names.folders.remove(path);
                names.files.remove(path);
            }
        }
    }
}

impl Disk {
    /// With this on it, all synced.
    pub fn holding(image: &Image) -> Disk {
        let mut names = Names { folders: image.folders.clone(), ..Names::default() };
        let mut files = Vec::new();
        for (path, content) in &image.files {
            names.files.insert(path.clone(), files.len());
            files.push(File::of(content.clone()));
        }
        // The directory itself was there before.
        names.folders.insert(PathBuf::new());
        Disk { files, synced: names.clone(), now: names, changes: Vec::new(), inodes: HashMap::new() }
    }

    /// Does what a step did.
    pub fn play(&mut self, step: &Step) {
        if !step.done {
            return;
        }
        let at = usize::try_from(step.offset).expect("a file fits");
        match step.kind.as_str() {
            "folder" => self.change(Change::Folder(step.path.clone())),
            "remove" => self.change(Change::Remove(step.path.clone())),
            "create" | "empty" | "open" => {
                let file = self.named(step);
                if step.kind == "empty" && self.files[file].now.length > 0 {
                    self.files[file].set_length(0);
                }
            }
            "rename" => {
                if let Some(&file) = self.now.files.get(&step.path) {
                    self.change(Change::Rename(step.path.clone(), step.other.clone(), file));
                }
            }
            "link" => {
                if let Some(&file) = self.now.files.get(&step.path) {
                    self.change(Change::Name(step.other.clone(), file));
                }
            }
            "write" => {
                let file = self.named(step);
                self.files[file].write(at, &step.bytes);
            }
            "length" => {
                let file = self.named(step);
                self.files[file].set_length(step.offset);
            }
            "sync" if self.now.folders.contains(&step.path) => self.sync_folder(&step.path),
            "sync" => {
                let file = self.named(step);
                self.files[file].sync();
            }
            _ => {}
        }
    }

    fn change(&mut self, change: Change) {
        change.apply(&mut self.now);
        self.changes.push(change);
    }

    fn sync_folder(&mut self, folder: &Path) {
        let (settled, open) = std::mem::take(&mut self.changes).into_iter().partition(|change| change.lies_in(folder));
        self.changes = open;
        let settled: Vec<Change> = settled;
        settled.iter().for_each(|change| change.apply(&mut self.synced));
    }

    /// The file of a step. A known inode under another name was renamed past the C library; an unknown one is new.
    fn named(&mut self, step: &Step) -> usize {
        let there = self.now.files.get(&step.path).copied();
        let known = self.inodes.get(&step.inode).copied();
        match (there, known) {
            (Some(file), None) if step.kind != "create" || !self.inodes.values().any(|&other| other == file) => {
                self.inodes.insert(step.inode, file);
                file
            }
            (Some(file), Some(same)) if file == same => file,
            (_, Some(file)) if self.still_named(file).is_some_and(|old| old != step.path) => {
                let old = self.still_named(file).expect("it was looked at just now");
                self.change(Change::Rename(old, step.path.clone(), file));
                file
            }
            _ => {
                let file = self.files.len();
                self.files.push(File::default());
                self.inodes.insert(step.inode, file);
                self.change(Change::Name(step.path.clone(), file));
                file
            }
        }
    }

    fn still_named(&self, file: usize) -> Option<PathBuf> {
        self.now.files.iter().find(|(_, there)| **there == file).map(|(path, _)| path.clone())
    }

    /// What is there when the power comes back.
    pub fn after_loss(&self, chance: &mut Chance, survival: Survival) -> Image {
        let mut names = self.synced.clone();
        for change in &self.changes {
            if chance.yes(survival.names) {
                change.apply(&mut names);
            }
        }
        let reachable = |path: &Path| path.ancestors().skip(1).all(|above| names.folders.contains(above));
        let mut image = Image::default();
        image.folders.extend(names.folders.iter().filter(|path| reachable(path)).cloned());
        for (path, &file) in names.files.iter().filter(|(path, _)| reachable(path)) {
            image.files.insert(path.clone(), self.files[file].after_loss(chance, survival));
        }
        image
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(kind: &str, path: &str, offset: u64, bytes: &[u8]) -> Step {
        Step {
            kind: kind.to_owned(),
            done: true,
            inode: 7,
            offset,
            path: path.into(),
            other: PathBuf::new(),
            bytes: bytes.to_vec(),
        }
    }

    fn after(disk: &Disk, all: usize) -> Option<Vec<u8>> {
        let image = disk.after_loss(&mut Chance::of("simulated", 1), Survival { sectors: all, names: all });
        image.files.get(Path::new("file")).map(|content| content.get(0, 2_000))
    }

    #[test]
    fn what_is_synced_is_there_and_what_is_not_may_be() {
        let mut disk = Disk::holding(&Image::default());
        disk.play(&step("create", "file", 0, b""));
        disk.play(&step("write", "file", 0, b"one"));
        assert_eq!((after(&disk, 0), after(&disk, 100)), (None, Some(b"one".to_vec())));
        disk.play(&step("sync", "file", 0, b""));
        disk.play(&Step { inode: 1, ..step("sync", "", 0, b"") });
        disk.play(&step("write", "file", 1, b"xx"));
        assert_eq!((after(&disk, 0), after(&disk, 100)), (Some(b"one".to_vec()), Some(b"oxx".to_vec())));
        disk.play(&step("length", "file", 0, b""));
        assert_eq!(after(&disk, 100), Some(Vec::new()));
        disk.play(&step("sync", "file", 0, b""));
        assert_eq!(after(&disk, 0), Some(Vec::new()));
    }

    #[test]
    fn a_name_that_was_changed_past_the_library_is_seen_by_its_inode() {
        let mut disk = Disk::holding(&Image::default());
        disk.play(&step("create", ".tmp1", 0, b""));
        disk.play(&step("write", ".tmp1", 0, b"one"));
        disk.play(&step("sync", "file", 0, b""));
        assert_eq!((after(&disk, 0), after(&disk, 100)), (None, Some(b"one".to_vec())));
        assert!(!disk.now.files.contains_key(Path::new(".tmp1")));
    }
}
