//! Hands out a decision with its proof, and checks it as somebody would who has neither the store nor this program's word.
//!
//! `cargo run --example prove_and_verify`

#![expect(clippy::print_stdout, reason = "an example shows what it does")]

use caseward::Caseward;
use caseward::engine::{Batch, How};
use caseward::events::Action;
use caseward::integrity::signing;
use caseward::projections::{AsOf, Question};
use caseward::proof::check::What;
use caseward::proof::make::Maker;
use caseward::proof::{Bundle, Proved, check};
use std::error::Error;

/// Runs it.
#[tokio::main]
pub async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let caseward = Caseward::open(folder.path()).await?;
    let organization = caseward.organization("default")?;
    for command in [
        r#"{"actor":"user:judith","command":{"create_definition":{"definition":"burglary"}}}"#,
        r#"{"actor":"user:judith","command":{"open_case":{"case":"4711","definition":"burglary","creator":"judith"}}}"#,
        r#"{"actor":"user:judith","command":{"grant":{"on":"case:4711","to":"user:ana"}}}"#,
    ] {
        organization.submit(Batch::one(command.as_bytes(), How::default())).await?;
    }
    let keys = caseward.store().ok_or("it is on disk")?.signing()?;
    let key = signing::verifier(&keys.origin(organization.name()), &keys.first())?;
    let question = Question::new("user:ana".parse()?, Action::Read, "case:4711".parse()?);
    let resolved = organization.reader(AsOf::Head, None).await?.resolved();
    let bundle = Maker { organization: &organization, keys: &keys }.decision(&question, resolved).await?;
    let handed_out = serde_json::to_string(&bundle)?;
    println!("a proof of {} bytes", handed_out.len());

    // From here on only the text, and the key that its reader trusts.
    let bundle = Bundle::parse(handed_out.as_bytes())?;
    let Proved { head, what } = check(&bundle, &[key])?;
    println!("by the tree head of {} at position {}", head.origin, head.size);
    if let What::Decision { asked, decision, .. } = what {
        println!("{} may {} {}: {}", asked.subject, asked.action, asked.resource, decision.decision);
    }
    drop(organization);
    caseward.close().await?;
    Ok(())
}
