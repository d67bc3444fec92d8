//! Cases by number: in one table or, where they may leave memory, in chunks that leave and come back, each of the cases of
//! a row of a checkpoint.
//!
//! A chunk leaves as a whole, when the engine asks for it ([`Cases::leave`]). Whoever looks for a case of it then finds
//! none ([`Cases::here`]), learns which row is missing ([`RowMissing`]), and asks again once it was put back
//! ([`Cases::put_back`]). INVARIANT: a chunk that has come back is what left: only one whose row is saved as it is leaves,
//! and what its cases have that is not saved with them ([`Rare::links`] and the like) stays. Absent on purpose: I/O, and
//! how much may be held; both are the engine's.

mod chunk;
mod missing;

pub use missing::{RowMissing, RowReturned, RowsMissing, SavedCases};

use super::{Case, Rare};
use crate::facts::bytes::RowDamage;
use crate::facts::position::Pos32;
use crate::facts::saved::join;
pub(crate) use chunk::CHUNK_CASES;
use chunk::Chunk;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

/// All cases, some of which may be evicted.
#[derive(Debug, Default)]
pub(crate) struct Cases {
    /// All of them, while none may leave: then a look-up is what it always was.
    flat: Vec<Case>,
    /// All of them otherwise, the last chunk alone not full.
    chunks: Vec<Chunk>,
    /// Whether they are in chunks.
    may_leave: bool,
    /// What one reads as that has left: the question that reads it gets no answer.
    absent: Absent,
    /// Where the search for chunks to leave goes on.
    hand: usize,
    /// What the chunks in memory take.
    held_bytes: AtomicUsize,
    returns: u64,
}

/// An empty case.
#[derive(Debug)]
struct Absent(Case);

impl Default for Absent {
    fn default() -> Self {
        Absent(Case::opened(Pos32::ZERO, 0, 0, None, None))
    }
}

/// How many cases are where.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Residency {
    /// In memory.
    pub here: usize,
    /// Not there.
    pub cold: usize,
    /// How many cases came back so far, each time counted.
    pub returned: u64,
}

impl Clone for Cases {
    fn clone(&self) -> Self {
        let held_bytes = AtomicUsize::new(self.held_bytes.load(Ordering::Relaxed));
        let (flat, chunks) = (self.flat.clone(), self.chunks.clone());
        let Cases { may_leave, hand, returns, .. } = *self;
        Cases { flat, chunks, may_leave, absent: Absent::default(), hand, held_bytes, returns }
    }
}

/// Chunk, and place in it.
fn place(number: u32) -> (usize, usize) {
    let index = number as usize;
    (index / CHUNK_CASES, index % CHUNK_CASES)
}

/// The table.
impl Cases {
    /// Where it is in memory.
    #[inline]
    pub(super) fn here(&self, number: u32) -> Option<&Case> {
        match self.flat.get(number as usize) {
            Some(case) => Some(case),
            None => self.in_chunk(number),
        }
    }

    /// What one reads as that is not here.
    pub(super) fn absent(&self) -> &Case {
        &self.absent.0
    }

    #[inline(never)]
    fn in_chunk(&self, number: u32) -> Option<&Case> {
        let (chunk, at) = place(number);
        self.chunks.get(chunk)?.here()?.get(at)
    }

    /// Whoever changes a case has made sure that it is in memory ([`Cases::missing`]).
    pub(super) fn get_mut(&mut self, number: u32) -> &mut Case {
        if !self.may_leave {
            return &mut self.flat[number as usize];
        }
        let (chunk, at) = place(number);
        &mut self.chunks[chunk].here_mut().expect("a fold and an undo change what is in memory alone")[at]
    }

    pub(super) fn len(&self) -> usize {
        let chunked = self.chunks.last().map_or(0, |last| (self.chunks.len() - 1) * CHUNK_CASES + last.len());
        self.flat.len() + chunked
    }

    pub(super) fn push(&mut self, case: Case) {
        if !self.may_leave {
            return self.flat.push(case);
        }
        if self.chunks.last().is_none_or(|last| last.len() == CHUNK_CASES) {
            let chunk = Chunk::new();
            *self.held_bytes.get_mut() += chunk.bytes();
            self.chunks.push(chunk);
        }
        let added = self.chunks.last_mut().expect("there is one").push(case);
        *self.held_bytes.get_mut() += added;
    }

    pub(super) fn extend(&mut self, cases: Vec<Case>) {
        if !self.may_leave {
            join(&mut self.flat, cases);
        } else {
            cases.into_iter().for_each(|case| self.push(case));
        }
    }

    pub(super) fn pop(&mut self) {
        if !self.may_leave {
            self.flat.pop();
            return;
        }
        let Some(last) = self.chunks.last_mut() else { return };
        last.pop();
        if last.len() == 0 {
            let gone = self.chunks.pop().map_or(0, |chunk| chunk.bytes());
            *self.held_bytes.get_mut() -= gone;
        }
    }

    pub(super) fn reserve(&mut self, cases: usize) {
        if !self.may_leave {
            self.flat.reserve_exact(cases);
        }
    }

    /// Those in memory.
    pub(super) fn all_here(&self) -> impl Iterator<Item = &Case> {
        self.flat.iter().chain(self.chunks.iter().filter_map(Chunk::peek).flatten())
    }

    /// Those of a range that are in memory.
    pub(super) fn here_of(&self, cases: Range<usize>) -> impl Iterator<Item = &Case> {
        let in_memory = |&number: &usize| match self.flat.get(number) {
            Some(case) => Some(case),
            None => self.chunks.get(number / CHUNK_CASES).and_then(Chunk::peek)?.get(number % CHUNK_CASES),
        };
        (cases.start..cases.end.min(self.len())).filter_map(move |number| in_memory(&number))
    }

    pub(super) fn here_mut(&mut self) -> impl Iterator<Item = &mut Case> {
        self.flat.iter_mut().chain(self.chunks.iter_mut().filter_map(Chunk::here_mut).flatten())
    }

    /// What a case has beside what is saved with it, wherever the case is.
    pub(super) fn rare_of(&mut self, number: u32) -> Result<&mut Rare, RowDamage> {
        let beyond = RowDamage("a case beyond the last");
        if !self.may_leave {
            return Ok(self.flat.get_mut(number as usize).ok_or(beyond)?.rare_mut());
        }
        let (chunk, at) = place(number);
        self.chunks.get_mut(chunk).and_then(|chunk| chunk.rare_of(at)).ok_or(beyond)
    }

    /// What is held beside the cases: the table itself, and what stays of chunks that left.
    pub(super) fn table_heap(&self) -> usize {
        let room = self.flat.capacity() - self.flat.len();
        let chunks = self.chunks.iter().map(Chunk::left_heap).sum::<usize>();
        room * size_of::<Case>() + crate::facts::heap_size::vec(&self.chunks) + chunks
    }
}

/// Leaving, and coming back.
impl Cases {
    /// From now on they may leave.
    pub(super) fn let_leave(&mut self) {
        let flat = std::mem::take(&mut self.flat);
        self.may_leave = true;
        self.extend(flat);
    }

    #[inline]
    pub(super) fn may_leave(&self) -> bool {
        self.may_leave
    }

    /// A chunk that is not in memory.
    pub(super) fn push_left(&mut self, digest: u64, len: usize) {
        self.chunks.push(Chunk::left(digest, len));
    }

    /// Takes chunks out of memory, those first that nobody asked for since the last look, at most so many, looking at no
    /// more than `looks`. `saved` tells the digest of a row that ends at a case, where it is saved as it is. What comes
    /// back is for dropping without the lock.
    pub(super) fn leave(
        &mut self,
        many: usize,
        looks: usize,
        saved: impl Fn(u32, usize) -> Option<u64>,
    ) -> Vec<Vec<Case>> {
        let mut gone = Vec::new();
        for _ in 0..looks.min(self.chunks.len()) {
            let number = self.hand % self.chunks.len();
            self.hand = number + 1;
            let chunk = &mut self.chunks[number];
            if !chunk.can_leave() {
                continue;
            }
            let row = u32::try_from(number).expect("there are fewer chunks than cases");
            let end = number * CHUNK_CASES + chunk.len();
            let Some(digest) = saved(row, end) else { continue };
            *self.held_bytes.get_mut() -= chunk.bytes();
            gone.extend(chunk.leave(digest));
            if gone.len() == many {
                break;
            }
        }
        gone
    }

    /// The row of a case, where it is not in memory. Of the case that would come next, too: it is added to the last row.
    pub(super) fn missing(&self, number: u32) -> Option<RowMissing> {
        self.row_missing(u32::try_from(place(number).0).expect("there are fewer rows than cases"))
    }

    /// A row, where it is not in memory.
    pub(super) fn row_missing(&self, row: u32) -> Option<RowMissing> {
        let digest = self.chunks.get(row as usize)?.cold()?;
        Some(RowMissing { row, digest })
    }

    /// The first rows that are not in memory, at most so many.
    pub(super) fn all_missing(&self, rows_max: usize) -> Vec<RowMissing> {
        let rows = (0..).zip(&self.chunks);
        rows.filter_map(|(row, chunk)| Some(RowMissing { row, digest: chunk.cold()? })).take(rows_max).collect()
    }

    /// Puts back what was missing; false where it has come back meanwhile, or is not any more what left.
    pub(super) fn put_back(&mut self, RowReturned { row, cases }: RowReturned) -> bool {
        let Some(chunk) = self.chunks.get_mut(row.row as usize) else { return false };
        let count = cases.len();
        let Some(bytes) = chunk.come_back(row.digest, cases) else { return false };
        *self.held_bytes.get_mut() += bytes;
        self.returns += count as u64;
        true
    }

    /// What those in memory take, as last counted.
    pub(super) fn held_bytes(&self) -> usize {
        self.held_bytes.load(Ordering::Relaxed)
    }

    /// Counts some chunks anew: what was folded into them may have grown. Whether there are more.
    pub(super) fn count_anew(&self, chunks: Range<usize>) -> bool {
        let end = chunks.end.min(self.chunks.len());
        for chunk in &self.chunks[chunks.start.min(end)..end] {
            let (before, now) = chunk.count_anew();
            // One after the other: what is held is never less than what is taken off.
            self.held_bytes.fetch_add(now, Ordering::Relaxed);
            self.held_bytes.fetch_sub(before, Ordering::Relaxed);
        }
        end < self.chunks.len()
    }

    pub(super) fn residency(&self) -> Residency {
        let here = self.all_here().count();
        Residency { here, cold: self.len() - here, returned: self.returns }
    }
}
