//! A data directory, kept in memory, to be laid out again as often as is wanted.
//!
//! Journals are made 64 MiB long and hardly filled, so only what is not zero is kept, a page at a time, and holes stay
//! holes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// What is kept or left out together.
pub const PAGE: usize = 4096;

/// A file: its length, and its pages that are not zero throughout.
#[derive(Clone, Default)]
pub struct Content {
    pub length: u64,
    pages: BTreeMap<u64, Vec<u8>>,
}

/// Folders and files by their path below the directory.
#[derive(Clone, Default)]
pub struct Image {
    pub folders: BTreeSet<PathBuf>,
    pub files: BTreeMap<PathBuf, Content>,
}

impl Content {
    fn read(path: &Path) -> Content {
        let file = File::open(path).expect("what was listed can be opened");
        let length = file.metadata().expect("it has a length").len();
        let mut content = Content { length, pages: BTreeMap::new() };
        let mut file = file.take(length);
        let (mut portion, mut at) = (vec![0; 64 * PAGE], 0);
        loop {
            let read = fill(&mut file, &mut portion);
            if read == 0 {
                return content;
            }
            for (page, number) in portion[..read].chunks(PAGE).zip(at..) {
                if page.iter().any(|&byte| byte != 0) {
                    content.pages.insert(number, page.to_vec());
                }
            }
            at += 64;
        }
    }

    fn write(&self, path: &Path) {
        let file = File::create(path).expect("there is room for a file");
        file.set_len(self.length).expect("it can have this length");
        for (number, page) in &self.pages {
            file.write_all_at(page, number * PAGE as u64).expect("there is room for it");
        }
    }

    /// The bytes up to the last one that is not zero.
    pub fn used(&self) -> usize {
        let last = self.pages.last_key_value().map(|(number, page)| {
            let in_page = page.iter().rposition(|&byte| byte != 0).map_or(0, |at| at + 1);
            usize::try_from(*number).expect("a file fits") * PAGE + in_page
        });
        last.unwrap_or_default()
    }

    /// So many bytes from a place on; what lies beyond the end is not there.
    pub fn get(&self, at: usize, count: usize) -> Vec<u8> {
        let end = (at + count).min(usize::try_from(self.length).expect("a file fits"));
        let byte = |at: usize| {
            let page = self.pages.get(&((at / PAGE) as u64));
            page.and_then(|page| page.get(at % PAGE)).copied().unwrap_or_default()
        };
        (at..end).map(byte).collect()
    }

    /// Puts bytes in, which makes it longer where they lie behind its end.
    pub fn set(&mut self, at: usize, bytes: &[u8]) {
        for (&byte, at) in bytes.iter().zip(at..) {
            let page = self.pages.entry((at / PAGE) as u64).or_default();
            if page.len() <= at % PAGE {
                page.resize(at % PAGE + 1, 0);
            }
            page[at % PAGE] = byte;
        }
        self.length = self.length.max((at + bytes.len()) as u64);
    }

    /// Makes it this long: what is cut off is gone, what is added is zero.
    pub fn set_length(&mut self, length: u64) {
        self.length = length;
        let page = PAGE as u64;
        self.pages.retain(|number, _| number * page < length);
        if let Some(last) = self.pages.get_mut(&(length / page)) {
            last.truncate(usize::try_from(length % page).expect("a page fits"));
        }
    }
}

/// Reads until the buffer is full or there is no more.
fn fill(from: &mut impl Read, buffer: &mut [u8]) -> usize {
    let mut filled = 0;
    while filled < buffer.len() {
        match from.read(&mut buffer[filled..]).expect("it can be read") {
            0 => break,
            read => filled += read,
        }
    }
    filled
}

impl Image {
    /// What lies in a directory; nothing, where there is none.
    pub fn of(folder: &Path) -> Image {
        let mut image = Image::default();
        if folder.exists() {
            image.add(folder, Path::new(""));
        }
        image
    }

    fn add(&mut self, root: &Path, below: &Path) {
        self.folders.insert(below.to_owned());
        for entry in fs::read_dir(root.join(below)).expect("a folder can be listed") {
            let name = below.join(entry.expect("a folder can be listed").file_name());
            let path = root.join(&name);
            if path.is_dir() {
                self.add(root, &name);
            } else if path.is_file() {
                // What else lies there, a socket that nobody answers at any more, has no content.
                self.files.insert(name, Content::read(&path));
            }
        }
    }

    /// Lays it out at a place, in place of what is there.
    pub fn lay(&self, folder: &Path) {
        if folder.exists() {
            fs::remove_dir_all(folder).expect("what was laid out can be taken away");
        }
        for below in &self.folders {
            fs::create_dir_all(folder.join(below)).expect("there is room for a folder");
        }
        for (below, content) in &self.files {
            content.write(&folder.join(below));
        }
    }
}

#[test]
fn what_is_laid_out_is_what_was_there() {
    let folder = super::folder();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    let mut content = Content::default();
    content.set(3 * PAGE - 1, b"over the edge");
    content.set_length(9 * PAGE as u64 + 5);
    assert_eq!((content.used(), content.get(3 * PAGE - 2, 4)), (3 * PAGE + 12, b"\0ove".to_vec()));
    let mut image = Image::default();
    image.folders.extend(["".into(), "below".into()]);
    image.files.insert("below/file".into(), content.clone());
    image.lay(&one);
    Image::of(&one).lay(&two);
    let back = Image::of(&two);
    let same = |one: &Content, other: &Content| one.get(0, 99 * PAGE) == other.get(0, 99 * PAGE);
    assert!(same(&back.files[Path::new("below/file")], &content) && back.folders == image.folders);
    content.set_length(3 * PAGE as u64 + 1);
    assert_eq!((content.used(), content.get(3 * PAGE - 1, 9)), (3 * PAGE + 1, b"ov".to_vec()));
}
