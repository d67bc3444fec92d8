//! How delegations and links are saved.

use super::{Delegation, Delegations, Link, Links};
use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::position::Pos32;
use crate::facts::saved::Saved;

impl Saved for Delegation {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.actor.save(up_to, to);
        self.from.save(up_to, to);
        self.to.save(up_to, to);
        self.window.save(up_to, to);
        self.ended.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Delegation {
            made: Pos32::ZERO,
            actor: Saved::load(from)?,
            from: Saved::load(from)?,
            to: Saved::load(from)?,
            window: Saved::load(from)?,
            ended: Saved::load(from)?,
        })
    }
}

impl Delegations {
    /// The next one, made where its name came first.
    pub(crate) fn push(&mut self, made: Pos32, delegation: Delegation) {
        let number = u32::try_from(self.delegations.len()).expect("there are no more delegations than positions");
        self.to.entry(delegation.to).or_default().push(number);
        self.from.entry(delegation.from).or_default().push(number);
        self.delegations.push(Delegation { made, ..delegation });
    }
}

impl Saved for Link {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.actor.save(up_to, to);
        self.case.save(up_to, to);
        self.until.save(up_to, to);
        self.revoked.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Link {
            made: Pos32::ZERO,
            actor: Saved::load(from)?,
            case: Saved::load(from)?,
            until: Saved::load(from)?,
            revoked: Saved::load(from)?,
        })
    }
}

impl Links {
    /// The next one, made where its name came first.
    pub(crate) fn push(&mut self, made: Pos32, link: Link) {
        self.links.push(Link { made, ..link });
    }

    /// The case of each link, by number.
    pub(crate) fn cases(&self) -> impl Iterator<Item = u32> {
        self.links.iter().map(|link| link.case)
    }
}
