//! Bodies: reading one within its limits, and writing one to a client that may take nothing.

use super::connections::{Busy, Traffic};
use super::limits::Limits;
use super::problem::Problem;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::StatusCode;
use caseward_events::nearest::nearest;
use http_body_util::BodyExt;
use hyper::body::{Frame, SizeHint};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll, ready};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep};

/// Reads a body as a whole.
pub(super) async fn whole(mut body: Body, limits: &Limits) -> Result<Vec<u8>, Problem> {
    let limit = limits.body_bytes;
    if body.size_hint().lower() > limit as u64 {
        return Err(too_large(limit));
    }
    let mut read = Vec::new();
    while let Some(piece) = next(&mut body, limits).await? {
        if read.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        read.extend_from_slice(&piece);
    }
    Ok(read)
}

/// What a body says.
///
/// # Errors
/// It is no such thing; of a key that is not known, with the one that was perhaps meant.
pub(super) fn said<T: DeserializeOwned>(parsed: Value) -> Result<T, Problem> {
    serde_json::from_value(parsed).map_err(|why| {
        let text = why.to_string();
        let problem = Problem::invalid(format!("the body: {text}"));
        let Some(rest) = text.strip_prefix("unknown field ") else { return problem };
        // What is wrong stands first between backticks, and what is known behind it.
        let mut words = rest.split('`').skip(1).step_by(2);
        let meant = words.next().and_then(|wrong| nearest(wrong, words));
        meant.into_iter().fold(problem, |problem, meant| problem.hint(format!("did you mean `{meant}`?")))
    })
}

/// The next piece of a body.
pub(super) async fn next(body: &mut Body, limits: &Limits) -> Result<Option<Bytes>, Problem> {
    loop {
        let frame = match tokio::time::timeout(limits.body_time, body.frame()).await {
            Err(_) => {
                let seconds = limits.body_time.as_secs();
                let detail = format!("nothing of the body came for {seconds} seconds");
                return Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "timeout", detail));
            }
            Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => return Err(Problem::invalid(format!("the body cannot be read: {error}"))),
            Ok(Some(Ok(frame))) => frame,
        };
        // Trailers say nothing here.
        if let Ok(data) = frame.into_data() {
            return Ok(Some(data));
        }
    }
}

pub(super) fn too_large(limit: usize) -> Problem {
    let detail = format!("the body has more than {limit} bytes, the limit");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        .hint("send it in parts, or as lines of JSON (application/x-ndjson), which may be as many as you like")
        .fact("limit", limit)
}

/// A body during which its connection counts as busy.
pub(super) fn held(body: Body, busy: Busy) -> Body {
    Body::new(Held { body, _busy: busy })
}

struct Held {
    body: Body,
    _busy: Busy,
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A connection whose writes must make headway: one whose client takes nothing for so long is closed.
pub(super) struct Writing<S> {
    stream: S,
    traffic: Arc<Traffic>,
    limit: Duration,
    /// Set while the client takes nothing.
    until: Option<Pin<Box<Sleep>>>,
}

impl<S> Writing<S> {
    pub(super) fn new(stream: S, limit: Duration, traffic: Arc<Traffic>) -> Writing<S> {
        Writing { stream, traffic, limit, until: None }
    }

    fn count(&self, written: &Poll<io::Result<usize>>) {
        if let Poll::Ready(Ok(bytes)) = written {
            self.traffic.sent.fetch_add(*bytes as u64, Ordering::Relaxed);
        }
    }

    fn judge<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.until = None;
            return written;
        }
        let limit = self.limit;
        let until = self.until.get_or_insert_with(|| Box::pin(sleep(limit)));
        ready!(until.as_mut().poll(context));
        until.as_mut().reset(Instant::now() + limit);
        Poll::Ready(Err(io::Error::new(ErrorKind::TimedOut, "the client takes nothing")))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Writing<S> {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, to: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = to.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, to);
        self.traffic.received.fetch_add((to.filled().len() - before) as u64, Ordering::Relaxed);
        read
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Writing<S> {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.count(&written);
        self.judge(written, context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, pieces);
        self.count(&written);
        self.judge(written, context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(flushed, context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let shut = Pin::new(&mut self.stream).poll_shutdown(context);
        self.judge(shut, context)
    }
}
