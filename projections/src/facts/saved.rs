//! How each kind of value is saved: a place to add one for a new kind of fact.
//!
//! INVARIANT: what is saved up to a place and loaded again equals what was folded to that place.

use crate::facts::bytes::{RowDamage, RowReader, RowWriter};
use crate::facts::history::History;
use crate::facts::number::{EntityKey, SubjectKey};
use crate::facts::position::Pos32;
use caseward_events::policy::{Policy, PolicyChange};
use caseward_events::{Actor, FormAccess, OrganizationName, ProfileSettings, PublicKey, Rights, Timestamp, Window};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::str::FromStr;

pub(crate) trait Saved: Sized {
    /// As it was at a place.
    fn save(&self, up_to: Pos32, to: &mut RowWriter);
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage>;
}

impl Saved for u32 {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        to.number(u64::from(*self));
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        from.number_32()
    }
}

impl Saved for bool {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        to.number(u64::from(*self));
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        match from.number()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(RowDamage("neither true nor false")),
        }
    }
}

impl Saved for () {
    fn save(&self, _: Pos32, _: &mut RowWriter) {}
    fn load(_: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(())
    }
}

impl Saved for PublicKey {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        to.text(&self.to_string());
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        from.text()?.parse().map_err(|_| RowDamage("a public key that is none"))
    }
}

impl Saved for Rights {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        to.number(u64::from(self.bits()));
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let bits = u16::try_from(from.number()?).ok().and_then(Rights::from_bits);
        bits.ok_or(RowDamage("rights that there are not"))
    }
}

impl Saved for Timestamp {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        to.signed(self.as_micros());
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Timestamp::from_micros(from.signed()?))
    }
}

impl Saved for Window {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.from.save(up_to, to);
        self.until.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Window { from: Saved::load(from)?, until: Saved::load(from)? })
    }
}

impl<T: Saved> Saved for Option<T> {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.is_some().save(up_to, to);
        if let Some(value) = self {
            value.save(up_to, to);
        }
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        if bool::load(from)? { T::load(from).map(Some) } else { Ok(None) }
    }
}

impl<A: Saved, B: Saved> Saved for (A, B) {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        self.0.save(up_to, to);
        self.1.save(up_to, to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok((A::load(from)?, B::load(from)?))
    }
}

/// A number, and in its lowest bit which of two kinds.
fn tagged(number: u32, tag: bool) -> u64 {
    u64::from(number) << 1 | u64::from(tag)
}

fn load_tagged(from: &mut RowReader<'_>) -> Result<(u32, bool), RowDamage> {
    let number = from.number()?;
    let tag = number & 1 == 1;
    let number = u32::try_from(number >> 1).map_err(|_| RowDamage("a number beyond 32 bits"))?;
    Ok((number, tag))
}

impl Saved for SubjectKey {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        match self.as_group() {
            Some(group) => to.number(tagged(group, true)),
            None => to.number(tagged(self.as_user().expect("it is one of the two"), false)),
        }
    }
    #[inline]
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        match load_tagged(from)? {
            (number, _) if number > i32::MAX.cast_unsigned() => Err(RowDamage("a subject beyond the last")),
            (group, true) => Ok(SubjectKey::group(group)),
            (user, false) => Ok(SubjectKey::user(user)),
        }
    }
}

impl Saved for EntityKey {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        match *self {
            EntityKey::Case(case) => to.number(tagged(case, false)),
            EntityKey::Item(item) => to.number(tagged(item, true)),
        }
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let (number, is_item) = load_tagged(from)?;
        Ok(if is_item { EntityKey::Item(number) } else { EntityKey::Case(number) })
    }
}

impl<T: Saved> Saved for History<T> {
    fn save(&self, up_to: Pos32, to: &mut RowWriter) {
        let values = || self.values().take_while(|(since, _)| *since <= up_to);
        to.number(values().count() as u64);
        for (since, value) in values() {
            to.place(since);
            value.save(up_to, to);
        }
    }
    #[inline]
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        let count = from.count()?;
        if count == 0 {
            return Ok(History::default());
        }
        let mut last = from.place()?;
        let mut history = History::starting(last, T::load(from)?);
        for _ in 1..count {
            let since = from.place()?;
            if since <= last {
                return Err(RowDamage("places that do not ascend"));
            }
            last = since;
            history.push(since, T::load(from)?);
        }
        Ok(history)
    }
}

/// Adds what was loaded to what was before; the first part is taken as it is, without a copy.
pub(crate) fn join<T>(before: &mut Vec<T>, next: Vec<T>) {
    if before.capacity() == 0 {
        *before = next;
    } else {
        before.extend(next);
    }
}

/// The place of the first value; none where nothing was set up to a place.
pub(crate) fn first_place<T>(history: &History<T>, up_to: Pos32) -> Option<Pos32> {
    history.values().next().map(|(since, _)| since).filter(|since| *since <= up_to)
}

/// What is rare is written as text, as it is printed.
macro_rules! saved_as_text {
    ($($kind:ty),+) => {$(
        impl Saved for $kind {
            fn save(&self, _: Pos32, to: &mut RowWriter) {
                to.text(&self.to_string());
            }
            fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
                <$kind>::from_str(from.text()?).map_err(|_| RowDamage("a name that is none"))
            }
        }
    )+};
}

saved_as_text!(Actor, OrganizationName);

/// What is rare and has many fields is written as JSON, which tells a field from another.
fn save_json(value: &impl Serialize, to: &mut RowWriter) {
    to.text(&serde_json::to_string(value).expect("it has no key that is no text"));
}

fn load_json<T: DeserializeOwned>(from: &mut RowReader<'_>) -> Result<T, RowDamage> {
    serde_json::from_str(from.text()?).map_err(|_| RowDamage("JSON of another kind"))
}

macro_rules! saved_as_json {
    ($($kind:ty),+) => {$(
        impl Saved for $kind {
            fn save(&self, _: Pos32, to: &mut RowWriter) {
                save_json(self, to);
            }
            fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
                load_json(from)
            }
        }
    )+};
}

saved_as_json!(FormAccess, ProfileSettings);

impl Saved for Policy {
    fn save(&self, _: Pos32, to: &mut RowWriter) {
        save_json(&self.as_change(), to);
    }
    fn load(from: &mut RowReader<'_>) -> Result<Self, RowDamage> {
        Ok(Policy::default().with(&load_json::<PolicyChange>(from)?))
    }
}
