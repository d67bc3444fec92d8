//! The permission matrix, by profile or by definition.

use crate::service::let_in::LetIn;
use crate::service::problem::Problem;
use crate::service::respond;
use axum::response::Response;
use caseward_events::answer::MatrixAnswer;
use caseward_events::ask::MatrixOf;

/// `GET /v1/orgs/{org}/matrix`.
pub(in crate::service) async fn matrix(mut asked: LetIn) -> Result<Response, Problem> {
    let of: MatrixOf = asked.params.need("of")?;
    let (when, at_least) = (asked.params.when()?, asked.params.at_least()?);
    asked.params.end()?;
    asked.wait_for(at_least).await?;
    let reader = asked.organization.reader(when.as_of, when.at).await?;
    let answer = reader.matrix(&of).await?;
    let settled = match &answer {
        MatrixAnswer::Profile(matrix) => matrix.settled,
        MatrixAnswer::Definition(matrix) => matrix.settled,
    };
    let response = asked.answer(&answer, !when.as_of.is_head() && settled.is_none());
    Ok(respond::placed(response, reader.resolved()))
}
