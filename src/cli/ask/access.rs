//! `access`: the intervals in which a subject could do something, each with what opened and what closed it.

use crate::cli::args::AccessArgs;
use crate::cli::ask::bounds::{self, Bounds};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::render::{Forms, Json};
use crate::engine::{AccessPage, ListOf};
use crate::show::decision;
use crate::show::phrasing::{self, Cited};
use caseward_events::answer::{AccessAnswer, Cause, Interval};
use caseward_events::ask::PageToken;
use caseward_events::{Position, Question};

/// A page of intervals, with the events that opened and closed them.
pub struct AccessForms {
    question: Question,
    answer: AccessAnswer,
    /// How many there are on all pages.
    total: usize,
    /// There is no such resource, even at the last position that was asked for.
    missing: bool,
    cited: Cited,
}

/// Asks, and reads what opened and closed.
///
/// # Errors
/// The question cannot be asked, or the log cannot be read.
pub async fn ask(opened: &Opened, args: AccessArgs) -> Result<AccessForms, Failure> {
    let AccessArgs { subject, action, resource, stretch, paging } = args;
    bounds::without_at(opened.when)?;
    let from = bounds::repeated(stretch.from);
    let page = bounds::page(opened, ListOf::Access(&subject, action, &resource, from.as_deref()), &paging)?;
    let Bounds { as_of, from, to } = Bounds::of(&stretch, opened, Some(&page));
    let question = Question { as_of, ..Question::new(subject, action, resource) };
    let reader = opened.organization.reader(as_of, None).await?;
    let AccessPage { answer, total } = reader.access_page(&question, (from, to), &page).await?;
    let position = answer.position;
    let causes = answer.intervals.iter().flat_map(|one| one.opened_by.iter().chain(&one.closed_by));
    let cited = opened.cited(causes.map(|cause| cause.position)).await?;
    let missing = total == 0 && !opened.has(&question.resource, position).await?;
    Ok(AccessForms { question, answer, total, missing, cited })
}

impl AccessForms {
    /// An answer that came from elsewhere, with how many intervals there are on all pages, whether there is no such resource,
    /// and the events that it cites, where they are shown.
    #[must_use]
    pub fn of(question: Question, answer: AccessAnswer, total: usize, missing: bool, cited: Cited) -> AccessForms {
        AccessForms { question, answer, total, missing, cited }
    }

    fn interval(&self, interval: &Interval) -> Vec<String> {
        let Interval { from, until, rule, opened_by, closed_by, .. } = interval;
        let end = until.map_or_else(|| "and on".to_owned(), |until| format!("until {until}"));
        let mut lines = vec![format!("✔ {from}  {end}   {rule}")];
        lines.extend(opened_by.iter().map(|cause| self.cause("+", cause)));
        lines.extend(closed_by.iter().map(|cause| self.cause("-", cause)));
        lines
    }

    fn cause(&self, sign: &str, cause: &Cause) -> String {
        let number = format!("  {sign} {:<5} ", format!("#{}", cause.position));
        let indent = " ".repeat(number.chars().count());
        phrasing::wrapped(&number, &indent, &phrasing::cause(cause, &self.cited))
    }
}

impl Forms for AccessForms {
    fn text(&self) -> String {
        let Question { subject, action, resource, .. } = &self.question;
        let AccessAnswer { intervals, from, to, position, next, .. } = &self.answer;
        let times = match self.total {
            0 => "at no time".to_owned(),
            1 => "in one interval".to_owned(),
            many => format!("in {many} intervals"),
        };
        let missing = if self.missing { phrasing::missing_at(*position) } else { String::new() };
        let head = format!("{subject} could {action} {resource} {times} from {from} to {to}{missing}");
        let mut lines = vec![phrasing::wrapped("", "  ", &head)];
        lines.extend(intervals.iter().flat_map(|one| self.interval(one)));
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
        self.answer.intervals.iter().map(|one| form.of(one)).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["from", "until", "rule", "events", "opened_by", "closed_by"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.answer.intervals.iter().map(row).collect()
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::END_MAY_CHANGE))
    }

    fn next(&self) -> Option<&PageToken> {
        self.answer.next.token()
    }
}

/// An interval as it stands in a table.
pub fn row(interval: &Interval) -> Vec<String> {
    let Interval { from, until, rule, events, opened_by, closed_by } = interval;
    let until = until.map(|until| until.to_string()).unwrap_or_default();
    let causes = [opened_by, closed_by].map(|causes| joined(causes.iter().map(|cause| cause.position)));
    let first = [from.to_string(), until, rule.to_string(), joined(events.iter().copied())];
    first.into_iter().chain(causes).collect()
}

fn joined(positions: impl Iterator<Item = Position>) -> String {
    positions.map(|position| position.to_string()).collect::<Vec<_>>().join(" ")
}
