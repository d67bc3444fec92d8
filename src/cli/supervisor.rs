//! Whoever started the program and watches it, as systemd does: the sockets that it hands over, and what it is told.
//!
//! INVARIANT: without such a program nothing of this does anything, and what cannot be told keeps nothing from being served.
//! Absent on purpose: the sockets and words of other verbs than `serve`.

use super::exit::Failure;
use anyhow::anyhow;
use listenfd::ListenFd;
use std::env;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

/// Sockets that listen already (`LISTEN_FDS`). Called before the program has threads, since it takes what it found out of the
/// environment.
///
/// # Errors
/// One of them is not for TCP.
pub fn given_sockets() -> Result<Vec<TcpListener>, Failure> {
    let mut given = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..given.len() {
        let taken = given.take_tcp_listener(number).map_err(|error| {
            let error = anyhow!(error).context(format!("socket {number} that was handed over does not listen on TCP"));
            Failure::usage(error).hint("hand over TCP sockets alone: ListenStream=127.0.0.1:7557")
        })?;
        sockets.extend(taken);
    }
    Ok(sockets)
}

/// Whoever is told how the service is (`NOTIFY_SOCKET`).
pub struct Supervisor {
    to: Option<UnixDatagram>,
    /// How often it wants to hear that the service is alive.
    every: Option<Duration>,
}

impl Supervisor {
    /// As the environment names it.
    #[must_use]
    pub fn of_environment() -> Supervisor {
        let named = env::var("NOTIFY_SOCKET").ok().filter(|name| !name.is_empty());
        let to = named.and_then(|name| match connected(&name) {
            Ok(to) => Some(to),
            Err(error) => {
                tracing::warn!(%error, "the socket of `NOTIFY_SOCKET` cannot be told anything");
                None
            }
        });
        let micros = env::var("WATCHDOG_USEC").ok().and_then(|micros| micros.parse().ok()).filter(|micros| *micros > 0);
        let is_for_us = env::var("WATCHDOG_PID").map_or(true, |pid| pid == std::process::id().to_string());
        // Twice as often as asked, as `sd_watchdog_enabled` advises.
        let every = micros.filter(|_| is_for_us && to.is_some()).map(|micros| Duration::from_micros(micros) / 2);
        Supervisor { to, every }
    }

    /// It serves, and this is where.
    pub fn ready(&self, status: &str) {
        self.tell(&format!("READY=1\nSTATUS={}", status.replace('\n', " ")));
    }

    /// It stops.
    pub fn stopping(&self) {
        self.tell("STOPPING=1");
    }

    /// Tells again and again that it is alive, as long as `is_alive` says so; without end.
    pub async fn watch(&self, is_alive: impl AsyncFn() -> bool) -> std::convert::Infallible {
        let Some(every) = self.every else { return std::future::pending().await };
        let mut turns = tokio::time::interval(every);
        loop {
            turns.tick().await;
            if is_alive().await {
                self.tell("WATCHDOG=1");
            }
        }
    }

    fn tell(&self, what: &str) {
        if let Some(to) = &self.to
            && let Err(error) = to.send(what.as_bytes())
        {
            tracing::warn!(%error, "whoever started the service cannot be told how it is");
        }
    }
}

fn connected(name: &str) -> std::io::Result<UnixDatagram> {
    let to = UnixDatagram::unbound()?;
    to.set_nonblocking(true)?;
    match name.strip_prefix('@') {
        Some(name) => connect_abstract(&to, name)?,
        None => to.connect(name)?,
    }
    Ok(to)
}

#[cfg(target_os = "linux")]
fn connect_abstract(to: &UnixDatagram, name: &str) -> std::io::Result<()> {
    use std::os::linux::net::SocketAddrExt;
    to.connect_addr(&std::os::unix::net::SocketAddr::from_abstract_name(name)?)
}

#[cfg(not(target_os = "linux"))]
fn connect_abstract(_: &UnixDatagram, _: &str) -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}
