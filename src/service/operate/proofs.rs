//! Tree heads, and proofs against them: what `tree-head` and `prove` print.
//!
//! INVARIANT: a proof is made aside, as it reads the whole log, and only so many at once.

use super::on_disk::OnDisk;
use crate::engine::{Kind, Organization as Of};
use crate::integrity::signed_note::SignedNote;
use crate::integrity::signing::{SigningError, SigningKeys};
use crate::proof::bundle::Bundle;
use crate::proof::heads::{self, HeadError};
use crate::proof::make::{MakeError, Maker};
use crate::service::admit::Organization;
use crate::service::aside::aside;
use crate::service::callers::Caller;
use crate::service::params::{Params, When};
use crate::service::problem::{Problem, of_store};
use crate::service::respond;
use crate::service::state::Shared;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use caseward_events::{Position, Question};
use std::sync::Arc;

/// The store on disk; a problem where there is none.
pub(super) fn on_disk(shared: &Shared) -> Result<&OnDisk, Problem> {
    shared.on_disk.as_ref().ok_or_else(|| {
        Problem::new(StatusCode::CONFLICT, "not_on_disk", "this service has no store on disk that it may work on")
            .hint("start it over a data directory, without `--memory-store`")
    })
}

fn keys(shared: &Shared) -> Result<SigningKeys, Problem> {
    on_disk(shared)?.store.signing().map_err(of_signing)
}

fn of_signing(error: SigningError) -> Problem {
    let kind = if matches!(error, SigningError::Io { .. }) { Kind::Fault } else { Kind::Corruption };
    of_store(kind, &error)
}

fn of_head(error: HeadError) -> Problem {
    match error {
        HeadError::Signing(error) => of_signing(error),
        HeadError::Store(error) => of_store(error.kind(), &error),
        HeadError::Io { .. } => of_store(Kind::Fault, &error),
        HeadError::Note(_) | HeadError::Head(_) | HeadError::Key(_) => of_store(Kind::Corruption, &error),
    }
}

fn of_making(error: MakeError) -> Problem {
    match error {
        MakeError::Head(error) => of_head(error),
        MakeError::Store(error) => of_store(error.kind(), &error),
        MakeError::Cases(error) => of_store(error.kind(), &error),
        MakeError::Invalid(refusal) => refusal.into(),
        MakeError::AboveTheHead { .. } => {
            Problem::invalid(error.to_string()).hint("ask for a position from 1 to the head")
        }
        MakeError::NotABeginning(_) => Problem::new(StatusCode::CONFLICT, "other_log", error.to_string()).hint(
            "compare the tree head with other copies of it; if a good one differs, the log was rewritten, or is another",
        ),
        MakeError::Decode { .. } | MakeError::OtherRoot(_) => of_store(Kind::Corruption, &error),
    }
}

/// The head of an organization, signed.
pub(in crate::service) async fn tree_head(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    params: Params,
) -> Result<Response, Problem> {
    let _room = shared.request_room(&caller)?;
    params.end()?;
    let (keys, _proof) = (keys(&shared)?, shared.proof_room()?);
    let note = aside(move || async move { heads::tree_head(&organization, &keys).await }).await?;
    Ok(respond::text(note.map_err(of_head)?.to_string()))
}

/// That an event is in the log.
pub(in crate::service) async fn event(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    Path((_, position)): Path<(String, String)>,
    params: Params,
) -> Result<Response, Problem> {
    params.end()?;
    let position: Position = position.parse().map_err(|why| Problem::invalid(format!("the position: {why}")))?;
    let wanted = move |of: Of, keys| async move { Maker { organization: &of, keys: &keys }.event(position).await };
    proved(&shared, &caller, organization, wanted).await
}

/// What was decided, with all that it rests on.
pub(in crate::service) async fn decision(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
) -> Result<Response, Problem> {
    let (subject, action, resource) = (params.need("subject")?, params.need("action")?, params.need("resource")?);
    let When { as_of, at } = params.when()?;
    params.end()?;
    let question = Question::new(subject, action, resource);
    let resolved = organization.reader(as_of, at).await?.resolved();
    let wanted =
        move |of: Of, keys| async move { Maker { organization: &of, keys: &keys }.decision(&question, resolved).await };
    proved(&shared, &caller, organization, wanted).await
}

/// That the log extends the one of an older tree head.
pub(in crate::service) async fn consistency(
    State(shared): State<Arc<Shared>>,
    Organization(organization): Organization,
    caller: Caller,
    mut params: Params,
) -> Result<Response, Problem> {
    let older: SignedNote = params.need("from").map_err(|problem| {
        problem.hint("`from` is an older tree head, all of it, as `tree-head` answered then, percent-encoded")
    })?;
    params.end()?;
    let is_head = older.text().parse::<crate::integrity::tree_head::TreeHead>();
    is_head.map_err(|why| Problem::invalid(format!("`from` is no tree head: {why}")))?;
    let wanted = move |of: Of, keys| async move { Maker { organization: &of, keys: &keys }.consistency(&older).await };
    proved(&shared, &caller, organization, wanted).await
}

async fn proved<F: Future<Output = Result<Bundle, MakeError>>>(
    shared: &Shared,
    caller: &Caller,
    organization: Of,
    make: impl FnOnce(Of, SigningKeys) -> F + Send + 'static,
) -> Result<Response, Problem> {
    let _room = shared.request_room(caller)?;
    let (keys, _proof) = (keys(shared)?, shared.proof_room()?);
    let bundle = aside(move || make(organization, keys)).await?;
    Ok(respond::fresh(&bundle.map_err(of_making)?))
}
