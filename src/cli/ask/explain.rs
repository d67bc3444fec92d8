//! `explain`: the decision as a tree that cites events.
//!
//! INVARIANT: everything the decision rests on is shown, and nothing that it does not cite.

use crate::cli::args::ExplainArgs;
use crate::cli::ask::check::{self, Checked};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::render::{Forms, Json};
use crate::show::decision;
use crate::show::explanation::Explanation;
use crate::show::phrasing::Cited;
use caseward_events::answer::ExplainAnswer;
use caseward_events::{Action, Position, Recorded};

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
pub async fn ask(opened: &Opened, args: ExplainArgs) -> Result<Explained, Failure> {
    let checked = check::decide(opened, args.subject, args.action, args.resource).await?;
    let cited = opened.cited(checked.decision.names()).await?;
    Ok(Explained { checked, cited, past: opened.when.as_of.is_some() })
}

impl Explained {
    /// One that came from elsewhere, with the events it cites.
    #[must_use]
    pub fn of(checked: Checked, events: impl IntoIterator<Item = Recorded>, past: bool) -> Explained {
        let cited = events.into_iter().map(|recorded| (recorded.position, recorded)).collect();
        Explained { checked, cited, past }
    }

    fn explanation(&self) -> Explanation<'_> {
        let Explained { checked: Checked { question, decision }, cited, past } = self;
        Explanation { question, decision, cited, past: *past }
    }
}

impl Forms for Explained {
    fn text(&self) -> String {
        self.explanation().text()
    }

    fn json(&self, form: Json<'_>) -> String {
        let events = self.cited.iter().map(|(position, recorded)| (*position, recorded.into())).collect();
        form.of(&ExplainAnswer { decision: self.checked.decision.clone(), events })
    }

    fn columns(&self) -> &'static [&'static str] {
        &["part", "effect", "rule", "source", "subject", "rights", "because", "events"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let Checked { question, decision } = &self.checked;
        let named = [&question.resource.to_string(), &question.subject.to_string()];
        let first = ["decision", decision::word(&self.checked.decision), decision.rule.name()];
        let mut rows = vec![row(first, named, &decision.rights, "", &[])];
        rows.extend(decision.reasons.iter().map(|reason| {
            let named = [&reason.source.to_string(), &reason.subject.to_string()];
            row(["reason", reason.effect.name(), reason.rule.name()], named, &reason.rights, "", &reason.events)
        }));
        rows.extend(decision.set_aside.iter().map(|aside| {
            let subject = aside.subject().map(ToString::to_string).unwrap_or_default();
            let named = [&aside.source.to_string(), &subject];
            let first = ["set_aside", "ignored", aside.rule.name()];
            row(first, named, aside.rights(), aside.because.name(), &aside.events)
        }));
        rows
    }

    fn table_may_change(&self) -> Option<&'static str> {
        decision::may_change(self.checked.decision.settled)
    }
}

fn row(first: [&str; 3], named: [&String; 2], rights: &[Action], because: &str, events: &[Position]) -> Vec<String> {
    let rights: Vec<_> = rights.iter().map(|right| right.name()).collect();
    let events: Vec<_> = events.iter().map(Position::to_string).collect();
    let last = [rights.join(" "), because.to_owned(), events.join(" ")];
    first.map(str::to_owned).into_iter().chain(named.map(String::clone)).chain(last).collect()
}
