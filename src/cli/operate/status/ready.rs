//! `status --ready`: whether the process that has the store answers questions and takes commands, for whoever watches it.
//!
//! INVARIANT: it opens no store. It asks the process at the socket of the data directory, and nobody else.

use crate::cli::beside::socket::socket;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use anyhow::anyhow;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use http_body_util::BodyExt;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use std::path::Path;
use std::time::Duration;
use tokio::net::UnixStream;

/// How long it may take to answer.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// Runs the verb.
///
/// # Errors
/// Nobody answers, or whoever does is not ready.
pub async fn ready(context: &mut Context) -> Result<Exit, Failure> {
    context.only_now("status")?;
    let path = socket(&context.global.data);
    let answered = tokio::time::timeout(ANSWER_MAX, asked(&path)).await;
    let answered = answered.map_err(anyhow::Error::new).and_then(|answered| answered);
    let (status, body) = answered.map_err(|why| {
        let error = why.context(format!("nobody answers at `{}`", path.display()));
        Failure::fault(error).hint("caseward serve starts a service; caseward status says who has the store")
    })?;
    print(context, status, &body)
}

/// Prints what a service said of itself.
///
/// # Errors
/// It takes no commands, or what it said cannot be read.
pub fn print(context: &mut Context, status: StatusCode, body: &[u8]) -> Result<Exit, Failure> {
    let told: serde_json::Value = serde_json::from_slice(body).map_err(Failure::fault)?;
    if status != StatusCode::OK {
        let why = told["why"].as_str().unwrap_or("it does not say why").to_owned();
        return Err(Failure::fault(anyhow!(why).context("the service takes no commands"))
            .hint("caseward status, and the log of the service, say more"));
    }
    let printer = &mut context.printer;
    match printer.form() {
        crate::cli::args::OutputForm::Human => printer.line("ready: questions are answered, and commands are taken")?,
        _ => printer.json(&told)?,
    }
    Ok(Exit::Yes)
}

async fn asked(path: &Path) -> anyhow::Result<(StatusCode, Bytes)> {
    let stream = UnixStream::connect(path).await?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    let request = Request::get("/readyz").header("host", "caseward").body(Body::empty())?;
    let response = sender.send_request(request).await?;
    let status = response.status();
    Ok((status, response.into_body().collect().await?.to_bytes()))
}
