//! Verbs of the command line that another process asks the one with the store to run: on the socket alone, for the user
//! whose process it is.
//!
//! A verb that finds its store taken sends its call here, and what it would print comes back. INVARIANT: each runs in a
//! thread of its own, which may wait for its caller without holding anybody else; a caller that goes away ends it as a
//! signal would. Absent on purpose: what a verb is (`crate::cli`), which hands in how one is run.

use super::callers::{Caller, Peer};
use super::frames::{Frames, Kind, frame};
use super::params::Params;
use super::pipe::{PipeIn, PipeOut, pipe};
use super::problem::Problem;
use super::reads;
use super::respond;
use super::state::Shared;
use super::verb_pipes::VerbPipes;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use futures_util::stream;
use http_body_util::BodyExt;
use std::sync::{Arc, Mutex};
use tokio::sync::watch;

/// The stack of a verb: what the main thread of a program has.
const STACK_BYTES: usize = 8 << 20;

/// Where verbs are sent.
pub const PATH: &str = "/v1/verbs";

/// The release of who sends one, and of who answers.
pub const RELEASE: HeaderName = HeaderName::from_static("caseward-release");

/// Runs one.
pub(super) async fn verbs(
    State(shared): State<Arc<Shared>>,
    Extension(peer): Extension<Peer>,
    Extension(caller): Extension<Caller>,
    params: Params,
    headers: HeaderMap,
    mut body: Body,
) -> Result<Response, Problem> {
    params.end()?;
    let Some(runner) = shared.verbs.clone().filter(|_| matches!(peer, Peer::Socket { .. })) else {
        return Err(Problem::not_found());
    };
    let release = env!("CARGO_PKG_VERSION");
    if headers.get(RELEASE).is_none_or(|given| given != release) {
        let detail =
            format!("the process that has the store is of release {release}, and the caller is of another one");
        return Err(Problem::new(StatusCode::CONFLICT, "other_release", detail).fact("release", release));
    }
    let room = shared.stream_room(&caller)?;
    let mut frames = Frames::default();
    let call = loop {
        match frames.take() {
            Ok(Some((Kind::Call, call))) => break call,
            Ok(None) => {}
            Ok(Some(_)) | Err(_) => return Err(Problem::invalid("a call begins with the frame of the call")),
        }
        let piece = super::body::next(&mut body, &shared.limits).await?;
        frames.put(&piece.ok_or_else(|| Problem::invalid("the call ends before its first frame"))?);
    };
    let (into, input) = pipe();
    let (output, out) = pipe();
    let (tell, signal) = watch::channel(None);
    let (tell, output) = (Arc::new(tell), Arc::new(output));
    tokio::spawn(hear(body, frames, into, Arc::clone(&tell)));
    let stops = Arc::clone(&shared);
    let stopping = Arc::clone(&tell);
    let pipes = VerbPipes {
        input: Arc::new(Mutex::new((input, Bytes::new()))),
        output: Arc::clone(&output),
        held: Arc::default(),
        holds: false,
        signal,
    };
    let keeper = Arc::clone(&shared);
    let run = move || {
        let _room = room;
        let status = runner.run(&call, pipes);
        if let Some(asked) = runner.asks(&call) {
            reads::keep_verb(&keeper, &caller, asked, status);
        }
        // Nobody may be there any more.
        let _ = output.send_and_wait(frame(Kind::Exit, &[status]));
    };
    let thread = std::thread::Builder::new().name("caseward-verb".to_owned()).stack_size(STACK_BYTES).spawn(run);
    thread.map_err(|error| super::problem::of_store(crate::engine::Kind::Fault, &error))?;
    tokio::spawn(async move {
        tokio::select! {
            () = stops.stops() => told(&stopping, "the end of the process that has the store"),
            () = stopping.closed() => {}
        }
    });
    let running = RunningVerb { out, tell };
    let kind = HeaderValue::from_static("application/octet-stream");
    let mut response = respond::stream(
        kind,
        stream::unfold(running, async |running| running.out.next().await.map(|piece| (piece, running))),
    );
    response.headers_mut().insert(RELEASE, HeaderValue::from_static(release));
    Ok(response)
}

/// A verb whose output goes to its caller. Dropped, the caller is gone.
struct RunningVerb {
    out: PipeOut,
    tell: Arc<watch::Sender<Option<&'static str>>>,
}

impl Drop for RunningVerb {
    fn drop(&mut self) {
        told(&self.tell, "its caller, which went away");
    }
}

/// Only the first counts.
fn told(tell: &watch::Sender<Option<&'static str>>, signal: &'static str) {
    tell.send_if_modified(|told| {
        let is_first = told.is_none();
        told.get_or_insert(signal);
        is_first
    });
}

/// Hands on what the caller sends, until it has nothing more to send.
async fn hear(mut body: Body, mut frames: Frames, into: PipeIn, tell: Arc<watch::Sender<Option<&'static str>>>) {
    let mut into = Some(into);
    loop {
        match frames.take() {
            Err(_) => return,
            Ok(Some((Kind::Input, piece))) => {
                if let Some(input) = &into
                    && !input.send(piece.into()).await
                {
                    into = None;
                }
            }
            Ok(Some((Kind::InputEnd, _))) => into = None,
            Ok(Some((Kind::Signal, name))) => told(&tell, if name == b"SIGTERM" { "SIGTERM" } else { "SIGINT" }),
            Ok(Some(_)) => {}
            Ok(None) => match body.frame().await {
                Some(Ok(piece)) => piece.into_data().into_iter().for_each(|piece| frames.put(&piece)),
                Some(Err(_)) | None => return,
            },
        }
    }
}
