//! `report`: what an auditor hands on: who held what on a resource, or what a user held, every change of it with its
//! cause, and the events behind it, as one HTML document without script or anything beside it.
//!
//! INVARIANT: what it says depends on its subject, its stretch of time and a position of the log alone, and it names the
//! command that pins all three: that gives the same bytes for ever. So neither the clock nor the head enters it.

use crate::cli::args::{OutputForm, ReportArgs};
use crate::cli::ask::bounds::{self, Bounds};
use crate::cli::ask::timeline;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::outputs::{Output, may_write};
use crate::engine::report::{About, Pair, ReportQuery};
use crate::show::decision;
use crate::show::escape;
use crate::show::phrasing;
use crate::show::report::Document;
use crate::show::timeline::{Picture, RowsAre};
use crate::store::Access;
use caseward_events::{Position, Reference, Refusal};
use caseward_projections::Holdings;
use std::path::Path;

/// Runs the verb.
///
/// # Errors
/// There is no store, the question cannot be asked, the log cannot be read, or the document cannot be written.
pub async fn report(context: &mut Context, args: ReportArgs) -> Result<Exit, Failure> {
    if context.printer.form() != OutputForm::Human {
        let error = anyhow::anyhow!("a report is an HTML document: it has no other format");
        let hint = "leave --output out; `timeline`, `diff` and `access` give the same as data";
        return Err(Failure::usage(error).hint(hint));
    }
    let file = args.html.clone();
    if file != Path::new("-") {
        may_write(context, &file, Output::Document)?;
    }
    let opened = context.open(Access::Existing).await?;
    let told = ask(&opened, args).await?;
    if told.report.timeline.settled == Some(false) {
        context.printer.note(decision::END_MAY_CHANGE);
    }
    if file == Path::new("-") {
        return context.printer.text(told.html()).map(|()| Exit::Yes);
    }
    timeline::write(&file, &told.html())?;
    let written = format!("wrote the report on {} to {}", told.about, file.display());
    context.printer.line(phrasing::wrapped("", "  ", &escape::visible(&written)))?;
    context.printer.line(format_args!("position {}", told.report.timeline.position))?;
    Ok(Exit::Yes)
}

async fn ask(opened: &Opened, args: ReportArgs) -> Result<Document, Failure> {
    let ReportArgs { of, stretch, limit, html: _ } = args;
    bounds::without_at(opened.when)?;
    let about = subject_of(&of)?;
    let Bounds { as_of, from, to } = Bounds::of(&stretch, opened, None);
    let rows_are = match about {
        About::Resource(_) => RowsAre::Subjects,
        About::User(_) => RowsAre::Resources,
    };
    let asked = ReportQuery { about, from, to, limit: limit.get() };
    let report = opened.organization.reader(as_of, None).await?.report(&asked).await?;
    let mut cited = opened.organization.cited_by(&report.timeline).await?;
    let picture = Picture::of(rows_are, &report.timeline, &cited);
    cited.extend(opened.cited(report.pairs.iter().flat_map(positions)).await?);
    let known = opened.organization.event(report.timeline.position).await?;
    let organization = opened.organization.name().clone();
    Ok(Document { about: of, rows_are, organization, report, limit: limit.get(), picture, cited, known })
}

/// What may be reported on.
fn subject_of(of: &Reference) -> Result<About, Refusal> {
    if let Reference::User(user) = of {
        return Ok(About::User(user.clone()));
    }
    of.resource().map(About::Resource).ok_or_else(|| {
        let message = format!("`{of}` holds nothing itself, and nobody holds rights on it");
        Refusal::invalid(message).hint("report on a case, a definition, the organization or a user")
    })
}

/// What the words about a pair rest on.
fn positions(Pair { course: Holdings { before, steps, end }, .. }: &Pair) -> Vec<Position> {
    let causes = steps.iter().flat_map(|step| &step.causes).map(|cause| cause.position);
    before.cited().into_iter().chain(causes).chain(end.cited()).collect()
}
