//! `who` may do this, and all `rights` that a subject holds.

use super::args::{Global, OutputForm, RightsArgs, WhoArgs};
use super::context::{Context, Opened};
use super::exit::{Exit, Failure};
use super::forms::{self, Forms};
use super::page::Token;
use super::words;
use crate::store::Access;
use caseward_events::{Action, Asker, Resource};
use caseward_projections::question::Resolved;
use serde_json::{Value, json};

/// Runs `who`.
///
/// # Errors
/// There is no store, or the question cannot be asked.
pub async fn who(context: &mut Context, args: WhoArgs) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let listed = ask(&context.global, &opened, args).await;
    if let Ok(Listed { next: Some(Some(next)), .. }) = &listed {
        note_next_beside_bare_lists(context, next);
    }
    forms::print(&mut context.printer, listed)
}

/// Runs `rights`.
///
/// # Errors
/// As for [`who`].
pub async fn rights(context: &mut Context, args: RightsArgs) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let held = ask_rights(&context.global, &opened, args).await;
    forms::print(&mut context.printer, held)
}

/// Says beside the data where the next page begins.
pub fn note_next(context: &mut Context, next: &Token) {
    context.printer.note(format_args!("next: --after {}", words::typed(&[&next.to_string()])));
}

/// Says it where the form is a list and nothing else.
pub fn note_next_beside_bare_lists(context: &mut Context, next: &Token) {
    if matches!(context.printer.form(), OutputForm::Jsonl | OutputForm::Csv) {
        note_next(context, next);
    }
}

/// A page of those who may.
pub struct Listed {
    action: Action,
    resource: Resource,
    everyone: bool,
    /// Of the page.
    subjects: Vec<String>,
    links: Vec<String>,
    /// How many there are on all pages.
    total: usize,
    resolved: Resolved,
    /// Where pages were asked for; the last one has no next.
    next: Option<Option<Token>>,
}

/// Asks who may.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask(global: &Global, opened: &Opened, args: WhoArgs) -> Result<Listed, Failure> {
    let WhoArgs { action, resource, paging } = args;
    let after = paging.after.as_deref().map(str::parse::<Token>).transpose()?;
    let resolved = opened.resolved_from(after.as_ref(), global).await?;
    let who = opened.engine.who(&opened.organization, action, &resource, resolved)?;
    let all: Vec<_> =
        who.subjects.iter().map(ToString::to_string).chain(who.links.iter().map(Asker::to_string)).collect();
    let from = match &after {
        None => 0,
        Some(token) => match all.iter().position(|one| *one == token.last) {
            Some(index) => index + 1,
            None => return Err(Token::foreign(paging.after.as_deref().unwrap_or_default())),
        },
    };
    let until = paging.limit.map_or(all.len(), |limit| all.len().min(from.saturating_add(limit.get())));
    let token = |last: &String| Token { position: who.position, at: resolved.when.at, last: last.clone() };
    let more = if until < all.len() { until.checked_sub(1).and_then(|last| all.get(last)).map(token) } else { None };
    let next = (paging.limit.is_some() || after.is_some()).then_some(more);
    let (links, subjects) = all[from..until].iter().cloned().partition(|one| one.starts_with("link:"));
    Ok(Listed { action, resource, everyone: who.everyone, subjects, links, total: all.len(), resolved, next })
}

/// `position 169 (2024-03-14T12:00:00Z)`: with this a question can be asked again.
pub fn asked_at(resolved: Resolved) -> String {
    format!("position {} ({})", resolved.when.place.position(), resolved.when.at)
}

impl Listed {
    fn shown(&self) -> impl Iterator<Item = &String> {
        self.subjects.iter().chain(&self.links)
    }

    fn head(&self) -> String {
        let may = format!("may {} {}", self.action, self.resource);
        let shown = self.subjects.len() + self.links.len();
        let of = if shown < self.total { format!("{shown} of ") } else { String::new() };
        match (self.everyone, self.total) {
            (true, 0) => format!("everyone {may}: access control is off"),
            (true, total) => format!("everyone {may}: access control is off; the log names {of}{total}"),
            (false, 0) => format!("nobody {may}"),
            (false, 1) => format!("one {may}"),
            (false, total) => format!("{of}{total} {may}"),
        }
    }
}

impl Forms for Listed {
    fn text(&self) -> String {
        let mut lines = vec![words::wrapped("", "  ", &self.head())];
        lines.extend(self.shown().map(|one| format!("  {one}")));
        if let Some(Some(next)) = &self.next {
            lines.push(format!("more: --after {}", words::typed(&[&next.to_string()])));
        }
        lines.push(asked_at(self.resolved));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let Listed { everyone, subjects, links, .. } = self;
        let position = self.resolved.when.place.position().0;
        let mut answer = json!({"everyone": everyone, "subjects": subjects, "links": links, "position": position});
        if let Some(next) = &self.next {
            answer["next"] = next.as_ref().map(Token::to_string).into();
        }
        answer
    }

    fn lines(&self) -> Vec<Value> {
        let position = self.resolved.when.place.position().0;
        let everyone = self.everyone.then(|| json!({"everyone": true, "position": position}));
        let shown = self.shown().map(|one| json!({"subject": one, "position": position}));
        everyone.into_iter().chain(shown).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["subject", "position"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let position = self.resolved.when.place.position().to_string();
        let everyone = self.everyone.then(|| "everyone".to_owned());
        everyone.iter().chain(self.shown()).map(|one| vec![one.clone(), position.clone()]).collect()
    }
}

/// What a subject holds.
pub struct Held {
    subject: Asker,
    resource: Resource,
    rights: Vec<Action>,
    resolved: Resolved,
}

/// Asks what a subject holds.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask_rights(global: &Global, opened: &Opened, args: RightsArgs) -> Result<Held, Failure> {
    let RightsArgs { subject, resource } = args;
    let resolved = opened.resolved(global).await?;
    let rights = opened.engine.rights(&opened.organization, &subject, &resource, resolved);
    Ok(Held { subject, resource, rights, resolved })
}

impl Forms for Held {
    fn text(&self) -> String {
        let Held { subject, resource, rights, resolved } = self;
        let head = words::wrapped("", "  ", &format!("{subject} has {} on {resource}", words::list(rights)));
        format!("{head}\n{}", asked_at(*resolved))
    }

    fn json(&self) -> Value {
        json!({"rights": self.rights, "position": self.resolved.when.place.position().0})
    }

    fn columns(&self) -> &'static [&'static str] {
        &["right", "position"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let position = self.resolved.when.place.position().to_string();
        self.rights.iter().map(|right| vec![right.to_string(), position.clone()]).collect()
    }
}
