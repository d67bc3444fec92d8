//! A decision as a tree that cites events.
//!
//! INVARIANT: everything the decision rests on is shown, and nothing that it does not cite.

use super::decision;
use super::phrasing::{self, Cited};
use caseward_events::Position;
use caseward_projections::{Decision, Effect, Question};
use std::collections::BTreeSet;

/// A decision with the events it cites.
pub struct Explanation<'a> {
    /// What was asked.
    pub question: &'a Question,
    /// The answer.
    pub decision: &'a Decision,
    /// The events.
    pub cited: &'a Cited,
    /// Whether it was asked as of the past: then so are the commands it names.
    pub past: bool,
}

/// A branch of the tree: a sentence behind a mark, and the events under it.
struct Branch<'a> {
    mark: char,
    sentence: String,
    events: &'a [Position],
}

impl Explanation<'_> {
    /// All of it, for people.
    #[must_use]
    pub fn text(&self) -> String {
        let mut lines = vec![self.head(), self.verdict()];
        lines.extend(self.tree());
        let notes = decision::notes(self.question, self.decision);
        lines.extend(notes.iter().map(|note| phrasing::wrapped("", "  ", note)));
        lines.push(self.next());
        lines.join("\n")
    }

    fn head(&self) -> String {
        let Question { subject, action, resource, at, .. } = self.question;
        let Decision { position, at: when, .. } = self.decision;
        let asked = format!("{}  {subject}  {action}  {resource}", decision::word(self.decision));
        let windows = if at.is_some() { "windows at " } else { "" };
        let at = format!("as of position {position} ({windows}{when})");
        let width = asked.chars().count() + at.chars().count() + 3;
        let gap = if width > phrasing::columns() { "\n  " } else { "   " };
        format!("{asked}{gap}{at}")
    }

    fn verdict(&self) -> String {
        let Explanation { question, decision, .. } = self;
        let mark = if decision.decision { '✔' } else { '✘' };
        let text = format!("{mark} rule `{}`: {}", decision.rule, phrasing::verdict(question, decision));
        phrasing::wrapped("", "  ", &text)
    }

    fn branches(&self) -> Vec<Branch<'_>> {
        let Explanation { question, decision, cited, .. } = self;
        let reasons = decision.reasons.iter().map(|reason| {
            let gives = reason.effect == Effect::Allow && reason.rights.contains(&question.action);
            let sentence = phrasing::reason(reason, question, cited);
            Branch { mark: if gives { '✔' } else { '✘' }, sentence, events: &reason.events }
        });
        let aside = decision.set_aside.iter().map(|aside| {
            let sentence = phrasing::set_aside(aside, question, cited);
            Branch { mark: '–', sentence, events: &aside.events }
        });
        reasons.chain(aside).collect()
    }

    fn tree(&self) -> Vec<String> {
        let branches = self.branches();
        let last = branches.len().saturating_sub(1);
        let mut told = BTreeSet::new();
        let mut lines = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let (knot, stem) = if index == last { ("└─", "  ") } else { ("├─", "│ ") };
            lines.push(phrasing::wrapped(&format!("{knot} {} ", branch.mark), &format!("{stem}   "), &branch.sentence));
            lines.extend(branch.events.iter().map(|position| self.event(*position, stem, &mut told)));
        }
        lines
    }

    /// An event under its branch; what another branch has told already is only named.
    fn event(&self, position: Position, stem: &str, told: &mut BTreeSet<Position>) -> String {
        let number = format!("{:<5}", format!("#{position}"));
        let first = format!("{stem}   {number} ");
        let rest = format!("{stem}   {:width$} ", "", width = number.chars().count());
        let Some(recorded) = self.cited.get(&position) else { return first + "(not in the log)" };
        let time = phrasing::minute(recorded.time);
        if !told.insert(position) {
            return format!("{first}{time}  as above");
        }
        let happened = phrasing::wrapped(&format!("{first}{time}  "), &rest, &phrasing::what_happened(recorded));
        match phrasing::said(recorded) {
            None => happened,
            Some(said) => format!("{happened}\n{}", phrasing::wrapped(&rest, &rest, &said)),
        }
    }

    fn next(&self) -> String {
        let resource = self.question.resource.to_string();
        let position = self.decision.position.to_string();
        let mut command = vec!["caseward", "history", &resource];
        if self.past {
            command.extend(["--as-of", &position]);
        }
        format!("next: {}", phrasing::typed(&command))
    }
}
