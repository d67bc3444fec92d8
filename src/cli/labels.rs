//! What people call things, beside their ids: in every answer in words, as it stood where the answer was asked; in JSON
//! under `labels`, where that is asked for.
//!
//! INVARIANT: a label is text beside an id and never in its place. It is shown once an answer, where the id comes first,
//! and not in commands that an answer names to be typed.
//! Absent on purpose: pictures and documents, which name ids alone.

use crate::engine::Reader;
use crate::show::decision::MAY_CHANGE;
use crate::show::{escape, phrasing};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
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

/// What an answer about a moment after the clock says, where its own form does not.
const UNSETTLED: &str = r#""settled":false"#;

impl<'a> Labels<'a> {
    /// As they stood where the reader reads.
    #[must_use]
    pub fn new(reader: Reader<'a>) -> Labels<'a> {
        Labels { reader, shown: BTreeSet::new() }
    }

    /// What must be said of an answer for people that does not say it: that the moment is not over.
    #[must_use]
    pub fn note(&self, text: &str) -> Option<&'static str> {
        let said = text.split_whitespace().collect::<Vec<_>>().join(" ").contains(MAY_CHANGE);
        (self.is_unsettled() && !said).then_some(MAY_CHANGE)
    }

    fn is_unsettled(&self) -> bool {
        self.reader.resolved().settled == Some(false)
    }

    /// The same of an answer in JSON.
    #[must_use]
    pub fn settled(&self, answer: &str) -> String {
        match answer.strip_suffix('}').filter(|_| self.is_unsettled() && !answer.contains(UNSETTLED)) {
            Some(open) => format!("{open},{UNSETTLED}}}"),
            None => answer.to_owned(),
        }
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

    /// A JSON answer, with the labels of everything that it names under a key of its own, the last.
    #[must_use]
    pub fn json(&self, answer: &str) -> String {
        let Ok(value @ Value::Object(_)) = serde_json::from_str::<Value>(answer) else { return answer.to_owned() };
        let mut found = BTreeMap::new();
        self.collect(&value, &mut found);
        let labels = serde_json::to_string(&found).expect("texts have a JSON form");
        let open = answer.strip_suffix('}').unwrap_or(answer);
        let comma = if open == "{" { "" } else { "," };
        format!("{open}{comma}\"labels\":{labels}}}")
    }

    fn collect(&self, value: &Value, found: &mut BTreeMap<String, String>) {
        match value {
            Value::String(text) => drop(self.of(text).map(|label| found.insert(text.clone(), label))),
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, found)),
            Value::Object(fields) => fields.values().for_each(|field| self.collect(field, found)),
            _ => {}
        }
    }
}
