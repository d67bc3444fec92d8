//! Questions to a service.

use super::batch;
use super::client::{Call, Client, Reply};
use super::names::{self, Came, user};
use super::problem::not_understood;
use super::when::{self, as_of, when};
use crate::cli::args::{CheckArgs, ExplainArgs, RightsArgs};
use crate::cli::ask::check::Checked;
use crate::cli::ask::explain::Explained;
use crate::cli::ask::who::RightsForms;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use anyhow::anyhow;
use caseward_events::answer::{Decision, ExplainAnswer, RightsAnswer};
use caseward_events::{Labelled, Position, Question, Recorded, Resource, Timestamp};
use serde::de::Error;

/// `check`.
///
/// # Errors
/// The question cannot be asked, or the service does not answer it.
pub async fn check(context: &mut Context, client: &Client, args: CheckArgs) -> Result<Exit, Failure> {
    if let Some(path) = &args.batch {
        return batch::batch(context, client, path).await;
    }
    let CheckArgs { subject: Some(subject), action: Some(action), resource: Some(resource), .. } = args else {
        return Err(Failure::usage(anyhow!("a check needs SUBJECT ACTION RESOURCE, or --batch FILE")));
    };
    when::tell_of_the_day(context, client).await?;
    let (as_of, at) = (as_of(context), context.global.when.at());
    let question = Question { as_of, at, ..Question::new(subject, action, resource) };
    let path = Client::of_organization(context, "check", &[]);
    let asked = async {
        let decision: Decision = client.call(&Call::ask(path, &question)).await?.read()?;
        let about = user(&question.subject).filter(|_| decision.known == Some(false));
        let position = decision.position;
        Ok(Came { answer: Checked { question, decision }, position, about: about.into_iter().collect() })
    };
    let came = asked.await;
    names::print(context, client, came).await
}

/// `rights`.
///
/// # Errors
/// As for [`check`].
pub async fn rights(context: &mut Context, client: &Client, args: RightsArgs) -> Result<Exit, Failure> {
    let RightsArgs { subject, resource } = args;
    when::tell_of_the_day(context, client).await?;
    let parameters = [("subject", Some(subject.to_string())), ("resource", Some(resource.to_string()))];
    let path = Client::of_organization(context, "rights", &[&parameters[..], &when(context)].concat());
    let asked = async {
        let reply = client.call(&Call::get(path)).await?;
        let (answer, at) = (reply.read::<RightsAnswer>()?, at(&reply)?);
        let is_unknown = answer.known == Some(false);
        Ok((answer, at, is_unknown))
    };
    let came = match asked.await {
        Err(failure) => Err(failure),
        Ok((answer, at, is_unknown)) => {
            let position = answer.position;
            let missing = is_unknown && !exists(context, client, &resource, position).await?;
            let about = user(&subject).filter(|_| is_unknown).into_iter().collect();
            let answer = RightsForms::of(subject, resource, answer, missing, at);
            Ok(Came { answer, position, about })
        }
    };
    names::print(context, client, came).await
}

/// `explain`.
///
/// # Errors
/// As for [`check`].
pub async fn explain(context: &mut Context, client: &Client, args: ExplainArgs) -> Result<Exit, Failure> {
    let ExplainArgs { subject, action, resource } = args;
    when::tell_of_the_day(context, client).await?;
    let (as_of, at) = (as_of(context), context.global.when.at());
    let past = context.global.when.as_of.is_some();
    let question = Question { as_of, at, ..Question::new(subject, action, resource) };
    let Question { subject, action, resource, .. } = &question;
    let named = [("subject", subject.to_string()), ("action", action.to_string()), ("resource", resource.to_string())];
    let named = named.map(|(name, value)| (name, Some(value)));
    let path = Client::of_organization(context, "explain", &[&named[..], &when(context)].concat());
    let asked = async {
        let ExplainAnswer { decision, events } = client.call(&Call::get(path)).await?.read()?;
        let about = user(&question.subject).filter(|_| decision.known == Some(false));
        let position = decision.position;
        let answer = Explained::of(Checked { question, decision }, events.into_values().map(Recorded::from), past);
        Ok(Came { answer, position, about: about.into_iter().collect() })
    };
    let came = asked.await;
    names::print(context, client, came).await
}

/// Whether there was such a resource at a position.
///
/// # Errors
/// The service does not answer.
pub async fn exists(
    context: &mut Context,
    client: &Client,
    resource: &Resource,
    position: Position,
) -> Result<bool, Failure> {
    let Ok(of) = resource.to_string().parse::<Labelled>() else { return Ok(true) };
    let found = names::ask(context, client, [of].into_iter().collect(), position).await?;
    Ok(found.iter().all(|named| named.known != Some(false)))
}

/// The instant that belongs to the position of an answer.
///
/// # Errors
/// It does not say.
pub fn at(reply: &Reply) -> Result<Timestamp, Failure> {
    let at = reply.headers.get("caseward-at").and_then(|at| at.to_str().ok()).and_then(|at| at.parse().ok());
    at.ok_or_else(|| not_understood(&serde_json::Error::custom("it does not say at which instant it holds")))
}
