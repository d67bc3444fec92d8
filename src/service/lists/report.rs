//! What an auditor hands on: the document that the command line writes.

use super::stretches::Between;
use crate::engine::Kind;
use crate::engine::report::{About, ReportQuery};
use crate::service::let_in::LetIn;
use crate::service::problem::{Problem, of_store};
use crate::service::respond;
use crate::show::report::Document;
use axum::response::Response;
use caseward_events::Reference;
use std::num::NonZeroUsize;

/// Subjects or resources of a report, where nobody says how many: as on the command line.
const ROWS: NonZeroUsize = NonZeroUsize::new(2_000).expect("it is not 0");

/// `GET /v1/orgs/{org}/report`. It bears reasons, which an erasure takes away.
pub(in crate::service) async fn report(mut asked: LetIn) -> Result<Response, Problem> {
    let of: Reference = asked.params.need("of")?;
    let Between { as_of, from, to } = Between::of(&mut asked.params)?;
    let limit = asked.params.take("limit")?.unwrap_or(ROWS).get();
    let at_least = asked.params.at_least()?;
    asked.params.end()?;
    let query = ReportQuery { about: About::of(&of)?, from, to, limit };
    asked.wait_for(at_least).await?;
    let reported = asked.organization.report(as_of, &query).await?;
    let (position, settled) = (reported.report.timeline.position, reported.report.timeline.settled);
    let document = Document::of(of, asked.organization.name().clone(), &query, reported);
    // As long as it is, no thread that answers others is to write it.
    let html = tokio::task::spawn_blocking(move || document.html()).await;
    let html = html.map_err(|why| of_store(Kind::Fault, &why))?;
    Ok(respond::document(html, (position, settled), !as_of.is_head(), &asked.headers))
}
