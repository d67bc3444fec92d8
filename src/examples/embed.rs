//! Uses Caseward as a library: opens a data directory, sends commands, asks, and closes it.
//!
//! `cargo run --example embed`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use caseward::Caseward;
use caseward::engine::{Batch, How, MemoryBound};
use caseward::events::command::Grant;
use caseward::events::{Action, Command, Draft, Position, Resource};
use caseward::projections::{AsOf, Question};
use std::error::Error;

/// Runs it.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let bound: MemoryBound = "512MiB".parse()?;
    let caseward = Caseward::builder(folder.path()).memory(bound).open().await?;
    let organization = caseward.organization("default")?;

    // A command is one JSON object, as the command line and HTTP take it.
    for command in [
        r#"{"actor":"user:judith","command":{"create_definition":{"definition":"burglary"}}}"#,
        r#"{"actor":"user:judith","command":{"open_case":{"case":"4711","definition":"burglary","creator":"judith"}}}"#,
    ] {
        for answer in organization.submit(Batch::one(command.as_bytes(), How::default())).await? {
            println!("{}", answer.to_json());
        }
    }

    // Or it is put together, and sent as the same line would be.
    let case: Resource = "case:4711".parse()?;
    let grant = Command::Grant(Grant::new("case:4711".parse()?, "user:ana".parse()?));
    let answer = organization.send(&Draft::new(grant).by("user:judith".parse()?).because("covers for Ben")).await?;
    println!("{}", answer.to_json());

    // Every question is asked by a reader of one place: the head, or any position or instant before it.
    let question = Question::new("user:ana".parse()?, Action::Read, case.clone());
    let now = organization.reader(AsOf::Head, None).await?;
    let before = organization.reader(AsOf::Position(Position(2)), None).await?;
    println!("now: {}", now.check(&question).await?.decision);
    println!("before the grant: {}", before.check(&question).await?.decision);
    for subject in now.who(Action::Read, &case).await?.subjects {
        println!("{subject} may read {case}");
    }

    // Whoever holds an organization holds the store.
    drop(organization);
    caseward.close().await?;
    Ok(())
}
