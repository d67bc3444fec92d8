//! The shortest path of memberships, for the events that a reason cites.

use super::{Directory, Path, Through};
use crate::facts::number::SubjectKey;
use crate::facts::position::Pos32;
use std::collections::BTreeMap;

impl Directory {
    /// The shortest path from a subject to a group; of equally short ones, that whose places are the smallest list.
    #[must_use]
    pub fn path(&self, from: SubjectKey, to: u32, through: Through, place: Pos32) -> Option<Path> {
        if from.as_group() == Some(to) {
            return Some(Path::new());
        }
        let mut layer: BTreeMap<SubjectKey, Path> = BTreeMap::from([(from, Path::new())]);
        let mut seen = vec![false; self.group.len()];
        while !layer.is_empty() {
            let mut next: BTreeMap<SubjectKey, Path> = BTreeMap::new();
            for (member, path) in &layer {
                for (group, membership) in self.memberships(*member) {
                    if *group != to && !self.may_be_within(*group, to) {
                        continue;
                    }
                    let Some(since) = membership.true_since(place) else { continue };
                    let closed = through == Through::ActiveGroups && self.inactive_since(*group, place).is_some();
                    if closed || seen[*group as usize] {
                        continue;
                    }
                    let mut longer = path.clone();
                    longer.push(since);
                    let known = next.entry(SubjectKey::group(*group)).or_insert_with(|| longer.clone());
                    if longer < *known {
                        *known = longer;
                    }
                }
            }
            if let Some(path) = next.remove(&SubjectKey::group(to)) {
                return Some(path);
            }
            next.keys().filter_map(|key| key.as_group()).for_each(|group| seen[group as usize] = true);
            layer = next;
        }
        None
    }
}
