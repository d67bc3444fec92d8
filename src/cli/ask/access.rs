//! `access`: the intervals in which a subject could do something, each with what opened and what closed it.

use crate::cli::args::{AccessArgs, Paging};
use crate::cli::ask::bounds::{self, Bounds};
use crate::cli::cursor::{List, Token, given};
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::render::Forms;
use crate::engine::Access as Answer;
use crate::show::phrasing::{self, Cited};
use caseward_events::Position;
use caseward_projections::Question;
use caseward_projections::evaluate::{Cause, Interval};
use serde_json::Value;
use std::num::NonZeroUsize;

/// A page of intervals, with the events that opened and closed them.
pub struct Held {
    question: Question,
    answer: Answer,
    /// How many there are on all pages.
    total: usize,
    /// There is no such resource, even at the last position that was asked for.
    missing: bool,
    cited: Cited,
    /// Where pages were asked for; the last one has no next.
    next: Option<Option<Token>>,
}

/// Asks, and reads what opened and closed.
///
/// # Errors
/// The question cannot be asked, or the log cannot be read.
pub async fn ask(opened: &Opened, args: AccessArgs) -> Result<Held, Failure> {
    let AccessArgs { subject, action, resource, stretch, paging } = args;
    bounds::without_at(opened)?;
    let list = opened.list("access", &[&subject, &action, &resource, &given(stretch.from)]);
    let after = paging.behind(list)?;
    let Bounds { as_of, from, to } = Bounds::of(&stretch, opened, after.as_ref());
    let question = Question { as_of, ..Question::new(subject, action, resource) };
    let mut answer = opened.organization.reader(as_of, None).await?.access(&question, from, to).await?;
    let total = answer.intervals.len();
    let next = turn_to(&mut answer, &paging, list, after.as_ref())?;
    let causes = answer.intervals.iter().flat_map(|one| one.opened_by.iter().chain(&one.closed_by));
    let cited = opened.cited(causes.map(|cause| cause.position)).await?;
    let missing = total == 0 && !opened.has(&question.resource, answer.position).await?;
    Ok(Held { question, answer, total, missing, cited, next })
}

/// Leaves the page that is asked for; where the next one begins.
fn turn_to(
    answer: &mut Answer,
    paging: &Paging,
    list: List,
    after: Option<&Token>,
) -> Result<Option<Option<Token>>, Failure> {
    let intervals = &mut answer.intervals;
    if let Some(token) = after {
        let shown = intervals.iter().position(|one| one.from.to_string() == token.last);
        intervals.drain(..=shown.ok_or_else(|| Token::foreign(&token.to_string()))?);
    }
    let limit = paging.limit.map_or(usize::MAX, NonZeroUsize::get);
    let more = intervals.len() > limit;
    intervals.truncate(limit);
    let last = intervals.last().filter(|_| more);
    let next = last.map(|last| Token { position: answer.position, at: answer.to, list, last: last.from.to_string() });
    Ok((paging.limit.is_some() || after.is_some()).then_some(next))
}

impl Held {
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

impl Forms for Held {
    fn text(&self) -> String {
        let Question { subject, action, resource, .. } = &self.question;
        let Answer { intervals, from, to, position, settled } = &self.answer;
        let times = match self.total {
            0 => "at no time".to_owned(),
            1 => "in one interval".to_owned(),
            many => format!("in {many} intervals"),
        };
        let missing = if self.missing { phrasing::missing_at(*position) } else { String::new() };
        let head = format!("{subject} could {action} {resource} {times} from {from} to {to}{missing}");
        let mut lines = vec![phrasing::wrapped("", "  ", &head)];
        lines.extend(intervals.iter().flat_map(|one| self.interval(one)));
        if *settled == Some(false) {
            lines.push("note: the end is yet to come; until then the answer may change".to_owned());
        }
        if let Some(Some(next)) = &self.next {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(format!("position {position}"));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let mut answer = serde_json::to_value(&self.answer).expect("intervals have a JSON form");
        if let Some(next) = &self.next {
            answer["next"] = next.as_ref().map(Token::to_string).into();
        }
        answer
    }

    fn lines(&self) -> Vec<Value> {
        self.answer.intervals.iter().map(|one| serde_json::to_value(one).expect("it has a JSON form")).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["from", "until", "rule", "events", "opened_by", "closed_by"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        self.answer.intervals.iter().map(row).collect()
    }

    fn next(&self) -> Option<&Token> {
        self.next.as_ref()?.as_ref()
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
