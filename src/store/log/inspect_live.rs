//! Walking through a store that is open and may be written meanwhile: up to the head that it had at the beginning.
//!
//! INVARIANT: nothing is locked, so nobody waits. Absent on purpose: the notes, the keys and the journal, which change under
//! a writer and are verified at every opening ([`super::inspect`]).

use super::FjallStore;
use super::inspect::Inspection;
use crate::integrity::damage_report::{DamageReport, Finding};
use crate::integrity::tree::Frontier;
use crate::integrity::visitor::{Unsound, Visitor};
use crate::seams::tree::Tree;
use crate::seams::{Encoded, Log, OrganizationNumber, StoreError, TreeHead, Trees};
use caseward_events::Position;

/// How much of the log is read at once.
const READ_BYTES: usize = 1 << 20;

impl FjallStore {
    /// Reads every event again up to the heads of now, and compares the trees over them with those that the store has hashed
    /// while it wrote. `visitor` hears of every event.
    ///
    /// # Errors
    /// The log cannot be read.
    pub async fn inspect_live(&self, visitor: &mut dyn Visitor) -> Result<Inspection, StoreError> {
        let mut damage = DamageReport { findings: Vec::new(), trusted: std::collections::BTreeMap::new() };
        for (organization, head) in self.tree_heads().await? {
            match self.walk_live(organization, head, visitor).await? {
                (_, None) => drop(damage.trusted.insert(organization, head.position)),
                (trusted, Some(what)) => {
                    damage.trusted.insert(organization, trusted);
                    damage.findings.push(Finding::damage("log", Some((organization, trusted.next())), what));
                }
            }
        }
        Ok(Inspection { damage, is_cut_short: false })
    }

    /// Up to where one is sound, and what is wrong behind that.
    async fn walk_live(
        &self,
        organization: OrganizationNumber,
        head: TreeHead,
        visitor: &mut dyn Visitor,
    ) -> Result<(Position, Option<String>), StoreError> {
        let (mut tree, mut at, mut read) = (Frontier::default(), Position::ZERO, Encoded::new());
        while at < head.position {
            read.truncate(0);
            read = self.scan(organization, at.next(), READ_BYTES, read).await?;
            let before = at;
            for event in read.iter() {
                if at == head.position {
                    break;
                }
                at = at.next();
                tree.add_leaves([event]);
                let mut judged = visitor.event(organization, at, event);
                if judged.is_ok() && visitor.wants_root_at() == Some(at) {
                    judged = visitor.root(tree.root());
                }
                if let Err(Unsound { since, why }) = judged {
                    return Ok((Position(since.0.saturating_sub(1)), Some(why)));
                }
            }
            if at == before {
                return Ok((at, Some(format!("event {} cannot be found", at.next()))));
            }
            tokio::task::yield_now().await;
        }
        let is_whole = tree.head() == head;
        let what = (!is_whole).then(|| "the events are not those that were written".to_owned());
        Ok((if is_whole { at } else { Position::ZERO }, what))
    }
}
