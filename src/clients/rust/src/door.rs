//! The way to the service: connections that are kept, a token, and how often something is tried.
//!
//! INVARIANT: what may not be done twice is sent a second time only where the service said that it did not begin with it.

use crate::address::Address;
use crate::error::{Error, Problem};
use crate::retries::Retries;
use http_body_util::{BodyExt as _, Full};
use hyper::body::{Bytes, Incoming};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, RETRY_AFTER};
use hyper::{Method, Request, Response};
use hyper_util::rt::TokioIo;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, UnixStream};
use tokio::time::timeout;

type Failure = Box<dyn std::error::Error + Send + Sync>;
type Connection = SendRequest<Full<Bytes>>;

/// So many connections are kept for the next request.
const KEPT: usize = 32;

/// Whether sending something twice does what sending it once does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twice {
    /// It does.
    Harmless,
    /// It makes something new each time.
    MakesAnother,
}

/// What is sent.
pub(crate) struct Sent {
    pub method: Method,
    pub path: String,
    pub body: Option<Bytes>,
    pub headers: Vec<(&'static str, Vec<u8>)>,
    pub twice: Twice,
}

impl Sent {
    pub(crate) fn get(path: String) -> Sent {
        Sent { method: Method::GET, path, body: None, headers: Vec::new(), twice: Twice::Harmless }
    }

    pub(crate) fn post(path: String, body: &serde_json::Value) -> Sent {
        let body = Some(body.to_string().into());
        Sent { method: Method::POST, path, body, headers: Vec::new(), twice: Twice::Harmless }
    }
}

pub(crate) struct Door {
    pub address: Address,
    pub token: Option<String>,
    pub retries: Retries,
    pub time: Duration,
    #[cfg(feature = "tls")]
    pub tls: Option<std::sync::Arc<rustls::ClientConfig>>,
    idle: Mutex<Vec<Connection>>,
}

impl Door {
    pub(crate) fn new(address: Address) -> Door {
        Door {
            address,
            token: None,
            retries: Retries::default(),
            time: Duration::from_secs(30),
            #[cfg(feature = "tls")]
            tls: None,
            idle: Mutex::default(),
        }
    }

    /// The answer, however often it takes to get one.
    pub(crate) async fn ask(&self, sent: &Sent) -> Result<Bytes, Error> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let last = attempt >= self.retries.attempts;
            let once = sent.twice == Twice::MakesAnother;
            let wait = match timeout(self.time, self.attempt(sent)).await.unwrap_or_else(|late| Err(late.into())) {
                Err(source) if last || once => return Err(self.unreachable(source)),
                Err(_) => self.retries.wait(attempt - 1, None),
                Ok((Ok(body), _)) => return Ok(body),
                Ok((Err(problem), asks)) => {
                    let passes = if once { problem.code == "busy" } else { problem.passes() };
                    if last || !passes {
                        return Err(Error::of(problem));
                    }
                    self.retries.wait(attempt - 1, asks)
                }
            };
            tokio::time::sleep(wait).await;
        }
    }

    async fn attempt(&self, sent: &Sent) -> Result<(Result<Bytes, Problem>, Option<Duration>), Failure> {
        let (response, connection) = self.send(sent).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        self.keep(connection);
        let asks = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
        let answer = if head.status.is_success() { Ok(body) } else { Err(Problem::read(head.status.as_u16(), &body)) };
        Ok((answer, asks.map(Duration::from_secs)))
    }

    /// One attempt, for an answer that comes piece by piece: the connection is its own.
    pub(crate) async fn open(&self, sent: &Sent) -> Result<Incoming, Error> {
        let opened = timeout(self.time, self.send(sent)).await.unwrap_or_else(|late| Err(late.into()));
        let (response, _connection) = opened.map_err(|source| self.unreachable(source))?;
        if response.status().is_success() {
            return Ok(response.into_body());
        }
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|source| self.unreachable(source.into()))?;
        Err(Error::of(Problem::read(status, &body.to_bytes())))
    }

    pub(crate) fn unreachable(&self, source: Failure) -> Error {
        Error::Unreachable { address: self.address.to_string(), source }
    }

    /// On a connection that was kept; where that was closed meanwhile, on a new one.
    async fn send(&self, sent: &Sent) -> Result<(Response<Incoming>, Connection), Failure> {
        while let Some(mut kept) = self.take() {
            if kept.ready().await.is_err() {
                continue;
            }
            match kept.try_send_request(self.request(sent)?).await {
                Ok(response) => return Ok((response, kept)),
                Err(mut error) => {
                    // What was not taken from us has not been sent.
                    if error.take_message().is_none() {
                        return Err(error.into_error().into());
                    }
                }
            }
        }
        let mut fresh = self.connect().await?;
        fresh.ready().await?;
        Ok((fresh.send_request(self.request(sent)?).await?, fresh))
    }

    fn request(&self, sent: &Sent) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut request = Request::builder().method(&sent.method).uri(&sent.path).header(HOST, self.address.host());
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        if sent.body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        for (name, value) in &sent.headers {
            request = request.header(*name, value.as_slice());
        }
        request.body(Full::new(sent.body.clone().unwrap_or_default()))
    }

    async fn connect(&self) -> Result<Connection, Failure> {
        match &self.address {
            Address::Tcp { host, port } => {
                let stream = TcpStream::connect((host.as_str(), *port)).await?;
                stream.set_nodelay(true)?;
                spoken(stream).await
            }
            Address::Unix(path) => spoken(UnixStream::connect(path).await?).await,
            Address::Tls { host, port } => self.secured(host, *port).await,
        }
    }

    #[cfg(feature = "tls")]
    async fn secured(&self, host: &str, port: u16) -> Result<Connection, Failure> {
        let config = self.tls.clone().ok_or("`https` takes a configuration of rustls: `Client::with_tls`")?;
        let stream = TcpStream::connect((host, port)).await?;
        stream.set_nodelay(true)?;
        let name = rustls::pki_types::ServerName::try_from(host.to_owned())?;
        spoken(tokio_rustls::TlsConnector::from(config).connect(name, stream).await?).await
    }

    #[cfg(not(feature = "tls"))]
    async fn secured(&self, _host: &str, _port: u16) -> Result<Connection, Failure> {
        Err("`https` takes the feature `tls`".into())
    }

    fn take(&self) -> Option<Connection> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    fn keep(&self, connection: Connection) {
        let mut idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        if idle.len() < KEPT && !connection.is_closed() {
            idle.push(connection);
        }
    }
}

async fn spoken(stream: impl AsyncRead + AsyncWrite + Send + Unpin + 'static) -> Result<Connection, Failure> {
    let (connection, driver) = handshake(TokioIo::new(stream)).await?;
    // It ends with the connection; why, whoever uses it is told.
    tokio::spawn(driver);
    Ok(connection)
}
