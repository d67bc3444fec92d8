//! Spans in the words of OpenTelemetry: what requests are called, and their attributes.
//!
//! Log lines have the fields of spans, too, in words of our own; they are put into those of the semantic conventions for
//! HTTP here, behind the answer. What these have no word for begins with `caseward.`.

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_sdk::trace::SpanData;

/// The name of the span of a request, as `super::super::seen` makes it.
const REQUEST: &str = "request";
/// From this status on the service has failed, and not its caller.
const FAILED: i64 = 500;

pub(super) fn told_in_words_of_opentelemetry(span: &mut SpanData) {
    if span.name == REQUEST {
        request(span);
    } else {
        own_words(span);
    }
}

fn own_words(span: &mut SpanData) {
    for attribute in &mut span.attributes {
        attribute.key = Key::new(format!("caseward.{}", attribute.key));
    }
}

fn request(span: &mut SpanData) {
    let text = |name: &str| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == name);
        found.map(|attribute| attribute.value.as_str().into_owned())
    };
    let (method, route) = (text("method").unwrap_or_default(), text("path").filter(|path| path.starts_with('/')));
    let status = span.attributes.iter().find_map(|attribute| match attribute.value {
        Value::I64(status) if attribute.key.as_str() == "status" => Some(status),
        _ => None,
    });
    let has_failed = status.is_some_and(|status| status >= FAILED);
    span.name = route.as_ref().map_or_else(|| method.clone(), |route| format!("{method} {route}")).into();
    span.span_kind = SpanKind::Server;
    if has_failed {
        span.status = Status::error(text("code").unwrap_or_default());
    }
    let attributes = std::mem::take(&mut span.attributes);
    span.attributes = attributes.into_iter().filter_map(|attribute| in_word(attribute, has_failed)).collect();
}

/// None of what the span says by itself.
fn in_word(KeyValue { key, value, .. }: KeyValue, has_failed: bool) -> Option<KeyValue> {
    let word = match key.as_str() {
        "method" => "http.request.method",
        "path" if value.as_str().starts_with('/') => "http.route",
        "status" => "http.response.status_code",
        "code" if has_failed => "error.type",
        "path" | "trace_id" => return None,
        other => return Some(KeyValue::new(format!("caseward.{other}"), value)),
    };
    Some(KeyValue::new(word, value))
}
