//! What auditors ask: questions, stretches of time, queries, proofs. A file a verb.
//!
//! The way of a question: its arguments are parsed, the store is opened, the question is asked of it, the answer is
//! printed. A verb that prints as it reads goes the same way in a file of its own.

pub mod access;
pub mod bounds;
pub mod changes;
pub mod check;
pub mod diff;
pub mod explain;
pub mod export;
pub mod history;
pub mod matrix;
pub mod policy;
pub mod proof;
pub mod report;
pub mod stranded;
pub mod timeline;
pub mod vocabulary;
pub mod what;
pub mod who;
pub mod who_between;

use super::context::Context;
use super::exit::{Exit, Failure};
use super::labels::Labels;
use super::opened::Opened;
use super::render::{self, Forms};
use crate::engine::Reader;
use crate::show::escape;
use crate::store::Access;
use caseward_events::{Asker, DefinitionId, Reference};

/// Opens the store, asks, prints.
///
/// # Errors
/// There is no store, the question cannot be asked, or standard output cannot be written.
pub async fn answer<A: Forms>(
    context: &mut Context,
    ask: impl AsyncFnOnce(&Opened) -> Result<A, Failure>,
) -> Result<Exit, Failure> {
    answer_about(context, About::default(), ask).await
}

/// What a question names. Nothing, where any name would do.
#[derive(Clone, Debug, Default)]
pub struct About {
    pub subject: Option<Asker>,
    pub definition: Option<DefinitionId>,
}

impl About {
    /// A subject.
    #[must_use]
    pub fn of(subject: &Asker) -> About {
        About { subject: Some(subject.clone()), definition: None }
    }

    /// What a history is asked for, where it is a user or a definition.
    #[must_use]
    pub fn reference(reference: &Reference) -> About {
        match reference {
            Reference::User(user) => About::of(&Asker::User(user.clone())),
            Reference::Definition(definition) => About { subject: None, definition: Some(definition.clone()) },
            _ => About::default(),
        }
    }

    /// The user whose acts a query asks for.
    #[must_use]
    pub fn acting(query: &str) -> About {
        let actor = query.split_whitespace().find_map(|term| term.strip_prefix("actor:"));
        let user = actor.map(|actor| actor.strip_prefix("user:").unwrap_or(actor));
        let subject = user.and_then(|user| user.parse().ok()).map(Asker::User);
        About { subject, definition: None }
    }
}

/// The same, with a word where no event names what is asked about: a slip of the finger must not read as a denial.
///
/// # Errors
/// As for [`answer`].
pub async fn answer_about<A: Forms>(
    context: &mut Context,
    about: About,
    ask: impl AsyncFnOnce(&Opened) -> Result<A, Failure>,
) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let answer = ask(&opened).await;
    if answer.is_err() {
        return render::print(&mut context.printer, answer);
    }
    let reader = opened.reader().await?;
    let unnamed = unnamed(&reader, about).await?;
    let mut labels = Labels::new(reader);
    let asked_for = context.global.labels;
    let printed = render::print_labelled(&mut context.printer, answer, &mut labels, asked_for);
    unnamed.into_iter().for_each(|note| context.printer.note(note));
    printed
}

/// A note for each name that no event bears.
pub async fn unnamed(reader: &Reader<'_>, About { subject, definition }: About) -> Result<Vec<String>, Failure> {
    let position = reader.position();
    let mut notes = Vec::new();
    let mut tell = |what: String, meant: Option<String>| {
        let meant = meant.map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
        notes.push(escape::visible(&format!("note: no event up to position {position} names {what}{meant}")));
    };
    if let Some(Asker::User(user)) = &subject
        && let Some(meant) = reader.unnamed_user(user).await?
    {
        tell(format!("user:{user}"), meant.map(|meant| format!("user:{meant}")));
    }
    if let Some(definition) = &definition
        && let Some(meant) = reader.unnamed_definition(definition).await?
    {
        tell(format!("definition:{definition}"), meant.map(|meant| format!("definition:{meant}")));
    }
    Ok(notes)
}
