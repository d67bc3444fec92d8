//! Lists of a service, a page after the other: as much of a list as the store itself would print.
//!
//! INVARIANT: later pages are asked where the first one was.

use super::ask::{at, user};
use super::client::{Call, Client};
use super::names::{self, Came};
use super::when::{self, when};
use crate::cli::args::{HistoryArgs, OutputForm, Paging, WhatArgs};
use crate::cli::ask::history as shown;
use crate::cli::ask::what::WhatForms;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::labels::{Labels, named_in};
use crate::cli::query;
use caseward_events::answer::{HistoryAnswer, WhatAnswer};
use caseward_events::ask::Next;
use caseward_events::{Labelled, Query, Recorded};
use std::collections::BTreeMap;

/// Items of one page, where more are wanted: no service gives more.
const PAGE_ITEMS: usize = 1_000;

/// How much of a list is still to come.
struct Pages {
    left: Option<usize>,
    after: Option<String>,
}

impl Pages {
    fn of(paging: &Paging) -> Pages {
        Pages { left: paging.limit.map(usize::from), after: paging.after.clone() }
    }

    /// The path of the next page. A later one does not say again where it is asked.
    fn path(
        &self,
        context: &Context,
        rest: &str,
        asked: &[(&str, Option<String>)],
        place: &[(&str, Option<String>)],
    ) -> String {
        let limit = self.left.map_or(PAGE_ITEMS, |left| left.min(PAGE_ITEMS));
        let page = [("limit", Some(limit.to_string())), ("after", self.after.clone())];
        let place = if self.after.is_some() { &[][..] } else { place };
        Client::of_organization(context, rest, &[asked, place, &page].concat())
    }

    /// Takes a page of so many; whether another one is wanted.
    fn took(&mut self, count: usize, next: &Next) -> bool {
        self.left = self.left.map(|left| left.saturating_sub(count));
        self.after = next.token().map(ToString::to_string);
        self.after.is_some() && self.left != Some(0)
    }

    /// What the answer says of a next page, where this was the last that was wanted.
    fn next(&self, next: Next) -> Next {
        // Of a list that was asked for as a whole nothing is left.
        if self.left.is_none() { Next::NotPaged } else { next }
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
    let mut pages = Pages::of(&paging);
    let mut whole: Option<WhatAnswer> = None;
    let asked = async {
        loop {
            let reply = client.call(&Call::get(pages.path(context, "what", &asked, &when(context)))).await?;
            let (mut answer, at) = (reply.read::<WhatAnswer>()?, at(&reply)?);
            let goes_on = pages.took(answer.resources.len(), &answer.next);
            if let Some(before) = whole.take() {
                answer.resources.splice(0..0, before.resources);
            }
            if !goes_on {
                answer.next = pages.next(answer.next);
                return Ok((answer, at));
            }
            whole = Some(answer);
        }
    };
    let came = asked.await.map(|(answer, at)| {
        let position = answer.position;
        let is_unknown = answer.known == Some(false);
        let about = user(&subject).into_iter().chain(only.map(Labelled::Definition)).filter(|_| is_unknown).collect();
        Came { answer: WhatForms::of(subject, action, answer, at), position, about }
    });
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
    let words = Some(Query::of_words(&filter.query)).filter(|words| !words.is_empty());
    let asked = [("of", Some(reference.to_string())), ("query", words)];
    let (mut pages, mut labels, mut count) = (Pages::of(&paging), Labels::told(BTreeMap::new()), 0);
    let mut begun = false;
    loop {
        let [as_of, _] = when(context);
        let path = pages.path(context, "history", &asked, &[as_of]);
        let HistoryAnswer { events, position, next, .. } = client.call(&Call::get(path)).await?.read()?;
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
            return Ok(Exit::Yes);
        }
    }
}
