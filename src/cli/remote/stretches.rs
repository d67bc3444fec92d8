//! Lists of a service that are about a stretch of time, or compare two moments.
//!
//! INVARIANT: what counts back from now is counted once, by the clock of this machine; all pages are asked for the same.

use super::ask::{at, exists};
use super::cited;
use super::client::{Client, Reply};
use super::names::{self, Came, user};
use super::pages::{OfPages, Pages};
use super::problem::not_understood;
use super::when::{self, as_of, parameter, when};
use crate::cli::args::{AccessArgs, DiffArgs, OutputForm, Stretch, WhoArgs};
use crate::cli::ask::access::AccessForms;
use crate::cli::ask::bounds;
use crate::cli::ask::diff::{self, DiffForms};
use crate::cli::ask::who::WhoForms;
use crate::cli::ask::who_between::WhoBetweenForms;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::engine::{Clock, ListOf, SystemClock};
use caseward_events::answer::{AccessAnswer, DiffAnswer, WhoAnswer, WhoBetweenAnswer};
use caseward_events::ask::Next;
use caseward_events::{AsOf, Question};
use serde::de::Error;

impl OfPages for WhoAnswer {
    fn count(&self) -> usize {
        self.holders().count()
    }

    fn next(&mut self) -> &mut Next {
        &mut self.next
    }

    fn join(&mut self, later: WhoAnswer) {
        self.subjects.extend(later.subjects);
        self.links.extend(later.links);
        if let Some(through) = later.through {
            self.through.get_or_insert_default().extend(through);
        }
    }
}

impl OfPages for WhoBetweenAnswer {
    fn count(&self) -> usize {
        self.subjects.len()
    }

    fn next(&mut self) -> &mut Next {
        &mut self.next
    }

    fn join(&mut self, later: WhoBetweenAnswer) {
        self.subjects.extend(later.subjects);
    }
}

impl OfPages for AccessAnswer {
    fn count(&self) -> usize {
        self.intervals.len()
    }

    fn next(&mut self) -> &mut Next {
        &mut self.next
    }

    fn join(&mut self, later: AccessAnswer) {
        self.intervals.extend(later.intervals);
    }
}

impl OfPages for DiffAnswer {
    fn count(&self) -> usize {
        self.changes().count()
    }

    fn next(&mut self) -> &mut Next {
        &mut self.next
    }

    fn join(&mut self, later: DiffAnswer) {
        self.gained.extend(later.gained);
        self.lost.extend(later.lost);
        self.changed.extend(later.changed);
        if let Some(cited) = later.cited {
            self.cited.get_or_insert_default().extend(cited);
        }
    }
}

/// `who`, at one moment or over a stretch of time.
///
/// # Errors
/// The question cannot be asked, or the service does not answer.
pub async fn who(context: &mut Context, client: &Client, args: WhoArgs) -> Result<Exit, Failure> {
    when::tell_of_the_day(context, client).await?;
    if args.stretch.is_given() {
        return who_between(context, client, args).await;
    }
    let WhoArgs { action, resource, paging, stretch: _ } = args;
    let asked = [("action", Some(action.to_string())), ("resource", Some(resource.to_string()))];
    let came = async {
        let place = when(context);
        let path = |page: &Pages| page.path(context, "who", &asked, &place);
        let (answer, reply): (WhoAnswer, _) = Pages::of(&paging).all(client, path).await?;
        let (total, at, position) = (total(&reply)?, at(&reply)?, answer.position);
        // Only where nobody may it is told.
        let missing = total == 0 && !answer.everyone && !exists(context, client, &resource, position).await?;
        Ok(Came { answer: WhoForms::of((action, resource), answer, total, missing, at), position, about: Vec::new() })
    };
    let came = came.await;
    names::print(context, client, came).await
}

async fn who_between(context: &mut Context, client: &Client, args: WhoArgs) -> Result<Exit, Failure> {
    let WhoArgs { action, resource, stretch, paging } = args;
    bounds::without_at(context.global.when)?;
    let between = Between::of(context, &stretch);
    let asked = [("action", Some(action.to_string())), ("resource", Some(resource.to_string()))];
    let asked = [&asked[..], &[between.from()]].concat();
    let came = async {
        let names = between.names();
        let [typed, sent] = names.each_ref().map(|from| ListOf::WhoBetween(action, &resource, from.as_deref()));
        let pages = Pages::of_stretch(context, &paging, typed, sent)?;
        let path = |page: &Pages| page.path(context, "who", &asked, &between.place());
        let (answer, _): (WhoBetweenAnswer, _) = pages.all(client, path).await?;
        let position = answer.position;
        Ok(Came { answer: WhoBetweenForms::of(action, resource.clone(), answer), position, about: Vec::new() })
    };
    let came = came.await;
    names::print(context, client, came).await
}

/// `access`.
///
/// # Errors
/// As for [`who`].
pub async fn access(context: &mut Context, client: &Client, args: AccessArgs) -> Result<Exit, Failure> {
    let AccessArgs { subject, action, resource, stretch, paging } = args;
    bounds::without_at(context.global.when)?;
    when::tell_of_the_day(context, client).await?;
    let between = Between::of(context, &stretch);
    let named = [("subject", subject.to_string()), ("action", action.to_string()), ("resource", resource.to_string())];
    let named = named.map(|(name, value)| (name, Some(value)));
    let asked = [&named[..], &[between.from()]].concat();
    let question = Question { as_of: as_of(context), ..Question::new(subject, action, resource) };
    let asked = async {
        let Question { subject, action, resource, .. } = &question;
        let names = between.names();
        let [typed, sent] = names.each_ref().map(|from| ListOf::Access(subject, *action, resource, from.as_deref()));
        let pages = Pages::of_stretch(context, &paging, typed, sent)?;
        let path = |page: &Pages| page.path(context, "access", &asked, &between.place());
        let (answer, reply): (AccessAnswer, _) = pages.all(client, path).await?;
        Ok((answer, total(&reply)?))
    };
    let came = match asked.await {
        Err(failure) => Err(failure),
        Ok((answer, total)) => {
            let position = answer.position;
            let missing = total == 0 && !exists(context, client, &question.resource, position).await?;
            let causes = answer.intervals.iter().flat_map(|one| one.opened_by.iter().chain(&one.closed_by));
            // Only people are told of them in words.
            let is_told = context.printer.form() == OutputForm::Human;
            let causes = causes.filter(|_| is_told).map(|cause| cause.position);
            let cited = cited::read(context, client, causes).await?;
            let about = user(&question.subject).filter(|_| answer.known == Some(false)).into_iter().collect();
            Ok(Came { answer: AccessForms::of(question, answer, total, missing, cited), position, about })
        }
    };
    names::print(context, client, came).await
}

/// `diff`.
///
/// # Errors
/// As for [`who`].
pub async fn diff(context: &mut Context, client: &Client, args: DiffArgs) -> Result<Exit, Failure> {
    let DiffArgs { of, from, to, paging } = args;
    diff::between_two(context.global.when)?;
    let now = SystemClock.now();
    let (typed, from) = (from.to_string(), from.at(now));
    let (sent, to) = (from.to_string(), to.and_then(|to| parameter(to.at(now))));
    let asked = [("of", Some(of.to_string())), ("from", parameter(from))];
    let asked = async {
        let pages = Pages::of_stretch(context, &paging, ListOf::Diff(&of, &typed), ListOf::Diff(&of, &sent))?;
        let path = |page: &Pages| page.path(context, "diff", &asked, &[("to", to.clone())]);
        let (answer, _): (DiffAnswer, _) = pages.all(client, path).await?;
        Ok(answer)
    };
    let came = match asked.await {
        Err(failure) => Err(failure),
        Ok(answer) => {
            let missing = match of.resource() {
                Some(resource) => !exists(context, client, &resource, answer.to.position).await?,
                None => false,
            };
            // Labels are those of now, whatever is compared.
            let (position, _) = when::place(context, client).await?;
            Ok(Came { answer: DiffForms::of(of, answer, missing), position, about: Vec::new() })
        }
    };
    names::print(context, client, came).await
}

/// What is known, and between which moments it is looked at.
pub struct Between {
    /// The beginning as pages repeat it.
    typed: Option<String>,
    from: Option<AsOf>,
    to: Option<AsOf>,
    as_of: AsOf,
}

impl Between {
    /// As it was typed, by the clock of this machine.
    #[must_use]
    pub fn of(context: &Context, stretch: &Stretch) -> Between {
        let now = SystemClock.now();
        let [from, to] = [stretch.from, stretch.to].map(|given| given.map(|given| given.at(now)));
        Between { typed: bounds::repeated(stretch.from), from, to, as_of: as_of(context) }
    }

    /// The beginning, as it was typed and as the service names it.
    #[must_use]
    pub fn names(&self) -> [Option<String>; 2] {
        [self.typed.clone(), self.from.map(|from| from.to_string())]
    }

    /// The beginning as a parameter.
    #[must_use]
    pub fn from(&self) -> (&'static str, Option<String>) {
        ("from", self.from.and_then(parameter))
    }

    /// What only a first page says.
    #[must_use]
    pub fn place(&self) -> [(&'static str, Option<String>); 2] {
        [("to", self.to.and_then(parameter)), ("as_of", parameter(self.as_of))]
    }
}

/// How many there are on all pages.
fn total(reply: &Reply) -> Result<usize, Failure> {
    let total = reply.headers.get("caseward-total").and_then(|total| total.to_str().ok());
    let total = total.and_then(|total| total.parse().ok());
    total.ok_or_else(|| not_understood(&serde_json::Error::custom("it does not say how many there are on all pages")))
}
