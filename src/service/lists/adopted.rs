//! What was adopted: the policy, and the vocabulary of callers.

use crate::service::let_in::LetIn;
use crate::service::problem::Problem;
use axum::response::Response;
use caseward_events::AsOf;

/// `GET /v1/orgs/{org}/policy`.
pub(in crate::service) async fn policy(asked: LetIn) -> Result<Response, Problem> {
    let (asked, as_of) = place(asked).await?;
    let answer = asked.organization.reader(as_of, None).await?.policy_answer().await?;
    Ok(asked.answer(&answer, !as_of.is_head() && answer.settled.is_none()))
}

/// `GET /v1/orgs/{org}/vocabulary`.
pub(in crate::service) async fn vocabulary(asked: LetIn) -> Result<Response, Problem> {
    let (asked, as_of) = place(asked).await?;
    let answer = asked.organization.reader(as_of, None).await?.vocabulary_answer().await?;
    Ok(asked.answer(&answer, !as_of.is_head() && answer.settled.is_none()))
}

/// Nothing is asked but as of where.
async fn place(mut asked: LetIn) -> Result<(LetIn, AsOf), Problem> {
    let (as_of, at_least) = (asked.params.take("as_of")?.unwrap_or_default(), asked.params.at_least()?);
    asked.params.end()?;
    asked.wait_for(at_least).await?;
    Ok((asked, as_of))
}
