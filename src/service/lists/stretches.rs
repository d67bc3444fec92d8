//! When a subject could do something, and everybody who held something on a resource.

use super::{Paged, is_settled, reader_between};
use crate::engine::{AccessPage, ListOf};
use crate::service::let_in::LetIn;
use crate::service::params::Params;
use crate::service::problem::Problem;
use crate::service::respond;
use crate::show;
use axum::response::Response;
use caseward_events::ask::{AsOf, Question};
use caseward_events::{Action, Asker, Resource};

/// `GET /v1/orgs/{org}/access`.
pub(in crate::service) async fn access(mut asked: LetIn) -> Result<Response, Problem> {
    let (subject, action): (Asker, Action) = (asked.params.need("subject")?, asked.params.need("action")?);
    let resource: Resource = asked.params.need("resource")?;
    let Between { as_of, from, to } = Between::of(&mut asked.params)?;
    let paged = Paged::of(&mut asked.params, &asked.shared.limits)?;
    asked.params.end()?;
    let text = from.map(|from| from.to_string());
    let list = ListOf::Access(&subject, action, &resource, text.as_deref());
    let page = paged.page(&asked.organization, list, &asked.shared.limits).await?;
    let (reader, between) = reader_between(&asked.organization, &page, (as_of, from, to)).await?;
    let question = Question::new(subject, action, resource);
    let AccessPage { answer, total } = reader.access_page(&question, between, &page).await?;
    let is_settled = is_settled(&page, as_of, [reader.resolved().settled, answer.settled]);
    Ok(respond::counted(asked.answer(&answer, is_settled), total))
}

/// `GET /v1/orgs/{org}/timeline`.
pub(in crate::service) async fn timeline(mut asked: LetIn) -> Result<Response, Problem> {
    let resource: Resource = asked.params.need("resource")?;
    let Between { as_of, from, to } = Between::of(&mut asked.params)?;
    let paged = Paged::of(&mut asked.params, &asked.shared.limits)?;
    asked.params.end()?;
    let text = from.map(|from| from.to_string());
    let page =
        paged.page(&asked.organization, ListOf::Timeline(&resource, text.as_deref()), &asked.shared.limits).await?;
    let (reader, between) = reader_between(&asked.organization, &page, (as_of, from, to)).await?;
    let (timeline, next) = reader.timeline_page(&resource, between, &page).await?;
    let cited = asked.organization.cited_by(&timeline).await?;
    let is_settled = is_settled(&page, as_of, [reader.resolved().settled, timeline.settled]);
    Ok(asked.answer(&show::timeline::answer(&timeline, &cited, next), is_settled))
}

/// What is known, and between which instants it is looked at.
pub(super) struct Between {
    pub(super) as_of: AsOf,
    pub(super) from: Option<AsOf>,
    pub(super) to: Option<AsOf>,
}

impl Between {
    pub(super) fn of(params: &mut Params) -> Result<Between, Problem> {
        Ok(Between {
            as_of: params.take("as_of")?.unwrap_or_default(),
            from: params.take("from")?,
            to: params.take("to")?,
        })
    }
}
