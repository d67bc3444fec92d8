//! `check`: may the subject do this? One question, or a file of them.

pub mod batch;

use super::About;
use crate::cli::args::CheckArgs;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::render::{Forms, Json};
use crate::show::decision;
use caseward_events::{Action, Asker, Decision, Question, Resource};

/// Runs the verb.
///
/// # Errors
/// There is no store, a file cannot be read, or a question cannot be asked.
pub async fn check(context: &mut Context, args: CheckArgs) -> Result<Exit, Failure> {
    match &args.batch {
        Some(path) => batch::batch(context, path).await,
        None => {
            let about = About { subject: args.subject.clone(), definition: None };
            super::answer_about(context, about, async |opened| ask(opened, args).await).await
        }
    }
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
pub async fn ask(opened: &Opened, args: CheckArgs) -> Result<Checked, Failure> {
    let CheckArgs { subject: Some(subject), action: Some(action), resource: Some(resource), .. } = args else {
        return Err(Failure::usage(anyhow::anyhow!("a check needs SUBJECT ACTION RESOURCE, or --batch FILE")));
    };
    decide(opened, subject, action, resource).await
}

/// Asks one question.
///
/// # Errors
/// It cannot be asked.
pub async fn decide(opened: &Opened, subject: Asker, action: Action, resource: Resource) -> Result<Checked, Failure> {
    let question = Question { as_of: opened.as_of(), at: opened.when.at(), ..Question::new(subject, action, resource) };
    let decision = opened.organization.check(&question).await?;
    Ok(Checked { question, decision })
}

impl Forms for Checked {
    fn text(&self) -> String {
        decision::text(&self.question, &self.decision)
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.decision)
    }

    fn columns(&self) -> &'static [&'static str] {
        &["subject", "action", "resource", "decision", "rule", "rights", "position", "at", "disclose"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let Question { subject, action, resource, .. } = &self.question;
        let Decision { rule, position, at, disclose, .. } = &self.decision;
        let rights: Vec<_> = self.decision.rights.iter().map(|right| right.name()).collect();
        let question =
            [subject.to_string(), action.to_string(), resource.to_string(), decision::word(&self.decision).to_owned()];
        let answer = [rule.to_string(), rights.join(" "), position.to_string(), at.to_string(), disclose.to_string()];
        vec![question.into_iter().chain(answer).collect()]
    }

    fn table_may_change(&self) -> Option<&'static str> {
        decision::may_change(self.decision.settled)
    }

    fn exit(&self) -> Exit {
        if self.decision.decision { Exit::Yes } else { Exit::No }
    }
}
