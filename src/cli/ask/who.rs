//! `who` may do this, and all `rights` that a subject holds.

use crate::cli::About;
use crate::cli::args::{RightsArgs, WhoArgs};
use crate::cli::ask::bounds;
use crate::cli::ask::who_between;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::{Opened, asked_at};
use crate::cli::render::{Forms, Json};
use crate::engine::{ListOf, WhoPage};
use crate::show::decision;
use crate::show::phrasing;
use caseward_events::answer::{RightsAnswer, Rule, Through, WhoAnswer};
use caseward_events::ask::PageToken;
use caseward_events::{Action, Asker, Resource, Timestamp};
use caseward_projections::{Resolved, When};
use unicode_width::UnicodeWidthStr;

/// Names that are longer stand out of their column.
const NAME_COLUMNS_MAX: usize = 32;

/// Behind a resource on which there is nothing.
const NOT_THERE: &str = ", which does not exist at that position";

/// Runs the verb: at one moment or, with `--from` or `--to`, over a stretch of time.
///
/// # Errors
/// As for [`super::answer`].
pub async fn who(context: &mut Context, args: WhoArgs) -> Result<Exit, Failure> {
    if args.stretch.is_given() {
        return super::answer(context, async |opened| who_between::ask(opened, args).await).await;
    }
    super::answer(context, async |opened| ask(opened, args).await).await
}

/// A page of those who may.
pub struct WhoForms {
    action: Action,
    resource: Resource,
    answer: WhoAnswer,
    /// How many there are on all pages.
    total: usize,
    /// There was no such resource.
    missing: bool,
    resolved: Resolved,
}

/// Asks who may.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask(opened: &Opened, args: WhoArgs) -> Result<WhoForms, Failure> {
    let WhoArgs { action, resource, paging, stretch: _ } = args;
    let page = bounds::page(opened, ListOf::Who(action, &resource), &paging)?;
    let reader = opened.reader_for(&page).await?;
    let resolved = reader.resolved();
    let WhoPage { answer, total } = reader.who_page(action, &resource, &page).await?;
    let missing = !reader.exists(&resource).await?;
    Ok(WhoForms { action, resource, answer, total, missing, resolved })
}

impl WhoForms {
    /// An answer that came from elsewhere, with how many there are on all pages, whether there was no such resource, and the
    /// instant that belongs to its position.
    #[must_use]
    pub fn of(
        (action, resource): (Action, Resource),
        answer: WhoAnswer,
        total: usize,
        missing: bool,
        at: Timestamp,
    ) -> WhoForms {
        let when = When { place: answer.position.into(), at };
        let resolved = Resolved { when, settled: answer.settled };
        WhoForms { action, resource, answer, total, missing, resolved }
    }
}

/// The rules, each with what it names beside the holder and the resource.
fn told(holder: &Asker, through: &[Through], resource: &Resource) -> String {
    let one = |Through { rule, source, subject }: &Through| {
        let (source, subject) = (source.to_string(), subject.to_string());
        let lists = [resource.to_string(), resource.to_string().replacen("case:", "restriction:", 1)];
        let is_told = *rule == Rule::OrganizationGrant || lists.contains(&source);
        let of = if is_told { String::new() } else { format!(" of {source}") };
        let through = if subject == holder.to_string() { String::new() } else { format!(" through {subject}") };
        format!("{rule}{of}{through}")
    };
    through.iter().map(one).collect::<Vec<_>>().join(", ")
}

impl WhoForms {
    /// Each holder, and through what.
    fn holders(&self) -> impl Iterator<Item = (String, String)> {
        let through =
            |one: &Asker| self.answer.through.as_ref().and_then(|all| all.get(one)).map_or(&[][..], Vec::as_slice);
        self.answer.holders().map(move |one| (one.to_string(), told(one, through(one), &self.resource)))
    }

    fn head(&self) -> String {
        let may = format!("may {} {}", self.action, self.resource);
        let shown = self.answer.holders().count();
        let of = if shown < self.total { format!("{shown} of ") } else { String::new() };
        match (self.answer.everyone, self.total) {
            (true, 0) => format!("everyone {may}: access control is off"),
            (true, total) => format!("everyone {may}: access control is off; the log names {of}{total}"),
            (false, 0) if self.missing => format!("nobody {may}{NOT_THERE}"),
            (false, 0) => format!("nobody {may}"),
            (false, 1) => format!("one {may}"),
            (false, total) => format!("{of}{total} {may}"),
        }
    }
}

impl Forms for WhoForms {
    fn text(&self) -> String {
        let mut lines = vec![phrasing::wrapped("", "  ", &self.head())];
        let holders: Vec<_> = self.holders().collect();
        let width = holders.iter().map(|(name, _)| name.width()).max().unwrap_or(0).min(NAME_COLUMNS_MAX);
        lines.extend(holders.iter().map(|(name, through)| {
            let rest = " ".repeat(width + 6);
            let blanks = " ".repeat(width.saturating_sub(name.width()));
            phrasing::wrapped(&format!("  {name}{blanks}  "), &rest, through)
        }));
        if let Some(next) = self.answer.next.token() {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(asked_at(self.resolved));
        lines.join("\n")
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.answer)
    }

    fn lines(&self, form: Json<'_>) -> Vec<String> {
        self.answer.lines().map(|line| form.of(&line)).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["subject", "position", "through"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let position = self.answer.position.to_string();
        let everyone = self.answer.everyone.then(|| ("everyone".to_owned(), "access_control_off".to_owned()));
        everyone.into_iter().chain(self.holders()).map(|(one, through)| vec![one, position.clone(), through]).collect()
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::MAY_CHANGE))
    }

    fn next(&self) -> Option<&PageToken> {
        self.answer.next.token()
    }
}

/// What a subject holds.
pub struct RightsForms {
    subject: Asker,
    resource: Resource,
    answer: RightsAnswer,
    /// There was no such resource.
    missing: bool,
    resolved: Resolved,
}

/// Runs `rights`.
///
/// # Errors
/// The store cannot be opened or answered from.
pub async fn rights(context: &mut Context, args: RightsArgs) -> Result<Exit, Failure> {
    let about = About::of(&args.subject);
    super::answer_about(context, about, async |opened| ask_rights(opened, args).await).await
}

/// Asks what a subject holds.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask_rights(opened: &Opened, args: RightsArgs) -> Result<RightsForms, Failure> {
    let RightsArgs { subject, resource } = args;
    let reader = opened.reader().await?;
    let resolved = reader.resolved();
    let answer = reader.rights(&subject, &resource).await?;
    let missing = !reader.exists(&resource).await?;
    Ok(RightsForms { subject, resource, answer, missing, resolved })
}

impl RightsForms {
    /// An answer that came from elsewhere, with the instant that belongs to its position, and whether there was no such
    /// resource.
    #[must_use]
    pub fn of(subject: Asker, resource: Resource, answer: RightsAnswer, missing: bool, at: Timestamp) -> RightsForms {
        let when = When { place: answer.position.into(), at };
        let resolved = Resolved { when, settled: answer.settled };
        RightsForms { subject, resource, answer, missing, resolved }
    }
}

impl Forms for RightsForms {
    fn text(&self) -> String {
        let RightsForms { subject, resource, answer: RightsAnswer { rights, .. }, missing, resolved } = self;
        let why = if *missing { NOT_THERE } else { "" };
        let head = phrasing::wrapped("", "  ", &format!("{subject} has {} on {resource}{why}", phrasing::list(rights)));
        format!("{head}\n{}", asked_at(*resolved))
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.answer)
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::MAY_CHANGE))
    }

    fn columns(&self) -> &'static [&'static str] {
        &["right", "position"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let position = self.answer.position.to_string();
        self.answer.rights.iter().map(|right| vec![right.to_string(), position.clone()]).collect()
    }
}
