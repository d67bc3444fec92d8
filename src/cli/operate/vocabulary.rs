//! `vocabulary show` and `vocabulary set`: what the words of callers stand for.
//!
//! INVARIANT: what `show` prints for people is a file that `set` takes. Absent on purpose: what a vocabulary may hold; the
//! command that sets it says so.

use crate::cli::args::{VocabularySetArgs, VocabularyVerb};
use crate::cli::ask::vocabulary as shown;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::send::shorthands;
use crate::show::phrasing;
use crate::store::Access;
use anyhow::{Context as _, anyhow};
use serde_json::{Value, json};
use std::path::Path;

pub async fn vocabulary(context: &mut Context, verb: VocabularyVerb) -> Result<Exit, Failure> {
    match verb {
        VocabularyVerb::Show => show(context).await,
        VocabularyVerb::Set(args) => set(context, args).await,
    }
}

async fn show(context: &mut Context) -> Result<Exit, Failure> {
    let opened = context.open(Access::Existing).await?;
    let answer = opened.reader().await?.vocabulary_answer().await?;
    shown::print(&mut context.printer, &answer)
}

async fn set(context: &mut Context, args: VocabularySetArgs) -> Result<Exit, Failure> {
    let vocabulary = read(&args.file)?;
    shorthands::send(context, "vocabulary set", args.sending, json!({"adopt_vocabulary": vocabulary})).await
}

fn read(file: &Path) -> Result<Value, Failure> {
    let wrong = |error| Failure::usage(error).hint("its form is that of `caseward vocabulary show`");
    let text = std::fs::read_to_string(file);
    let text = text.with_context(|| format!("cannot read `{}`", file.display())).map_err(wrong)?;
    toml::from_str(&text).map_err(|why| {
        let why = phrasing::at_line(&text, why.span().map(|span| span.start), why.message());
        wrong(anyhow!("`{}` is not TOML: {why}", file.display()))
    })
}
