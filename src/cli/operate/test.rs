//! `test`: runs fixtures, histories with the answers they must give.

use crate::cli::args::TestArgs;
use crate::cli::context::Context;
use crate::cli::exit::{Exit, Failure};
use crate::cli::render::{self, Forms, Json};
use crate::fixture::{Failed, Fixture, Report};
use crate::show::phrasing;
use serde_json::{Value, json};

/// Runs the verb.
///
/// # Errors
/// A folder is not a fixture, or the engine fails.
pub async fn test(context: &mut Context, args: TestArgs) -> Result<Exit, Failure> {
    let fixtures: Result<Vec<_>, _> = args.fixtures.iter().map(|folder| Fixture::read(folder)).collect();
    let mut reports = Vec::new();
    for fixture in fixtures? {
        reports.push(fixture.run().await?);
    }
    let tested = Tested(reports);
    let sum = tested.sum();
    let exit = render::print(&mut context.printer, Ok(tested))?;
    context.printer.note(sum);
    Ok(exit)
}

struct Tested(Vec<Report>);

impl Tested {
    fn sum(&self) -> String {
        let failed = self.0.iter().filter(|report| !report.passed()).count();
        match (self.0.len(), failed) {
            (1, 0) => "the fixture passed".to_owned(),
            (1, _) => "the fixture failed".to_owned(),
            (all, 0) => format!("all {all} fixtures passed"),
            (all, failed) => format!("{failed} of {all} fixtures failed"),
        }
    }
}

fn counts(report: &Report) -> String {
    let Report { commands, checks, refusals, .. } = report;
    format!("({commands} commands, {checks} checks, {refusals} refusals)")
}

fn told(failed: &Failed) -> String {
    let Failed { file, line, about, expected, got, hint } = failed;
    let mut lines = vec![
        phrasing::wrapped("  ", "      ", &format!("{file}:{line}: {about}")),
        phrasing::wrapped("      expected: ", "                ", expected),
        phrasing::wrapped("      got:      ", "                ", got),
    ];
    // To be copied, so it is not broken.
    lines.extend(hint.iter().map(|hint| format!("      hint: {hint}")));
    lines.join("\n")
}

fn as_json(report: &Report) -> Value {
    let Report { name, commands, checks, refusals, failures } = report;
    let failures: Vec<_> = failures
        .iter()
        .map(|Failed { file, line, about, expected, got, hint }| {
            json!({"file": file, "line": line, "about": about, "expected": expected, "got": got, "hint": hint})
        })
        .collect();
    json!({"fixture": name, "passed": report.passed(), "commands": commands, "checks": checks, "refusals": refusals,
        "failures": failures})
}

impl Forms for Tested {
    fn text(&self) -> String {
        let mut lines = Vec::new();
        for report in &self.0 {
            let word = if report.passed() { "ok" } else { "FAILED" };
            lines.push(format!("{word}  {}  {}", report.name, counts(report)));
            lines.extend(report.failures.iter().map(told));
        }
        lines.join("\n")
    }

    fn json(&self, _: Json<'_>) -> String {
        let failed = self.0.iter().filter(|report| !report.passed()).count();
        let fixtures: Vec<_> = self.0.iter().map(as_json).collect();
        json!({"fixtures": fixtures, "failed": failed}).to_string()
    }

    fn lines(&self, _: Json<'_>) -> Vec<String> {
        self.0.iter().map(|report| as_json(report).to_string()).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["fixture", "status", "commands", "checks", "refusals", "file", "line", "about", "expected", "got"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = Vec::new();
        for report in &self.0 {
            let Report { name, commands, checks, refusals, failures } = report;
            let first = |status: &str| {
                let counts = [commands, checks, refusals].map(ToString::to_string);
                [name.clone(), status.to_owned()].into_iter().chain(counts)
            };
            if failures.is_empty() {
                rows.push(first("ok").chain(["", "", "", "", ""].map(str::to_owned)).collect());
            }
            rows.extend(failures.iter().map(|Failed { file, line, about, expected, got, .. }| {
                let [file, line] = [(*file).to_owned(), line.to_string()];
                first("failed").chain([file, line, about.clone(), expected.clone(), got.clone()]).collect()
            }));
        }
        rows
    }

    fn exit(&self) -> Exit {
        if self.0.iter().all(Report::passed) { Exit::Yes } else { Exit::No }
    }
}
