//! `who` with `--from` and `--to`: everybody who could do something at any time between, and when.

use crate::cli::args::WhoArgs;
use crate::cli::ask::access;
use crate::cli::ask::bounds::{self, Bounds};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::render::{Forms, Json};
use crate::engine::ListOf;
use crate::show::{decision, phrasing};
use caseward_events::answer::{HolderBetween, Interval, WhoBetweenAnswer};
use caseward_events::ask::PageToken;
use caseward_events::{Action, Resource};

/// A page of those who could.
pub struct WhoBetweenForms {
    action: Action,
    resource: Resource,
    answer: WhoBetweenAnswer,
}

/// Asks who could.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask(opened: &Opened, args: WhoArgs) -> Result<WhoBetweenForms, Failure> {
    let WhoArgs { action, resource, stretch, paging } = args;
    bounds::without_at(opened.when)?;
    let from = bounds::repeated(stretch.from);
    let page = bounds::page(opened, ListOf::WhoBetween(action, &resource, from.as_deref()), &paging)?;
    let Bounds { as_of, from, to } = Bounds::of(&stretch, opened, Some(&page));
    let reader = opened.organization.reader(as_of, None).await?;
    let answer = reader.who_between(action, &resource, (from, to), &page).await?;
    Ok(WhoBetweenForms { action, resource, answer })
}

/// `from …  until …   rule`, as `access` has it.
fn told(Interval { from, until, rule, .. }: &Interval) -> String {
    let end = until.map_or_else(|| "and on".to_owned(), |until| format!("until {until}"));
    format!("{from}  {end}   {rule}")
}

impl WhoBetweenForms {
    /// An answer that came from elsewhere.
    #[must_use]
    pub fn of(action: Action, resource: Resource, answer: WhoBetweenAnswer) -> WhoBetweenForms {
        WhoBetweenForms { action, resource, answer }
    }

    fn head(&self) -> String {
        let WhoBetweenAnswer { subjects, everyone, from, to, position, known, .. } = &self.answer;
        let could = format!("could {} {} at some time from {from} to {to}", self.action, self.resource);
        match (everyone.is_empty(), subjects.len()) {
            (false, many) => format!("everyone {could}: access control was off; the log names {many}"),
            (true, 0) if *known == Some(false) => format!("nobody {could}{}", phrasing::missing_at(*position)),
            (true, 0) => format!("nobody {could}"),
            (true, 1) => format!("one {could}"),
            (true, many) => format!("{many} {could}"),
        }
    }
}

impl Forms for WhoBetweenForms {
    fn text(&self) -> String {
        let WhoBetweenAnswer { subjects, everyone, next, position, .. } = &self.answer;
        let mut lines = vec![phrasing::wrapped("", "  ", &self.head())];
        if !everyone.is_empty() {
            lines.push("  everyone".to_owned());
            lines.extend(everyone.iter().map(|one| format!("    {}", told(one))));
        }
        for HolderBetween { subject, intervals, .. } in subjects {
            lines.push(format!("  {subject}"));
            lines.extend(intervals.iter().map(|one| format!("    {}", told(one))));
        }
        if let Some(next) = next.token() {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(format!("position {position}"));
        lines.join("\n")
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.answer)
    }

    fn lines(&self, form: Json<'_>) -> Vec<String> {
        self.answer.lines().map(|line| form.of(&line)).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["subject", "from", "until", "rule", "events", "opened_by", "closed_by"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let of = |subject: String, intervals: &[Interval]| -> Vec<Vec<String>> {
            intervals.iter().map(|one| [vec![subject.clone()], access::row(one)].concat()).collect()
        };
        let everyone = of("everyone".to_owned(), &self.answer.everyone);
        let subjects = self.answer.subjects.iter().flat_map(|one| of(one.subject.to_string(), &one.intervals));
        everyone.into_iter().chain(subjects).collect()
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::END_MAY_CHANGE))
    }

    fn next(&self) -> Option<&PageToken> {
        self.answer.next.token()
    }
}
