//! The store on disk, as it implements the seams.

use super::{FjallStore, Writing, folder, subtrees};
use crate::integrity::file;
use crate::integrity::tree::Frontier;
use crate::seams::tree::{Root, Tree};
use crate::seams::{
    DatabaseMemory, Durability, Encoded, Epoch, HeadWatch, Keyring, Log, OrganizationNumber, Receipt, Run, StoreError,
    TreeHead, TreeHeads, TreeState, Trees, Vault,
};
use crate::store::database::memory_use;
use crate::store::recovery::anchor::Frontiers;
use async_trait::async_trait;
use caseward_events::Position;
use std::fs;
use std::io::ErrorKind;
use std::sync::{Arc, PoisonError};

#[async_trait]
impl Log for FjallStore {
    async fn claim(&self) -> Result<Epoch, StoreError> {
        Ok(self.gate.claim())
    }

    async fn append(&self, epoch: Epoch, group: Vec<Run>) -> Result<Receipt, StoreError> {
        let Writing { notes, flush, .. } = self.writing()?;
        let group = Arc::new(group);
        self.gate.append(epoch, &group, || {
            flush.check()?;
            notes.prepare(&group)?;
            let bytes = self.write(&group)?;
            notes.bring(Arc::clone(&group), bytes);
            flush.count(bytes);
            Ok(())
        })
    }

    async fn read(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        self.read_rows(organization, from, bytes_max)
    }

    async fn scan(
        &self,
        organization: OrganizationNumber,
        from: Position,
        bytes_max: usize,
        mut into: Encoded,
    ) -> Result<Encoded, StoreError> {
        let mut take = |event: &[u8]| into.push(|bytes| bytes.extend_from_slice(event));
        self.scan_rows(organization, from, bytes_max, &mut take)?;
        Ok(into)
    }

    async fn head(&self, organization: OrganizationNumber) -> Result<Position, StoreError> {
        Ok(self.gate.head(organization))
    }

    fn watch(&self) -> HeadWatch {
        self.gate.watch()
    }
}

#[async_trait]
impl Trees for FjallStore {
    async fn tree_heads(&self) -> Result<TreeHeads, StoreError> {
        let frontiers = self.trees()?;
        Ok(frontiers.iter().map(|(&organization, frontier)| (organization, frontier.head())).collect())
    }

    async fn tree_head(&self, organization: OrganizationNumber) -> Result<TreeHead, StoreError> {
        Ok(self.tree(organization)?.head())
    }

    async fn tree_state(&self, organization: OrganizationNumber) -> Result<TreeState, StoreError> {
        Ok(self.tree(organization)?.state())
    }

    async fn tree_at(
        &self,
        organization: OrganizationNumber,
        from: TreeState,
        to: Position,
    ) -> Result<TreeState, StoreError> {
        let mut frontier = Frontier::from_state(from).unwrap_or_default();
        self.grow(organization, &mut frontier, to)?;
        Ok(frontier.state())
    }

    async fn kept_subtrees(&self, organization: OrganizationNumber) -> Result<Vec<Root>, StoreError> {
        subtrees::read_of(&self.folder.subtrees(), organization)
    }

    async fn keep_subtrees(&self, organization: OrganizationNumber, roots: Vec<Root>) -> Result<(), StoreError> {
        let Some(writing) = &self.writing else { return Ok(()) };
        let _one_at_a_time = writing.subtrees.lock().unwrap_or_else(PoisonError::into_inner);
        subtrees::replace_of(&self.folder.subtrees(), organization, roots)
    }

    async fn begins_with(&self, organization: OrganizationNumber, tree: TreeState) -> Result<bool, StoreError> {
        let at = tree.position;
        let Some(mut frontier) = Frontier::from_state(tree) else { return Ok(false) };
        let proved = self.proved.iter().filter_map(|trees| trees.get(&organization));
        let nearest = proved.filter(|proved| proved.position() >= at).min_by_key(|proved| proved.position()).cloned();
        let proved = match nearest {
            Some(proved) => proved,
            // It came since the opening.
            None => self.tree(organization)?,
        };
        if proved.position() < at {
            return Ok(false);
        }
        self.grow(organization, &mut frontier, proved.position())?;
        Ok(frontier == proved)
    }
}

impl FjallStore {
    /// The trees over what is durable: where nothing is written, as they were at the opening.
    fn trees(&self) -> Result<Frontiers, StoreError> {
        match (&self.writing, &self.damage) {
            (None, None) => Ok(self.proved[1].clone()),
            _ => self.writing()?.notes.settled(),
        }
    }

    /// The one of an organization.
    fn tree(&self, organization: OrganizationNumber) -> Result<Frontier, StoreError> {
        match (&self.writing, &self.damage) {
            (None, None) => Ok(self.proved[1].get(&organization).cloned().unwrap_or_default()),
            _ => self.writing()?.notes.settled_tree(organization),
        }
    }

    /// Adds the events behind a tree, up to a durable position.
    fn grow(&self, organization: OrganizationNumber, tree: &mut Frontier, to: Position) -> Result<(), StoreError> {
        self.each_row(organization, tree.position().next(), to, &mut |event| {
            tree.add_leaves([event]);
            true
        })
    }
}

impl Vault for FjallStore {
    fn keyring(&self) -> &dyn Keyring {
        &self.keys
    }
}

#[async_trait]
impl Durability for FjallStore {
    async fn flush(&self) -> Result<(), StoreError> {
        self.writing()?.flush.run()
    }

    fn clock_note(&self) -> Result<Option<Vec<u8>>, StoreError> {
        let path = self.folder.clock();
        match fs::read(&path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            note => note.map(Some).map_err(folder::fault("read", &path)),
        }
    }

    async fn write_clock_note(&self, note: Vec<u8>) -> Result<(), StoreError> {
        let path = self.folder.clock();
        match self.writing {
            Some(_) => file::replace(&path, &note).map_err(folder::fault("write", &path)),
            None => Ok(()),
        }
    }

    fn memory(&self) -> DatabaseMemory {
        memory_use::of(&self.database, &[&self.log])
    }
}
