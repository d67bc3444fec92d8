//! `explain`: the decision as a tree that cites events.
//!
//! INVARIANT: everything the decision rests on is shown, and nothing that it does not cite.

use crate::cli::args::{ExplainArgs, Global};
use crate::cli::ask::check::{self, Checked};
use crate::cli::context::{Context, Opened};
use crate::cli::exit::{Exit, Failure};
use crate::cli::render::{self, Forms};
use crate::show::phrasing::{self, Cited};
use crate::store::Access;
use caseward_events::{Action, Position};
use caseward_projections::{Decision, Effect, Question};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Runs the verb.
///
/// # Errors
/// There is no store, or the question cannot be asked.
pub async fn explain(context: &mut Context, args: ExplainArgs) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let explained = ask(&context.global, &opened, args).await;
    render::print(&mut context.printer, explained)
}

/// A decision with the events it cites.
pub struct Explained {
    checked: Checked,
    cited: Cited,
    /// Whether it was asked as of the past: then so are the commands it names.
    past: bool,
}

/// Asks, and reads what is cited.
///
/// # Errors
/// The question cannot be asked, or the log cannot be read.
pub async fn ask(global: &Global, opened: &Opened, args: ExplainArgs) -> Result<Explained, Failure> {
    let checked = check::decide(global, opened, args.subject, args.action, args.resource).await?;
    let Decision { reasons, set_aside, .. } = &checked.decision;
    let reasons = reasons.iter().flat_map(|reason| &reason.events);
    let positions = reasons.chain(set_aside.iter().flat_map(|aside| &aside.events)).copied();
    let cited = opened.cited(positions).await?;
    Ok(Explained { checked, cited, past: global.as_of.is_some() })
}

/// A branch of the tree: a sentence behind a mark, and the events under it.
struct Branch<'a> {
    mark: char,
    sentence: String,
    events: &'a [Position],
}

impl Explained {
    fn head(&self) -> String {
        let Question { subject, action, resource, at, .. } = &self.checked.question;
        let Decision { position, at: when, .. } = &self.checked.decision;
        let asked = format!("{}  {subject}  {action}  {resource}", self.checked.word());
        let windows = if at.is_some() { "windows at " } else { "" };
        let at = format!("as of position {position} ({windows}{when})");
        let width = asked.chars().count() + at.chars().count() + 3;
        let gap = if width > phrasing::COLUMNS { "\n  " } else { "   " };
        format!("{asked}{gap}{at}")
    }

    fn verdict(&self) -> String {
        let Checked { question, decision } = &self.checked;
        let mark = if decision.decision { '✔' } else { '✘' };
        let text = format!("{mark} rule `{}`: {}", decision.rule, phrasing::verdict(question, decision));
        phrasing::wrapped("", "  ", &text)
    }

    fn branches(&self) -> Vec<Branch<'_>> {
        let Checked { question, decision } = &self.checked;
        let reasons = decision.reasons.iter().map(|reason| {
            let gives = reason.effect == Effect::Allow && reason.rights.contains(&question.action);
            let sentence = phrasing::reason(reason, question, &self.cited);
            Branch { mark: if gives { '✔' } else { '✘' }, sentence, events: &reason.events }
        });
        let aside = decision.set_aside.iter().map(|aside| {
            let sentence = phrasing::set_aside(aside, question, &self.cited);
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
        let resource = self.checked.question.resource.to_string();
        let position = self.checked.decision.position.to_string();
        let mut command = vec!["caseward", "history", &resource];
        if self.past {
            command.extend(["--as-of", &position]);
        }
        format!("next: {}", phrasing::typed(&command))
    }
}

impl Forms for Explained {
    fn text(&self) -> String {
        let mut lines = vec![self.head(), self.verdict()];
        lines.extend(self.tree());
        lines.extend(self.checked.notes().iter().map(|note| phrasing::wrapped("", "  ", note)));
        lines.push(self.next());
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let event =
            |(position, recorded): (&Position, &caseward_events::Recorded)| (position.to_string(), recorded.to_json());
        let mut answer = self.checked.json();
        answer["events"] = Value::Object(self.cited.iter().map(event).collect::<Map<_, _>>());
        answer
    }

    fn columns(&self) -> &'static [&'static str] {
        &["part", "effect", "rule", "source", "subject", "rights", "because", "events"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let Checked { question, decision } = &self.checked;
        let named = [&question.resource.to_string(), &question.subject.to_string()];
        let first = ["decision", self.checked.word(), decision.rule.name()];
        let mut rows = vec![row(first, named, &decision.rights, "", &[])];
        rows.extend(decision.reasons.iter().map(|reason| {
            let named = [&reason.source.to_string(), &reason.subject.to_string()];
            row(["reason", reason.effect.name(), reason.rule.name()], named, &reason.rights, "", &reason.events)
        }));
        rows.extend(decision.set_aside.iter().map(|aside| {
            let named = [&aside.source.to_string(), &aside.subject.to_string()];
            let first = ["set_aside", "ignored", aside.rule.name()];
            row(first, named, &aside.rights, aside.because.name(), &aside.events)
        }));
        rows
    }
}

fn row(first: [&str; 3], named: [&String; 2], rights: &[Action], because: &str, events: &[Position]) -> Vec<String> {
    let rights: Vec<_> = rights.iter().map(|right| right.name()).collect();
    let events: Vec<_> = events.iter().map(Position::to_string).collect();
    let last = [rights.join(" "), because.to_owned(), events.join(" ")];
    first.map(str::to_owned).into_iter().chain(named.map(String::clone)).chain(last).collect()
}
