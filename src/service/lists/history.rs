//! The events that name a thing.

use super::{Paged, is_settled, reader_for};
use crate::engine::ListOf;
use crate::service::let_in::LetIn;
use crate::service::params::When;
use crate::service::problem::Problem;
use crate::service::respond;
use axum::response::Response;
use caseward_events::{Query, Reference};

/// `GET /v1/orgs/{org}/history`. Events bear reasons, which an erasure takes away.
pub(in crate::service) async fn history(mut asked: LetIn) -> Result<Response, Problem> {
    let of: Reference = asked.params.need("of")?;
    let words = asked.params.take::<String>("query")?.unwrap_or_default();
    let as_of = asked.params.take("as_of")?.unwrap_or_default();
    let paged = Paged::of(&mut asked.params, &asked.shared.limits)?;
    asked.params.end()?;
    let query = Query::parse(&words, asked.shared.engine.now()).map_err(|bad| {
        let hint = bad.hint.clone();
        Problem::invalid(format!("`query`: {bad}")).hint(hint)
    })?;
    let page = paged.page(&asked.organization, ListOf::History(&of, &words), &asked.shared.limits).await?;
    let reader = reader_for(&asked.organization, &page, When { as_of, at: None }).await?;
    let answer = reader.history_page(&of, &query, &page).await?;
    let is_settled = is_settled(&page, as_of, [answer.settled; 2]);
    Ok(respond::with_reasons(&answer, is_settled, &asked.headers))
}
