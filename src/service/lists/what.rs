//! What a subject may do something to.

use super::{Paged, is_settled, reader_for};
use crate::engine::ListOf;
use crate::service::let_in::LetIn;
use crate::service::problem::Problem;
use crate::service::respond;
use axum::response::Response;
use caseward_events::id::BadId;
use caseward_events::{Action, Asker, DefinitionId};
use std::str::FromStr;

/// `definition:ID`, or the bare id.
pub(super) struct Only(pub(super) DefinitionId);

impl FromStr for Only {
    type Err = BadId;
    fn from_str(text: &str) -> Result<Self, BadId> {
        text.strip_prefix("definition:").unwrap_or(text).parse().map(Only)
    }
}

/// `GET /v1/orgs/{org}/what`.
pub(in crate::service) async fn what(mut asked: LetIn) -> Result<Response, Problem> {
    let (subject, action): (Asker, Action) = (asked.params.need("subject")?, asked.params.need("action")?);
    let definition = asked.params.take::<Only>("definition")?.map(|Only(definition)| definition);
    let (when, paged) = (asked.params.when()?, Paged::of(&mut asked.params, &asked.shared.limits)?);
    asked.params.end()?;
    let list = ListOf::What(&subject, action, definition.as_ref());
    let page = paged.page(&asked.organization, list, &asked.shared.limits).await?;
    let reader = reader_for(&asked.organization, &page, when).await?;
    let answer = reader.what_page(&subject, action, definition.as_ref(), &page).await?;
    let is_settled = is_settled(&page, when.as_of, [answer.settled; 2]);
    let response = asked.answer(&answer, is_settled);
    Ok(respond::placed(response, reader.resolved()))
}
