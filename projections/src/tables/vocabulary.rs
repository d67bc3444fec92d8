//! The vocabulary at every place. No decision reads it: it only says which question a caller's words ask.
//!
//! INVARIANT: what was adopted and has no type counts as none, which brings our own words back.

use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::heap_size;
use crate::facts::history::History;
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::Vocabulary;
use std::sync::Arc;

/// The vocabularies that were adopted, each with where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct VocabularyView(History<Adopted>);

/// One that was adopted, with the bytes of its text, which say about what it takes in memory.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Adopted {
    vocabulary: Arc<Vocabulary>,
    text_bytes: usize,
}

impl Adopted {
    fn new(vocabulary: Arc<Vocabulary>) -> Adopted {
        let text_bytes = text(&vocabulary).len();
        Adopted { vocabulary, text_bytes }
    }
}

fn text(vocabulary: &Vocabulary) -> String {
    serde_json::to_string(vocabulary).expect("every key of a vocabulary is a text")
}

impl VocabularyView {
    /// What was adopted last at a place, and where; none where nothing was, or the last one has no type.
    #[must_use]
    pub fn at(&self, place: Pos32) -> Option<(Pos32, &Arc<Vocabulary>)> {
        let (since, adopted) = self.0.at(place)?;
        (!adopted.vocabulary.is_empty()).then_some((since, &adopted.vocabulary))
    }

    /// Where one was ever adopted.
    pub(crate) fn places(&self) -> impl Iterator<Item = Pos32> {
        self.0.values().map(|(place, _)| place)
    }

    pub(crate) fn adopt(&mut self, vocabulary: &Vocabulary, place: Pos32, undo_log: &mut UndoLog) {
        self.0.push(place, Adopted::new(Arc::new(vocabulary.clone())));
        undo_log.push(place, UndoRecord::Vocabulary);
    }

    pub(crate) fn undo(&mut self) {
        self.0.pop();
    }

    /// What they take in memory, about: maps and texts come to some three times the bytes of their text.
    pub(crate) fn heap(&self) -> usize {
        const BYTES_A_TEXT_BYTE: usize = 3;
        let each = self.0.values().map(|(_, adopted)| heap_size::allocated(adopted.text_bytes * BYTES_A_TEXT_BYTE));
        self.0.heap() + each.sum::<usize>()
    }
}

impl Saved for VocabularyView {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.0.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Saved::load(from).map(VocabularyView)
    }
}

impl Saved for Adopted {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        to.text(&text(&self.vocabulary));
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let vocabulary = serde_json::from_str(from.text()?).map_err(|_| RowDamage("a vocabulary that is none"))?;
        Ok(Adopted::new(Arc::new(vocabulary)))
    }
}
