//! What changed between two moments.

use super::{Paged, is_settled, reader_for};
use crate::engine::ListOf;
use crate::service::let_in::LetIn;
use crate::service::params::When;
use crate::service::problem::Problem;
use crate::service::respond;
use axum::response::Response;
use caseward_events::Reference;
use caseward_events::answer::DiffAnswer;
use caseward_events::ask::AsOf;

/// `GET /v1/orgs/{org}/diff`. The events that it cites bear reasons, which an erasure takes away.
pub(in crate::service) async fn diff(mut asked: LetIn) -> Result<Response, Problem> {
    let (of, from): (Reference, AsOf) = (asked.params.need("of")?, asked.params.need("from")?);
    let to: AsOf = asked.params.take("to")?.unwrap_or_default();
    let paged = Paged::of(&mut asked.params, &asked.shared.limits)?;
    asked.params.end()?;
    let text = from.to_string();
    let page = paged.page(&asked.organization, ListOf::Diff(&of, &text), &asked.shared.limits).await?;
    let reader = reader_for(&asked.organization, &page, When { as_of: to, at: None }).await?;
    let answer = reader.diff_page(&of, from, &page).await?;
    let cited = asked.organization.cited(answer.names()).await?;
    let cited = cited.iter().map(|(position, recorded)| (*position, recorded.into())).collect();
    let answer = DiffAnswer { cited: Some(cited), ..answer };
    let is_settled = is_settled(&page, to, [answer.settled; 2]);
    Ok(respond::with_reasons(&answer, is_settled, &asked.headers))
}
