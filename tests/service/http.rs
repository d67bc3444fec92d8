//! The least that a client of HTTP/1.1 has to be, so that a test sees every byte.

use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// The longest that anything may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// What came back.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: String,
}

/// A connection of a client.
pub struct Connection(BufReader<Box<dyn Stream>>);

pub trait Stream: Read + Write + Send {}

impl<S: Read + Write + Send> Stream for S {}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {self:?}"))
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        assert_eq!(self.header("content-type"), Some("application/problem+json"), "{self:?}");
        self.json()["code"].as_str().expect("every problem has a code").to_owned()
    }
}

impl Connection {
    pub fn to(address: SocketAddr) -> Connection {
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Connection(BufReader::new(Box::new(stream)))
    }

    /// Over what was connected already.
    pub fn over(stream: impl Stream + 'static) -> Connection {
        Connection(BufReader::new(Box::new(stream)))
    }

    pub fn to_socket(path: &Path) -> Connection {
        let stream = UnixStream::connect(path).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout can be set");
        Connection(BufReader::new(Box::new(stream)))
    }

    /// Sends bytes as they are.
    pub fn send(&mut self, bytes: &[u8]) {
        self.0.get_mut().write_all(bytes).expect("it takes them");
    }

    /// The same, where the other side may have gone.
    pub fn try_send(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    /// Sends a request, and reads its response.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Response {
        self.send(request(method, path, headers, body).as_bytes());
        self.response().expect("there is a response")
    }

    /// One line of the response; none at its end.
    pub fn line(&mut self) -> Option<String> {
        let mut line = String::new();
        let read = self.0.read_line(&mut line).ok()?;
        (read > 0).then(|| line.trim_end().to_owned())
    }

    /// The status line and the headers.
    pub fn head(&mut self) -> Option<(u16, Vec<(String, String)>)> {
        let status = self.line()?.split(' ').nth(1)?.parse().ok()?;
        let mut headers = Vec::new();
        while let Some(line) = self.line().filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':')?;
            headers.push((name.to_lowercase(), value.trim().to_owned()));
        }
        Some((status, headers))
    }

    /// A whole response; none where the connection was closed before one.
    pub fn response(&mut self) -> Option<Response> {
        let (status, headers) = self.head()?;
        let mut response = Response { status, headers, body: String::new() };
        let mut body = Vec::new();
        if let Some(length) = response.header("content-length") {
            body.resize(length.parse().ok()?, 0);
            self.0.read_exact(&mut body).ok()?;
        } else if response.header("transfer-encoding") == Some("chunked") {
            while let Some(piece) = self.chunk() {
                body.extend(piece);
            }
        }
        response.body = String::from_utf8(body).expect("answers are text");
        Some(response)
    }

    /// One piece of a response that comes in pieces; none behind the last.
    pub fn chunk(&mut self) -> Option<Vec<u8>> {
        let size = usize::from_str_radix(&self.line()?, 16).ok()?;
        let mut piece = vec![0; size];
        self.0.read_exact(&mut piece).ok()?;
        self.line()?;
        (size > 0).then_some(piece)
    }
}

/// A request as it is sent.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> String {
    let headers: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n{headers}content-length: {}\r\n\r\n{body}", body.len())
}
