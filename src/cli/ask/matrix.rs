//! `matrix`: the permission matrix, by profile or by definition (source 003).

use crate::cli::args::MatrixArgs;
use crate::cli::exit::Failure;
use crate::cli::opened::Opened;
use crate::cli::render::{Forms, Json};
use crate::show::decision;
use anyhow::anyhow;
use caseward_events::answer::{MatrixAnswer, MatrixOfDefinition, MatrixRow};
use caseward_events::{Code, FormAccess, ProfileSettings, Refusal, Timestamp};
use std::fmt::Display;

/// Asks for one side of it.
///
/// # Errors
/// There is no such profile or definition by then.
pub async fn ask(opened: &Opened, MatrixArgs { of }: MatrixArgs) -> Result<Matrix, Failure> {
    let reader = opened.reader().await?;
    let at = reader.resolved().when.at;
    let answer = reader.matrix(&of).await.map_err(|error| unknown(error.into()))?;
    Ok(Matrix { answer, at })
}

/// A profile or definition that is not there is a wrong call: what is there has a matrix, be it empty.
#[must_use]
pub fn unknown(failure: Failure) -> Failure {
    match failure.error.downcast_ref::<Refusal>() {
        Some(Refusal { code: Code::NotFound, message, hint, .. }) => {
            let told = Failure::usage(anyhow!(message.clone()));
            hint.iter().fold(told, |told, hint| told.hint(hint))
        }
        _ => failure,
    }
}

/// A side of the matrix, and when.
pub struct Matrix {
    pub answer: MatrixAnswer,
    pub at: Timestamp,
}

/// The widths of the columns, for people.
const NAME_COLUMNS: usize = 22;

impl Forms for Matrix {
    fn text(&self) -> String {
        let (mut lines, at) = (Vec::new(), self.at);
        match &self.answer {
            MatrixAnswer::Profile(matrix) => {
                lines.push(format!(
                    "profile:{}, {}: {}",
                    matrix.profile,
                    users(matrix.users),
                    settings(matrix.settings)
                ));
                lines.push(head("definition"));
                lines.extend(matrix.rows.iter().map(line));
                lines.push(format!("position {} ({at})", matrix.position));
            }
            MatrixAnswer::Definition(matrix) => {
                lines.push(format!("definition:{}", matrix.definition));
                for (title, rows) in blocks(matrix) {
                    lines.push(format!("{title}:"));
                    lines.extend(if rows.is_empty() { vec!["  none".to_owned()] } else { Vec::new() });
                    lines.extend((!rows.is_empty()).then(|| head("profile")));
                    lines.extend(rows.iter().map(|row| {
                        let module = if row.module_access == Some(false) { ", no module access" } else { "" };
                        format!("{}  {}{module}", line(row), users(row.users.unwrap_or_default()))
                    }));
                }
                lines.push(format!("position {} ({at})", matrix.position));
            }
        }
        lines.join("\n")
    }

    fn json(&self, form: Json<'_>) -> String {
        form.of(&self.answer)
    }

    fn may_change(&self) -> Option<&'static str> {
        let settled = match &self.answer {
            MatrixAnswer::Profile(matrix) => matrix.settled,
            MatrixAnswer::Definition(matrix) => matrix.settled,
        };
        settled.and(Some(decision::MAY_CHANGE))
    }

    fn columns(&self) -> &'static [&'static str] {
        &[
            "profile",
            "definition",
            "block",
            "read",
            "write",
            "delete",
            "register",
            "share",
            "write_completed",
            "change_form",
            "event",
            "position",
        ]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        match &self.answer {
            MatrixAnswer::Profile(matrix) => {
                let block = block_of(matrix.settings);
                let cells = |row: &MatrixRow<_>| {
                    let block = block.unwrap_or(if row.access == FormAccess::default() { "none" } else { "some" });
                    cells([&matrix.profile, &row.of as &dyn Display], block, row.access, row.event, matrix.position)
                };
                matrix.rows.iter().map(cells).collect()
            }
            MatrixAnswer::Definition(matrix) => {
                let named =
                    [("administrators", &matrix.administrators), ("some", &matrix.some), ("none", &matrix.none)];
                let of_block = |(block, rows): (&str, &Vec<MatrixRow<_>>)| -> Vec<Vec<String>> {
                    let both = |row: &MatrixRow<_>| {
                        cells(
                            [&row.of as &dyn Display, &matrix.definition],
                            block,
                            row.access,
                            row.event,
                            matrix.position,
                        )
                    };
                    rows.iter().map(both).collect()
                };
                named.into_iter().flat_map(of_block).collect()
            }
        }
    }
}

fn blocks(matrix: &MatrixOfDefinition) -> [(&'static str, &Vec<MatrixRow<caseward_events::ProfileId>>); 3] {
    [
        ("administrators, with every right here", &matrix.administrators),
        ("profiles with some access", &matrix.some),
        ("profiles with none", &matrix.none),
    ]
}

/// The block that a profile is in whatever its row; `None` where the row decides.
fn block_of(settings: ProfileSettings) -> Option<&'static str> {
    match settings {
        ProfileSettings { module_access: false, .. } => Some("none"),
        ProfileSettings { administrator: true, .. } => Some("administrators"),
        _ => None,
    }
}

fn cells(
    names: [&dyn Display; 2],
    block: &str,
    access: FormAccess,
    event: Option<caseward_events::Position>,
    position: caseward_events::Position,
) -> Vec<String> {
    let FormAccess { read, write, delete, register, share, write_completed, change_form } = access;
    let scopes = [read, write, delete].map(|scope| scope.to_string());
    let switches = [register, share, write_completed, change_form].map(|on| on.to_string());
    let event = event.map(|event| event.to_string()).unwrap_or_default();
    let first = names.map(|name| name.to_string()).into_iter().chain([block.to_owned()]);
    first.chain(scopes).chain(switches).chain([event, position.to_string()]).collect()
}

fn users(count: usize) -> String {
    if count == 1 { "1 user".to_owned() } else { format!("{count} users") }
}

fn settings(settings: ProfileSettings) -> String {
    let ProfileSettings { module_access, administrator, search_text, search_query } = settings;
    if !module_access {
        return "no module access, so it gives nothing".to_owned();
    }
    let switches =
        [(administrator, "Administrator Mode"), (search_text, "free text search"), (search_query, "query builder")];
    let on: Vec<_> = switches.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
    if on.is_empty() { "module access".to_owned() } else { format!("module access, {}", on.join(", ")) }
}

fn head(of: &str) -> String {
    format!("  {of:NAME_COLUMNS$} {:11}{:11}{:11}switches", "read", "write", "delete")
}

fn line<T: Display>(row: &MatrixRow<T>) -> String {
    let FormAccess { read, write, delete, register, share, write_completed, change_form } = row.access;
    let switches =
        [(register, "register"), (share, "share"), (write_completed, "write_completed"), (change_form, "change_form")];
    let on: Vec<_> = switches.into_iter().filter(|(on, _)| *on).map(|(_, name)| name).collect();
    let on = if on.is_empty() { "-".to_owned() } else { on.join(" ") };
    let name = row.of.to_string();
    format!("  {name:NAME_COLUMNS$} {:11}{:11}{:11}{on}", read.name(), write.name(), delete.name())
}
