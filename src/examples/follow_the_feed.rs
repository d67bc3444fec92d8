//! Follows the events of an organization: takes what is there, waits for the head to move, and goes on behind it.
//!
//! `cargo run --example follow_the_feed`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use caseward::Caseward;
use caseward::engine::{Batch, How, Organization};
use caseward::events::Position;
use caseward::projections::AsOf;
use std::error::Error;

/// Prints every event behind a position, until there have been so many.
async fn follow(organization: &Organization, mut seen: Position, up_to: Position) -> Result<(), Box<dyn Error>> {
    while seen < up_to {
        // A reader pins the head: all that it shows is durable, and nothing of it changes any more.
        let reader = organization.reader(AsOf::Head, None).await?;
        let events = reader.events_after(seen).await?;
        for event in &events {
            println!("{} {} {}", event.position, event.time, event.event.name());
            seen = event.position;
        }
        if events.is_empty() && organization.moved(seen).await.is_none() {
            break;
        }
    }
    Ok(())
}

/// Runs it.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    const EVENTS: u64 = 20;
    let folder = tempfile::tempdir()?;
    let caseward = Caseward::open(folder.path()).await?;
    let organization = caseward.organization("default")?;
    let writer = organization.clone();
    let writing = tokio::spawn(async move {
        for number in 0..EVENTS {
            let command = format!(r#"{{"command":{{"create_definition":{{"definition":"d{number}"}}}}}}"#);
            writer.submit(Batch::one(command.as_bytes(), How::default())).await?;
        }
        Ok::<_, caseward::engine::CommandError>(())
    });
    follow(&organization, Position::ZERO, Position(EVENTS)).await?;
    writing.await??;
    drop(organization);
    caseward.close().await?;
    Ok(())
}
