//! Answers an auditor: who could read a case on a day that is past, why, and what changed since.
//!
//! `cargo run --example audit`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use caseward::Caseward;
use caseward::engine::{Batch, How, Page, Source};
use caseward::events::{Action, Query, Reference, Resource, Submission};
use caseward::projections::{AsOf, Question};
use std::error::Error;

const HISTORY: [&str; 4] = [
    r#"{"time":"2026-01-01T09:00:00Z","actor":"user:judith","command":{"create_definition":{"definition":"burglary"}}}"#,
    r#"{"time":"2026-01-02T09:00:00Z","actor":"user:judith","command":{"open_case":{"case":"4711","definition":"burglary","creator":"judith"}}}"#,
    r#"{"time":"2026-01-03T09:00:00Z","actor":"user:judith","reason":"covers for Ben","command":{"grant":{"on":"case:4711","to":"user:ana"}}}"#,
    r#"{"time":"2026-02-01T09:00:00Z","actor":"user:judith","reason":"Ben is back","command":{"revoke":{"on":"case:4711","to":"user:ana"}}}"#,
];

/// Runs it.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let caseward = Caseward::open(folder.path()).await?;
    let organization = caseward.organization("default")?;
    let submissions = HISTORY.iter().map(|line| Submission::parse(line.as_bytes())).collect();
    let how = How { source: Source::Import, ..How::default() };
    organization.submit(Batch { submissions, how }).await?;

    let case: Resource = "case:4711".parse()?;
    let then = organization.reader(AsOf::Instant("2026-01-15T12:00:00Z".parse()?), None).await?;
    let who = then.who(Action::Read, &case).await?;
    println!("on 15 January, at position {}:", who.position);
    for subject in who.subjects {
        let question = Question::new(subject.to_string().parse()?, Action::Read, case.clone());
        let decision = then.check(&question).await?;
        println!("  {subject} by {}, since event {:?}", decision.rule, decision.reasons.first().map(|one| &one.events));
    }

    let of: Reference = "case:4711".parse()?;
    let now = organization.reader(AsOf::Head, None).await?;
    for change in now.diff(&of, AsOf::Position(then.position())).await?.lost {
        println!("since then {} has lost what was held on {}", change.subject, change.resource);
    }
    for event in now.history(&of, &Query::default(), Page::default()).await? {
        println!("{} {} {}", event.position, event.event.name(), event.reason_text().unwrap_or_default());
    }
    drop(organization);
    caseward.close().await?;
    Ok(())
}
