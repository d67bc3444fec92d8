//! Searches: who may, on what, and which actions.
//!
//! INVARIANT: what a search lists is what an evaluation of each would permit, told in the words of the type it looks for.
//! Absent on purpose: a list of what has no end. Where everybody may, the answer says so beside those whom events name;
//! a type of which every id is one resource lists nothing.

use super::asked::{self, Entity, Extension, Fields, action, entity, extension, target};
use super::page::{NextPage, Page};
use super::words::{Words, said};
use crate::engine::{Reader, WhoFound, WhoPart};
use crate::service::admit::Organization;
use crate::service::callers::Caller;
use crate::service::problem::Problem;
use crate::service::respond;
use crate::service::state::Shared;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use caseward_events::vocabulary::words::Listed;
use caseward_events::{Action, Asker, DefinitionId, Question, Resource};
use caseward_projections::WhatPart;
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A subject or resource that was found.
#[derive(Serialize)]
struct FoundEntity {
    #[serde(rename = "type")]
    kind: String,
    id: String,
}

#[derive(Serialize)]
struct FoundAction {
    name: String,
}

#[derive(Serialize)]
struct Found<T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    page: Option<NextPage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Value>,
    results: Vec<T>,
}

/// What was found for a page.
struct List<T> {
    items: Vec<T>,
    more: bool,
    /// How the token names the last of them.
    last: Option<String>,
    everyone: bool,
}

impl<T> List<T> {
    fn empty() -> List<T> {
        List { items: Vec::new(), more: false, last: None, everyone: false }
    }
}

impl<T: Serialize> List<T> {
    fn answer(self, page: &Page, reader: &Reader<'_>, extension: Extension) -> Response {
        let mut told = serde_json::Map::new();
        if self.everyone {
            told.insert("everyone".to_owned(), json!(true));
        }
        if extension.explain {
            told.insert("position".to_owned(), json!(reader.position()));
        }
        if reader.resolved().settled == Some(false) {
            told.insert("settled".to_owned(), json!(false));
        }
        let context = (!told.is_empty()).then(|| json!({"caseward": told}));
        let page = page.next(reader, self.more, self.last);
        respond::fresh(&Found { page, context, results: self.items })
    }
}

/// `POST /access/v1/search/subject`.
pub(in crate::service) async fn subjects(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Organization(organization): Organization,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let fields = asked::fields(&headers, body, &shared.limits).await?;
    let (of, action, resource) = (target(&fields, "subject")?, action(&fields)?, entity(&fields, "resource")?);
    let extension = extension(&fields)?;
    let page = Page::of(&organization, &fields, "subject", &shared.limits)?;
    let reader = page.reader(&organization, &extension, &shared.limits).await?;
    let words = Words::of(&reader).await?;
    let found = match words.word(&of, &action, &resource) {
        Some(word) => match words.meant(word, &resource).await? {
            Some(on) => who(&words, &page, &of, (word.is, &on)).await?,
            None => List::empty(),
        },
        None => List::empty(),
    };
    Ok(found.answer(&page, &reader, extension))
}

async fn who(
    words: &Words<'_>,
    page: &Page,
    of: &Entity,
    (action, resource): (Action, &Resource),
) -> Result<List<FoundEntity>, Problem> {
    if !words.vocabulary.subjects.contains_key(&of.kind) {
        return Ok(List::empty());
    }
    let mut after: Option<Asker> = page.after().map(str::parse).transpose().map_err(|_| Page::foreign())?;
    let (mut items, mut last): (Vec<FoundEntity>, Option<String>) = (Vec::new(), None);
    // Who is of another type may stand between them, so a step may find none of this one.
    loop {
        let part = WhoPart { after: after.as_ref(), limit: Some(page.limit - items.len() + 1), counted: false };
        let WhoFound { answer, more, .. } = words.reader.who_part(action, resource, part).await?;
        for holder in answer.holders() {
            let Some(id) = words.vocabulary.subject_id(&of.kind, holder) else { continue };
            if items.len() == page.limit {
                return Ok(List { items, more: true, last, everyone: answer.everyone });
            }
            items.extend(found(&of.kind, id));
            last = Some(holder.to_string());
        }
        after = answer.holders().last().cloned().or(after);
        if !more {
            return Ok(List { items, more: false, last, everyone: answer.everyone });
        }
    }
}

fn found(kind: &str, id: &str) -> Option<FoundEntity> {
    Some(FoundEntity { kind: kind.to_owned(), id: id.to_owned() })
}

/// `POST /access/v1/search/resource`.
pub(in crate::service) async fn resources(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Organization(organization): Organization,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let fields = asked::fields(&headers, body, &shared.limits).await?;
    let (subject, action, of) = (entity(&fields, "subject")?, action(&fields)?, target(&fields, "resource")?);
    let extension = extension(&fields)?;
    let page = Page::of(&organization, &fields, "resource", &shared.limits)?;
    let reader = page.reader(&organization, &extension, &shared.limits).await?;
    let words = Words::of(&reader).await?;
    let listed = words.vocabulary.listed(&of.kind).unwrap_or(Listed::Nothing);
    let definition = match listed {
        Listed::Cases(definition) => definition,
        Listed::Definitions | Listed::Nothing => None,
    };
    let found = match (words.subject(&subject), words.word(&subject, &action, &of)) {
        (Some(asker), Some(word)) if word.on.is_none() && listed != Listed::Nothing => {
            what(&words, &page, &of, (&asker, word.is, definition)).await?
        }
        _ => List::empty(),
    };
    Ok(found.answer(&page, &reader, extension))
}

async fn what(
    words: &Words<'_>,
    page: &Page,
    of: &Entity,
    (asker, action, definition): (&Asker, Action, Option<&DefinitionId>),
) -> Result<List<FoundEntity>, Problem> {
    let mut after: Option<Resource> = page.after().map(str::parse).transpose().map_err(|_| Page::foreign())?;
    let (mut items, mut last): (Vec<FoundEntity>, Option<String>) = (Vec::new(), None);
    // What is of another type may stand between them, so a step may find none of this one.
    loop {
        let part = WhatPart { definition, after: after.as_ref(), limit: Some(page.limit - items.len() + 1) };
        let step = words.reader.what(asker, action, part).await?;
        for resource in &step.answer.resources {
            let Some(id) = words.vocabulary.resource_id(&of.kind, resource) else { continue };
            if items.len() == page.limit {
                return Ok(List { items, more: true, last, everyone: false });
            }
            items.extend(found(&of.kind, id));
            last = Some(resource.to_string());
        }
        after = step.answer.resources.last().cloned().or(after);
        if !step.more {
            return Ok(List { items, more: false, last, everyone: false });
        }
    }
}

/// `POST /access/v1/search/action`.
pub(in crate::service) async fn actions(
    State(shared): State<Arc<Shared>>,
    caller: Caller,
    Organization(organization): Organization,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    let fields = asked::fields(&headers, body, &shared.limits).await?;
    let (subject, resource) = (entity(&fields, "subject")?, entity(&fields, "resource")?);
    let extension = extension(&fields)?;
    let page = Page::of(&organization, &fields, "action", &shared.limits)?;
    let reader = page.reader(&organization, &extension, &shared.limits).await?;
    let words = Words::of(&reader).await?;
    let mut items = Vec::new();
    if let Some(asker) = words.subject(&subject) {
        items = permitted(&words, &asker, (&subject, &resource)).await?;
    }
    let more = page.cut(&mut items, |item: &FoundAction| item.name.clone())?;
    let last = items.last().map(|item| item.name.clone());
    Ok(List { items, more, last, everyone: false }.answer(&page, &reader, extension))
}

/// The names whose right is held, in the order of the vocabulary.
async fn permitted(
    words: &Words<'_>,
    asker: &Asker,
    (subject, resource): (&Entity, &Entity),
) -> Result<Vec<FoundAction>, Problem> {
    let named = words.resource(resource).await?;
    let held = match &named {
        Some(named) => words.reader.rights(asker, named).await?.rights,
        None => Vec::new(),
    };
    let mut found = Vec::new();
    for word in words.vocabulary.words(&resource.kind, &said(subject, &Fields::new(), resource)) {
        let is_held = match &word.on {
            None => held.contains(&word.is),
            Some(on) => words.reader.check(&Question::new(asker.clone(), word.is, on.clone())).await?.decision,
        };
        if is_held {
            found.push(FoundAction { name: word.name.clone() });
        }
    }
    Ok(found)
}
