//! `what` a subject may do this to.

use crate::cli::args::WhatArgs;
use crate::cli::cursor::{Token, given};
use crate::cli::exit::Failure;
use crate::cli::opened::{Opened, asked_at};
use crate::cli::render::Forms;
use crate::show::phrasing;
use caseward_events::{Action, Asker, Resource};
use caseward_projections::evaluate::WhatPart;
use caseward_projections::question::Resolved;
use serde_json::{Value, json};

/// A page of resources.
pub struct Listed {
    subject: Asker,
    action: Action,
    resources: Vec<Resource>,
    resolved: Resolved,
    /// Where pages were asked for; the last one has no next.
    next: Option<Option<Token>>,
}

/// Asks what.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask(opened: &Opened, args: WhatArgs) -> Result<Listed, Failure> {
    let WhatArgs { subject, action, definition, paging } = args;
    let only = given(definition.as_ref().map(|given| given.0.as_str()));
    let list = opened.list("what", &[&subject, &action, &only]);
    let after = paging.behind(list)?;
    let reader = opened.reader_from(after.as_ref()).await?;
    let resolved = reader.resolved();
    let behind = after.as_ref().map(|token| token.last.parse::<Resource>()).transpose();
    let behind = behind.map_err(|_| Token::foreign(paging.after.as_deref().unwrap_or_default()))?;
    let limit = paging.limit.map(std::num::NonZero::get);
    let part = WhatPart { definition: definition.as_ref().map(|given| &given.0), after: behind.as_ref(), limit };
    let what = reader.what(&subject, action, part).await?;
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

    fn next(&self) -> Option<&Token> {
        self.next.as_ref()?.as_ref()
    }
}
