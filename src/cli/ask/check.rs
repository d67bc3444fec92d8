//! `check`: may the subject do this? One question, or a file of them.

mod batch;

use crate::cli::args::{CheckArgs, Global};
use crate::cli::context::{Context, Opened};
use crate::cli::exit::{Exit, Failure};
use crate::cli::render::{self, Forms};
use crate::show::phrasing;
use crate::store::Access;
use caseward_events::{Action, Asker, Resource};
use caseward_projections::{Decision, Question};
use serde_json::Value;

/// Runs the verb.
///
/// # Errors
/// There is no store, a file cannot be read, or a question cannot be asked.
pub async fn check(context: &mut Context, args: CheckArgs) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    if let Some(path) = &args.batch {
        return batch::batch(context, &opened, path).await;
    }
    let checked = ask(&context.global, &opened, args).await;
    render::print(&mut context.printer, checked)
}

/// One question with its answer.
pub struct Checked {
    pub question: Question,
    pub decision: Decision,
}

/// Asks the one question of the arguments.
///
/// # Errors
/// It cannot be asked.
pub async fn ask(global: &Global, opened: &Opened, args: CheckArgs) -> Result<Checked, Failure> {
    let CheckArgs { subject: Some(subject), action: Some(action), resource: Some(resource), .. } = args else {
        return Err(Failure::usage(anyhow::anyhow!("a check wants SUBJECT ACTION RESOURCE, or --batch FILE")));
    };
    decide(global, opened, subject, action, resource).await
}

/// Asks one question.
///
/// # Errors
/// It cannot be asked.
pub async fn decide(
    global: &Global,
    opened: &Opened,
    subject: Asker,
    action: Action,
    resource: Resource,
) -> Result<Checked, Failure> {
    let as_of = global.as_of(opened.engine.now());
    let question = Question { as_of, at: global.at, ..Question::new(subject, action, resource) };
    let decision = opened.engine.check(&opened.organization, &question).await?;
    Ok(Checked { question, decision })
}

impl Checked {
    /// `allow` or `deny`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        if self.decision.decision { "allow" } else { "deny" }
    }

    /// What whoever asks for somebody else must know beside the answer.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let Question { subject, resource, .. } = &self.question;
        let mut notes = Vec::new();
        if !self.decision.disclose {
            notes.push(format!("note: show {resource} as absent to {subject}"));
        }
        if self.decision.settled == Some(false) {
            notes.push("note: that instant is yet to come; until then the answer may change".to_owned());
        }
        notes
    }
}

impl Forms for Checked {
    fn text(&self) -> String {
        let Question { subject, action, resource, .. } = &self.question;
        let Decision { rule, position, .. } = &self.decision;
        let head = format!("{}  {subject} {action} {resource}   ({rule}, position {position})", self.word());
        let why = phrasing::wrapped("  ", "  ", &phrasing::verdict(&self.question, &self.decision));
        let notes = self.notes().into_iter().map(|note| phrasing::wrapped("  ", "  ", &note));
        [head, why].into_iter().chain(notes).collect::<Vec<_>>().join("\n")
    }

    fn json(&self) -> Value {
        serde_json::to_value(&self.decision).expect("a decision has a JSON form")
    }

    fn columns(&self) -> &'static [&'static str] {
        &["subject", "action", "resource", "decision", "rule", "rights", "position", "at", "disclose"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let Question { subject, action, resource, .. } = &self.question;
        let Decision { rule, position, at, disclose, .. } = &self.decision;
        let rights: Vec<_> = self.decision.rights.iter().map(|right| right.name()).collect();
        let question = [subject.to_string(), action.to_string(), resource.to_string(), self.word().to_owned()];
        let answer = [rule.to_string(), rights.join(" "), position.to_string(), at.to_string(), disclose.to_string()];
        vec![question.into_iter().chain(answer).collect()]
    }

    fn exit(&self) -> Exit {
        if self.decision.decision { Exit::Yes } else { Exit::No }
    }
}
