//! The cases of a row of a checkpoint, which are in memory or have left it.
//!
//! INVARIANT: one that has left stays as it was until it comes back: whoever changes or adds a case has it in memory.

use crate::facts::heap_size;
use crate::tables::case_access::{Case, Rare};
use crate::tables::table::Table;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use thin_vec::ThinVec;

/// As many as a row has: with one that is often asked for, few stay that are not.
pub(crate) const CHUNK_CASES: usize = Table::Cases.row_entities() as usize;

/// Some cases that are evicted and loaded together.
#[derive(Debug)]
pub(super) struct Chunk {
    /// None where it has left.
    cases: Option<Vec<Case>>,
    /// As it was when it left, to come back by; of no meaning while it is in memory.
    left: Left,
    /// What it took when that was last counted.
    bytes: AtomicU32,
    /// Whether somebody asked for it since the last look.
    asked: AtomicBool,
}

/// What stays of a chunk that left.
#[derive(Clone, Debug, Default)]
struct Left {
    /// Of its saved row.
    digest: u64,
    /// How many cases it has.
    len: u8,
    /// What is not saved with cases, by their place in the chunk.
    rare: ThinVec<(usize, Rare)>,
}

impl Clone for Chunk {
    fn clone(&self) -> Self {
        let (bytes, asked) = (self.bytes.load(Ordering::Relaxed), self.asked.load(Ordering::Relaxed));
        let (cases, left) = (self.cases.clone(), self.left.clone());
        Chunk { cases, left, bytes: bytes.into(), asked: asked.into() }
    }
}

impl Chunk {
    /// One without cases so far.
    pub(super) fn new() -> Chunk {
        let cases = Vec::with_capacity(CHUNK_CASES);
        let bytes = counted(heap_size::vec(&cases)).into();
        Chunk { cases: Some(cases), left: Left::default(), bytes, asked: AtomicBool::new(true) }
    }

    /// One that is not in memory.
    pub(super) fn left(digest: u64, len: usize) -> Chunk {
        let left = Left { digest, len: short(len), rare: ThinVec::new() };
        Chunk { cases: None, left, bytes: 0.into(), asked: false.into() }
    }

    /// Its cases, asked for; none when it has left.
    #[inline]
    pub(super) fn here(&self) -> Option<&[Case]> {
        let cases = self.cases.as_ref()?;
        // Written only where it is not set, so that readers do not take the line from one another.
        if !self.asked.load(Ordering::Relaxed) {
            self.asked.store(true, Ordering::Relaxed);
        }
        Some(cases)
    }

    /// Its cases, for whoever goes through all.
    pub(super) fn peek(&self) -> Option<&Vec<Case>> {
        self.cases.as_ref()
    }

    pub(super) fn here_mut(&mut self) -> Option<&mut Vec<Case>> {
        *self.asked.get_mut() = true;
        self.cases.as_mut()
    }

    pub(super) fn len(&self) -> usize {
        self.cases.as_ref().map_or(usize::from(self.left.len), Vec::len)
    }

    /// The digest of its row, where it has left.
    pub(super) fn cold(&self) -> Option<u64> {
        self.cases.is_none().then_some(self.left.digest)
    }

    /// The bytes that it takes more.
    pub(super) fn push(&mut self, case: Case) -> usize {
        let bytes = case.heap();
        *self.bytes.get_mut() += counted(bytes);
        self.cases.as_mut().expect("whoever adds a case has made sure that it is in memory").push(case);
        bytes
    }

    pub(super) fn pop(&mut self) {
        self.cases.as_mut().map(Vec::pop);
    }

    /// Whether it is worth asking for: a look forgets that somebody asked.
    pub(super) fn can_leave(&mut self) -> bool {
        let asked = std::mem::take(self.asked.get_mut());
        !asked && self.cases.is_some()
    }

    /// Takes its cases out.
    pub(super) fn leave(&mut self, digest: u64) -> Option<Vec<Case>> {
        let mut cases = self.cases.take()?;
        let rare = cases.iter_mut().enumerate().filter_map(|(at, case)| Some((at, case.unsaved()?))).collect();
        self.left = Left { digest, len: short(cases.len()), rare };
        *self.bytes.get_mut() = 0;
        Some(cases)
    }

    /// Puts its cases in again, where they are not there and as many come as left; the bytes that it takes more.
    pub(super) fn come_back(&mut self, digest: u64, mut cases: Vec<Case>) -> Option<usize> {
        if self.cold() != Some(digest) || cases.len() != usize::from(self.left.len) {
            return None;
        }
        for (at, rare) in &self.left.rare {
            cases[*at].set_unsaved(rare);
        }
        let bytes = counted(heap(&cases));
        self.cases = Some(cases);
        *self.bytes.get_mut() = bytes;
        *self.asked.get_mut() = true;
        Some(bytes as usize)
    }

    /// What a case has that is not saved with it.
    pub(super) fn rare_of(&mut self, at: usize) -> Option<&mut Rare> {
        if at >= self.len() {
            return None;
        }
        if let Some(cases) = self.cases.as_mut() {
            return Some(cases[at].rare_mut());
        }
        let rare = &mut self.left.rare;
        let found = rare.binary_search_by_key(&at, |(at, _)| *at).unwrap_or_else(|free| {
            rare.insert(free, (at, Rare::default()));
            free
        });
        Some(&mut rare[found].1)
    }

    pub(super) fn bytes(&self) -> usize {
        self.bytes.load(Ordering::Relaxed) as usize
    }

    /// What it took when that was counted before, and takes now.
    pub(super) fn count_anew(&self) -> (usize, usize) {
        let now = self.cases.as_ref().map_or(0, heap);
        (self.bytes.swap(counted(now), Ordering::Relaxed) as usize, counted(now) as usize)
    }

    /// What stays while it is gone.
    pub(super) fn left_heap(&self) -> usize {
        heap_size::thin(&self.left.rare) + self.left.rare.iter().map(|(_, rare)| rare.heap()).sum::<usize>()
    }
}

fn short(len: usize) -> u8 {
    u8::try_from(len).expect("a row has a few cases")
}

fn counted(bytes: usize) -> u32 {
    u32::try_from(bytes).unwrap_or(u32::MAX)
}

fn heap(cases: &Vec<Case>) -> usize {
    heap_size::vec(cases) + cases.iter().map(Case::heap).sum::<usize>()
}
