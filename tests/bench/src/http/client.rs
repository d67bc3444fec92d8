//! Requests one after the other, and requests at a steady rate.

use floors_http::load::Target;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

/// A connection that is kept.
pub struct Client {
    stream: TcpStream,
    address: SocketAddr,
    headers: String,
}

impl Client {
    /// With more header lines for every request, each ended by `\r\n`.
    pub fn connect(address: SocketAddr, headers: &str) -> Client {
        let stream = TcpStream::connect(address).expect("the service listens");
        stream.set_nodelay(true).expect("it is TCP");
        Client { stream, address, headers: headers.to_owned() }
    }

    /// The body of the answer, which must have status 200.
    pub fn post(&mut self, path: &str, body: &str) -> Vec<u8> {
        self.stream.write_all(&post(self.address, path, &self.headers, body)).expect("the service reads");
        let mut received = Vec::new();
        let mut piece = [0; 65_536];
        loop {
            if let Some(whole) = whole(&received) {
                return received[whole..].to_vec();
            }
            let read = self.stream.read(&mut piece).expect("the service answers");
            assert!(read > 0, "the service closed the connection");
            received.extend_from_slice(&piece[..read]);
        }
    }
}

/// The bytes of a request.
pub fn post(address: SocketAddr, path: &str, headers: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: {address}\r\n{headers}content-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Where the body begins, once all of it is there.
fn whole(received: &[u8]) -> Option<usize> {
    let body = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let head = std::str::from_utf8(&received[..body]).expect("a head is text");
    let answer = || String::from_utf8_lossy(received);
    assert!(head.starts_with("HTTP/1.1 200 "), "{}", answer());
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:").map(str::to_owned));
    let length: usize = length.and_then(|length| length.trim().parse().ok()).unwrap_or_else(|| panic!("{}", answer()));
    (received.len() >= body + length).then_some(body)
}

/// Requests at a steady rate from so many connections, for so long; how long each took from when it was due, ascending. A
/// connection that falls behind sends at once, so that waiting counts.
pub async fn paced(
    target: &Target,
    bodies: &[String],
    connections: usize,
    rate: f64,
    window: Duration,
) -> Vec<Duration> {
    let Target { address, path, headers } = target.clone();
    let requests: Arc<[Vec<u8>]> = bodies.iter().map(|body| post(address, &path, &headers, body)).collect();
    let between = Duration::from_secs_f64(connections as f64 / rate);
    let start = Instant::now();
    let mut running = tokio::task::JoinSet::new();
    for number in 0..connections {
        let requests = Arc::clone(&requests);
        let mut due = start + between.mul_f64(number as f64 / connections as f64);
        running.spawn(async move {
            let mut stream = tokio::net::TcpStream::connect(address).await.expect("the service listens");
            stream.set_nodelay(true).expect("it is TCP");
            let (mut latencies, mut received) = (Vec::new(), Vec::with_capacity(4_096));
            for request in requests.iter().cycle().skip(number * requests.len() / connections) {
                if due >= start + window {
                    break;
                }
                tokio::time::sleep_until(due.into()).await;
                stream.write_all(request).await.expect("the service reads");
                received.clear();
                while whole(&received).is_none() {
                    assert!(stream.read_buf(&mut received).await.expect("the service answers") > 0, "it closed");
                }
                latencies.push(due.elapsed());
                due += between;
            }
            latencies
        });
    }
    let mut latencies: Vec<Duration> = running.join_all().await.into_iter().flatten().collect();
    latencies.sort_unstable();
    latencies
}

/// The time that this share of the requests does not exceed.
pub fn percentile(latencies: &[Duration], share: f64) -> Duration {
    let index = (latencies.len() - 1) as f64 * share;
    latencies.iter().copied().nth(index.round() as usize).unwrap_or_default()
}
