//! Changes before they are named: whose, and what differs; and those of them that stand on a page.
//!
//! INVARIANT: on a page stand what was gained, lost, changed, in this order, and each of these by subject and resource. Rows
//! come by subject and resource whatever they are, so a page that is full of one kind needs no row behind it.

use caseward_events::Refusal;
use caseward_events::answer::ChangeKind;
use caseward_events::ask::PageToken;
use caseward_events::{Asker, Resource};
use caseward_projections::RightsDifference;

/// A change before it is named.
#[derive(Clone, Debug)]
pub(super) struct Row {
    /// Whose; none of somebody whom no event names, and whoever asks has the name.
    pub(super) user: Option<u32>,
    pub(super) difference: RightsDifference,
}

impl Row {
    pub(super) fn kind(&self) -> ChangeKind {
        match (self.difference.before.is_empty(), self.difference.after.is_empty()) {
            (true, _) => ChangeKind::Gained,
            (_, true) => ChangeKind::Lost,
            _ => ChangeKind::Changed,
        }
    }
}

/// The change that the page before ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Behind {
    pub(super) kind: ChangeKind,
    /// Whose, on what: both may have blanks in them, so that a name may be read in more ways than one.
    pub(super) readings: Vec<(Asker, Resource)>,
}

impl Behind {
    /// As [`caseward_events::answer::Change::name`] writes it.
    ///
    /// # Errors
    /// `invalid`: the token ends with something else.
    pub(super) fn of(token: &PageToken) -> Result<Behind, Refusal> {
        let kinds = [ChangeKind::Gained, ChangeKind::Lost, ChangeKind::Changed];
        let found = token.last.split_once(' ').and_then(|(kind, rest)| {
            let kind = kinds.into_iter().find(|one| one.to_string() == kind)?;
            let reading = |(blank, _)| Some((rest[..blank].parse().ok()?, rest[blank + 1..].parse().ok()?));
            let readings: Vec<_> = rest.match_indices(' ').filter_map(reading).collect();
            (!readings.is_empty()).then_some(Behind { kind, readings })
        });
        found.ok_or_else(|| token.foreign())
    }
}

/// A page that is being filled.
#[derive(Debug)]
pub(super) struct PageRows {
    limit: usize,
    /// What the page begins with; what comes before it stood on pages before.
    first: ChangeKind,
    kinds: [Vec<Row>; 3],
}

impl PageRows {
    /// One that begins with a kind, for at most so many.
    pub(super) fn new(first: ChangeKind, limit: usize) -> PageRows {
        PageRows { limit, first, kinds: Default::default() }
    }

    /// Takes the next row; false where no further one can be on the page. One more than is shown is kept: it tells whether
    /// there is a next page.
    pub(super) fn take(&mut self, row: Row) -> bool {
        let kind = row.kind();
        if kind < self.first {
            return true;
        }
        let of_kind = &mut self.kinds[kind as usize];
        if of_kind.len() <= self.limit {
            of_kind.push(row);
        }
        !(kind == self.first && of_kind.len() > self.limit)
    }

    /// Whether what it begins with fills it.
    pub(super) fn is_full(&self) -> bool {
        self.kinds[self.first as usize].len() > self.limit
    }

    /// The same with the rows that stand before all of them, whose kinds all come behind the first.
    pub(super) fn with_rows_before(mut self, before: PageRows) -> PageRows {
        for (of_kind, before) in self.kinds.iter_mut().zip(before.kinds) {
            of_kind.splice(0..0, before);
        }
        self
    }

    /// The rows on it; whether more stand behind them.
    pub(super) fn finish(self) -> (Vec<Row>, bool) {
        let mut rows: Vec<Row> = self.kinds.into_iter().flatten().collect();
        let more = rows.len() > self.limit;
        rows.truncate(self.limit);
        (rows, more)
    }
}

/// What comes behind a kind.
pub(super) fn next_kind(kind: ChangeKind) -> Option<ChangeKind> {
    match kind {
        ChangeKind::Gained => Some(ChangeKind::Lost),
        ChangeKind::Lost => Some(ChangeKind::Changed),
        ChangeKind::Changed => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behind(last: &str) -> Result<Behind, Refusal> {
        Behind::of(&format!("7:8:0000beef:{last}").parse().expect("it is a token"))
    }

    #[test]
    fn what_a_page_ended_with_is_read_in_every_way_in_which_it_may_be_meant() {
        let read = behind("lost user:a case:b case:c").expect("it is the name of a change");
        let told: Vec<String> = read.readings.iter().map(|(subject, on)| format!("{subject}|{on}")).collect();
        assert_eq!(
            (read.kind, &told[..]),
            (ChangeKind::Lost, &["user:a|case:b case:c".into(), "user:a case:b|case:c".into()][..])
        );
        for foreign in ["user:a case:b", "found user:a case:b", "lost user:a", "lost group:g case:b", ""] {
            assert!(behind(foreign).is_err(), "{foreign}");
        }
    }
}
