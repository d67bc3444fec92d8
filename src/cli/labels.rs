//! What people call things, beside their ids, in every answer in words: as it stood where the answer was asked.
//!
//! INVARIANT: a label is text beside an id and never in its place. It is shown once an answer, where the id comes first,
//! and not in commands that an answer names to be typed.
//! Absent on purpose: pictures and documents, which name ids alone; and JSON, which has labels under a key of its own
//! (`engine::ask::labels`).

use crate::engine::Reader;
use crate::show::{escape, phrasing};
use std::collections::BTreeSet;
use unicode_width::UnicodeWidthStr;

/// What may stand around a reference in a sentence.
const AROUND: [char; 12] = [' ', '`', '"', '\'', '(', ')', '[', ']', ',', ';', '│', '\n'];

/// What stands behind one and may belong to the sentence.
const BEHIND: [char; 3] = [':', '.', ','];

/// Labels of one answer.
pub struct Labels<'a> {
    reader: Reader<'a>,
    shown: BTreeSet<String>,
}

impl<'a> Labels<'a> {
    /// As they stood where the reader reads.
    #[must_use]
    pub fn new(reader: Reader<'a>) -> Labels<'a> {
        Labels { reader, shown: BTreeSet::new() }
    }

    /// Where they are looked up.
    #[must_use]
    pub fn reader(&self) -> Reader<'a> {
        self.reader
    }

    /// The label of a reference, where a word is one that has one.
    fn of(&self, word: &str) -> Option<String> {
        self.reader.label(&word.parse().ok()?)
    }

    /// A line for people, with labels.
    #[must_use]
    pub fn line(&mut self, line: &str) -> String {
        if ["next: ", "more: ", "hint: "].iter().any(|before| line.trim_start().starts_with(before)) {
            return line.to_owned();
        }
        let mut labelled = String::with_capacity(line.len());
        for piece in line.split_inclusive(AROUND) {
            let word = piece.trim_end_matches(AROUND);
            let bare = [word, word.trim_end_matches(BEHIND)].into_iter().find_map(|bare| Some((bare, self.of(bare)?)));
            match bare.filter(|(bare, _)| self.shown.insert((*bare).to_owned())) {
                Some((bare, label)) => {
                    // Behind a quotation mark that ends with the reference, and before what belongs to the sentence.
                    let (quote, rest) = match piece[bare.len()..].strip_prefix('`') {
                        Some(rest) => ("`", rest),
                        None => ("", &piece[bare.len()..]),
                    };
                    labelled.push_str(&format!("{bare}{quote} \"{}\"{rest}", escape::visible(&label)));
                }
                None => labelled.push_str(piece),
            }
        }
        // What is longer now is broken as other lines of its branch are.
        if labelled.len() == line.len() || labelled.width() <= phrasing::COLUMNS {
            return labelled;
        }
        let text = labelled.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        let first = &labelled[..labelled.len() - text.len()];
        let rest: String = first.chars().map(|letter| if "├│".contains(letter) { '│' } else { ' ' }).collect();
        phrasing::wrapped(first, &rest, text)
    }
}
