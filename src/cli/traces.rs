//! Traces of a service, where the environment asks for them.

use crate::cli::exit::Failure;
use crate::cli::printer::Printer;
use crate::service::SpanCounts;
use std::sync::Arc;
use tracing::Subscriber;
use tracing_subscriber::Layer;
#[cfg(not(feature = "otel"))]
use tracing_subscriber::layer::Identity;
#[cfg(feature = "otel")]
use tracing_subscriber::registry::LookupSpan;

/// What sends them, if anything does.
#[derive(Debug, Default)]
pub struct Traces(#[cfg(feature = "otel")] Option<crate::service::Traces>);

#[cfg(feature = "otel")]
impl Traces {
    /// How long what waits may be sent for when the service ends.
    const GRACE: std::time::Duration = std::time::Duration::from_millis(500);

    /// As the environment asks for.
    ///
    /// # Errors
    /// It asks for what cannot be done.
    pub fn of_environment(_printer: &mut Printer) -> Result<Traces, Failure> {
        let of = crate::service::Traces::of_environment();
        let hint = "see the variables OTEL_… on the page run-as-a-service.md, or unset them";
        of.map(Traces).map_err(|error| Failure::usage(error).hint(hint))
    }

    /// What collects spans to send.
    pub fn collects<S>(&self) -> Option<impl Layer<S> + use<S>>
    where
        S: Subscriber + for<'a> LookupSpan<'a> + Send + Sync,
    {
        self.0.as_ref().map(crate::service::Traces::layer)
    }

    /// What became of them.
    pub fn counts(&self) -> Option<Arc<SpanCounts>> {
        self.0.as_ref().map(crate::service::Traces::counts)
    }

    /// Sends what waits. What a collector does not take in time is gone.
    pub fn end(&self) {
        if let Some(traces) = &self.0 {
            let _ = traces.end(Traces::GRACE);
        }
    }
}

#[cfg(not(feature = "otel"))]
impl Traces {
    /// Says that this build sends none, where the environment asks for them.
    ///
    /// # Errors
    /// None.
    pub fn of_environment(printer: &mut Printer) -> Result<Traces, Failure> {
        if std::env::var_os("OTEL_EXPORTER_OTLP_ENDPOINT").is_some_and(|endpoint| !endpoint.is_empty()) {
            printer.note(
                "OTEL_EXPORTER_OTLP_ENDPOINT is set, and this build sends no traces; build it so that it does: \
                 `cargo install --path . --features full`",
            );
        }
        Ok(Traces::default())
    }

    /// Nothing.
    pub fn collects<S: Subscriber>(&self) -> Option<impl Layer<S> + use<S>> {
        None::<Identity>
    }

    /// None.
    pub fn counts(&self) -> Option<Arc<SpanCounts>> {
        None
    }

    /// Nothing waits.
    pub fn end(&self) {}
}
