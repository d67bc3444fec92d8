//! `timeline`: everybody who held something on a resource, when; in blocks for a terminal, as a picture, as data.
//!
//! The way: the engine answers, `picture` says what is drawn with which words, `axis` where an instant lies, `svg` and
//! `blocks` draw.
//! INVARIANT: every form tells of the same answer; a picture says the command that makes it again, word for word.

use crate::cli::args::{OutputForm, TimelineArgs};
use crate::cli::ask::access;
use crate::cli::ask::bounds::{self, Bounds};
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::outputs::{Output, may_write};
use crate::cli::render::{self, Forms, Json};
use crate::cli::terminal::Terminal;
use crate::engine::ListOf;
use crate::engine::timeline::{Row, Timeline};
use crate::show::decision;
use crate::show::escape;
use crate::show::phrasing::{self, COLUMNS, Cited};
use crate::show::timeline::Drawing;
use crate::store::Access;
use caseward_events::answer::{Interval, TimelineAnswer};
use caseward_events::ask::{ListDigest, Next, PageToken, Paging};
use caseward_events::{Action, OrganizationName, Resource};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Runs the verb.
///
/// # Errors
/// There is no store, the question cannot be asked, the log cannot be read, or the picture cannot be written.
pub async fn timeline(context: &mut Context, args: TimelineArgs) -> Result<Exit, Failure> {
    let drawn = Drawn::of(context, &args)?;
    let opened = context.open(Access::Existing).await?;
    let told = ask(&opened, args).await;
    print(context, drawn, told)
}

/// Where the picture goes, if one was asked for.
pub struct Drawn {
    file: Option<PathBuf>,
    to_stdout: bool,
}

impl Drawn {
    /// As it was asked for.
    ///
    /// # Errors
    /// A wrong call: it may not be written there, or standard output is to hold something else too.
    pub fn of(context: &Context, args: &TimelineArgs) -> Result<Drawn, Failure> {
        let file = args.svg.clone();
        let to_stdout = file.as_deref() == Some(Path::new("-"));
        if to_stdout && context.printer.form() != OutputForm::Human {
            let error = anyhow::anyhow!("`--svg -` and `--output` both write to standard output");
            return Err(Failure::usage(error).hint("give --svg a file, or leave --output out"));
        }
        if let Some(file) = file.as_deref().filter(|_| !to_stdout) {
            may_write(context, file, Output::Document)?;
        }
        Ok(Drawn { file, to_stdout })
    }
}

/// Prints a timeline, or writes its picture.
///
/// # Errors
/// There is none, the picture cannot be written, or standard output cannot.
pub fn print(
    context: &mut Context,
    Drawn { file, to_stdout }: Drawn,
    told: Result<TimelineForms, Failure>,
) -> Result<Exit, Failure> {
    let human = context.printer.form() == OutputForm::Human;
    let columns = columns(&context.terminal);
    match (file, told.map(|told| TimelineForms { columns, ..told })) {
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
    bounds::without_at(opened.when)?;
    let from = bounds::repeated(stretch.from);
    let page = bounds::page(opened, ListOf::Timeline(&resource, from.as_deref()), &paging)?;
    let Bounds { as_of, from, to } = Bounds::of(&stretch, opened, Some(&page));
    let reader = opened.organization.reader(as_of, None).await?;
    let (answer, next) = reader.timeline_page(&resource, (from, to), &page).await?;
    let cited = opened.organization.cited_by(&answer).await?;
    let organization = opened.organization.name().clone();
    let paging = page.paging().clone();
    Ok(TimelineForms::of((resource, organization), answer, cited, (paging, next)))
}

/// Of the terminal, or as many as all answers for people keep to.
fn columns(terminal: &Terminal) -> usize {
    terminal.nature().columns.map_or(COLUMNS, |columns| usize::from(columns).clamp(40, 240))
}

impl TimelineForms {
    /// A page, with the events that it cites and what it says of the next one.
    #[must_use]
    pub fn of(
        (resource, organization): (Resource, OrganizationName),
        answer: Timeline,
        cited: Cited,
        (paging, next): (Paging, Next),
    ) -> TimelineForms {
        let from = answer.from.to_string();
        let pinned = ListOf::Timeline(&resource, Some(&from)).digest(&organization);
        TimelineForms { resource, organization, answer, cited, columns: COLUMNS, paging, pinned, next }
    }

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
        crate::show::timeline::answer(&self.answer, &self.cited, self.next.clone())
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
