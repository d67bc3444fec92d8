//! `stranded`: who has a part in an open case and may not read it.

use crate::cli::args::StrandedArgs;
use crate::cli::ask::bounds;
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::render::{Forms, Json};
use crate::engine::ListOf;
use crate::show::{decision, phrasing};
use caseward_events::answer::{Stranded, StrandedAnswer, StrandedLine};
use caseward_events::ask::PageToken;
use caseward_events::{Resource, Timestamp};

/// A page of cases.
pub struct StrandedForms {
    pub answer: StrandedAnswer,
    /// The instant that belongs to its position.
    pub at: Timestamp,
}

/// Asks who.
///
/// # Errors
/// The question cannot be asked.
pub async fn ask(opened: &Opened, args: StrandedArgs) -> Result<StrandedForms, Failure> {
    let StrandedArgs { definition, paging } = args;
    let definition = definition.as_ref().map(|given| &given.0);
    let page = bounds::page(opened, ListOf::Stranded(definition), &paging)?;
    let reader = opened.reader_for(&page).await?;
    let at = reader.resolved().when.at;
    let answer = reader.stranded_page(definition, &page).await?;
    Ok(StrandedForms { answer, at })
}

/// What somebody has a part as, and why they may not read.
fn told(Stranded { subject, rule, fields, activities }: &Stranded) -> String {
    let fields = fields.iter().map(|field| format!("field {field}"));
    let parts: Vec<_> = fields.chain(activities.iter().map(|activity| format!("activity {activity}"))).collect();
    let why = rule.map_or_else(|| "no user in it may read".to_owned(), |rule| rule.to_string());
    format!("{subject}, {}: {why}", parts.join(", "))
}

impl Forms for StrandedForms {
    fn text(&self) -> String {
        let StrandedForms { answer: StrandedAnswer { cases, position, next, .. }, at } = self;
        let head = match cases.len() {
            0 => "whoever has a part in an open case may read it".to_owned(),
            1 => "people of one open case may not read it:".to_owned(),
            many => format!("people of {many} open cases may not read them:"),
        };
        let mut lines = vec![head];
        for case in cases {
            lines.push(format!("  {}", case.resource));
            lines.extend(case.stranded.iter().map(|one| phrasing::wrapped("    ", "      ", &told(one))));
        }
        if let Some(next) = next.token() {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(format!("position {position} ({at})"));
        lines.join("\n")
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.answer)
    }

    fn lines(&self, form: Json<'_>) -> Vec<String> {
        let StrandedAnswer { cases, position, .. } = &self.answer;
        cases.iter().map(|case| form.of(&StrandedLine { case: case.clone(), position: *position })).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["resource", "subject", "rule", "fields", "activities", "position"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let StrandedAnswer { cases, position, .. } = &self.answer;
        let all = cases.iter().flat_map(|case| case.stranded.iter().map(|one| (&case.resource, one)));
        let row = |(resource, one): (&Resource, &Stranded)| {
            vec![
                resource.to_string(),
                one.subject.to_string(),
                one.rule.map_or_else(String::new, |rule| rule.to_string()),
                joined(&one.fields),
                joined(&one.activities),
                position.to_string(),
            ]
        };
        all.map(row).collect()
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::MAY_CHANGE))
    }

    fn next(&self) -> Option<&PageToken> {
        self.answer.next.token()
    }
}

fn joined(ids: &[impl ToString]) -> String {
    ids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}
