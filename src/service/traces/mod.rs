//! Traces for a collector, over OTLP (HTTP, protobuf), as the variables of OpenTelemetry ask for them.
//!
//! A request is a span, and within it the steps of the engine are ([`crate::engine`]): what waits for the writer, what it
//! decides, the sync, what is evaluated. INVARIANT: whoever answers waits neither for room nor for a collector; what finds no
//! room, and what no collector takes, is dropped and counted ([`super::spans`]). No span says whom a question is about.
//! Absent on purpose: log lines and metrics over OTLP.

mod client;
mod export;
mod words;

use super::outward::Address;
use super::spans::SpanCounts;
use super::trace_context::TraceContext;
use client::Client;
use export::Exports;
use opentelemetry::trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState, TracerProvider};
use opentelemetry::{Context, KeyValue};
use opentelemetry_otlp::{ExporterBuildError, Protocol, SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracerProvider, SpanExporter as _};
use std::sync::Arc;
use std::time::Duration;
use tracing::{Metadata, Span, Subscriber};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::Layer;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::registry::LookupSpan;

/// Where traces go; the first that is set counts.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"];
/// In which form.
const PROTOCOLS: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
/// The one that is spoken.
const SPOKEN: &str = "http/protobuf";

/// What sends traces; dropped, it ends with what waits.
#[derive(Debug)]
pub struct Traces {
    provider: SdkTracerProvider,
    counts: Arc<SpanCounts>,
}

/// Why no traces can be sent.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BadTraces {
    /// What the variable names is no address.
    #[error(
        "`{endpoint}` is no address of a collector: it begins with http:// or https://, and has no user and no fragment"
    )]
    Address {
        /// It.
        endpoint: String,
    },
    /// The variable asks for another protocol.
    #[error("`{0}` is not spoken here, only {SPOKEN}")]
    Protocol(String),
    /// What another variable says cannot be.
    #[error("traces cannot be sent as the variables OTEL_… ask for")]
    Exporter(#[source] ExporterBuildError),
    /// The operating system gives no thread.
    #[error("cannot start the thread that sends traces")]
    Thread(#[source] std::io::Error),
}

fn set(variable: &str) -> Option<String> {
    std::env::var(variable).ok().filter(|value| !value.is_empty())
}

impl Traces {
    /// As `OTEL_EXPORTER_OTLP_ENDPOINT` and the others ask for; none where neither it nor its like is set.
    ///
    /// # Errors
    /// What they ask for cannot be done.
    pub fn of_environment() -> Result<Option<Traces>, BadTraces> {
        let is_off = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"))
            || set("OTEL_TRACES_EXPORTER").is_some_and(|value| value == "none");
        let Some(endpoint) = ENDPOINTS.into_iter().find_map(set).filter(|_| !is_off) else { return Ok(None) };
        Address::in_clear_too(&endpoint).map_err(|_| BadTraces::Address { endpoint })?;
        if let Some(other) = PROTOCOLS.into_iter().find_map(set).filter(|protocol| protocol != SPOKEN) {
            return Err(BadTraces::Protocol(other));
        }
        let exporter = SpanExporter::builder().with_http().with_http_client(Client::of_environment());
        let mut exporter = exporter.with_protocol(Protocol::HttpBinary).build().map_err(BadTraces::Exporter)?;
        let resource = resource();
        exporter.set_resource(&resource);
        let counts = Arc::new(SpanCounts::default());
        let exports = Exports::start(exporter, Arc::clone(&counts)).map_err(BadTraces::Thread)?;
        let provider = SdkTracerProvider::builder().with_resource(resource).with_span_processor(exports).build();
        Ok(Some(Traces { provider, counts }))
    }

    /// What collects the spans of this crate from a program's logging.
    pub fn layer<S>(&self) -> impl Layer<S> + use<S>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        let tracer = self.provider.tracer("caseward");
        let layer = tracing_opentelemetry::layer().with_tracer(tracer);
        let layer = layer.with_location(false).with_threads(false).with_target(false).with_tracked_inactivity(false);
        layer.with_filter(filter_fn(is_ours))
    }

    /// How many spans were sent and dropped.
    #[must_use]
    pub fn counts(&self) -> Arc<SpanCounts> {
        Arc::clone(&self.counts)
    }

    /// Sends what waits, for so long. False where that was too short.
    pub fn end(&self, within: Duration) -> bool {
        self.provider.shutdown_with_timeout(within).is_ok()
    }
}

/// Whether it is a span of this crate; its log lines stay where they are.
fn is_ours(metadata: &Metadata<'_>) -> bool {
    metadata.is_span() && metadata.target().starts_with("caseward::")
}

/// Who sends; `OTEL_RESOURCE_ATTRIBUTES` and `OTEL_SERVICE_NAME` beat it.
fn resource() -> Resource {
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let is_named = set("OTEL_SERVICE_NAME").is_some()
        || set("OTEL_RESOURCE_ATTRIBUTES").is_some_and(|value| value.contains("service.name="));
    if is_named { resource.build() } else { resource.with_service_name("caseward").build() }
}

/// The span of a request goes on with the trace that its caller named.
pub(super) fn goes_on(span: &Span, context: TraceContext) {
    let flags = if context.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::default() };
    let (trace, parent) =
        (TraceId::from_bytes(context.trace.to_be_bytes()), SpanId::from_bytes(context.parent.to_be_bytes()));
    let caller = SpanContext::new(trace, parent, flags, true, TraceState::default());
    // Where nobody collects it, there is nothing to go on with.
    let _ = span.set_parent(Context::new().with_remote_span_context(caller));
}
