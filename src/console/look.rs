//! What every page about a thing looks up first: its moment, its history for the bar of time, and whether it is there.

use super::address::{Given, moment as written, with_parameters};
use super::asking::{Asking, Problem};
use super::moment::{self, Moment, Typed};
use super::time_bar::Stop;
use super::words;
use axum::http::StatusCode;
use caseward_events::answer::{HistoryAnswer, HistoryEntry, NamesAnswer};
use caseward_events::ask::AsOf;
use caseward_events::{Labelled, Reference, Timestamp};
use serde_json::json;

/// The history of a thing, as far as it is read for a page.
pub struct Past {
    /// Oldest first.
    pub entries: Vec<HistoryEntry>,
    /// Whether there are more.
    pub has_more: bool,
}

/// Pages of a history that are read for the bar of time.
const PAGES_MAX: usize = 8;

/// A parameter that names a moment, where it is written as addresses write it; else how it is.
///
/// # Errors
/// It is no moment.
pub fn given_moment(given: &Given, name: &str, now: Timestamp) -> Result<Option<Typed>, Problem> {
    let Some(text) = given.get(name) else { return Ok(None) };
    let wrong = |why: String| Problem::own(StatusCode::BAD_REQUEST, "invalid", why, Some(words::MOMENT_HINT));
    moment::read(text, now).map(Some).map_err(wrong)
}

/// The same query with its moments as addresses write them; none where they are.
///
/// # Errors
/// One of them is no moment.
pub fn settled(given: &Given, now: Timestamp) -> Result<Option<Given>, Problem> {
    let mut settled = given.clone();
    for name in ["as_of", "vs", "from", "to"] {
        if let Some(Typed::Meant(as_of)) = given_moment(given, name, now)? {
            // To compare with now is something else than not to compare.
            let text = if name == "vs" && as_of.is_head() { Some("now".to_owned()) } else { written(as_of) };
            settled = settled.with(name, text.as_deref());
        }
    }
    Ok((settled != *given).then_some(settled))
}

/// The moments that a page is about, and whether what it is about was there.
pub struct Looked {
    /// The moment that is shown.
    pub moment: Moment,
    /// What people call it then.
    pub label: Option<String>,
    /// What was probably meant.
    pub meant: Option<String>,
}

/// Looks up a moment, and a thing at it.
///
/// # Errors
/// What the API tells instead: a position above the head among others.
pub async fn look(asking: &Asking<'_>, as_of: AsOf, of: Option<&Reference>) -> Result<Looked, Problem> {
    let of = of.and_then(|of| of.to_string().parse::<Labelled>().ok());
    let path = with_parameters("names", &[("as_of", written(as_of))]);
    let answered = asking.post::<NamesAnswer>(&path, &json!({ "of": of.iter().collect::<Vec<_>>() })).await?;
    let NamesAnswer { names, position, at, settled } = answered.answer;
    let moment = Moment { asked: as_of, position, at, is_settled: settled != Some(false) };
    let named = names.into_iter().next();
    let meant = named.as_ref().and_then(|named| named.meant.as_ref()).map(ToString::to_string);
    Ok(Looked { moment, label: named.and_then(|named| named.label), meant })
}

/// Both moments of a page.
///
/// # Errors
/// As for [`look`].
pub async fn moments(
    asking: &Asking<'_>,
    given: &Given,
    of: Option<&Reference>,
) -> Result<(Looked, Option<Moment>), Problem> {
    let as_of = |name: &str| given.get(name).and_then(|text| text.parse::<AsOf>().ok());
    let looked = look(asking, as_of("as_of").unwrap_or_default(), of).await?;
    let versus = match given.get("vs") {
        None => None,
        Some(_) => Some(look(asking, as_of("vs").unwrap_or_default(), None).await?.moment),
    };
    Ok((looked, versus))
}

/// All that happened to a thing, up to the head.
///
/// # Errors
/// What the API tells instead.
pub async fn past(asking: &Asking<'_>, of: &Reference) -> Result<Past, Problem> {
    let mut entries = Vec::new();
    let mut after = None;
    for _ in 0..PAGES_MAX {
        let parameters = [("of", Some(of.to_string())), ("after", after.take())];
        let HistoryAnswer { events, next, .. } = asking.get("history", &parameters).await?.answer;
        entries.extend(events);
        match next.token() {
            Some(token) => after = Some(token.to_string()),
            None => return Ok(Past { entries, has_more: false }),
        }
    }
    Ok(Past { entries, has_more: true })
}

impl Past {
    /// For the bar of time.
    #[must_use]
    pub fn stops(&self) -> Vec<Stop> {
        self.entries.iter().map(|entry| Stop { position: entry.position, at: entry.time, count: 1 }).collect()
    }

    /// What had happened by a moment.
    #[must_use]
    pub fn until(&self, moment: Moment) -> &[HistoryEntry] {
        &self.entries[..self.entries.partition_point(|entry| entry.position <= moment.position)]
    }
}

/// The problem of a thing that is not there: at no time, or not yet.
#[must_use]
pub fn not_there(of: &Reference, past: &Past, looked: &Looked) -> Option<Problem> {
    let first = past.entries.first();
    if first.is_some_and(|first| first.position <= looked.moment.position) || *of == Reference::Organization {
        return None;
    }
    let detail = match first {
        None => words::no_such(&of.to_string()),
        Some(_) => words::not_yet(&of.to_string(), looked.moment.position),
    };
    let mut problem = Problem::own(StatusCode::NOT_FOUND, "not_found", detail, None);
    if let Some(first) = first {
        problem.facts.insert("first".to_owned(), first.position.0.into());
    } else if let Some(meant) = &looked.meant {
        problem.facts.insert("meant".to_owned(), meant.as_str().into());
    }
    Some(problem)
}
