//! Search over what has a name: a reference is its page; a bare word is looked up as every kind of thing, and in the last
//! events of the organization.
//!
//! INVARIANT: nothing is found that the events of the organization do not name to this caller.

use super::events;
use crate::console::asking::{Asking, Problem};
use crate::console::frame::{Place, Sheet, plain};
use crate::console::look;
use crate::console::mentioned::mentioned;
use crate::console::named::Named;
use crate::console::words;
use caseward_events::answer::{HistoryAnswer, NamesAnswer};
use caseward_events::{Event, Reference};
use maud::html;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// Kinds of things that a bare word may be.
const KINDS: [&str; 7] = ["case", "user", "group", "definition", "profile", "item", "task"];
/// Found things that are shown.
const FOUND_MAX: usize = 60;

/// What a search comes to.
pub enum Searched {
    /// One page.
    At(String),
    /// Several, or none.
    Sheet(Sheet),
}

/// `/console/ORG/search?q=…`.
///
/// # Errors
/// What the API tells instead.
pub async fn page(asking: &Asking<'_>, place: &Place) -> Result<Searched, Problem> {
    let sought = place.given.get("q").unwrap_or_default().trim().to_owned();
    let (looked, _) = look::moments(asking, &place.given, None).await?;
    let named = Named::of(asking, looked.moment, &place.given, BTreeSet::new()).await?;
    if let Ok(of) = sought.parse::<Reference>() {
        return Ok(Searched::At(named.page(&of.to_string())));
    }
    if let Some(position) = sought.strip_prefix('#').and_then(|position| position.parse::<u64>().ok()) {
        let path = crate::console::address::page(&place.organization, &["events", &position.to_string()]);
        return Ok(Searched::At(path));
    }
    let (exact, mut meant) = exact(asking, &sought).await?;
    if let [one] = exact.as_slice() {
        return Ok(Searched::At(named.page(one)));
    }
    let past = events::of_organization(asking, looked.moment).await?;
    let mut found: BTreeSet<String> = exact.into_iter().collect();
    let sought_low = sought.to_lowercase();
    let holds = |text: &str| !sought_low.is_empty() && text.to_lowercase().contains(&sought_low);
    let mut labels = BTreeMap::new();
    for entry in &past.entries {
        found.extend(mentioned(entry).into_iter().filter(|name| holds(name)));
        if let Event::LabelSet(set) = &entry.event
            && let Some(label) = set.label.as_ref().filter(|label| holds(label.as_str()))
        {
            labels.insert(set.of.to_string(), label.to_string());
        }
    }
    found.extend(labels.keys().filter(|name| name.parse::<Reference>().is_ok()).cloned());
    meant.retain(|name| !found.contains(name));
    let shown: BTreeSet<String> = found.iter().take(FOUND_MAX).cloned().collect();
    let named = Named::of(asking, looked.moment, &place.given, shown.iter().chain(&meant).cloned().collect()).await?;
    let main = html! {
        section aria-labelledby="found-title" {
            h2 #found-title { (words::found(found.len(), &plain(&sought))) }
            @if !shown.is_empty() { ul .reach { @for name in &shown { li { (named.link(name)) } } } }
            @if found.len() > FOUND_MAX { p .more { (words::only_the_first(FOUND_MAX)) } }
            @if !meant.is_empty() {
                h3 { (words::DID_YOU_MEAN) }
                ul .reach { @for name in &meant { li { (named.link(name)) } } }
            }
            p .fine { @if past.has_more { (words::looked_through(past.entries.len())) } @else { (words::LOOKED_THROUGH_ALL) } }
        }
    };
    Ok(Searched::Sheet(Sheet {
        moment: Some(looked.moment),
        has_json: true,
        ..Sheet::plain(words::SEARCH, words::SEARCH_KIND, main)
    }))
}

/// Things that are called exactly so, and what was probably meant.
async fn exact(asking: &Asking<'_>, sought: &str) -> Result<(Vec<String>, Vec<String>), Problem> {
    let of = KINDS.iter().filter_map(|kind| format!("{kind}:{sought}").parse::<Reference>().ok());
    let of: Vec<String> = of.map(|of| of.to_string()).collect();
    let labelled = of.iter().filter(|of| of.parse::<caseward_events::Labelled>().is_ok()).collect::<Vec<_>>();
    if of.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let named = asking.post::<NamesAnswer>("names", &json!({ "of": labelled })).await?.answer.names;
    let unknown: BTreeSet<String> =
        named.iter().filter(|one| one.known == Some(false)).map(|one| one.of.to_string()).collect();
    let meant = named.iter().filter_map(|one| one.meant.as_ref()).map(ToString::to_string).collect();
    let mut exact = Vec::new();
    for of in of.into_iter().filter(|of| !unknown.contains(of)) {
        let parameters = [("of", Some(of.clone())), ("limit", Some("1".to_owned()))];
        let HistoryAnswer { events, .. } = asking.get("history", &parameters).await?.answer;
        if !events.is_empty() {
            exact.push(of);
        }
    }
    Ok((exact, meant))
}
