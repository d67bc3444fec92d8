//! An event as a fold reads it: where logs are full of its type, its ids are borrowed from where they lie.
//!
//! Absent on purpose: what no fold asks for, such as whether a grant was new and what made it.

use crate::event::{AccessGranted, CaseOpened, Event, GrantRevoked, GrantUpdated, MemberAdded, MemberRemoved};
use crate::id::Text;
use crate::reference::{ListRef, Subject};
use crate::rights::Rights;
use crate::time::Window;

/// An event as a fold reads it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fact<'a> {
    /// A case was opened.
    CaseOpened {
        /// Which.
        case: Text<'a>,
        /// Its kind.
        definition: Text<'a>,
        /// By whom.
        creator: Text<'a>,
        /// The case it belongs to.
        parent: Option<Text<'a>>,
        /// The workspace that the creator was in.
        workspace: Option<Text<'a>>,
    },
    /// An entry of a list is this from now on.
    Entry {
        /// The list.
        on: ListText<'a>,
        /// Whose.
        to: SubjectText<'a>,
        /// What; nothing where it was taken off.
        rights: Rights,
        /// When.
        window: Window,
    },
    /// A user or group is a direct member from now on, or is none.
    Member {
        /// Of which group.
        group: Text<'a>,
        /// Who.
        member: SubjectText<'a>,
        /// Which of the two.
        is: bool,
    },
    /// One of the rest.
    Other(&'a Event),
}

/// A [`ListRef`] whose id is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListText<'a> {
    /// That of the organization.
    Organization,
    /// That of a definition.
    Definition(Text<'a>),
    /// That of a case.
    Case(Text<'a>),
    /// That of a case under restriction.
    Restriction(Text<'a>),
}

/// A [`Subject`] whose id is borrowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SubjectText<'a> {
    /// A person.
    User(Text<'a>),
    /// A set of users and groups.
    Group(Text<'a>),
}

impl<'a> From<&'a ListRef> for ListText<'a> {
    fn from(list: &'a ListRef) -> Self {
        match list {
            ListRef::Organization => ListText::Organization,
            ListRef::Definition(id) => ListText::Definition(id.text()),
            ListRef::Case(id) => ListText::Case(id.text()),
            ListRef::Restriction(id) => ListText::Restriction(id.text()),
        }
    }
}

impl<'a> From<&'a Subject> for SubjectText<'a> {
    fn from(subject: &'a Subject) -> Self {
        match subject {
            Subject::User(id) => SubjectText::User(id.text()),
            Subject::Group(id) => SubjectText::Group(id.text()),
        }
    }
}

impl<'a> From<&'a Event> for Fact<'a> {
    fn from(event: &'a Event) -> Self {
        match event {
            Event::CaseOpened(CaseOpened { case, definition, creator, parent, workspace }) => Fact::CaseOpened {
                case: case.text(),
                definition: definition.text(),
                creator: creator.text(),
                parent: parent.as_ref().map(|id| id.text()),
                workspace: workspace.as_ref().map(|id| id.text()),
            },
            Event::AccessGranted(AccessGranted { on, to, rights, valid_from, valid_until, .. })
            | Event::GrantUpdated(GrantUpdated { on, to, rights, valid_from, valid_until, .. }) => {
                let window = Window { from: *valid_from, until: *valid_until };
                Fact::Entry { on: on.into(), to: to.into(), rights: *rights, window }
            }
            Event::GrantRevoked(GrantRevoked { on, to }) => {
                Fact::Entry { on: on.into(), to: to.into(), rights: Rights::NONE, window: Window::ALWAYS }
            }
            Event::MemberAdded(MemberAdded { group, member }) => {
                Fact::Member { group: group.text(), member: member.into(), is: true }
            }
            Event::MemberRemoved(MemberRemoved { group, member }) => {
                Fact::Member { group: group.text(), member: member.into(), is: false }
            }
            _ => Fact::Other(event),
        }
    }
}

/// What [`crate::codec::decode_to_fold`] makes of bytes: something to take a [`Fact`] from.
#[derive(Clone, Debug, PartialEq)]
pub enum Decoded<'a> {
    /// It lies in the bytes.
    Plain(Fact<'a>),
    /// It was made. Boxed, so that many lie close together.
    Whole(Box<Event>),
}

impl Decoded<'_> {
    /// For a fold.
    #[must_use]
    #[inline]
    pub fn fact(&self) -> Fact<'_> {
        match self {
            Decoded::Plain(fact) => *fact,
            Decoded::Whole(event) => Fact::from(&**event),
        }
    }
}
