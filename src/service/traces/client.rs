//! Requests to a collector.

use crate::service::outward::{self, Address, AtMost};
use async_trait::async_trait;
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response};
use std::path::PathBuf;
use std::time::Duration;

/// The most that is read of an answer.
const BYTES_MAX: usize = 1 << 20;
/// How long an answer may take where no variable says.
const USUAL_MILLIS: u64 = 10_000;

/// Asks with the time and the trust that the variables name.
#[derive(Debug)]
pub(super) struct Client {
    ca: Option<PathBuf>,
    time: Duration,
}

impl Client {
    pub(super) fn of_environment() -> Client {
        let set = |names: [&str; 2]| names.into_iter().find_map(super::set);
        let ca = set(["OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"]).map(PathBuf::from);
        let time = set(["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]);
        let millis = time.and_then(|millis| millis.parse().ok()).unwrap_or(USUAL_MILLIS);
        Client { ca, time: Duration::from_millis(millis) }
    }
}

#[async_trait]
impl HttpClient for Client {
    async fn send_bytes(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let address = Address::in_clear_too(&request.uri().to_string())?;
        *request.uri_mut() = address.path.parse()?;
        let most = AtMost { time: self.time, bytes: BYTES_MAX };
        Ok(outward::send(&address, self.ca.as_deref(), request, most).await?)
    }
}
