//! `who` may do this, and all `rights` that a subject holds.

use crate::cli::args::{RightsArgs, WhoArgs};
use crate::cli::cursor::Token;
use crate::cli::exit::Failure;
use crate::cli::opened::{Opened, asked_at};
use crate::cli::render::Forms;
use crate::engine::Reader;
use crate::show::phrasing;
use caseward_events::{Action, Asker, Resource, Subject};
use caseward_projections::question::Resolved;
use caseward_projections::{Effect, Question, Reason, Rule};
use serde_json::{Value, json};
use unicode_width::UnicodeWidthStr;

/// Names that are longer stand out of their column.
const NAME_COLUMNS_MAX: usize = 32;

/// Behind a resource on which there is nothing.
const NOT_THERE: &str = ", which does not exist at that position";

/// A page of those who may.
pub struct Listed {
    action: Action,
    resource: Resource,
    everyone: bool,
    /// Of the page.
    holders: Vec<Holder>,
    /// How many there are on all pages.
    total: usize,
    /// There was no such resource.
    missing: bool,
    resolved: Resolved,
    /// Where pages were asked for; the last one has no next.
    next: Option<Option<Token>>,
}

/// Who may, and through what.
struct Holder {
    subject: Asker,
    through: Vec<Reason>,
}

/// Asks who may.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask(opened: &Opened, args: WhoArgs) -> Result<Listed, Failure> {
    let WhoArgs { action, resource, paging } = args;
    let list = opened.list("who", &[&action, &resource]);
    let after = paging.behind(list)?;
    let reader = opened.reader_from(after.as_ref()).await?;
    let resolved = reader.resolved();
    let who = reader.who(action, &resource).await?;
    let users = who.subjects.iter().filter_map(|subject| match subject {
        Subject::User(user) => Some(Asker::User(user.clone())),
        Subject::Group(_) => None,
    });
    let all: Vec<Asker> = users.chain(who.links).collect();
    let from = match &after {
        None => 0,
        Some(token) => match all.iter().position(|one| one.to_string() == token.last) {
            Some(index) => index + 1,
            None => return Err(Token::foreign(paging.after.as_deref().unwrap_or_default())),
        },
    };
    let until = paging.limit.map_or(all.len(), |limit| all.len().min(from.saturating_add(limit.get())));
    let token = |last: &Asker| Token { position: who.position, at: resolved.when.at, list, last: last.to_string() };
    let more = if until < all.len() { until.checked_sub(1).and_then(|last| all.get(last)).map(token) } else { None };
    let next = (paging.limit.is_some() || after.is_some()).then_some(more);
    let mut holders = Vec::with_capacity(until - from);
    for subject in &all[from..until] {
        holders.push(holder(&reader, subject, action, &resource).await?);
    }
    let missing = !reader.exists(&resource).await?;
    Ok(Listed { action, resource, everyone: who.everyone, holders, total: all.len(), missing, resolved, next })
}

/// Asks through what.
async fn holder(reader: &Reader<'_>, subject: &Asker, action: Action, resource: &Resource) -> Result<Holder, Failure> {
    let question = Question::new(subject.clone(), action, resource.clone());
    let decision = reader.check(&question).await?;
    let gives = |reason: &Reason| reason.effect == Effect::Allow && reason.rights.contains(&action);
    Ok(Holder { subject: question.subject, through: decision.reasons.into_iter().filter(gives).collect() })
}

impl Holder {
    /// The rules, each with what it names beside the holder and the resource.
    fn told(&self, resource: &Resource) -> String {
        let reason = |Reason { rule, source, subject, .. }: &Reason| {
            let (source, subject) = (source.to_string(), subject.to_string());
            let lists = [resource.to_string(), resource.to_string().replacen("case:", "restriction:", 1)];
            let is_told = *rule == Rule::OrganizationGrant || lists.contains(&source);
            let of = if is_told { String::new() } else { format!(" of {source}") };
            let through =
                if subject == self.subject.to_string() { String::new() } else { format!(" through {subject}") };
            format!("{rule}{of}{through}")
        };
        self.through.iter().map(reason).collect::<Vec<_>>().join(", ")
    }

    fn json(&self) -> Value {
        let reason =
            |Reason { rule, source, subject, .. }: &Reason| json!({"rule": rule, "source": source, "subject": subject});
        self.through.iter().map(reason).collect()
    }
}

impl Listed {
    fn head(&self) -> String {
        let may = format!("may {} {}", self.action, self.resource);
        let shown = self.holders.len();
        let of = if shown < self.total { format!("{shown} of ") } else { String::new() };
        match (self.everyone, self.total) {
            (true, 0) => format!("everyone {may}: access control is off"),
            (true, total) => format!("everyone {may}: access control is off; the log names {of}{total}"),
            (false, 0) if self.missing => format!("nobody {may}{NOT_THERE}"),
            (false, 0) => format!("nobody {may}"),
            (false, 1) => format!("one {may}"),
            (false, total) => format!("{of}{total} {may}"),
        }
    }
}

impl Forms for Listed {
    fn text(&self) -> String {
        let mut lines = vec![phrasing::wrapped("", "  ", &self.head())];
        let names: Vec<_> = self.holders.iter().map(|holder| holder.subject.to_string()).collect();
        let width = names.iter().map(|name| name.width()).max().unwrap_or(0).min(NAME_COLUMNS_MAX);
        lines.extend(names.iter().zip(&self.holders).map(|(name, holder)| {
            let rest = " ".repeat(width + 6);
            let blanks = " ".repeat(width.saturating_sub(name.width()));
            phrasing::wrapped(&format!("  {name}{blanks}  "), &rest, &holder.told(&self.resource))
        }));
        if let Some(Some(next)) = &self.next {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(asked_at(self.resolved));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let is_link = |holder: &&Holder| matches!(holder.subject, Asker::Link(_));
        let named = |holder: &Holder| holder.subject.to_string();
        let (links, subjects): (Vec<_>, Vec<_>) = self.holders.iter().partition(is_link);
        let [subjects, links] = [subjects, links].map(|all| all.into_iter().map(named).collect::<Vec<_>>());
        let through = self.holders.iter().map(|holder| (named(holder), holder.json()));
        let everyone = self.everyone;
        let position = self.resolved.when.place.position().0;
        let mut answer = json!({"everyone": everyone, "subjects": subjects, "links": links, "position": position});
        answer["through"] = Value::Object(through.collect());
        if let Some(next) = &self.next {
            answer["next"] = next.as_ref().map(Token::to_string).into();
        }
        answer
    }

    fn lines(&self) -> Vec<Value> {
        let position = self.resolved.when.place.position().0;
        let everyone = self.everyone.then(|| json!({"everyone": true, "position": position}));
        let shown = self.holders.iter().map(
            |holder| json!({"subject": holder.subject.to_string(), "position": position, "through": holder.json()}),
        );
        everyone.into_iter().chain(shown).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["subject", "position", "through"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let position = self.resolved.when.place.position().to_string();
        let everyone = self.everyone.then(|| ("everyone".to_owned(), "access_control_off".to_owned()));
        let holders = self.holders.iter().map(|holder| (holder.subject.to_string(), holder.told(&self.resource)));
        everyone.into_iter().chain(holders).map(|(one, through)| vec![one, position.clone(), through]).collect()
    }

    fn next(&self) -> Option<&Token> {
        self.next.as_ref()?.as_ref()
    }
}

/// What a subject holds.
pub struct Held {
    subject: Asker,
    resource: Resource,
    rights: Vec<Action>,
    /// There was no such resource.
    missing: bool,
    resolved: Resolved,
}

/// Asks what a subject holds.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask_rights(opened: &Opened, args: RightsArgs) -> Result<Held, Failure> {
    let RightsArgs { subject, resource } = args;
    let reader = opened.reader().await?;
    let resolved = reader.resolved();
    let rights = reader.rights(&subject, &resource).await?;
    let missing = !reader.exists(&resource).await?;
    Ok(Held { subject, resource, rights, missing, resolved })
}

impl Forms for Held {
    fn text(&self) -> String {
        let Held { subject, resource, rights, missing, resolved } = self;
        let why = if *missing { NOT_THERE } else { "" };
        let head = phrasing::wrapped("", "  ", &format!("{subject} has {} on {resource}{why}", phrasing::list(rights)));
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
