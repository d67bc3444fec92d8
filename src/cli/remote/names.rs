//! Labels and suggestions beside an answer of a service.
//!
//! INVARIANT: they stood like that where the answer was asked. A caller who may not ask for them has its answers without,
//! unless it asked for labels.

use super::client::{Call, Client};
use crate::cli::args::OutputForm;
use crate::cli::ask::About;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::labels::{Labels, named_in};
use crate::cli::render::{self, Forms, Json};
use crate::engine::named;
use crate::show::escape;
use caseward_events::answer::{Named, NamesAnswer};
use caseward_events::{Asker, Labelled, Position};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Names of one request.
const NAMES_MAX: usize = 1_000;

/// An answer that came, and what else is asked for it.
pub struct Came<A> {
    pub answer: A,
    pub position: Position,
    /// What it was asked about that may be a slip of the finger.
    pub about: Vec<Labelled>,
}

/// Prints an answer as one over a store is printed.
///
/// # Errors
/// There is none, names cannot be asked for, or standard output cannot be written.
pub async fn print<A: Forms>(
    context: &mut Context,
    client: &Client,
    came: Result<Came<A>, Failure>,
) -> Result<Exit, Failure> {
    let Came { answer, position, about } = match came {
        Ok(came) => came,
        Err(failure) => return render::print::<A>(&mut context.printer, Err(failure)),
    };
    let mut wanted = named_by(context, &answer);
    wanted.extend(about.iter().cloned());
    let found = ask(context, client, wanted, position).await?;
    let labels = found.iter().filter_map(|named| Some((named.of.clone(), named.label.clone()?)));
    let mut labels = Labels::told(labels.collect());
    let asked_for = context.global.labels;
    let printed = render::print_labelled(&mut context.printer, Ok(answer), &mut labels, asked_for);
    tell_unnamed(context, &about, found, position);
    printed
}

/// The names of a question that found nothing, as far as they may be a slip of the finger.
///
/// # Errors
/// They cannot be asked for.
pub async fn tell_slips(
    context: &mut Context,
    client: &Client,
    about: impl IntoIterator<Item = About>,
    position: Position,
) -> Result<(), Failure> {
    let named = |About { subject, definition }: About| {
        let user = subject.as_ref().and_then(user);
        user.into_iter().chain(definition.map(Labelled::Definition)).collect::<Vec<_>>()
    };
    let about: Vec<_> = about.into_iter().flat_map(named).collect();
    let found = ask(context, client, about.iter().cloned().collect(), position).await?;
    tell_unnamed(context, &about, found, position);
    Ok(())
}

fn tell_unnamed(context: &mut Context, about: &[Labelled], found: Vec<Named>, position: Position) {
    let found: BTreeMap<_, _> = found.into_iter().map(|named| (named.of.clone(), named)).collect();
    for of in about {
        if let Some(Named { known: Some(false), meant, .. }) = found.get(of) {
            let meant = meant.as_ref().map(|meant| format!("; did you mean {meant}?")).unwrap_or_default();
            let note = format!("note: no event up to position {position} names {of}{meant}");
            context.printer.note(escape::visible(&note));
        }
    }
}

/// A user who may be nobody.
pub fn user(subject: &Asker) -> Option<Labelled> {
    if let Asker::User(user) = subject { Some(Labelled::User(user.clone())) } else { None }
}

/// What an answer names that is shown with its label.
fn named_by(context: &Context, answer: &impl Forms) -> BTreeSet<Labelled> {
    match context.printer.form() {
        OutputForm::Human => named_in(&answer.text()).collect(),
        OutputForm::Json | OutputForm::Jsonl if context.global.labels => {
            let value: Value = serde_json::from_str(&answer.json(Json::PLAIN)).unwrap_or_default();
            named(&value)
        }
        _ => BTreeSet::new(),
    }
}

/// What is known of names at a position.
///
/// # Errors
/// They cannot be asked for.
pub async fn ask(
    context: &mut Context,
    client: &Client,
    wanted: BTreeSet<Labelled>,
    position: Position,
) -> Result<Vec<Named>, Failure> {
    let wanted: Vec<_> = wanted.into_iter().collect();
    let path = Client::of_organization(context, "names", &[("as_of", Some(position.to_string()))]);
    let mut found = Vec::new();
    for of in wanted.chunks(NAMES_MAX) {
        match client.call(&Call::ask(path.clone(), &json!({"of": of}))).await {
            Ok(reply) => found.extend(reply.read::<NamesAnswer>()?.names),
            Err(failure) if failure.exit == Exit::Caller && !context.global.labels => {
                context.printer.detail("without labels: the token lacks the part `audit`");
                return Ok(found);
            }
            Err(failure) => return Err(failure),
        }
    }
    Ok(found)
}
