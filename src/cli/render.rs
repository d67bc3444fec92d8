//! An answer in every form: for people, as JSON, as a table. A verb says what it knows; how that leaves is settled here.
//!
//! INVARIANT: in the forms for programs a question that cannot be asked is answered too, as `interface.md` section 2
//! has it; for people it is an error.

use crate::cli::args::OutputForm;
use crate::cli::exit::{Exit, Failure};
use crate::cli::labels::Labels;
use crate::cli::printer::{Printer, json, style};
use crate::show::{decision, escape, phrasing};
use caseward_events::Refusal;
use caseward_events::ask::PageToken;
use serde::Serialize;
use std::borrow::Cow;

/// How an answer becomes JSON: alone, or with what people call the things that it names.
#[derive(Clone, Copy)]
pub struct Json<'a>(Option<&'a Labels<'a>>);

impl<'a> Json<'a> {
    /// Alone.
    pub const PLAIN: Json<'static> = Json(None);

    /// With labels.
    #[must_use]
    pub fn with_labels(labels: &'a Labels<'a>) -> Json<'a> {
        Json(Some(labels))
    }

    /// On one line.
    #[must_use]
    pub fn of<A: Serialize>(self, answer: &A) -> String {
        match self.0 {
            None => json(answer),
            Some(labels) => json(&labels.with(answer)),
        }
    }
}

/// What can be printed in all four forms.
pub trait Forms {
    /// For people: lines of about 80 columns, no style, no last newline.
    fn text(&self) -> String;

    /// As one JSON value: an answer of [`caseward_events::answer`], which settles its keys and their order.
    fn json(&self, form: Json<'_>) -> String;

    /// One JSON object a line; a list overrides it.
    fn lines(&self, form: Json<'_>) -> Vec<String> {
        vec![self.json(form)]
    }

    /// The header of the table.
    fn columns(&self) -> &'static [&'static str];

    /// Its rows.
    fn rows(&self) -> Vec<Vec<String>>;

    /// Where its next page begins.
    fn next(&self) -> Option<&PageToken> {
        None
    }

    /// That later events may change it, where neither its text says so nor each of its lines.
    fn may_change(&self) -> Option<&'static str> {
        None
    }

    /// The same of its table, where that alone has no place for it.
    fn table_may_change(&self) -> Option<&'static str> {
        self.may_change()
    }

    /// How the program ends with it.
    fn exit(&self) -> Exit {
        Exit::Yes
    }
}

/// Prints an answer, or why there is none.
///
/// # Errors
/// What went wrong, unless it is a refusal that the form can carry; standard output cannot be written.
pub fn print<A: Forms>(printer: &mut Printer, asked: Result<A, Failure>) -> Result<Exit, Failure> {
    print_with(printer, asked, None)
}

/// The same with what people call the things that it names; in JSON only where that was asked for.
///
/// # Errors
/// As for [`print`].
pub fn print_labelled<A: Forms>(
    printer: &mut Printer,
    asked: Result<A, Failure>,
    labels: &mut Labels<'_>,
    asked_for: bool,
) -> Result<Exit, Failure> {
    print_with(printer, asked, Some((labels, asked_for)))
}

fn print_with<A: Forms>(
    printer: &mut Printer,
    asked: Result<A, Failure>,
    labels: Option<(&mut Labels<'_>, bool)>,
) -> Result<Exit, Failure> {
    match asked {
        Ok(answer) => {
            // Said beside the data where the form is a list and nothing else.
            let is_bare = matches!(printer.form(), OutputForm::Jsonl | OutputForm::Csv);
            if let Some(next) = answer.next().filter(|_| is_bare) {
                note_next(printer, next);
            }
            let may_change = match printer.form() {
                OutputForm::Jsonl => answer.may_change(),
                OutputForm::Csv => answer.table_may_change(),
                OutputForm::Human | OutputForm::Json => None,
            };
            may_change.into_iter().for_each(|note| printer.note(note));
            print_answer(printer, &answer, labels).map(|()| answer.exit())
        }
        Err(failure) => {
            let for_programs = matches!(printer.form(), OutputForm::Json | OutputForm::Jsonl);
            let Some(refusal) = failure.error.downcast_ref::<Refusal>().filter(|_| for_programs) else {
                return Err(failure);
            };
            printer.json(refusal)?;
            Ok(failure.exit)
        }
    }
}

/// Says beside the data where the next page begins.
pub fn note_next(printer: &mut Printer, next: &PageToken) {
    printer.note(format_args!("next: --after {}", phrasing::typed(&[&next.to_string()])));
}

/// Says that later events may change what was shown, where that is not settled: behind it for people, beside it for programs.
///
/// # Errors
/// Standard output cannot be written.
pub fn may_change(printer: &mut Printer, settled: Option<bool>) -> Result<(), Failure> {
    match (decision::may_change(settled), printer.form()) {
        (None, _) => Ok(()),
        (Some(note), OutputForm::Human) => printer.line(note),
        (Some(note), _) => {
            printer.note(note);
            Ok(())
        }
    }
}

fn print_answer(
    printer: &mut Printer,
    answer: &impl Forms,
    labels: Option<(&mut Labels<'_>, bool)>,
) -> Result<(), Failure> {
    let form = match &labels {
        Some((labels, true)) if printer.form() != OutputForm::Human => Json::with_labels(labels),
        _ => Json::PLAIN,
    };
    match printer.form() {
        OutputForm::Human => {
            let text = [&answer.text(), answer.may_change().unwrap_or_default()].join("\n");
            let labelled: Vec<String> = match labels {
                Some((labels, _)) => text.lines().map(|line| labels.line(line)).collect(),
                None => vec![text],
            };
            let mut lines = labelled.iter().flat_map(|line| line.lines());
            lines.try_for_each(|line| printer.line(painted(&escape::visible(line))))
        }
        OutputForm::Json => printer.line(answer.json(form)),
        OutputForm::Jsonl => answer.lines(form).iter().try_for_each(|line| printer.line(line)),
        OutputForm::Csv => {
            printer.row(answer.columns())?;
            answer.rows().iter().try_for_each(|row| printer.row(row))
        }
    }
}

/// A line for people with its yes or no in colour. Only what stands first is painted, so that no text out of the log
/// passes for an answer.
#[must_use]
pub fn painted(line: &str) -> Cow<'_, str> {
    const TREE: [char; 5] = ['├', '└', '│', '─', ' '];
    let rest = line.trim_start_matches(TREE);
    let (before, paint) = (&line[..line.len() - rest.len()], |word: &str, colour: &str| {
        let rest = &rest[word.len()..];
        Cow::Owned(format!("{}{colour}{word}{}{rest}", &line[..line.len() - rest.len() - word.len()], style::RESET))
    });
    match rest.split(' ').next() {
        Some(word @ "✔") => paint(word, style::YES),
        Some(word @ "✘") => paint(word, style::NO),
        Some(word @ "allow") if before.is_empty() => paint(word, style::YES),
        Some(word @ "deny") if before.is_empty() => paint(word, style::NO),
        _ => Cow::Borrowed(line),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stands_first_is_painted() {
        assert_eq!(painted("├─ ✔ yes"), format!("├─ {}✔{} yes", style::YES, style::RESET));
        assert_eq!(painted("deny  user:a"), format!("{}deny{}  user:a", style::NO, style::RESET));
        for plain in ["   \"✔ says the reason\"", "  deny", "", "denying"] {
            assert_eq!(painted(plain), plain);
        }
    }
}
