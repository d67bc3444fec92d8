//! `timeline`: everybody who held something on a resource, when; in blocks for a terminal, as a picture, as data.
//!
//! The way: the engine answers, `picture` says what is drawn with which words, `axis` where an instant lies, `svg` and
//! `blocks` draw.
//! INVARIANT: every form tells of the same answer; a picture says the command that makes it again, word for word.

use crate::cli::args::instant::GivenAsOf;
use crate::cli::args::{OutputForm, TimelineArgs};
use crate::cli::ask::access;
use crate::cli::ask::bounds::{self, Bounds, given};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::outputs::{Output, may_write};
use crate::cli::render::{self, Forms, Json};
use crate::cli::terminal::Terminal;
use crate::engine::timeline::{Row, Timeline, TimelineQuery};
use crate::show::decision;
use crate::show::escape;
use crate::show::phrasing::{self, COLUMNS, Cited};
use crate::show::timeline::Drawing;
use crate::store::Access;
use caseward_events::answer::{Interval, TimelineAnswer, TimelineEvent, TimelineRow, TimelineSubject};
use caseward_events::ask::{AsOf, ListDigest, Next, PageToken, Paging};
use caseward_events::{Action, OrganizationName, Recorded, Refusal, Resource};
use std::io::ErrorKind;
use std::path::Path;

/// Runs the verb.
///
/// # Errors
/// There is no store, the question cannot be asked, the log cannot be read, or the picture cannot be written.
pub async fn timeline(context: &mut Context, args: TimelineArgs) -> Result<Exit, Failure> {
    let human = context.printer.form() == OutputForm::Human;
    let file = args.svg.clone();
    let to_stdout = file.as_deref() == Some(Path::new("-"));
    if to_stdout && !human {
        let error = anyhow::anyhow!("`--svg -` and `--output` both write to standard output");
        return Err(Failure::usage(error).hint("give --svg a file, or leave --output out"));
    }
    if let Some(file) = file.as_deref().filter(|_| !to_stdout) {
        may_write(context, file, Output::Document)?;
    }
    let opened = context.open(Access::Existing).await?;
    let columns = columns(&context.terminal);
    let told = ask(&opened, args).await.map(|told| TimelineForms { columns, ..told });
    match (file, told) {
        (Some(_), Ok(told)) if to_stdout => context.printer.text(told.document()).map(|()| Exit::Yes),
        (Some(file), Ok(told)) => {
            write(&file, &told.document())?;
            if !human {
                return render::print(&mut context.printer, Ok(told));
            }
            told.drawn(&file).iter().try_for_each(|line| context.printer.line(escape::visible(line)))?;
            Ok(Exit::Yes)
        }
        (_, told) => render::print(&mut context.printer, told),
    }
}

/// Writes a document where it was asked for.
///
/// # Errors
/// The file cannot be written.
pub fn write(file: &Path, document: &str) -> Result<(), Failure> {
    std::fs::write(file, document).map_err(|why| {
        let kind = why.kind();
        let error = anyhow::Error::new(why).context(format!("cannot write `{}`", file.display()));
        match kind {
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::IsADirectory | ErrorKind::PermissionDenied => {
                Failure::usage(error).hint("name a file in an existing directory that you may write to")
            }
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                Failure::fault(error).hint("there is no space left there: free some, or name a file on another disk")
            }
            _ => Failure::fault(error),
        }
    })
}

/// A page of a timeline, with the events that it cites.
pub struct TimelineForms {
    resource: Resource,
    organization: OrganizationName,
    answer: Timeline,
    cited: Cited,
    /// How many columns the terminal has.
    columns: usize,
    /// Which page it is.
    paging: Paging,
    /// The list that the command names which makes it again.
    pinned: ListDigest,
    next: Next,
}

/// Asks, and reads what is cited.
///
/// # Errors
/// The question cannot be asked, or the log cannot be read.
pub async fn ask(opened: &Opened, args: TimelineArgs) -> Result<TimelineForms, Failure> {
    let TimelineArgs { resource, stretch, paging, svg: _ } = args;
    bounds::without_at(opened)?;
    let list = opened.list("timeline", &[&resource, &given(stretch.from)]);
    let paging = bounds::paging(&paging, list)?;
    let Bounds { as_of, from, to } = Bounds::of(&stretch, opened, paging.after.as_ref());
    let last = paging.after.as_ref().map(shown_last).transpose()?;
    let asked = TimelineQuery { resource, from, to, after: last, limit: paging.limit() };
    let answer = opened.organization.reader(as_of, None).await?.timeline(&asked).await?;
    let last = answer.rows.last().filter(|_| answer.more).map(|row| row.subject.to_string());
    let (position, at) = (answer.position, answer.to);
    let next = paging.next(last.map(|last| PageToken { position, at, list, last }));
    let cited = cited(opened, &answer).await?;
    let (resource, organization) = (asked.resource, opened.organization.name().clone());
    let from = GivenAsOf::Absolute(AsOf::Instant(answer.from));
    let pinned = opened.list("timeline", &[&resource, &given(Some(from))]);
    Ok(TimelineForms { resource, organization, answer, cited, columns: COLUMNS, paging, pinned, next })
}

/// The events that a timeline tells of: those that happened to it, and all that opened or closed something.
///
/// # Errors
/// The log cannot be read.
pub async fn cited(opened: &Opened, answer: &Timeline) -> Result<Cited, Failure> {
    let intervals = answer.rows.iter().flat_map(Row::intervals);
    let causes = intervals.flat_map(|(_, interval)| interval.opened_by.iter().chain(&interval.closed_by));
    let positions = causes.map(|cause| cause.position).chain(answer.bands.iter().flat_map(|band| band.events.clone()));
    let mut cited = opened.cited(positions).await?;
    cited.extend(answer.events.iter().map(|recorded| (recorded.position, recorded.clone())));
    Ok(cited)
}

/// The subject that the page before ended with.
fn shown_last(token: &PageToken) -> Result<String, Refusal> {
    token.last.parse::<TimelineSubject>().map(|_| token.last.clone()).map_err(|_| token.foreign())
}

/// Of the terminal, or as many as all answers for people keep to.
fn columns(terminal: &Terminal) -> usize {
    terminal.nature().columns.map_or(COLUMNS, |columns| usize::from(columns).clamp(60, 240))
}

impl TimelineForms {
    fn drawing(&self) -> Drawing<'_> {
        let TimelineForms { resource, answer, cited, paging, .. } = self;
        Drawing { resource, answer, cited, is_later_page: paging.after.is_some() }
    }

    fn document(&self) -> String {
        let next = self.next.token().map(|next| self.pinned(next));
        self.drawing().svg(&self.command(), next.as_deref())
    }

    /// What gives the same answer for ever.
    fn command(&self) -> String {
        let Timeline { from, to, position, .. } = &self.answer;
        let (resource, from, to, position) =
            (self.resource.to_string(), from.to_string(), to.to_string(), position.to_string());
        let mut typed = vec!["caseward", "timeline", &resource, "--from", &from, "--to", &to, "--as-of", &position];
        let limit = self.paging.limit.map(|limit| limit.to_string());
        if let Some(limit) = &limit {
            typed.extend(["--limit", limit]);
        }
        let after = self.paging.after.as_ref().map(|after| self.pinned(after));
        if let Some(after) = &after {
            typed.extend(["--after", after]);
        }
        if self.organization != OrganizationName::default() {
            typed.extend(["--org", self.organization.as_str()]);
        }
        typed.extend(["--svg", "FILE.svg"]);
        phrasing::typed(&typed)
    }

    /// A token as it goes with that command, which says from when on.
    fn pinned(&self, token: &PageToken) -> String {
        PageToken { list: self.pinned, ..token.clone() }.to_string()
    }

    /// What people read once the picture is written.
    fn drawn(&self, file: &Path) -> Vec<String> {
        let head = format!("drew {} of {} to {}", self.drawing().subjects(), self.resource, file.display());
        let head = phrasing::wrapped("", "  ", &head);
        let note = self.may_change().map(str::to_owned);
        std::iter::once(head).chain(self.last_lines()).chain(note).collect()
    }

    fn last_lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(next) = self.next.token() {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(format!("position {}", self.answer.position));
        lines
    }

    fn answer(&self) -> TimelineAnswer {
        let Timeline { rows, bands, from, to, position, settled, .. } = &self.answer;
        let row = |row: &Row| TimelineRow { subject: row.subject.clone(), tracks: row.tracks.clone() };
        TimelineAnswer {
            subjects: rows.iter().map(row).collect(),
            bands: bands.clone(),
            events: self.cited.values().map(event).collect(),
            from: *from,
            to: *to,
            position: *position,
            settled: *settled,
            next: self.next.clone(),
        }
    }
}

fn event(recorded: &Recorded) -> TimelineEvent {
    let Recorded { position, time, actor, event, .. } = recorded;
    TimelineEvent {
        position: *position,
        time: *time,
        r#type: event.name().to_owned(),
        actor: actor.clone(),
        what: phrasing::what_happened(recorded),
    }
}

impl Forms for TimelineForms {
    fn text(&self) -> String {
        let mut lines = self.drawing().lines(self.columns);
        lines.extend(self.last_lines());
        lines.join("\n")
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.answer())
    }

    /// Each says what it is: `subject`, `band` or `event`.
    fn lines(&self, form: Json<'_>) -> Vec<String> {
        self.answer().lines().map(|line| form.of(&line)).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["subject", "action", "from", "until", "rule", "events", "opened_by", "closed_by"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let of = |row: &Row| {
            let subject = row.subject.to_string();
            let told = |(action, interval): (Action, &Interval)| {
                [vec![subject.clone(), action.to_string()], access::row(interval)].concat()
            };
            row.intervals().map(told).collect::<Vec<_>>()
        };
        self.answer.rows.iter().flat_map(of).collect()
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::END_MAY_CHANGE))
    }

    fn next(&self) -> Option<&PageToken> {
        self.next.token()
    }
}
