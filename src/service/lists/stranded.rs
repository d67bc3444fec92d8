//! Who has a part in an open case and may not read it.

use super::what::Only;
use super::{Paged, is_settled, reader_for};
use crate::engine::ListOf;
use crate::service::let_in::LetIn;
use crate::service::problem::Problem;
use crate::service::respond;
use axum::response::Response;

/// `GET /v1/orgs/{org}/stranded`.
pub(in crate::service) async fn stranded(mut asked: LetIn) -> Result<Response, Problem> {
    let definition = asked.params.take::<Only>("definition")?.map(|Only(definition)| definition);
    let (when, paged) = (asked.params.when()?, Paged::of(&mut asked.params, &asked.shared.limits)?);
    asked.params.end()?;
    let list = ListOf::Stranded(definition.as_ref());
    let page = paged.page(&asked.organization, list, &asked.shared.limits).await?;
    let reader = reader_for(&asked.organization, &page, when).await?;
    let answer = reader.stranded_page(definition.as_ref(), &page).await?;
    let is_settled = is_settled(&page, when.as_of, [answer.settled; 2]);
    Ok(respond::placed(asked.answer(&answer, is_settled), reader.resolved()))
}
