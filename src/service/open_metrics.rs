//! The text form of OpenMetrics 1.0.
//!
//! INVARIANT: what is written is valid whatever labels and help say: a family is declared once, before its samples; a
//! counter ends in `_total`, a family with a unit in its unit; the last line is `# EOF`.

use crate::engine::activity::Recorded;
use std::fmt::{Display, Write};

/// What the text is, as a header says it.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// A text that is being written.
#[derive(Default)]
pub(super) struct OpenMetrics(String);

/// What of a family comes next.
pub(super) struct Family<'a> {
    text: &'a mut String,
    name: &'static str,
    suffix: &'static str,
}

/// Units, each the end of the names of its families.
const UNITS: [&str; 2] = ["seconds", "bytes"];

type Labels<'a> = &'a [(&'a str, &'a str)];

impl OpenMetrics {
    /// What only grows. The name is without `_total`.
    pub(super) fn counter(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, "counter", "_total", help)
    }

    /// What goes up and down.
    pub(super) fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, "gauge", "", help)
    }

    /// What is told by labels alone. The name is without `_info`.
    pub(super) fn info(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, "info", "_info", help)
    }

    /// How long something takes.
    pub(super) fn histogram(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, "histogram", "", help)
    }

    fn family(&mut self, name: &'static str, kind: &str, suffix: &'static str, help: &str) -> Family<'_> {
        let _ = writeln!(self.0, "# TYPE {name} {kind}");
        if let Some(unit) = UNITS.iter().find(|unit| name.ends_with(&format!("_{unit}"))) {
            let _ = writeln!(self.0, "# UNIT {name} {unit}");
        }
        let _ = writeln!(self.0, "# HELP {name} {}", escaped(help));
        Family { text: &mut self.0, name, suffix }
    }

    /// The whole text.
    pub(super) fn end(mut self) -> String {
        self.0.push_str("# EOF\n");
        self.0
    }
}

impl Family<'_> {
    /// One value.
    pub(super) fn sample(&mut self, labels: Labels<'_>, value: impl Display) -> &mut Self {
        self.line(self.suffix, labels, None, value);
        self
    }

    /// A distribution.
    pub(super) fn distribution(&mut self, labels: Labels<'_>, recorded: &Recorded) -> &mut Self {
        for (limit, count) in &recorded.up_to {
            let limit = if limit.is_finite() { decimal(*limit) } else { "+Inf".to_owned() };
            self.line("_bucket", labels, Some(&limit), count);
        }
        self.line("_count", labels, None, recorded.count());
        self.line("_sum", labels, None, recorded.sum);
        self
    }

    fn line(&mut self, suffix: &str, labels: Labels<'_>, limit: Option<&str>, value: impl Display) {
        let labels = labels.iter().copied().chain(limit.map(|limit| ("le", limit)));
        let labels: Vec<_> = labels.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        let _ = writeln!(self.text, "{}{suffix}{labels} {value}", self.name);
    }
}

/// As the standard writes limits: `10.0`, `0.00005`.
fn decimal(limit: f64) -> String {
    let text = limit.to_string();
    if text.contains('.') { text } else { text + ".0" }
}

fn escaped(text: &str) -> String {
    text.replace('\\', r"\\").replace('\n', r"\n").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::activity::Histogram;
    use std::time::Duration;

    #[test]
    fn each_kind_has_the_lines_that_the_standard_asks_for() {
        let mut text = OpenMetrics::default();
        text.counter("a", "how \"many\"").sample(&[("b", "c\"\\\n")], 3);
        text.gauge("b_bytes", "how much").sample(&[], 1.5);
        text.info("c", "what").sample(&[("version", "1")], 1);
        let took = Histogram::default();
        took.record(Duration::from_millis(2));
        text.histogram("d_seconds", "how long").distribution(&[("e", "f")], &took.recorded());
        let text = text.end();
        let begin = "# TYPE a counter\n# HELP a how \\\"many\\\"\na_total{b=\"c\\\"\\\\\\n\"} 3\n\
                     # TYPE b_bytes gauge\n# UNIT b_bytes bytes\n# HELP b_bytes how much\nb_bytes 1.5\n\
                     # TYPE c info\n# HELP c what\nc_info{version=\"1\"} 1\n# TYPE d_seconds histogram\n";
        assert_eq!(text.get(..begin.len()), Some(begin), "{text}");
        let end = "d_seconds_bucket{e=\"f\",le=\"+Inf\"} 1\nd_seconds_count{e=\"f\"} 1\nd_seconds_sum{e=\"f\"} 0.002\n# EOF\n";
        assert!(text.ends_with(end), "{text}");
        assert!(text.contains("le=\"0.00005\"} 0\n") && text.contains("le=\"10.0\"} 1\n"), "{text}");
        assert!(text.contains("d_seconds_bucket{e=\"f\",le=\"0.001\"} 0\nd_seconds_bucket{e=\"f\",le=\"0.0025\"} 1\n"));
    }
}
