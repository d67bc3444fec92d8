//! What one client may ask of a service. Each limit is on the page of limits, and beyond each there is a problem with a
//! code.

use std::time::Duration;

/// Limits of a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Connections at once. Beyond it, the one that has been idle for longest is closed for a new one.
    pub connections: usize,
    /// Bytes of a body that is read as a whole.
    pub body_bytes: usize,
    /// Bytes of the headers of a request.
    pub header_bytes: usize,
    /// Headers of a request.
    pub headers: usize,
    /// Until the headers of a request are there; an idle connection is closed after the same time.
    pub header_time: Duration,
    /// Until a handshake of TLS is made.
    pub handshake_time: Duration,
    /// Between two looks at the files of certificates, of callers and of keys.
    pub reread_time: Duration,
    /// Between two fetches of the keys of an issuer that are at an address.
    pub keys_time: Duration,
    /// The same, where a key is asked for that is not among them, or the last fetch failed.
    pub keys_again: Duration,
    /// Between two pieces of a body.
    pub body_time: Duration,
    /// Until an answer begins. Streams begin at once, and proofs have no limit.
    pub request_time: Duration,
    /// How long `at_least` waits for a position.
    pub wait_time: Duration,
    /// Requests that are being answered at once; streams do not count.
    pub requests: usize,
    /// Streams open at once.
    pub streams: usize,
    /// Proofs and tree heads that are made at once: each reads the whole log, or all streams.
    pub proofs: usize,
    /// Until a client takes the next piece of an answer.
    pub write_time: Duration,
    /// Questions of one `checks`.
    pub questions: usize,
    /// Items of a page, and names that are asked for at once.
    pub page_items: usize,
    /// Between two heartbeats of a stream.
    pub heartbeat: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            connections: 8_192,
            body_bytes: 16 << 20,
            header_bytes: 32 << 10,
            headers: 100,
            header_time: Duration::from_secs(60),
            handshake_time: Duration::from_secs(10),
            reread_time: Duration::from_secs(5),
            keys_time: Duration::from_secs(300),
            keys_again: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            request_time: Duration::from_secs(60),
            wait_time: Duration::from_secs(2),
            requests: 1_024,
            streams: 2_048,
            proofs: 4,
            write_time: Duration::from_secs(30),
            questions: 10_000,
            page_items: 1_000,
            heartbeat: Duration::from_secs(15),
        }
    }
}
