//! What somebody may do something to, who is stranded, what profiles give, and what happened: lists of a service.

use super::ask::at;
use super::client::{Call, Client};
use super::names::{self, Came, user};
use super::pages::{OfPages, Pages};
use super::when::{self, when};
use crate::cli::args::{HistoryArgs, MatrixArgs, OutputForm, StrandedArgs, WhatArgs};
use crate::cli::ask::About;
use crate::cli::ask::history as shown;
use crate::cli::ask::matrix::{Matrix, unknown};
use crate::cli::ask::stranded::StrandedForms;
use crate::cli::ask::what::WhatForms;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::labels::{Labels, named_in};
use crate::cli::query;
use crate::cli::render;
use caseward_events::answer::{HistoryAnswer, MatrixAnswer, StrandedAnswer, WhatAnswer};
use caseward_events::ask::Next;
use caseward_events::{Labelled, Query, Recorded};
use std::collections::BTreeMap;

impl OfPages for WhatAnswer {
    fn count(&self) -> usize {
        self.resources.len()
    }

    fn next(&mut self) -> &mut Next {
        &mut self.next
    }

    fn join(&mut self, later: WhatAnswer) {
        self.resources.extend(later.resources);
    }
}

/// `what`.
///
/// # Errors
/// The question cannot be asked, or the service does not answer.
pub async fn what(context: &mut Context, client: &Client, args: WhatArgs) -> Result<Exit, Failure> {
    let WhatArgs { subject, action, definition, paging } = args;
    when::tell_of_the_day(context, client).await?;
    let only = definition.map(|given| given.0);
    let asked = [
        ("subject", Some(subject.to_string())),
        ("action", Some(action.to_string())),
        ("definition", only.as_ref().map(ToString::to_string)),
    ];
    let asked = async {
        let pages = Pages::of(&paging);
        let place = when(context);
        let (answer, reply) =
            pages.all::<WhatAnswer>(client, |page| page.path(context, "what", &asked, &place)).await?;
        Ok((answer, at(&reply)?))
    };
    let came = asked.await.map(|(answer, at)| {
        let position = answer.position;
        let is_unknown = answer.known == Some(false);
        let about = user(&subject).into_iter().chain(only.map(Labelled::Definition)).filter(|_| is_unknown).collect();
        Came { answer: WhatForms::of(subject, action, answer, at), position, about }
    });
    names::print(context, client, came).await
}

impl OfPages for StrandedAnswer {
    fn count(&self) -> usize {
        self.cases.len()
    }

    fn next(&mut self) -> &mut Next {
        &mut self.next
    }

    fn join(&mut self, later: StrandedAnswer) {
        self.cases.extend(later.cases);
    }
}

/// `stranded`.
///
/// # Errors
/// The question cannot be asked, or the service does not answer.
pub async fn stranded(context: &mut Context, client: &Client, args: StrandedArgs) -> Result<Exit, Failure> {
    let StrandedArgs { definition, paging } = args;
    when::tell_of_the_day(context, client).await?;
    let only = definition.map(|given| given.0);
    let asked = [("definition", only.as_ref().map(ToString::to_string))];
    let asked = async {
        let place = when(context);
        let path = |page: &Pages| page.path(context, "stranded", &asked, &place);
        let (answer, reply): (StrandedAnswer, _) = Pages::of(&paging).all(client, path).await?;
        let (position, at) = (answer.position, at(&reply)?);
        let about = only.clone().map(Labelled::Definition).into_iter().collect();
        Ok(Came { answer: StrandedForms { answer, at }, position, about })
    };
    let came = asked.await;
    names::print(context, client, came).await
}

/// `matrix`.
///
/// # Errors
/// There is no such profile or definition by then, or the service does not answer.
pub async fn matrix(context: &mut Context, client: &Client, MatrixArgs { of }: MatrixArgs) -> Result<Exit, Failure> {
    when::tell_of_the_day(context, client).await?;
    let path =
        Client::of_organization(context, "matrix", &[&[("of", Some(of.to_string()))][..], &when(context)].concat());
    let asked = async {
        let reply = client.call(&Call::get(path)).await.map_err(unknown)?;
        let (answer, at): (MatrixAnswer, _) = (reply.read()?, at(&reply)?);
        let position = match &answer {
            MatrixAnswer::Profile(matrix) => matrix.position,
            MatrixAnswer::Definition(matrix) => matrix.position,
        };
        Ok(Came { answer: Matrix { answer, at }, position, about: Vec::new() })
    };
    let came = asked.await;
    names::print(context, client, came).await
}

/// `history`: each page is shown as it comes.
///
/// # Errors
/// The query is none, the question cannot be asked, or the service does not answer.
pub async fn history(context: &mut Context, client: &Client, args: HistoryArgs) -> Result<Exit, Failure> {
    let HistoryArgs { reference, paging, filter } = args;
    let query = query::parsed(&filter)?;
    when::tell_of_the_day(context, client).await?;
    let words = Query::of_words(&filter.query);
    let asked = [("of", Some(reference.to_string())), ("query", Some(words.clone()).filter(|words| !words.is_empty()))];
    let (mut pages, mut labels, mut count) = (Pages::of(&paging), Labels::told(BTreeMap::new()), 0);
    let mut begun = false;
    loop {
        let [as_of, _] = when(context);
        let path = pages.path(context, "history", &asked, &[as_of]);
        let HistoryAnswer { events, position, next, settled } = client.call(&Call::get(path)).await?.read()?;
        if !begun && context.printer.form() == OutputForm::Csv {
            context.printer.row(shown::COLUMNS)?;
        }
        begun = true;
        let events: Vec<_> = events.into_iter().map(Recorded::from).collect();
        if context.printer.form() == OutputForm::Human {
            let wanted = events.iter().flat_map(|event| named_in(&shown::told(event)).collect::<Vec<_>>()).collect();
            let found = names::ask(context, client, wanted, position).await?;
            labels.learn(found.into_iter().filter_map(|named| Some((named.of, named.label?))));
        }
        events.iter().try_for_each(|event| shown::labelled(context, event, &mut labels))?;
        count += events.len();
        if !pages.took(events.len(), &next) || context.printer.is_closed() {
            shown::end(context, (&reference, &query), (position, count), &pages.next(next))?;
            render::may_change(&mut context.printer, settled)?;
            if count == 0 {
                let about = [About::reference(&reference), About::acting(&words)];
                names::tell_slips(context, client, about, position).await?;
            }
            return Ok(Exit::Yes);
        }
    }
}
