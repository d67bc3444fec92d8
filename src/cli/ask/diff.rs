//! `diff`: what changed between two moments, with what changed it; of the organization, by cause.
//!
//! INVARIANT: every form tells of the same changes; for people those with the same cause stand together.

use crate::cli::args::{DiffArgs, Paging};
use crate::cli::cursor::{List, Token, given};
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::render::Forms;
use crate::engine::{Diff, Moment, Tally};
use crate::show::phrasing::{self, Cited};
use caseward_events::{Action, Position, Reference};
use caseward_projections::AsOf;
use caseward_projections::changes::Change;
use caseward_projections::evaluate::Cause;
use serde_json::Value;
use std::num::NonZeroUsize;

/// A page of changes.
pub struct Told {
    of: Reference,
    /// There is no such resource, even at the end.
    missing: bool,
    diff: Diff,
    cited: Cited,
    /// Where pages were asked for; the last one has no next.
    next: Option<Option<Token>>,
}

/// Asks, and reads what is cited.
///
/// # Errors
/// The question cannot be asked, or the log cannot be read.
pub async fn ask(opened: &Opened, args: DiffArgs) -> Result<Told, Failure> {
    let DiffArgs { of, from, to, paging } = args;
    if opened.when.at.is_some() || opened.when.as_of.is_some() {
        let error = anyhow::anyhow!("`--as-of` and `--at` do not go with `diff`, which has two moments of its own");
        return Err(Failure::usage(error).hint("say --from and --to"));
    }
    let list = opened.list("diff", &[&of, &given(Some(from))]);
    let after = paging.behind(list)?;
    let now = opened.engine.now();
    // Later pages end where the first one did.
    let to = match &after {
        Some(token) => AsOf::Instant(token.at),
        None => to.map_or(AsOf::Head, |to| to.at(now)),
    };
    let mut diff = opened.organization.reader(to, None).await?.diff(&of, from.at(now)).await?;
    let next = turn_to(&mut diff, &paging, list, after.as_ref())?;
    let missing = match of.resource() {
        Some(resource) => !opened.has(&resource, diff.to.position).await?,
        None => false,
    };
    let tallies = diff.by_cause.iter().flatten();
    let positions = changes(&diff).flat_map(|(_, change)| &change.causes).chain(tallies.map(|tally| &tally.cause));
    let cited = opened.cited(positions.map(|cause| cause.position)).await?;
    Ok(Told { of, missing, diff, cited, next })
}

/// Every change with its kind, in the order of the lists.
fn changes(diff: &Diff) -> impl Iterator<Item = (&'static str, &Change)> {
    let gained = diff.gained.iter().map(|change| ("gained", change));
    let lost = diff.lost.iter().map(|change| ("lost", change));
    gained.chain(lost).chain(diff.changed.iter().map(|change| ("changed", change)))
}

/// Leaves the page that is asked for; where the next one begins. Causes stand on the first page alone.
fn turn_to(
    diff: &mut Diff,
    paging: &Paging,
    list: List,
    after: Option<&Token>,
) -> Result<Option<Option<Token>>, Failure> {
    let all: Vec<String> = changes(diff).map(|(kind, change)| key(kind, change)).collect();
    let begin = match after {
        None => 0,
        Some(token) => {
            let shown = all.iter().position(|one| *one == token.last);
            diff.by_cause = None;
            shown.ok_or_else(|| Token::foreign(&token.to_string()))? + 1
        }
    };
    let end = paging.limit.map_or(all.len(), |limit| all.len().min(begin.saturating_add(NonZeroUsize::get(limit))));
    let mut index = 0;
    for list in [&mut diff.gained, &mut diff.lost, &mut diff.changed] {
        list.retain(|_| {
            index += 1;
            (begin..end).contains(&(index - 1))
        });
    }
    let last = all.get(end.wrapping_sub(1)).filter(|_| end < all.len());
    let next = last.map(|last| Token { position: diff.to.position, at: diff.to.at, list, last: last.clone() });
    Ok((paging.limit.is_some() || after.is_some()).then_some(next))
}

fn key(kind: &str, Change { subject, resource, .. }: &Change) -> String {
    format!("{kind} {subject} {resource}")
}

/// Those that people read as one: the same kind, rights and causes.
struct Together<'a> {
    kind: &'static str,
    of: &'a Change,
    who: Vec<String>,
}

impl Told {
    fn together(&self) -> Vec<Together<'_>> {
        let mut groups: Vec<Together<'_>> = Vec::new();
        for (kind, change) in changes(&self.diff) {
            let alike = |group: &&mut Together<'_>| {
                let Change { before, after, causes, .. } = group.of;
                group.kind == kind && (before, after, causes) == (&change.before, &change.after, &change.causes)
            };
            let who = self.named(change);
            match groups.iter_mut().find(alike) {
                Some(group) => group.who.push(who),
                None => groups.push(Together { kind, of: change, who: vec![who] }),
            }
        }
        groups
    }

    /// What the question does not name already.
    fn named(&self, Change { subject, resource, .. }: &Change) -> String {
        match &self.of {
            Reference::Case(_) | Reference::Definition(_) => subject.to_string(),
            Reference::User(_) => resource.to_string(),
            _ => format!("{subject} on {resource}"),
        }
    }

    fn group(&self, Together { kind, of, who }: &Together<'_>) -> Vec<String> {
        let Change { before, after, causes, .. } = of;
        let rights = match *kind {
            "gained" => phrasing::list(after),
            "lost" => phrasing::list(before),
            _ => format!("{} in place of {}", phrasing::list(after), phrasing::list(before)),
        };
        let mark = match *kind {
            "gained" => "+",
            "lost" => "-",
            _ => "~",
        };
        let verb = if *kind == "changed" { "now" } else { *kind };
        let head = format!("{}: {verb} {rights}", phrasing::list(who));
        let mut lines = vec![phrasing::wrapped(&format!("{mark} "), "  ", &head)];
        lines.extend(causes.iter().map(|cause| self.cause("    ", cause)));
        lines
    }

    fn cause(&self, indent: &str, cause: &Cause) -> String {
        let number = format!("{indent}{:<5} ", format!("#{}", cause.position));
        let rest = " ".repeat(number.chars().count());
        phrasing::wrapped(&number, &rest, &phrasing::cause(cause, &self.cited))
    }

    fn tally(&self, Tally { cause, pairs, first }: &Tally) -> Vec<String> {
        let mut lines = vec![self.cause("", cause)];
        let count = if *pairs == 1 { "one pair".to_owned() } else { format!("{pairs} pairs") };
        lines.push(format!("      changes {count}"));
        lines.extend(first.iter().map(|change| {
            let Change { subject, resource, before, after, .. } = change;
            let rights = format!("{} -> {}", phrasing::list(before), phrasing::list(after));
            phrasing::wrapped("        ", "          ", &format!("{subject} on {resource}: {rights}"))
        }));
        let left = pairs.saturating_sub(first.len() as u64);
        lines.extend((left > 0).then(|| format!("        and {left} more")));
        lines
    }
}

impl Forms for Told {
    fn text(&self) -> String {
        let Diff { gained, lost, changed, by_cause, from, to } = &self.diff;
        let moment = |moment: &Moment| format!("position {} ({})", moment.position, moment.at);
        let counts = format!("{} gained, {} lost, {} changed", gained.len(), lost.len(), changed.len());
        let missing = if self.missing { phrasing::missing_at(to.position) } else { String::new() };
        let head = format!("{}: {counts} from {} to {}{missing}", self.of, moment(from), moment(to));
        let mut lines = vec![phrasing::wrapped("", "  ", &head)];
        match by_cause {
            Some(tallies) => lines.extend(tallies.iter().flat_map(|tally| self.tally(tally))),
            None => lines.extend(self.together().iter().flat_map(|group| self.group(group))),
        }
        if let Some(Some(next)) = &self.next {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(format!("position {}", to.position));
        lines.join("\n")
    }

    fn json(&self) -> Value {
        let mut answer = serde_json::to_value(&self.diff).expect("changes have a JSON form");
        let cited = self.cited.iter().map(|(position, recorded)| (position.to_string(), recorded.to_json()));
        answer["cited"] = Value::Object(cited.collect());
        if let Some(next) = &self.next {
            answer["next"] = next.as_ref().map(Token::to_string).into();
        }
        answer
    }

    fn lines(&self) -> Vec<Value> {
        let line = |(kind, change): (&str, &Change)| {
            let mut line = serde_json::to_value(change).expect("a change has a JSON form");
            line["kind"] = kind.into();
            line
        };
        let tallies = self.diff.by_cause.iter().flatten();
        let tallies = tallies.map(|tally| {
            let mut line = serde_json::to_value(tally).expect("a tally has a JSON form");
            line["kind"] = "cause".into();
            line
        });
        tallies.chain(changes(&self.diff).map(line)).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["kind", "subject", "resource", "before", "after", "events"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |(kind, change): (&str, &Change)| {
            let Change { subject, resource, before, after, events, .. } = change;
            let named = [kind.to_owned(), subject.to_string(), resource.to_string()];
            named.into_iter().chain([rights(before), rights(after), positions(events)]).collect()
        };
        changes(&self.diff).map(row).collect()
    }

    fn exit(&self) -> Exit {
        if self.diff.is_empty() { Exit::Yes } else { Exit::No }
    }

    fn next(&self) -> Option<&Token> {
        self.next.as_ref()?.as_ref()
    }
}

fn rights(rights: &[Action]) -> String {
    rights.iter().map(|right| right.name()).collect::<Vec<_>>().join(" ")
}

fn positions(events: &[Position]) -> String {
    events.iter().map(Position::to_string).collect::<Vec<_>>().join(" ")
}
