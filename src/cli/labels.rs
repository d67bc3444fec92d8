//! What people call things, beside their ids, in every answer in words: as it stood where the answer was asked.
//!
//! INVARIANT: a label is text beside an id and never in its place. It is shown once an answer, where the id comes first,
//! and not in commands that an answer names to be typed.
//! Absent on purpose: pictures and documents, which name ids alone; and JSON, which has labels under a key of its own
//! (`engine::ask::labels`).

use crate::engine::{Reader, named};
use crate::show::{escape, phrasing};
use caseward_events::Labelled;
use caseward_events::answer::WithLabels;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use unicode_width::UnicodeWidthStr;

/// What may stand around a reference in a sentence.
const AROUND: [char; 12] = [' ', '`', '"', '\'', '(', ')', '[', ']', ',', ';', '│', '\n'];

/// What stands behind one and may belong to the sentence.
const BEHIND: [char; 3] = [':', '.', ','];

/// Everything in a text that may have a label.
pub fn named_in(text: &str) -> impl Iterator<Item = Labelled> {
    let words = text.split(AROUND).flat_map(|word| [word, word.trim_end_matches(BEHIND)]);
    words.filter_map(|word| word.parse().ok())
}

/// Labels of one answer.
pub struct Labels<'a> {
    source: Source<'a>,
    shown: BTreeSet<String>,
}

/// Where they come from.
enum Source<'a> {
    /// They are looked up.
    Read(Reader<'a>),
    /// A service told those of everything that the answer names.
    Told(BTreeMap<Labelled, String>),
}

impl<'a> Labels<'a> {
    /// As they stood where the reader reads.
    #[must_use]
    pub fn new(reader: Reader<'a>) -> Labels<'a> {
        Labels { source: Source::Read(reader), shown: BTreeSet::new() }
    }

    /// Those that a service told.
    #[must_use]
    pub fn told(labels: BTreeMap<Labelled, String>) -> Labels<'static> {
        Labels { source: Source::Told(labels), shown: BTreeSet::new() }
    }

    /// With more that a service told.
    pub fn learn(&mut self, labels: impl IntoIterator<Item = (Labelled, String)>) {
        if let Source::Told(all) = &mut self.source {
            all.extend(labels);
        }
    }

    /// An answer with the labels of everything that it names.
    #[must_use]
    pub fn with<A: Serialize>(&self, answer: A) -> WithLabels<A> {
        match &self.source {
            Source::Read(reader) => reader.with_labels(answer),
            Source::Told(all) => {
                let named = named(&serde_json::to_value(&answer).expect("an answer has a JSON form"));
                let labels = named.into_iter().filter_map(|of| Some((of.to_string(), all.get(&of)?.clone())));
                let labels = Some(labels.collect());
                WithLabels { answer, labels }
            }
        }
    }

    /// The label of a reference, where a word is one that has one.
    fn of(&self, word: &str) -> Option<String> {
        let of = word.parse().ok()?;
        match &self.source {
            Source::Read(reader) => reader.label(&of),
            Source::Told(all) => all.get(&of).cloned(),
        }
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
        if labelled.len() == line.len() || labelled.width() <= phrasing::columns() {
            return labelled;
        }
        let text = labelled.trim_start_matches(|letter: char| !letter.is_alphanumeric());
        let first = &labelled[..labelled.len() - text.len()];
        // Behind the number of an event, as its other lines are.
        if let Some(number) = labelled.strip_prefix('#') {
            let digits = number.bytes().take_while(u8::is_ascii_digit).count();
            let (first, text) = labelled.split_at(1 + digits);
            let blanks = text.len() - text.trim_start().len();
            let rest = " ".repeat(1 + digits + blanks);
            return phrasing::wrapped(&format!("{first}{}", " ".repeat(blanks)), &rest, text.trim_start());
        }
        let rest: String = first.chars().map(|letter| if "├│".contains(letter) { '│' } else { ' ' }).collect();
        phrasing::wrapped(first, &rest, text)
    }
}
