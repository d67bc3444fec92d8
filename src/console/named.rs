//! References as pages show them: a link to the page of what is named, and what people call it.

use super::address::{self, Given};
use super::asking::{Asking, Problem};
use super::frame::plain;
use super::moment::Moment;
use caseward_events::answer::NamesAnswer;
use caseward_events::{Labelled, Position};
use maud::{Markup, html};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// How references are shown on one page.
#[derive(Clone, Debug, Default)]
pub struct Named {
    organization: String,
    /// As of when links lead on.
    then: Given,
    labels: BTreeMap<String, String>,
}

/// Names that are asked for at once.
const NAMES_MAX: usize = 1_000;

impl Named {
    /// With what people call these things then.
    ///
    /// # Errors
    /// What the API tells instead.
    pub async fn of(
        asking: &Asking<'_>,
        moment: Moment,
        given: &Given,
        references: BTreeSet<String>,
    ) -> Result<Named, Problem> {
        let of = references.into_iter().filter(|reference| reference.parse::<Labelled>().is_ok());
        let of: Vec<String> = of.take(NAMES_MAX).collect();
        let mut labels = BTreeMap::new();
        if !of.is_empty() {
            let path = address::with_parameters("names", &[("as_of", moment.written())]);
            let answered = asking.post::<NamesAnswer>(&path, &json!({ "of": of })).await?;
            let named = answered.answer.names.into_iter();
            labels = named.filter_map(|named| Some((named.of.to_string(), named.label?))).collect();
        }
        let then = given.only(&["as_of"]);
        Ok(Named { organization: asking.organization().to_owned(), then, labels })
    }

    /// What people call it.
    #[must_use]
    pub fn label(&self, reference: &str) -> Option<String> {
        self.labels.get(reference).map(|label| plain(label))
    }

    /// The address of its page, then.
    #[must_use]
    pub fn page(&self, reference: &str) -> String {
        self.then.behind(&address::page(&self.organization, &[reference]))
    }

    /// A link to its page, with what people call it.
    #[must_use]
    pub fn link(&self, reference: &str) -> Markup {
        html! {
            a .ref href=(self.page(reference)) { bdi { (plain(reference)) } }
            @if let Some(label) = self.label(reference) { " " span .label { bdi { (label) } } }
        }
    }

    /// The same of a list: that of a restriction is on the page of its case.
    #[must_use]
    pub fn link_of_list(&self, list: &str) -> Markup {
        match list.strip_prefix("restriction:") {
            Some(case) => html! { a .ref href=(self.page(&format!("case:{case}"))) { bdi { (plain(list)) } } },
            None => self.link(list),
        }
    }

    /// The page of a decision.
    #[must_use]
    pub fn explain(&self, subject: &str, action: &str, resource: &str, as_of: Option<&str>) -> String {
        let then = if as_of.is_some() { self.then.with("as_of", as_of) } else { self.then.clone() };
        then.behind(&address::page(&self.organization, &[resource, "explain", subject, action]))
    }

    /// A link to an event.
    #[must_use]
    pub fn event(&self, position: Position) -> Markup {
        let number = position.to_string();
        html! { a .event href=(address::page(&self.organization, &["events", &number])) { "#" (number) } }
    }

    /// To each of them.
    #[must_use]
    pub fn events(&self, positions: &[Position]) -> Markup {
        html! { @for (index, position) in positions.iter().enumerate() { @if index > 0 { ", " } (self.event(*position)) } }
    }
}
