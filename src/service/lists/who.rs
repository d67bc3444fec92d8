//! Who may do something, or could at any time between two moments.

use super::{Paged, is_settled, reader_between, reader_for};
use crate::engine::{ListOf, WhoPage};
use crate::service::let_in::LetIn;
use crate::service::problem::Problem;
use crate::service::respond;
use axum::response::Response;
use caseward_events::ask::AsOf;
use caseward_events::{Action, Resource};

/// `GET /v1/orgs/{org}/who`: with `from` or `to`, over a stretch of time.
pub(in crate::service) async fn who(mut asked: LetIn) -> Result<Response, Problem> {
    let (action, resource): (Action, Resource) = (asked.params.need("action")?, asked.params.need("resource")?);
    let (from, to) = (asked.params.take::<AsOf>("from")?, asked.params.take::<AsOf>("to")?);
    let (when, paged) = (asked.params.when()?, Paged::of(&mut asked.params, &asked.shared.limits)?);
    asked.params.end()?;
    if from.is_none() && to.is_none() {
        let page = paged.page(&asked.organization, ListOf::Who(action, &resource), &asked.shared.limits).await?;
        let reader = reader_for(&asked.organization, &page, when).await?;
        let WhoPage { answer, total } = reader.who_page(action, &resource, &page).await?;
        let is_settled = is_settled(&page, when.as_of, [answer.settled; 2]);
        let response = respond::placed(asked.answer(&answer, is_settled), reader.resolved());
        return Ok(respond::counted(response, total));
    }
    if when.at.is_some() {
        return Err(Problem::invalid("`at` cannot be combined with `from` and `to`")
            .hint("leave `at` out: windows are compared with each instant of the stretch"));
    }
    let text = from.map(|from| from.to_string());
    let list = ListOf::WhoBetween(action, &resource, text.as_deref());
    let page = paged.page(&asked.organization, list, &asked.shared.limits).await?;
    let (reader, between) = reader_between(&asked.organization, &page, (when.as_of, from, to)).await?;
    let answer = reader.who_between(action, &resource, between, &page).await?;
    let is_settled = is_settled(&page, when.as_of, [reader.resolved().settled, answer.settled]);
    Ok(asked.answer(&answer, is_settled))
}
