//! A client that keeps its connection, and makes a new one where that was closed.

use crate::http::{Connection, Response};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long an answer may take. It is far beyond what the service allows itself.
const PATIENCE: Duration = Duration::from_secs(90);

/// One client.
pub struct Client {
    address: SocketAddr,
    connection: Option<Connection>,
}

/// A connection, where somebody listens.
pub fn connect(address: SocketAddr) -> Option<TcpStream> {
    let stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.set_nodelay(true).ok()?;
    Some(stream)
}

impl Client {
    pub fn of(address: SocketAddr) -> Client {
        Client { address, connection: None }
    }

    /// The whole answer; none where nobody answered.
    pub fn ask(&mut self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Option<Response> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::over(connect(self.address)?),
        };
        connection.try_send(crate::http::request(method, path, headers, body).as_bytes()).ok()?;
        let response = connection.response()?;
        if response.header("connection") != Some("close") {
            self.connection = Some(connection);
        }
        Some(response)
    }
}
