//! `what` a subject may do this to.

use crate::cli::args::WhatArgs;
use crate::cli::ask::bounds;
use crate::cli::exit::Failure;
use crate::cli::opened::{Opened, asked_at};
use crate::cli::render::{Forms, Json};
use crate::engine::ListOf;
use crate::show::decision;
use crate::show::phrasing;
use caseward_events::answer::{WhatAnswer, WhatLine};
use caseward_events::ask::PageToken;
use caseward_events::{Action, Asker, Timestamp};
use caseward_projections::{Resolved, When};

/// A page of resources.
pub struct WhatForms {
    subject: Asker,
    action: Action,
    answer: WhatAnswer,
    resolved: Resolved,
}

/// Asks what.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask(opened: &Opened, args: WhatArgs) -> Result<WhatForms, Failure> {
    let WhatArgs { subject, action, definition, paging } = args;
    let definition = definition.as_ref().map(|given| &given.0);
    let page = bounds::page(opened, ListOf::What(&subject, action, definition), &paging)?;
    let reader = opened.reader_for(&page).await?;
    let resolved = reader.resolved();
    let answer = reader.what_page(&subject, action, definition, &page).await?;
    Ok(WhatForms { subject, action, answer, resolved })
}

impl WhatForms {
    /// One that came from elsewhere, with the instant that belongs to its position.
    #[must_use]
    pub fn of(subject: Asker, action: Action, answer: WhatAnswer, at: Timestamp) -> WhatForms {
        let when = When { place: answer.position.into(), at };
        let resolved = Resolved { when, settled: answer.settled };
        WhatForms { subject, action, answer, resolved }
    }
}

impl Forms for WhatForms {
    fn text(&self) -> String {
        let WhatForms { subject, action, answer: WhatAnswer { resources, next, .. }, .. } = self;
        let head = match resources.len() {
            0 => format!("{subject} may {action} nothing"),
            many => format!("{subject} may {action} {many}:"),
        };
        let mut lines = vec![phrasing::wrapped("", "  ", &head)];
        lines.extend(resources.iter().map(|one| format!("  {one}")));
        if let Some(next) = next.token() {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(asked_at(self.resolved));
        lines.join("\n")
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.answer)
    }

    fn lines(&self, form: Json<'_>) -> Vec<String> {
        let position = self.answer.position;
        self.answer.resources.iter().map(|one| form.of(&WhatLine { resource: one.clone(), position })).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["resource", "position"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let position = self.answer.position.to_string();
        self.answer.resources.iter().map(|one| vec![one.to_string(), position.clone()]).collect()
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::MAY_CHANGE))
    }

    fn next(&self) -> Option<&PageToken> {
        self.answer.next.token()
    }
}
