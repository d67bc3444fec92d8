//! Pages of the manual: one for the program, and one for each verb.
//!
//! INVARIANT: what a page says of options is told from the arguments as they are parsed; those of every verb stand on the
//! page of the program alone.

use crate::cli::exit;
use clap::{Arg, Command};
use clap_mangen::Man;
use std::io::{self, Write};

/// What the files are that the program reads and writes by itself.
const FILES: &[(&str, &str)] = &[
    ("./caseward-data", "the data directory, unless --data or CASEWARD_DATA names another"),
    ("./caseward.toml", "settings, unless --config or CASEWARD_CONFIG names another file"),
];

/// A page, and what its file is called.
pub struct Page {
    pub name: String,
    pub text: Vec<u8>,
}

/// All pages: that of the program first.
///
/// # Errors
/// Never, as they are written to memory.
pub fn pages(program: &Command) -> io::Result<Vec<Page>> {
    let mut pages = vec![page(program, "caseward", true)?];
    for verb in program.get_subcommands() {
        pages.push(page(&without_global(verb, program), &format!("caseward-{}", verb.get_name()), false)?);
        for below in verb.get_subcommands() {
            let name = format!("caseward-{}-{}", verb.get_name(), below.get_name());
            pages.push(page(&without_global(below, program), &name, false)?);
        }
    }
    Ok(pages)
}

/// A verb without the options that every verb has.
fn without_global(verb: &Command, program: &Command) -> Command {
    let global = |argument: &Arg| program.get_arguments().any(|one| one.get_id() == argument.get_id());
    verb.clone().mut_args(|argument| if global(&argument) { argument.hide(true) } else { argument })
}

fn page(command: &Command, name: &str, is_program: bool) -> io::Result<Page> {
    let source = format!("caseward {}", env!("CARGO_PKG_VERSION"));
    // What is shown below help has a section of its own here.
    let examples = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let man = Man::new(command.clone().after_help("").after_long_help("")).title(name).source(source);
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.get_subcommands().next().is_some() {
        man.render_subcommands_section(&mut text)?;
    }
    if !is_program {
        section(
            &mut text,
            "OPTIONS OF EVERY VERB",
            "See caseward(1): where the store is, as of when, and in which form.",
        )?;
    }
    lines(&mut text, "EXIT STATUS", exit::TABLE)?;
    environment(&mut text, command)?;
    if is_program {
        head(&mut text, "FILES")?;
        for (file, what) in FILES {
            writeln!(text, ".TP\n\\fI{}\\fR\n{}", escaped(file), escaped(what))?;
        }
    }
    let examples: Vec<_> = examples
        .lines()
        .map(|line| line.trim_start_matches("Examples:").trim_start_matches("Example:").trim())
        .collect();
    lines(&mut text, "EXAMPLES", examples.join("\n").trim())?;
    let see = if is_program {
        "caseward-init(1), caseward-check(1), caseward-serve(1); caseward help lists all verbs"
    } else {
        "caseward(1)"
    };
    section(&mut text, "SEE ALSO", see)?;
    Ok(Page { name: format!("{name}.1"), text })
}

fn head(to: &mut Vec<u8>, name: &str) -> io::Result<()> {
    writeln!(to, ".SH \"{name}\"")
}

fn section(to: &mut Vec<u8>, name: &str, text: &str) -> io::Result<()> {
    head(to, name)?;
    writeln!(to, "{}", escaped(text))
}

/// Lines that stay lines.
fn lines(to: &mut Vec<u8>, name: &str, text: &str) -> io::Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    head(to, name)?;
    writeln!(to, ".nf\n{}\n.fi", text.trim_end().lines().map(escaped).collect::<Vec<_>>().join("\n"))
}

/// The variables that stand for its options.
fn environment(to: &mut Vec<u8>, command: &Command) -> io::Result<()> {
    let variable = |argument: &Arg| argument.get_env().map(|name| name.to_string_lossy().into_owned());
    let own = command.get_arguments().filter(|argument| !argument.is_hide_set());
    let named: Vec<_> =
        own.filter_map(|argument| Some((variable(argument)?, argument.get_long()?.to_owned()))).collect();
    if named.is_empty() {
        return Ok(());
    }
    head(to, "ENVIRONMENT")?;
    named.iter().try_for_each(|(name, option)| {
        writeln!(to, ".TP\n\\fB{}\\fR\nthe same as {}", escaped(name), escaped(&format!("--{option}")))
    })
}

/// Text that roff takes for nothing else.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-");
    if text.starts_with(['.', '\'']) { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::Cli;
    use clap::CommandFactory;

    #[test]
    fn every_verb_has_a_page_with_the_sections_of_a_manual() {
        let mut program = Cli::command();
        program.build();
        let pages = pages(&program).expect("memory takes all");
        assert!(pages.len() > 40, "{}", pages.len());
        for Page { name, text } in &pages {
            let text = String::from_utf8_lossy(text);
            for section in ["NAME", "SYNOPSIS", "EXIT STATUS", "EXAMPLES", "SEE ALSO"] {
                assert!(
                    text.contains(&format!(".SH {section}")) || text.contains(&format!(".SH \"{section}\"")),
                    "{name}: {section}"
                );
            }
            assert_eq!(text.contains("\\-\\-accept\\-clock"), name == "caseward.1", "{name}");
        }
    }
}
