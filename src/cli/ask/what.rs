//! `what` a subject may do this to.

use crate::cli::args::WhatArgs;
use crate::cli::ask::bounds::{self, given};
use crate::cli::exit::Failure;
use crate::cli::opened::{Opened, asked_at};
use crate::cli::render::{Forms, Json};
use crate::show::decision;
use crate::show::phrasing;
use caseward_events::answer::{WhatAnswer, WhatLine};
use caseward_events::ask::PageToken;
use caseward_events::{Action, Asker, Resource};
use caseward_projections::{Resolved, WhatPage, WhatPart};

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
    let only = given(definition.as_ref().map(|given| given.0.as_str()));
    let list = opened.list("what", &[&subject, &action, &only]);
    let paging = bounds::paging(&paging, list)?;
    let reader = opened.reader_from(paging.after.as_ref()).await?;
    let resolved = reader.resolved();
    let shown = |token: &PageToken| token.last.parse::<Resource>().map_err(|_| token.foreign());
    let behind = paging.after.as_ref().map(shown).transpose()?;
    let definition = definition.as_ref().map(|given| &given.0);
    let part = WhatPart { definition, after: behind.as_ref(), limit: paging.limit() };
    let WhatPage { mut answer, more } = reader.what(&subject, action, part).await?;
    let (position, at) = (answer.position, resolved.when.at);
    let last = answer.resources.last().filter(|_| more).map(ToString::to_string);
    answer.next = paging.next(last.map(|last| PageToken { position, at, list, last }));
    Ok(WhatForms { subject, action, answer, resolved })
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
