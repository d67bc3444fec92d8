//! Metrics as a scraper reads them: OpenMetrics text, taken apart and judged line by line.

use std::collections::{BTreeMap, BTreeSet};

/// What was scraped: every sample, by its name with its labels.
pub struct Scraped {
    samples: BTreeMap<String, f64>,
    /// With their kinds.
    pub families: BTreeMap<String, String>,
}

impl Scraped {
    /// Reads a text, which must be valid.
    pub fn read(text: &str) -> Scraped {
        let body = text.strip_suffix("# EOF\n").expect("the last line is the end");
        let (mut families, mut samples) = (BTreeMap::new(), BTreeMap::new());
        let mut family = (String::new(), String::new());
        for line in body.lines() {
            assert!(!line.is_empty() && line.trim() == line, "{line}");
            if let Some(rest) = line.strip_prefix("# TYPE ") {
                let (name, kind) = rest.split_once(' ').expect("a name and a kind");
                assert!(is_name(name) && !name.ends_with("_total") && !name.ends_with("_info"), "{line}");
                assert!(["counter", "gauge", "histogram", "info"].contains(&kind), "{line}");
                family = (name.to_owned(), kind.to_owned());
                assert_eq!(families.insert(name.to_owned(), kind.to_owned()), None, "{name} is declared twice");
            } else if let Some(rest) = line.strip_prefix("# UNIT ") {
                let (name, unit) = rest.split_once(' ').expect("a name and a unit");
                assert!(name == family.0 && name.ends_with(&format!("_{unit}")), "{line}");
            } else if let Some(rest) = line.strip_prefix("# HELP ") {
                assert!(rest.strip_prefix(&*family.0).is_some_and(|help| help.len() > 2), "{line}");
            } else {
                let (series, value) = line.rsplit_once(' ').expect("a series and a value");
                let value: f64 = value.parse().expect("a number");
                let name = series.split('{').next().expect("a name");
                let suffix = name.strip_prefix(&*family.0).unwrap_or_else(|| panic!("{line} is of no family"));
                let allowed: &[&str] = match family.1.as_str() {
                    "counter" => &["_total"],
                    "info" => &["_info"],
                    "histogram" => &["_bucket", "_count", "_sum"],
                    _ => &[""],
                };
                assert!(allowed.contains(&suffix), "{line}");
                assert!(family.1 == "gauge" || value >= 0.0, "{line}");
                assert_eq!(samples.insert(series.to_owned(), value), None, "{series} is there twice");
            }
        }
        let scraped = Scraped { samples, families };
        scraped.judge_distributions(body);
        scraped
    }

    /// Of a distribution counts only grow with their limits, and the last is the number of all.
    fn judge_distributions(&self, body: &str) {
        let mut before: Option<(&str, f64)> = None;
        for line in body.lines().filter(|line| line.contains("_bucket{")) {
            let (series, count) = line.rsplit_once(' ').expect("a series and a value");
            let (of, limit) = series.split_once("le=\"").expect("a bucket has a limit");
            let count: f64 = count.parse().expect("a number");
            if let Some((same, less)) = before.filter(|(same, _)| *same == of) {
                assert!(count >= less, "{same} {line}");
            }
            before = Some((of, count));
            if limit.starts_with("+Inf") {
                let all = of.replace("_bucket{", "_count{").trim_end_matches(',').to_owned() + "}";
                assert_eq!(self.value(&all.replace("{}", "")), count, "{line}");
            }
        }
    }

    /// The value of a series, which must be there.
    pub fn value(&self, series: &str) -> f64 {
        self.get(series).unwrap_or_else(|| panic!("no {series} in {:#?}", self.samples))
    }

    /// Every name that a sample may have.
    pub fn names(&self) -> BTreeSet<String> {
        let names = self.families.iter().flat_map(|(family, kind)| {
            let suffixes: &[&str] = match kind.as_str() {
                "counter" => &["_total"],
                "info" => &["_info"],
                "histogram" => &["_bucket", "_count", "_sum"],
                _ => &[""],
            };
            suffixes.iter().map(move |suffix| format!("{family}{suffix}"))
        });
        names.collect()
    }

    pub fn get(&self, series: &str) -> Option<f64> {
        self.samples.get(series).copied()
    }
}

fn is_name(name: &str) -> bool {
    name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
}
