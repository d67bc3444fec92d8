//! `report`: what an auditor hands on, as one HTML document ([`crate::show::report`]).
//!
//! Absent on purpose: what stands in it, and any form but HTML.

use crate::cli::args::{OutputForm, ReportArgs};
use crate::cli::ask::bounds::{self, Bounds};
use crate::cli::ask::timeline;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::outputs::{Output, may_write};
use crate::engine::report::{About, ReportQuery};
use crate::integrity::tree_head::TreeHead;
use crate::proof::heads::{self, HeadError};
use crate::show::decision;
use crate::show::escape;
use crate::show::phrasing;
use crate::show::report::{Document, Frame, Sealed};
use crate::store::Access;
use caseward_events::{Position, Reference};
use std::path::{Path, PathBuf};

/// Runs the verb.
///
/// # Errors
/// There is no store, the question cannot be asked, the log cannot be read, or the document cannot be written.
pub async fn report(context: &mut Context, args: ReportArgs) -> Result<Exit, Failure> {
    let to = Destination::of(context, &args)?;
    let opened = context.open(Access::Existing).await?;
    bounds::without_at(opened.when)?;
    let ReportArgs { of, stretch, limit, signed, title, note, mark, html: _ } = args;
    let Bounds { as_of, from, to: until } = Bounds::of(&stretch, &opened, None);
    let query = ReportQuery { about: About::of(&of)?, from, to: until, limit: limit.get() };
    let reported = opened.organization.report(as_of, &query).await?;
    let mut told = Document::of(of.clone(), opened.organization.name().clone(), &query, reported);
    told.frame = Frame { title, note, mark };
    if signed {
        told.sealed = Some(sealed(context, &opened).await?);
    }
    let (position, settled) = (told.report.timeline.position, told.report.timeline.settled);
    to.print(context, Told { of, html: told.html(), position, settled })
}

/// The tree head of the log as it is now, signed with the key of the store.
async fn sealed(context: &Context, opened: &Opened) -> Result<Sealed, Failure> {
    let (note, key) = heads::with_key(&opened.organization, &context.signing()?).await?;
    let head: TreeHead = note.text().parse().map_err(HeadError::from)?;
    Ok(Sealed { note: note.to_string(), key: key.to_string(), size: head.size.0 })
}

/// A document, and what is said of it.
pub struct Told {
    pub of: Reference,
    pub html: String,
    pub position: Position,
    pub settled: Option<bool>,
}

/// Where it goes.
pub struct Destination(Option<PathBuf>);

impl Destination {
    /// As it was asked for.
    ///
    /// # Errors
    /// A wrong call: it has no other form, or may not be written there.
    pub fn of(context: &Context, args: &ReportArgs) -> Result<Destination, Failure> {
        if context.printer.form() != OutputForm::Human {
            let error = anyhow::anyhow!("a report is an HTML document: it has no other format");
            let hint = "leave --output out; `timeline`, `diff` and `access` give the same as data";
            return Err(Failure::usage(error).hint(hint));
        }
        if args.html == Path::new("-") {
            return Ok(Destination(None));
        }
        may_write(context, &args.html, Output::Document)?;
        Ok(Destination(Some(args.html.clone())))
    }

    /// Writes it, and says so.
    ///
    /// # Errors
    /// The file or standard output cannot be written.
    pub fn print(self, context: &mut Context, told: Told) -> Result<Exit, Failure> {
        let Told { of, html, position, settled } = told;
        if settled == Some(false) {
            context.printer.note(decision::END_MAY_CHANGE);
        }
        let Destination(Some(file)) = self else { return context.printer.text(html).map(|()| Exit::Yes) };
        timeline::write(&file, &html)?;
        let written = format!("wrote the report on {of} to {}", file.display());
        context.printer.line(phrasing::wrapped("", "  ", &escape::visible(&written)))?;
        context.printer.line(format_args!("position {position}"))?;
        Ok(Exit::Yes)
    }
}
