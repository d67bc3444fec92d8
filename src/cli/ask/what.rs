//! `what` a subject may do this to.

use crate::cli::args::{Global, WhatArgs};
use crate::cli::ask::who::{asked_at, note_next_beside_bare_lists};
use crate::cli::context::{Context, Opened};
use crate::cli::cursor::{List, Token, given};
use crate::cli::exit::{Exit, Failure};
use crate::cli::render::{self, Forms};
use crate::show::phrasing;
use crate::store::Access;
use caseward_events::{Action, Asker, Resource};
use caseward_projections::evaluate::WhatPart;
use caseward_projections::question::Resolved;
use serde_json::{Value, json};

/// Runs the verb.
///
/// # Errors
/// There is no store, or the question cannot be asked.
pub async fn what(context: &mut Context, args: WhatArgs) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let listed = ask(&context.global, &opened, args).await;
    if let Ok(Listed { next: Some(Some(next)), .. }) = &listed {
        note_next_beside_bare_lists(context, next);
    }
    render::print(&mut context.printer, listed)
}

/// A page of resources.
struct Listed {
    subject: Asker,
    action: Action,
    resources: Vec<Resource>,
    resolved: Resolved,
    /// Where pages were asked for; the last one has no next.
    next: Option<Option<Token>>,
}

async fn ask(global: &Global, opened: &Opened, args: WhatArgs) -> Result<Listed, Failure> {
    let WhatArgs { subject, action, definition, paging } = args;
    let only = given(definition.as_ref().map(|given| given.0.as_str()));
    let list = List::of(global, "what", &[&subject, &action, &only]);
    let after = paging.behind(list)?;
    let resolved = opened.resolved_from(after.as_ref(), global).await?;
    let behind = after.as_ref().map(|token| token.last.parse::<Resource>()).transpose();
    let behind = behind.map_err(|_| Token::foreign(paging.after.as_deref().unwrap_or_default()))?;
    let limit = paging.limit.map(std::num::NonZero::get);
    let part = WhatPart { definition: definition.as_ref().map(|given| &given.0), after: behind.as_ref(), limit };
    let what = opened.engine.what(&opened.organization, &subject, action, part, resolved);
    let last = what.resources.last().filter(|_| what.more);
    let next = last.map(|last| Token { position: what.position, at: resolved.when.at, list, last: last.to_string() });
    let next = (limit.is_some() || after.is_some()).then_some(next);
    Ok(Listed { subject, action, resources: what.resources, resolved, next })
}

impl Forms for Listed {
    fn text(&self) -> String {
        let Listed { subject, action, resources, .. } = self;
        let head = match resources.len() {
            0 => format!("{subject} may {action} nothing"),
            many => format!("{subject} may {action} {many}:"),
        };
        let mut lines = vec![phrasing::wrapped("", "  ", &head)];
        lines.extend(resources.iter().map(|one| format!("  {one}")));
        if let Some(Some(next)) = &self.next {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(asked_at(self.resolved));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let mut answer = json!({"resources": self.resources, "position": self.resolved.when.place.position().0});
        if let Some(next) = &self.next {
            answer["next"] = next.as_ref().map(Token::to_string).into();
        }
        answer
    }

    fn lines(&self) -> Vec<Value> {
        let position = self.resolved.when.place.position().0;
        self.resources.iter().map(|one| json!({"resource": one, "position": position})).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["resource", "position"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let position = self.resolved.when.place.position().to_string();
        self.resources.iter().map(|one| vec![one.to_string(), position.clone()]).collect()
    }
}
