//! `completions`, `man` and `help`: what the program says about itself.
//!
//! INVARIANT: verbs and options are told from the arguments as they are parsed, never from a second text; the table of
//! commands is kept equal to what is built by a test.

mod manual;

use crate::cli::args::{Cli, CompletionsArgs, HelpArgs, ManArgs};
use crate::cli::context::Context;
use crate::cli::exit::{self, Exit, Failure};
use crate::cli::printer::style;
use crate::cli::query;
use crate::show::phrasing;
use anyhow::{Context as _, anyhow};
use caseward_events::nearest::nearest;
use clap::{Command, CommandFactory};
use std::fs;
use std::path::Path;

pub fn completions(context: &mut Context, CompletionsArgs { shell }: CompletionsArgs) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut program(), "caseward", &mut script);
    context.printer.text(String::from_utf8_lossy(&script))?;
    Ok(Exit::Yes)
}

/// One page after the other in one stream, for `caseward man | man -l -`; with `--dir`, a file each.
pub fn man(context: &mut Context, ManArgs { dir }: ManArgs) -> Result<Exit, Failure> {
    let pages = manual::pages(&program()).map_err(Failure::fault)?;
    let Some(directory) = dir else {
        pages.iter().try_for_each(|page| context.printer.text(String::from_utf8_lossy(&page.text)))?;
        return Ok(Exit::Yes);
    };
    let cannot = |path: &Path| format!("cannot write `{}`", path.display());
    fs::create_dir_all(&directory).with_context(|| cannot(&directory)).map_err(Failure::usage)?;
    for page in &pages {
        let path = directory.join(&page.name);
        fs::write(&path, &page.text).with_context(|| cannot(&path)).map_err(Failure::fault)?;
    }
    let (count, directory) = (pages.len(), directory.display());
    context
        .printer
        .line(format_args!("wrote {count} pages into {directory}; man -M reads them below a folder `man1`"))?;
    Ok(Exit::Yes)
}

pub fn help(context: &mut Context, HelpArgs { topic }: HelpArgs) -> Result<Exit, Failure> {
    let words: Vec<_> = topic.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["exit-codes"] => context.printer.text(exit::TABLE)?,
        ["commands"] => context.printer.text(commands())?,
        ["queries"] => context.printer.text(query::help())?,
        verb => {
            let help = find(verb)?.render_long_help();
            context.printer.text(help.ansi())?;
        }
    }
    Ok(Exit::Yes)
}

/// The program with the full name of each verb in it.
fn program() -> Command {
    let mut program = Cli::command();
    program.build();
    program
}

/// What there is help on beside the verbs.
const TOPICS: [&str; 3] = ["exit-codes", "commands", "queries"];

fn find(verb: &[&str]) -> Result<Command, Failure> {
    let mut found = program();
    for word in verb {
        found = found.find_subcommand(word).cloned().ok_or_else(|| unknown(verb))?;
    }
    Ok(found)
}

fn unknown(topic: &[&str]) -> Failure {
    let topic = topic.join(" ");
    let hint = match COMMANDS.iter().any(|entry| entry.name == topic) {
        true => "caseward help commands lists its fields",
        false => {
            let program = program();
            let topics = program.get_subcommands().map(Command::get_name).chain(TOPICS);
            let meant = match topic.as_str() {
                // What is asked for in one word, or as one of many.
                "query" => Some("queries"),
                "exit" | "status" | "exit-code" => Some("exit-codes"),
                topic => nearest(topic, topics),
            };
            let meant = meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default();
            let hint =
                format!("{meant}caseward help lists all verbs; other topics are exit-codes, commands and queries");
            return Failure::usage(anyhow!("there is no help on `{topic}`")).hint(hint);
        }
    };
    Failure::usage(anyhow!("there is no help on `{topic}`")).hint(hint)
}

/// A command as `apply` and `import` take it.
struct Entry {
    name: &'static str,
    fields: &'static str,
    /// Beside those that every command may meet.
    refusals: &'static str,
}

const fn entry(name: &'static str, fields: &'static str, refusals: &'static str) -> Entry {
    Entry { name, fields, refusals }
}

/// In the order of `semantics.md` section 5; a question mark stands behind what may be left out.
const COMMANDS: &[Entry] = &[
    entry("create_definition", "definition, name?, access_control?", "exists"),
    entry("set_access_control", "definition, enabled", "not_found"),
    entry("set_sharing", "definition, enabled", "not_found"),
    entry("open_case", "case, definition, creator, parent?", "not_found, exists"),
    entry("complete_case", "case", "not_found"),
    entry("reopen_case", "case", "not_found"),
    entry(
        "grant",
        "on, to, access?, valid_from?, valid_until?, on_existing?",
        "invalid_window, not_found, not_restricted, already_granted",
    ),
    entry(
        "update_grant",
        "on, to, access?, valid_from?, valid_until?",
        "invalid_window, not_found, not_restricted, no_such_grant",
    ),
    entry("revoke", "on, to", "not_found, not_restricted, no_such_grant"),
    entry(
        "restrict_case",
        "case, entries",
        "invalid_window, not_found, restriction_disabled, already_restricted, blocked",
    ),
    entry("lift_restriction", "case", "not_found, not_restricted"),
    entry("add_member", "group, member", "already_member, cycle"),
    entry("remove_member", "group, member", "not_a_member"),
    entry("deactivate_group", "group", ""),
    entry("activate_group", "group", ""),
    entry("disable_user", "user", "last_org_admin"),
    entry("enable_user", "user", ""),
    entry("offboard", "user", "last_org_admin"),
    entry("appoint_org_admin", "user", ""),
    entry("dismiss_org_admin", "user", "last_org_admin"),
    entry("place_in_workspace", "user, workspace", ""),
    entry("assign_profile", "user, profile", ""),
    entry("configure_profile", "profile, module_access?, administrator?, search_text?, search_query?", ""),
    entry(
        "set_form_access",
        "profile, definition, read?, write?, delete?, register?, share?, write_completed?, change_form?",
        "not_found, contradictory",
    ),
    entry("add_person", "case, field, person", "not_found, already_there"),
    entry("remove_person", "case, field, person", "not_found, not_there"),
    entry("assign_activity", "case, activity, to", "not_found, restricted_unlisted"),
    entry("release_activity", "case, activity, to", "not_found"),
    entry("delegate", "delegation, from, to, valid_from?, valid_until?", "invalid_window, exists"),
    entry("end_delegation", "delegation", "not_found"),
    entry("add_item", "item, case", "not_found, case_restricted"),
    entry("remove_item", "item, case", "not_found"),
    entry("check_out_item", "item, organization", "case_restricted"),
    entry("check_in_item", "item, organization", ""),
    entry("attach", "task, entity", "not_found, case_restricted"),
    entry("detach", "task, entity", "not_found"),
    entry("share_case", "case, link, valid_until?", "not_found, exists, sharing_disabled"),
    entry("revoke_link", "link", "not_found"),
    entry("raise_wall", "on, against", "not_found, already_walled"),
    entry("lower_wall", "on, against", "not_found, no_such_wall"),
    entry("break_glass", "case, minutes", "not_found, break_glass_off, too_long, wall"),
    entry("adopt_policy", "preset?, any key that `caseward policy show` lists?", "case_restricted"),
    entry("adopt_vocabulary", "subjects?, resources?, actions?", ""),
    entry("set_label", "ref, label", "not_found"),
    entry("erase", "subject", ""),
    entry("replace_key", "public_key", ""),
];

const BEFORE: &str = r#"A command is one line of JSON for `caseward apply` or `caseward import`:

  {"id":"a-1","actor":"user:ana","reason":"on duty","command":
   {"grant":{"on":"case:4711","to":"user:bob","access":"read"}}}

Only `command` is required. With an `id` it is safe to send again; `actor` is
user:ID or system:ID; `expected_version`, `correlation_id` and `causation_id`
are optional; `time` is required for an import. A ? marks an optional field.

"#;

const AFTER: &str = r#"
`on` is organization, definition:ID, case:ID or, for a grant, restriction:ID;
`to`, `member`, `person` and `against` are user:ID or group:ID, an `entity` is
case:ID or item:ID; the other fields hold the bare id. `access` is "read",
"write" or a list of rights; a scope is none, registered, involved, workspace
or all; an instant is RFC 3339; an entry of `entries` has to, access?,
valid_from?, valid_until?. A `workspace` or `profile` of null means none. The
actor is who breaks the glass, and must give a `reason`.

Any of them may also be refused as id_reused, invalid, version_conflict or
not_authorized; an imported one as time_goes_back or time_ahead; one of an
atomic batch as batch_refused.
"#;

fn commands() -> String {
    let (bold, reset) = (style::BOLD, style::RESET);
    let mut text = BEFORE.to_owned();
    for Entry { name, fields, refusals } in COMMANDS {
        let fields = phrasing::wrapped("    ", "    ", fields);
        text.push_str(&format!("{bold}{name}{reset}\n{fields}\n"));
        if !refusals.is_empty() {
            text.push_str(&phrasing::wrapped("    refused: ", "             ", refusals));
            text.push('\n');
        }
    }
    text.push_str(AFTER);
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::argv;
    use caseward_events::policy::PolicyKey;
    use caseward_events::{Code, Command};
    use clap::Parser;
    use serde_json::json;
    use std::ffi::OsString;

    #[test]
    fn the_table_of_commands_names_those_that_are_built() {
        let names: Vec<_> = COMMANDS.iter().map(|entry| entry.name).collect();
        assert_eq!(names, Command::NAMES);
    }

    #[test]
    fn the_fields_of_the_table_are_those_that_the_parser_knows() {
        for Entry { name, fields, .. } in COMMANDS {
            let refusal = Command::parse(json!({*name: {"no such": 1}})).expect_err("the field is unknown");
            let told = refusal.message.split("expected").nth(1).unwrap_or_else(|| panic!("{name}: {refusal}"));
            let mut known: Vec<_> = told.split('`').skip(1).step_by(2).collect();
            if *name == "adopt_policy" {
                known.retain(|key| !PolicyKey::ALL.iter().any(|one| one.name() == *key));
                assert_eq!(known, Vec::<&str>::new());
                continue;
            }
            let listed: Vec<_> = fields.split(", ").map(|field| field.trim_end_matches('?')).collect();
            assert_eq!(listed, known, "{name}");
        }
    }

    #[test]
    fn the_refusals_of_the_table_are_codes_in_their_order() {
        for Entry { name, refusals, .. } in COMMANDS.iter().filter(|entry| !entry.refusals.is_empty()) {
            let place = |code: &str| Code::ALL.iter().position(|known| known.name() == code);
            let places: Vec<_> = refusals.split(", ").map(|code| place(code).expect(code)).collect();
            assert!(places.is_sorted(), "{name}: {refusals}");
        }
    }

    #[test]
    fn no_line_is_wider_than_a_terminal() {
        let plain = (commands() + &query::help()).replace(style::BOLD, "").replace(style::RESET, "");
        for line in plain.lines().chain(exit::TABLE.lines()) {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }

    /// The verbs with those that belong to them.
    fn verbs(command: &clap::Command) -> Vec<clap::Command> {
        let below = command.get_subcommands().flat_map(|verb| [vec![verb.clone()], verbs(verb)].concat());
        below.collect()
    }

    #[test]
    fn every_verb_has_help_and_arguments_that_fit_together() {
        let program = program();
        program.clone().debug_assert();
        for verb in program.get_subcommands() {
            assert!(verb.get_about().is_some(), "{}", verb.get_name());
            assert!(find(&[verb.get_name()]).is_ok());
        }
    }

    #[test]
    fn the_help_of_every_verb_fits_a_terminal() {
        for mut verb in [vec![program()], verbs(&program())].concat() {
            for help in [verb.render_help(), verb.render_long_help()] {
                for line in help.to_string().lines() {
                    assert!(line.chars().count() <= 80, "{}: {line}", verb.get_name());
                }
            }
        }
    }

    #[test]
    fn the_help_of_every_verb_shows_calls_of_it_that_can_be_made() {
        for verb in verbs(&program()) {
            let shown = verb.get_after_help().map(ToString::to_string).unwrap_or_default();
            let (_, calls) = shown.split_once(':').unwrap_or_else(|| panic!("{} shows none", verb.get_name()));
            for call in calls.trim().lines().map(str::trim) {
                let words: Vec<_> = call.split(' ').map(OsString::from).collect();
                let called =
                    argv::called(&program(), &words).0.into_iter().any(|called| called.get_name() == verb.get_name());
                assert!(called, "{}: {call}", verb.get_name());
                let call = argv::sorted(&program(), words);
                Cli::try_parse_from(call).unwrap_or_else(|error| panic!("{}: {error}", verb.get_name()));
            }
        }
    }
}
