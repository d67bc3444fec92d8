//! Requests to a service: one connection each, tried again while the service does not answer.
//!
//! INVARIANT: a request that changes something is only tried again where a second one changes nothing more: its commands
//! have ids before the first try. Whoever gives up after one was sent says that its fate is not known. Absent on purpose:
//! what an answer says.

use super::address::{ServerAddress, Token};
use super::problem;
use super::tls::{self, Tls};
use crate::cli::context::Context;
use crate::cli::exit::Failure;
use crate::cli::interrupt::{self, Interrupt};
use anyhow::{Context as _, anyhow};
use axum::body::{Body, Bytes};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::Instant;

/// How long a connection may take to be there.
const CONNECT_MAX: Duration = Duration::from_secs(5);
/// How long an answer may take: the service itself ends a request before.
const ANSWER_MAX: Duration = Duration::from_secs(120);
/// How long a connection that failed may take to say why.
const END_MAX: Duration = Duration::from_secs(1);
/// Between two tries, at first and at most.
const PAUSE_MIN: Duration = Duration::from_millis(100);
const PAUSE_MAX: Duration = Duration::from_secs(2);

/// A service, as it is called.
#[derive(Clone)]
pub struct Client {
    address: ServerAddress,
    tls: Tls,
    token: Option<Token>,
    patience: Duration,
    interrupt: Interrupt,
}

/// One request.
pub struct Call {
    pub method: Method,
    /// With what stands behind the `?`.
    pub path: String,
    /// JSON, where there is any.
    pub body: Vec<u8>,
    pub changes: Changes,
}

/// What a request does to the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changes {
    Nothing,
    /// Something, and a second time nothing more: its commands have ids.
    Once,
    /// Something each time.
    Always,
}

/// An answer.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

/// Why there is no answer.
pub struct Broken {
    /// Whether the request may have got there.
    pub was_sent: bool,
    pub error: anyhow::Error,
}

impl Call {
    #[must_use]
    pub fn get(path: String) -> Call {
        Call { method: Method::GET, path, body: Vec::new(), changes: Changes::Nothing }
    }

    /// One that only asks.
    #[must_use]
    pub fn ask(path: String, body: &impl serde::Serialize) -> Call {
        Call::post(path, body, Changes::Nothing)
    }

    /// One with a body.
    #[must_use]
    pub fn post(path: String, body: &impl serde::Serialize, changes: Changes) -> Call {
        let body = serde_json::to_vec(body).expect("what is sent has a JSON form");
        Call { method: Method::POST, path, body, changes }
    }
}

impl Reply {
    /// What it says.
    ///
    /// # Errors
    /// It is no such answer: the service is of another release.
    pub fn read<A: DeserializeOwned>(&self) -> Result<A, Failure> {
        serde_json::from_slice(&self.body).map_err(|why| problem::not_understood(&why))
    }
}

impl Client {
    /// Of the service that the settings name in place of a data directory.
    ///
    /// # Errors
    /// The file of the token or of a certificate cannot be read or used.
    pub fn asked_for(context: &Context) -> Result<Option<Client>, Failure> {
        let remote = &context.global.remote;
        let Some(address) = remote.server.clone() else { return Ok(None) };
        let token = match (&remote.token, &remote.token_file) {
            (Some(token), _) => Some(token.clone()),
            (None, Some(file)) => Some(read_token(file)?),
            (None, None) => None,
        };
        let patience = Duration::from_secs(remote.timeout);
        let tls = Tls::asked_for(&address, remote)?;
        Ok(Some(Client { address, tls, token, patience, interrupt: context.interrupt.clone() }))
    }

    /// Whether anybody on the way can read the token.
    #[must_use]
    pub fn sends_token_in_clear(&self) -> bool {
        self.token.is_some() && !self.address.is_local() && !self.address.is_secured()
    }

    /// The path of an organization, with parameters that have a value.
    #[must_use]
    pub fn of_organization(context: &Context, rest: &str, parameters: &[(&str, Option<String>)]) -> String {
        with_parameters(&format!("/v1/orgs/{}/{rest}", context.global.org), parameters)
    }

    #[must_use]
    pub fn address(&self) -> &ServerAddress {
        &self.address
    }

    /// Whether it presents a token.
    #[must_use]
    pub fn has_token(&self) -> bool {
        self.token.is_some()
    }

    /// Asks, and tries again where that may help.
    ///
    /// # Errors
    /// The service cannot be reached, or what it answers is a problem.
    pub async fn call(&self, call: &Call) -> Result<Reply, Failure> {
        self.call_telling(call).await.map_err(|(_, failure)| failure)
    }

    /// The same, with the status of a problem.
    ///
    /// # Errors
    /// As for [`Client::call`].
    pub async fn call_telling(&self, call: &Call) -> Result<Reply, (Option<StatusCode>, Failure)> {
        let mut tries = self.tries();
        loop {
            let (status, wait, failure) = match self.once(call).await {
                Ok(reply) if reply.status.is_success() => return Ok(reply),
                Ok(reply) => {
                    let is_in_doubt = problem::code(&reply.body).as_deref() == Some("in_doubt");
                    tries.in_doubt |= is_in_doubt && call.changes != Changes::Nothing;
                    let failure = problem::failure(&self.address, reply.status, &reply.body);
                    (Some(reply.status), retry_after(&reply), failure)
                }
                Err(Broken { was_sent, error }) => {
                    tries.in_doubt |= was_sent && call.changes != Changes::Nothing;
                    let may_help = tls::may_pass(&error).then_some(Duration::ZERO);
                    (None, may_help, self.unreached(error))
                }
            };
            let is_final = tries.in_doubt && call.changes == Changes::Always;
            let Some(wait) = wait.filter(|_| !is_final) else { return Err((status, tries.with_fate(failure))) };
            if let Err(interrupted) = tries.pause(wait, &self.interrupt).await {
                return Err((status, tries.with_fate(interrupted.unwrap_or(failure))));
            }
        }
    }

    /// Asks once, and reads the answer as a whole.
    ///
    /// # Errors
    /// There is none.
    pub async fn once(&self, call: &Call) -> Result<Reply, Broken> {
        let answered = async {
            let mut request = self.request(&call.method, &call.path, Body::from(call.body.clone()));
            if call.method == Method::POST {
                request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            }
            let (head, body) = self.open(request).await?.into_parts();
            let body = body.collect().await.map_err(|error| Broken { was_sent: true, error: error.into() })?;
            Ok(Reply { status: head.status, headers: head.headers, body: body.to_bytes() })
        };
        let late = || Broken { was_sent: true, error: anyhow!("no answer for {} seconds", ANSWER_MAX.as_secs()) };
        tokio::time::timeout(ANSWER_MAX, answered).await.unwrap_or_else(|_| Err(late()))
    }

    /// A request of this caller.
    #[must_use]
    pub fn request(&self, method: &Method, path: &str, body: Body) -> Request<Body> {
        let request = Request::builder().method(method).uri(path).header(HOST, self.address.authority());
        let token = self.token.iter().map(Token::bearer);
        let request = token.fold(request, |request, bearer| request.header(AUTHORIZATION, bearer));
        request.body(body).expect("its parts are escaped")
    }

    /// Sends a request, and reads the head of its answer.
    ///
    /// # Errors
    /// There is none.
    pub async fn open(&self, request: Request<Body>) -> Result<Response<Incoming>, Broken> {
        let unreached = |error: anyhow::Error| Broken { was_sent: false, error };
        let late = |_| unreached(anyhow!("no connection for {} seconds", CONNECT_MAX.as_secs()));
        match &self.address {
            ServerAddress::Tcp { host, port, .. } => {
                let connected = tokio::time::timeout(CONNECT_MAX, TcpStream::connect((host.as_str(), *port))).await;
                let stream = connected.map_err(late)?.map_err(|error| unreached(error.into()))?;
                // Small requests go out at once.
                stream.set_nodelay(true).map_err(|error| unreached(error.into()))?;
                if !self.address.is_secured() {
                    return exchange(stream, request).await;
                }
                let late = |_| unreached(anyhow!("no handshake of TLS for {} seconds", CONNECT_MAX.as_secs()));
                let shaken = tokio::time::timeout(CONNECT_MAX, self.tls.shake(host, stream)).await;
                exchange(shaken.map_err(late)?.map_err(unreached)?, request).await
            }
            ServerAddress::Socket(path) => {
                let connected = tokio::time::timeout(CONNECT_MAX, UnixStream::connect(path)).await;
                exchange(connected.map_err(late)?.map_err(|error| unreached(error.into()))?, request).await
            }
        }
    }

    /// That the service does not answer.
    #[must_use]
    pub fn unreached(&self, error: anyhow::Error) -> Failure {
        let error = match self.tls.failure(&self.address, error) {
            Ok(failure) => return failure,
            Err(error) => error,
        };
        Failure::fault(error.context(format!("the service at {} does not answer", self.address)))
            .hint("see that it runs and listens there; --timeout SECONDS goes on trying for longer")
    }

    /// Tries that begin now.
    #[must_use]
    pub fn tries(&self) -> Tries {
        Tries { until: Instant::now() + self.patience, pause: PAUSE_MIN, in_doubt: false }
    }
}

async fn exchange<S>(stream: S, request: Request<Body>) -> Result<Response<Incoming>, Broken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let shaken = http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|error| Broken { was_sent: false, error: error.into() })?;
    let driven = tokio::spawn(connection);
    let error = match sender.send_request(request).await {
        Ok(response) => return Ok(response),
        Err(error) => error,
    };
    drop(sender);
    // Where the connection ended by itself it says why, and what was sent on it only that it ended.
    let error: anyhow::Error = match tokio::time::timeout(END_MAX, driven).await {
        Ok(Ok(Err(why))) => why.into(),
        _ => error.into(),
    };
    // Whoever refuses a certificate does so before it reads a request.
    Err(Broken { was_sent: tls::may_pass(&error), error })
}

/// When the service says that it may be tried again.
fn retry_after(reply: &Reply) -> Option<Duration> {
    let is_passing = matches!(reply.status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE);
    let seconds = reply.headers.get(RETRY_AFTER).filter(|_| is_passing)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// How often something was tried.
pub struct Tries {
    until: Instant,
    pause: Duration,
    /// Whether one that changes something was sent, and nobody said what became of it.
    pub in_doubt: bool,
}

impl Tries {
    /// Waits before the next try: so long at least.
    ///
    /// # Errors
    /// There is no time left for one; or a signal came, which is told.
    pub async fn pause(&mut self, at_least: Duration, interrupt: &Interrupt) -> Result<(), Option<Failure>> {
        let next = Instant::now() + self.pause.max(at_least);
        if next > self.until {
            return Err(None);
        }
        self.pause = (self.pause * 2).min(PAUSE_MAX);
        tokio::select! {
            biased;
            name = interrupt.came() => Err(Some(interrupt::stopped(name))),
            () = tokio::time::sleep_until(next) => Ok(()),
        }
    }

    /// With a word on what became of what was sent.
    #[must_use]
    pub fn with_fate(&self, failure: Failure) -> Failure {
        if self.in_doubt { failure.note(IN_DOUBT) } else { failure }
    }
}

/// What is said of what was sent and not answered.
pub const IN_DOUBT: &str = "in doubt: what was sent may or may not have been stored";

fn read_token(file: &Path) -> Result<Token, Failure> {
    let text = std::fs::read_to_string(file).with_context(|| format!("cannot read the token in `{}`", file.display()));
    let token = text.map_err(Failure::usage)?.trim_start_matches('\u{feff}').trim().parse();
    token.map_err(|why: &str| Failure::usage(anyhow!("`{}` holds no token: {why}", file.display())))
}

/// A path with parameters that have a value.
#[must_use]
pub fn with_parameters(path: &str, parameters: &[(&str, Option<String>)]) -> String {
    let given = parameters.iter().filter_map(|(name, value)| Some(format!("{name}={}", escaped(value.as_ref()?))));
    let given: Vec<_> = given.collect();
    if given.is_empty() { path.to_owned() } else { format!("{path}?{}", given.join("&")) }
}

/// A text as it stands in a URL.
#[must_use]
pub fn escaped(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:".contains(&byte);
    let one = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    text.bytes().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_escaped_and_left_out_where_nobody_gives_them() {
        let path =
            with_parameters("/p", &[("a", Some("user:é &=+%/".to_owned())), ("b", None), ("c", Some("1".to_owned()))]);
        assert_eq!(path, "/p?a=user:%C3%A9%20%26%3D%2B%25%2F&c=1");
        assert_eq!(with_parameters("/p", &[("b", None)]), "/p");
    }
}
