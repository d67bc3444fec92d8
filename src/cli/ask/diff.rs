//! `diff`: what changed between two moments, with what changed it; of the organization, by cause.
//!
//! INVARIANT: every form tells of the same changes; for people those with the same cause stand together.

use crate::cli::args::{DiffArgs, When};
use crate::cli::ask::bounds;
use crate::cli::exit::{Exit, Failure};
use crate::cli::opened::Opened;
use crate::cli::render::{Forms, Json};
use crate::engine::ListOf;
use crate::show::decision;
use crate::show::phrasing::{self, Cited};
use caseward_events::answer::{Cause, CauseTally, Change, ChangeKind, DiffAnswer, PointInTime};
use caseward_events::ask::{AsOf, PageToken};
use caseward_events::{Action, Position, Recorded, Reference};
use std::collections::HashMap;

/// A page of changes.
pub struct DiffForms {
    of: Reference,
    /// There is no such resource, even at the end.
    missing: bool,
    answer: DiffAnswer,
    cited: Cited,
}

/// Asks, and reads what is cited.
///
/// # Errors
/// The question cannot be asked, or the log cannot be read.
pub async fn ask(opened: &Opened, args: DiffArgs) -> Result<DiffForms, Failure> {
    let DiffArgs { of, from, to, paging } = args;
    between_two(opened.when)?;
    let repeated = from.to_string();
    let page = bounds::page(opened, ListOf::Diff(&of, &repeated), &paging)?;
    let now = opened.engine.now();
    // Later pages end where the first one did.
    let reader = opened.organization.reader_for(&page, to.map_or(AsOf::Head, |to| to.at(now)), None).await?;
    let answer = reader.diff_page(&of, from.at(now), &page).await?;
    let position = answer.to.position;
    let missing = match of.resource() {
        Some(resource) => !opened.has(&resource, position).await?,
        None => false,
    };
    let cited = opened.cited(answer.names()).await?;
    Ok(DiffForms { of, missing, answer, cited })
}

/// The moments are those of the question itself, so that `--as-of` and `--at` have nothing left to say.
///
/// # Errors
/// A wrong call, where one of them was given.
pub fn between_two(when: When) -> Result<(), Failure> {
    if when.at().is_some() || when.as_of.is_some() {
        let error = anyhow::anyhow!("`--as-of` and `--at` cannot be combined with `diff`, which compares two moments");
        return Err(Failure::usage(error).hint("use --from and --to"));
    }
    Ok(())
}

/// Those that people read as one: the same kind, rights and causes.
struct Together<'a> {
    kind: ChangeKind,
    of: &'a Change,
    who: Vec<String>,
}

impl DiffForms {
    /// An answer that came from elsewhere, with the events that it cites, and whether there is no such resource.
    #[must_use]
    pub fn of(of: Reference, mut answer: DiffAnswer, missing: bool) -> DiffForms {
        let cited = answer.cited.take().unwrap_or_default().into_iter();
        let cited = cited.map(|(position, event)| (position, Recorded::from(event))).collect();
        DiffForms { of, missing, answer, cited }
    }

    fn together(&self) -> Vec<Together<'_>> {
        let mut groups: Vec<Together<'_>> = Vec::new();
        let mut known: HashMap<_, usize> = HashMap::new();
        for change in self.answer.changes() {
            let Change { before, after, causes, .. } = change;
            let causes: Vec<_> = causes.iter().map(|cause| (cause.position, cause.time, cause.window)).collect();
            let group = *known.entry((change.kind(), before, after, causes)).or_insert_with(|| {
                groups.push(Together { kind: change.kind(), of: change, who: Vec::new() });
                groups.len() - 1
            });
            groups[group].who.push(self.named(change));
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
        let rights = match kind {
            ChangeKind::Gained => phrasing::list(after),
            ChangeKind::Lost => phrasing::list(before),
            ChangeKind::Changed => format!("{} instead of {}", phrasing::list(after), phrasing::list(before)),
        };
        let (mark, verb) = match kind {
            ChangeKind::Gained => ("+", "gained"),
            ChangeKind::Lost => ("-", "lost"),
            ChangeKind::Changed => ("~", "now"),
        };
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

    fn tally(&self, CauseTally { cause, pairs, first }: &CauseTally) -> Vec<String> {
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

impl Forms for DiffForms {
    fn text(&self) -> String {
        let DiffAnswer { gained, lost, changed, by_cause, from, to, next, .. } = &self.answer;
        let point = |point: &PointInTime| format!("position {} ({})", point.position, point.at);
        let counts = format!("{} gained, {} lost, {} changed", gained.len(), lost.len(), changed.len());
        let missing = if self.missing { phrasing::missing_at(to.position) } else { String::new() };
        let head = format!("{}: {counts} from {} to {}{missing}", self.of, point(from), point(to));
        let mut lines = vec![phrasing::wrapped("", "  ", &head)];
        match by_cause {
            Some(tallies) => lines.extend(tallies.iter().flat_map(|tally| self.tally(tally))),
            None => lines.extend(self.together().iter().flat_map(|group| self.group(group))),
        }
        if let Some(next) = next.token() {
            lines.push(format!("more: --after {}", phrasing::typed(&[&next.to_string()])));
        }
        lines.push(format!("position {}", to.position));
        lines.join("\n")
    }

    fn json(&self, form: Json<'_>) -> String {
        // For people the events are told, so that only here they are needed whole.
        let cited = self.cited.iter().map(|(position, recorded)| (*position, recorded.into())).collect();
        form.of(&self.answer.citing(&cited))
    }

    fn lines(&self, form: Json<'_>) -> Vec<String> {
        self.answer.lines().map(|line| form.of(&line)).collect()
    }

    fn columns(&self) -> &'static [&'static str] {
        &["kind", "subject", "resource", "before", "after", "events"]
    }

    fn rows(&self) -> Vec<Vec<String>> {
        let row = |change: &Change| {
            let Change { subject, resource, before, after, events, .. } = change;
            let named = [change.kind().to_string(), subject.to_string(), resource.to_string()];
            named.into_iter().chain([rights(before), rights(after), positions(events)]).collect()
        };
        self.answer.changes().map(row).collect()
    }

    fn exit(&self) -> Exit {
        if self.answer.is_empty() { Exit::Yes } else { Exit::No }
    }

    fn may_change(&self) -> Option<&'static str> {
        self.answer.settled.and(Some(decision::END_MAY_CHANGE))
    }

    fn next(&self) -> Option<&PageToken> {
        self.answer.next.token()
    }
}

fn rights(rights: &[Action]) -> String {
    rights.iter().map(|right| right.name()).collect::<Vec<_>>().join(" ")
}

fn positions(events: &[Position]) -> String {
    events.iter().map(Position::to_string).collect::<Vec<_>>().join(" ")
}
