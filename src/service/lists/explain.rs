//! Why a subject may, or may not: a decision with the events that it names.

use crate::service::let_in::LetIn;
use crate::service::params::When;
use crate::service::problem::Problem;
use crate::service::respond;
use axum::response::Response;
use caseward_events::answer::ExplainAnswer;
use caseward_events::{Action, Asker, Question, Resource};

/// `GET /v1/orgs/{org}/explain`. The events bear reasons, which an erasure takes away.
pub(in crate::service) async fn explain(mut asked: LetIn) -> Result<Response, Problem> {
    let (subject, action): (Asker, Action) = (asked.params.need("subject")?, asked.params.need("action")?);
    let resource: Resource = asked.params.need("resource")?;
    let (When { as_of, at }, at_least) = (asked.params.when()?, asked.params.at_least()?);
    asked.params.end()?;
    asked.wait_for(at_least).await?;
    let question = Question { as_of, at, ..Question::new(subject, action, resource) };
    let decision = asked.organization.check(&question).await?;
    let events = asked.organization.cited(decision.names()).await?;
    let events = events.iter().map(|(position, recorded)| (*position, recorded.into())).collect();
    let is_settled = !as_of.is_head() && decision.settled != Some(false);
    Ok(respond::with_reasons(&ExplainAnswer { decision, events }, is_settled, &asked.headers))
}
