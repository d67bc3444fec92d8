//! Putting projections of one fold in the place of the same ones of another.

use super::Projection;
use crate::facts::number::SubjectKey;
use crate::fold::views::Views;
use crate::tables::table::Table;
use std::mem::swap;

impl Views {
    /// Takes projections out of others that stand at the same position, and gives its own for them: the others are dropped
    /// where nobody waits for it. What is to be saved next, and which ids are in memory, goes with what was saved of the
    /// others, so these come along whatever is swapped.
    pub fn exchange(&mut self, others: &mut Views, projections: &[Projection]) {
        if Projection::ALL.iter().all(|one| projections.contains(one)) {
            swap(self, others);
            return;
        }
        swap(&mut self.undo_log, &mut others.undo_log);
        swap(&mut self.commands, &mut others.commands);
        projections.iter().for_each(|&projection| self.exchange_one(others, projection));
    }

    /// Groups are marked by walls, which are of another projection: marks are made for both sides of the exchange.
    fn mark_walled(&mut self) {
        let Views { definitions, directory, .. } = self;
        definitions.ever_walled().filter_map(SubjectKey::as_group).for_each(|group| directory.wall(group));
    }

    /// Numbers mean the same in both, so that a part may take the place of the same part.
    fn exchange_one(&mut self, others: &mut Views, projection: Projection) {
        match projection {
            Projection::DefinitionAccess => {
                self.definitions.exchange(&mut others.definitions);
                self.mark_walled();
            }
            Projection::CaseAccess => self.cases.exchange_cases(&mut others.cases),
            Projection::Directory => {
                self.directory.exchange(&mut others.directory);
                self.profiles.exchange(&mut others.profiles);
                self.mark_walled();
            }
            Projection::ReverseIndex => self.cases.exchange_index(&mut others.cases),
            Projection::Ids => self.exchange_names(others),
            Projection::Time => {
                swap(&mut self.timeline, &mut others.timeline);
                swap(&mut self.windows, &mut others.windows);
            }
            Projection::Handing => {
                self.delegations.exchange(&mut others.delegations);
                self.links.exchange(&mut others.links);
            }
            Projection::Items => self.items.exchange(&mut others.items),
            Projection::Policy => {
                swap(&mut self.policy, &mut others.policy);
                swap(&mut self.vocabulary, &mut others.vocabulary);
            }
            Projection::Ledger => {
                swap(&mut self.streams, &mut others.streams);
                swap(&mut self.keys, &mut others.keys);
                swap(&mut self.labels, &mut others.labels);
                swap(&mut self.callers, &mut others.callers);
            }
        }
    }

    fn exchange_names(&mut self, others: &mut Views) {
        swap(&mut self.directory.users, &mut others.directory.users);
        swap(&mut self.directory.groups, &mut others.directory.groups);
        swap(&mut self.directory.workspaces, &mut others.directory.workspaces);
        swap(&mut self.definitions.names, &mut others.definitions.names);
        swap(&mut self.cases.names, &mut others.cases.names);
        swap(&mut self.cases.fields, &mut others.cases.fields);
        swap(&mut self.cases.activities, &mut others.cases.activities);
        swap(&mut self.profiles.names, &mut others.profiles.names);
        swap(&mut self.items.items, &mut others.items.items);
        swap(&mut self.items.tasks, &mut others.items.tasks);
        swap(&mut self.delegations.names, &mut others.delegations.names);
        swap(&mut self.links.names, &mut others.links.names);
    }

    /// Has a row written with the next checkpoint, because what is saved of it is of the others.
    pub fn save_again(&mut self, table: Table, row: u32) {
        self.undo_log.dirty.row(table, row);
    }
}
