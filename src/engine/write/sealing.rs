//! Reasons and digests, as they are stored: sealed before an event is encoded.
//!
//! INVARIANT: a reason lies under the key of the subject that its command names first, so that destroying the key
//! destroys what was said about the subject; once a subject is erased, and in the command that erases it, none is kept.
//! Absent on purpose: where keys lie (`crate::store`), and how they seal (`caseward_events::seal`).

use super::committer::Committer;
use crate::engine::tenant::Tenant;
use crate::seams::{Storage, StoreError};
use caseward_events::recorded::First;
use caseward_events::seal::{Digester, Digests, StoredReason, digests};
use caseward_events::submission::{Content, Sent};
use caseward_events::{Command, CommandId, KeyNumber, Recorded};
use caseward_projections::Pos32;

/// After everything that was decided.
pub(super) const TIP: Pos32 = Pos32::LATEST;

/// A reason and digests as they are stored.
pub(super) struct Sealed {
    pub(super) reason: Option<StoredReason>,
    pub(super) digests: Digests,
    /// The key that the subject got for it.
    pub(super) begun: Option<KeyNumber>,
}

impl Sealed {
    /// No reason, or none under the key of a subject.
    fn under_store(reason: Option<StoredReason>, digests: Digests) -> Sealed {
        Sealed { reason, digests, begun: None }
    }
}

/// The reason as it is stored: under the key of the subject that the command names first, which gets the next one if it
/// has none.
pub(super) fn seal(
    committer: &Committer,
    organization: &Tenant,
    content: &Content,
    sent: &Sent,
    id: &CommandId,
    next_key: impl FnOnce() -> KeyNumber,
) -> Result<Sealed, StoreError> {
    let under_store = || digests(sent, &committer.digester, &committer.digester);
    let Some(text) = &content.reason else { return Ok(Sealed::under_store(None, under_store())) };
    let Some(subject) = content.command.first_subject() else {
        return Ok(Sealed::under_store(Some(StoredReason::Clear(text.clone())), under_store()));
    };
    let unkept = || Sealed::under_store(None, Digests { reason: None, ..under_store() });
    if matches!(content.command, Command::Erase(_)) {
        return Ok(unkept());
    }
    // One look under the lock, which is let go before keys are made: that waits for the disk.
    let (is_erased, known) = {
        let views = organization.views();
        (views.erased_since(&subject, TIP).is_some(), views.keys.get(&subject))
    };
    if is_erased {
        return Ok(unkept());
    }
    let number = known.unwrap_or_else(next_key);
    let keys = committer.store.keyring();
    keys.reserve(number)?;
    let begins = known.is_none().then_some(subject);
    Ok(match keys.key(number) {
        Some(key) => Sealed {
            reason: Some(StoredReason::seal(text, id, number, &key, begins)),
            digests: digests(sent, &committer.digester, &key.digester()),
            begun: known.is_none().then_some(number),
        },
        // It was destroyed without the log saying so.
        None => unkept(),
    })
}

/// Whether the event is of the command that is sent: by its body, or because it says the same otherwise. A reason whose
/// key was destroyed, or that was not kept, is not compared.
pub(super) fn is_what_was_sent(
    committer: &Committer,
    event: &Recorded,
    first: &First,
    sent: &Sent,
    unkept: bool,
    says_the_same: impl FnOnce() -> bool,
) -> bool {
    let store = &committer.digester;
    let number = event.reason.as_ref().and_then(StoredReason::key).unwrap_or(KeyNumber::STORE);
    let key = committer.store.keyring().key(number).filter(|_| !unkept);
    let again = digests(sent, store, key.as_ref().map(|key| key.digester()).as_ref().unwrap_or(store));
    let same_reason = key.is_none() || again.reason == first.digests.reason;
    same_reason && (again.body == first.digests.body || says_the_same())
}

/// Under the key of the store.
pub(super) fn digester(store: &dyn Storage) -> Digester {
    store.keyring().key(KeyNumber::STORE).expect("a store has its key from the start").digester()
}
