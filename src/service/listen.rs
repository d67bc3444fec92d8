//! Listening, on TCP or on a Unix socket, and what is done with each connection.
//!
//! INVARIANT: a client that sends nothing, or half of something, or takes nothing, holds its own connection and no other, and
//! that for a bounded time. Absent on purpose: who may call ([`super::admit`]); a connection only says where it comes from.

use super::callers::Peer;
use super::connections::{Connections, Place};
use super::limits::Limits;
use super::stages::{Stage, Stages};
use axum::Router;
use axum::body::Body;
use axum::http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, UnixListener, UnixStream};
use tower::ServiceExt;

/// Where a service listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// On TCP; port 0 takes one that is free.
    Tcp(SocketAddr),
    /// On a Unix socket at this path, which only its owner may connect to.
    Socket(PathBuf),
}

/// Why a service cannot listen at an address.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen at {address}")]
pub struct ListenError {
    /// The address.
    address: String,
    /// Why.
    #[source]
    source: io::Error,
}

/// An address that is listened at.
pub(super) enum Listener {
    Tcp(TcpListener),
    #[cfg(feature = "tls")]
    Tls(TcpListener, super::tls::Current),
    /// The second is held until it is dropped.
    Socket(UnixListener, #[expect(dead_code, reason = "it removes the socket when it is dropped")] Bound),
}

/// A socket that this process has bound; dropped, it is gone.
pub(super) struct Bound(PathBuf);

/// Between two attempts to take a connection, where the system gives none.
const ACCEPT_AGAIN: Duration = Duration::from_millis(50);

/// How long a connection without a request stays once it was told to close.
const IDLE_GRACE: Duration = Duration::from_millis(200);

/// Connections that wait to be taken.
const BACKLOG: u32 = 1_024;

impl Listener {
    pub(super) async fn bind(address: &Address) -> Result<Listener, ListenError> {
        match address {
            Address::Tcp(at) => {
                tcp(*at).map(Listener::Tcp).map_err(|source| ListenError { address: at.to_string(), source })
            }
            Address::Socket(path) => {
                let failed = |source| ListenError { address: format!("`{}`", path.display()), source };
                socket(path).await.map(|(socket, bound)| Listener::Socket(socket, bound)).map_err(failed)
            }
        }
    }

    /// One that listens already.
    pub(super) fn of(given: std::net::TcpListener) -> Result<Listener, ListenError> {
        let address = given.local_addr().map_or_else(|_| "a socket that was given".to_owned(), |at| at.to_string());
        let taken = given.set_nonblocking(true).and_then(|()| TcpListener::from_std(given));
        taken.map(Listener::Tcp).map_err(|source| ListenError { address, source })
    }

    /// Where it listens, on TCP.
    pub(super) fn address(&self) -> Option<SocketAddr> {
        match self {
            Listener::Tcp(listener) => listener.local_addr().ok(),
            #[cfg(feature = "tls")]
            Listener::Tls(listener, _) => listener.local_addr().ok(),
            Listener::Socket(..) => None,
        }
    }

    /// The same, with TLS on what was TCP.
    #[cfg(feature = "tls")]
    pub(super) fn speaking(self, tls: Option<&super::tls::Current>) -> Listener {
        match (self, tls) {
            (Listener::Tcp(listener), Some(tls)) => Listener::Tls(listener, tls.clone()),
            (listener, _) => listener,
        }
    }

    /// Takes connections until it is told to stop.
    pub(super) async fn serve(self, router: Router, limits: Limits, connections: Arc<Connections>, stages: Stages) {
        loop {
            let taken = tokio::select! {
                biased;
                () = stages.reached(Stage::Stopping) => return,
                taken = self.take() => taken,
            };
            let Ok(taken) = taken else {
                // No descriptor is free, or the client has gone already.
                tokio::time::sleep(ACCEPT_AGAIN).await;
                continue;
            };
            let Some(place) = connections.place() else { continue };
            let (router, stages) = (router.clone(), stages.clone());
            tokio::spawn(async move {
                match taken {
                    Taken::Tcp(stream, from) => answer(stream, Peer::Tcp(from), router, limits, place, stages).await,
                    #[cfg(feature = "tls")]
                    Taken::Tls(stream, from, tls) => {
                        let told = async {
                            tokio::select! {
                                () = stages.reached(Stage::Stopping) => {}
                                () = place.closes() => {}
                            }
                        };
                        let shaken = tokio::select! {
                            shaken = super::tls::handshake(stream, &tls, limits.handshake_time) => shaken,
                            () = told => return,
                        };
                        match shaken {
                            Ok((stream, certificate)) => {
                                answer(stream, Peer::Tls(from, certificate), router, limits, place, stages).await;
                            }
                            Err(error) => tracing::debug!(%error, "a handshake failed"),
                        }
                    }
                    Taken::Socket(stream, peer) => answer(stream, peer, router, limits, place, stages).await,
                }
            });
        }
    }

    async fn take(&self) -> io::Result<Taken> {
        match self {
            Listener::Tcp(listener) => {
                let (stream, from) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Taken::Tcp(stream, from))
            }
            #[cfg(feature = "tls")]
            Listener::Tls(listener, tls) => {
                let (stream, from) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Taken::Tls(stream, from, tls.clone()))
            }
            Listener::Socket(listener, _) => {
                let (stream, _) = listener.accept().await?;
                let peer = Peer::Socket { user: stream.peer_cred()?.uid() };
                Ok(Taken::Socket(stream, peer))
            }
        }
    }
}

enum Taken {
    Tcp(tokio::net::TcpStream, SocketAddr),
    #[cfg(feature = "tls")]
    Tls(tokio::net::TcpStream, SocketAddr, super::tls::Current),
    Socket(UnixStream, Peer),
}

fn tcp(at: SocketAddr) -> io::Result<TcpListener> {
    let socket = if at.is_ipv4() { tokio::net::TcpSocket::new_v4()? } else { tokio::net::TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    socket.bind(at)?;
    socket.listen(BACKLOG)
}

/// Takes the place of a socket that nobody answers at any more, and of nothing else.
async fn socket(path: &Path) -> io::Result<(UnixListener, Bound)> {
    use std::os::unix::fs::{FileTypeExt, PermissionsExt};
    match std::fs::symlink_metadata(path) {
        Ok(found) if !found.file_type().is_socket() => {
            return Err(io::Error::new(ErrorKind::AlreadyExists, "it is not a socket"));
        }
        Ok(_) if UnixStream::connect(path).await.is_ok() => return Err(ErrorKind::AddrInUse.into()),
        Ok(_) => std::fs::remove_file(path)?,
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let listener = UnixListener::bind(path)?;
    let bound = Bound(path.to_owned());
    // The directory keeps others out already; this is for one that does not.
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok((listener, bound))
}

impl Drop for Bound {
    fn drop(&mut self) {
        // One that is left behind is taken over by the next.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Answers what comes on one connection, until either side closes it.
async fn answer(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    limits: Limits,
    place: Place,
    stages: Stages,
) {
    let busy = place.handle();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer.clone());
        let (router, busy) = (router.clone(), busy());
        async move {
            let answered = router.oneshot(request.map(Body::new)).await;
            answered.map(|response| response.map(|body| super::body::held(body, busy)))
        }
    });
    let stream = super::body::Writing::new(stream, limits.write_time, place.traffic());
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.header_time)
        .max_headers(limits.headers)
        .max_buf_size(limits.header_bytes.max(8 << 10))
        .serve_connection(TokioIo::new(stream), service);
    let mut connection = std::pin::pin!(connection);
    let told = async {
        tokio::select! {
            () = stages.reached(Stage::Stopping) => {}
            () = place.closes() => {}
        }
    };
    let ended: Result<(), hyper::Error> = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection => ended,
                // A request that has begun to come may still be whole in time; one that is being answered is waited for.
                () = async { tokio::time::sleep(IDLE_GRACE).await; place.idles().await } => Ok(()),
                () = stages.reached(Stage::CutOff) => Ok(()),
            }
        }
    };
    if let Err(error) = ended {
        tracing::debug!(%error, "a connection ended early");
    }
}
