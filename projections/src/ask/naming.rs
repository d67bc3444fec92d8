//! Which events name a thing, found in what they left of it in the views: so that its history need not be looked for in
//! the whole log.
//!
//! Every fact of every view is a history of places, and each place is that of an event. What names a case hangs on the case;
//! what names a user hangs on the user, on the definitions and on the cases that ever named the user; and so on.
//! INVARIANT: every event that concerns a thing is found; some that are found may concern only others, and whoever reads
//! them says. Absent on purpose: postings. They would be written with each event, and say what the views say already.

use super::naming_case::Places;
use crate::facts::number::{CaseIndexKey, EntityKey, LabelKey, SubjectKey};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::fold::views::Views;
use caseward_events::{CaseId, Position, Reference, Stream};

/// Definitions or profiles that are looked at under one lock, and users for one profile.
const SLICE: u32 = 256;
/// Users of a group that are looked at under one lock.
const SLICE_USERS: u32 = 1_024;
/// Cases of a definition likewise: of each only where it was opened.
const SLICE_OPENED: usize = 4_096;
/// Cases that name a user or a group likewise.
const SLICE_CASES: usize = 64;

/// Something that events name, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Named {
    Case(u32),
    Definition(u32),
    Subject(SubjectKey),
    Profile(u32),
    Item(u32),
    Task(u32),
    Link(u32),
    /// The stream, which is not everything.
    Organization,
}

/// How far a walk goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// To all that names it.
    AllThatNamesIt,
    /// To what is in its stream, or hangs on it.
    ItsStream,
}

/// What is looked at next.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// What the views keep of the thing itself.
    Itself,
    /// What definitions say of a user or a group, from a number on.
    Definitions(u32),
    /// The users who ever were in a group, from an index on.
    UsersOfGroup(u32),
    /// All users who may have had a profile, from a number on.
    Users(u32),
    /// What profiles say of a definition, from a number on.
    Profiles(u32),
    /// The cases that name a user or a group, or that are of a definition, behind an id.
    Cases(Option<CaseId>),
}

/// All places of a thing, a slice at a time, so that nobody need hold the views for all.
///
/// INVARIANT: between two steps the views may grow, and nothing else; what grows lies above the place that is asked about.
#[derive(Clone, Debug)]
pub struct NamingWalk {
    of: Named,
    reach: Reach,
    up_to: Pos32,
    /// `None` at the end.
    next: Option<Place>,
    found: Vec<Pos32>,
}

/// What one step found.
#[derive(Debug)]
pub struct NamingStep {
    next: Option<Place>,
    found: Vec<Pos32>,
    looked_at: usize,
}

impl NamingStep {
    /// How many rows it looked at.
    #[must_use]
    pub fn looked_at(&self) -> usize {
        self.looked_at
    }
}

impl NamingWalk {
    /// What names a thing, up to a place; `None` where nothing did by then, and of the organization, which everything
    /// names.
    #[must_use]
    pub fn of(views: &Views, of: &Reference, up_to: Pos32) -> Option<NamingWalk> {
        Some(NamingWalk::at_its_beginning(named(views, of, up_to)?, up_to))
    }

    /// The same of a stream, which costs less: a definition without the cases that were opened, a user and a group without
    /// what definitions and cases say of them, and of the organization only what is in its own stream. INVARIANT: every
    /// event of the stream is found but one: an `offboard` of a user who was disabled already, where it ended nothing of the
    /// user but what definitions and cases say.
    #[must_use]
    pub fn of_stream(views: &Views, of: &Stream, up_to: Pos32) -> Option<NamingWalk> {
        let of = match of {
            Stream::Organization => Named::Organization,
            Stream::Case(id) => named(views, &Reference::Case(id.clone()), up_to)?,
            Stream::Definition(id) => named(views, &Reference::Definition(id.clone()), up_to)?,
            Stream::Group(id) => named(views, &Reference::Group(id.clone()), up_to)?,
            Stream::User(id) => named(views, &Reference::User(id.clone()), up_to)?,
            Stream::Profile(id) => named(views, &Reference::Profile(id.clone()), up_to)?,
            Stream::Item(id) => named(views, &Reference::Item(id.clone()), up_to)?,
            Stream::Task(id) => named(views, &Reference::Task(id.clone()), up_to)?,
        };
        Some(NamingWalk { reach: Reach::ItsStream, ..NamingWalk::at_its_beginning(of, up_to) })
    }

    fn at_its_beginning(of: Named, up_to: Pos32) -> NamingWalk {
        NamingWalk { of, reach: Reach::AllThatNamesIt, up_to, next: Some(Place::Itself), found: Vec::new() }
    }

    /// Looks at a slice more; `None` at the end. Nothing of it counts before it is [taken](NamingWalk::take).
    #[must_use]
    pub fn step(&self, views: AtHand<'_>) -> Option<NamingStep> {
        let mut places = Places::up_to(self.up_to);
        let (next, looked_at) = match (self.next.as_ref()?, self.of) {
            (Place::Itself, _) => {
                self.itself(views, &mut places);
                (self.behind_itself(), places.found.len().max(1))
            }
            (Place::Definitions(from), Named::Subject(of)) => definitions(views, of, *from, &mut places),
            (Place::UsersOfGroup(from), Named::Subject(of)) => {
                let (next, looked_at) = users_of_group(views, of.number(), *from, &mut places);
                (next.or_else(|| self.behind_the_stream(Place::Definitions(0))), looked_at)
            }
            (Place::Users(from), Named::Profile(of)) => users(views, of, *from, &mut places),
            (Place::Profiles(from), Named::Definition(of)) => {
                let (next, looked_at) = profiles(views, of, *from, &mut places);
                (next.or_else(|| self.behind_the_stream(Place::Cases(None))), looked_at)
            }
            (Place::Cases(behind), Named::Definition(of)) => {
                let by = CaseIndexKey::Definition(of);
                let opened = |case, places: &mut Places| places.put(views.cases.names.first(case));
                cases(views, by, (behind.as_ref(), SLICE_OPENED), &mut places, opened)
            }
            (Place::Cases(behind), Named::Subject(of)) => {
                let by = CaseIndexKey::Naming(of);
                let named = |case, places: &mut Places| views.places_in_case(case, of, places);
                cases(views, by, (behind.as_ref(), SLICE_CASES), &mut places, named)
            }
            _ => unreachable!("each place is of the things that it is looked at for"),
        };
        Some(NamingStep { next, found: places.found, looked_at })
    }

    /// Takes a step.
    pub fn take(&mut self, step: NamingStep) {
        self.next = step.next;
        self.found.extend(step.found);
    }

    /// All positions that were found, ascending, each once.
    #[must_use]
    pub fn finish(mut self) -> Vec<Position> {
        self.found.sort_unstable();
        self.found.dedup();
        self.found.into_iter().map(Pos32::position).collect()
    }

    fn behind_itself(&self) -> Option<Place> {
        match self.of {
            Named::Subject(of) if of.is_group() => Some(Place::UsersOfGroup(0)),
            Named::Subject(_) => self.behind_the_stream(Place::Definitions(0)),
            Named::Definition(_) => Some(Place::Profiles(0)),
            Named::Profile(_) => Some(Place::Users(0)),
            Named::Case(_) | Named::Item(_) | Named::Task(_) | Named::Link(_) | Named::Organization => None,
        }
    }

    fn behind_the_stream(&self, next: Place) -> Option<Place> {
        (self.reach == Reach::AllThatNamesIt).then_some(next)
    }

    fn itself(&self, views: AtHand<'_>, places: &mut Places) {
        match self.of {
            Named::Case(case) => views.places_of_case(case, places),
            Named::Definition(number) => {
                let one = views.definitions.get(number);
                places.put(one.created);
                places.history(&one.access_control);
                places.history(&one.sharing);
                places.list(&one.list);
                places.map(&one.walls);
                places.map(&one.swept);
                label(views, LabelKey::Definition(number), places);
            }
            Named::Subject(of) => subject(views, of, places),
            Named::Profile(number) => {
                let one = views.profiles.get(number);
                places.history(&one.settings);
                places.map(&one.rows);
                label(views, LabelKey::Profile(number), places);
            }
            Named::Item(number) => {
                let one = views.items.item(number);
                places.map(&one.cases);
                places.history(&one.away);
                let attached = |task: &u32| places.key(&views.items.task(*task).entities, EntityKey::Item(number));
                one.tasks.iter().for_each(attached);
            }
            Named::Task(number) => places.map(&views.items.task(number).entities),
            Named::Link(number) => {
                let one = views.links.get(number);
                places.put(one.made);
                places.history(&one.revoked);
            }
            Named::Organization => organization(views, places),
        }
    }
}

fn named(views: &Views, of: &Reference, up_to: Pos32) -> Option<Named> {
    let Views { directory, cases, definitions, profiles, items, links, .. } = views;
    let (of, first) = match of {
        Reference::Case(id) => cases.names.get(id).map(|one| (Named::Case(one), cases.names.first(one)))?,
        Reference::Definition(id) => {
            definitions.names.get(id).map(|one| (Named::Definition(one), definitions.names.first(one)))?
        }
        Reference::User(id) => {
            let user = directory.users.get(id)?;
            (Named::Subject(SubjectKey::user(user)), directory.users.first(user))
        }
        Reference::Group(id) => {
            let group = directory.groups.get(id)?;
            (Named::Subject(SubjectKey::group(group)), directory.groups.first(group))
        }
        Reference::Profile(id) => profiles.names.get(id).map(|one| (Named::Profile(one), profiles.names.first(one)))?,
        Reference::Item(id) => items.items.get(id).map(|one| (Named::Item(one), items.items.first(one)))?,
        Reference::Task(id) => items.tasks.get(id).map(|one| (Named::Task(one), items.tasks.first(one)))?,
        Reference::Link(id) => links.names.get(id).map(|one| (Named::Link(one), links.names.first(one)))?,
        Reference::Organization => return None,
    };
    (first <= up_to).then_some(of)
}

fn label(views: AtHand<'_>, key: LabelKey, places: &mut Places) {
    views.labels.places(key).for_each(|place| places.put(place));
}

/// What the views keep of a user or a group apart from definitions, cases and the members of a group.
fn subject(views: AtHand<'_>, of: SubjectKey, places: &mut Places) {
    match (of.as_user(), of.as_group()) {
        (Some(user), _) => {
            views.directory.each_place(user, &[], |place| places.put(place));
            label(views, LabelKey::User(user), places);
            let delegations = &views.delegations;
            for number in delegations.from(user).iter().chain(delegations.to(user)) {
                let delegation = delegations.get(*number);
                places.put(delegation.made);
                places.history(&delegation.ended);
            }
        }
        (None, group) => {
            let group = group.expect("it is one of the two");
            let directory = &views.directory;
            directory.each_place_of_group(group, |place| places.put(place));
            label(views, LabelKey::Group(group), places);
            let inner = directory.ever_inner(group).iter().map(|inner| SubjectKey::group(*inner));
            inner.flat_map(|inner| directory.membership_places(inner, group)).for_each(|place| places.put(place));
        }
    }
    places.key(&views.keys.erased, of);
    places.entry(&views.definitions.organization, of);
    places.key(&views.definitions.walls, of);
}

fn organization(views: AtHand<'_>, places: &mut Places) {
    places.list(&views.definitions.organization);
    places.map(&views.definitions.walls);
    places.map(&views.keys.erased);
    places.history(&views.keys.signing);
    let adopted = views.policy.places().chain(views.vocabulary.places());
    adopted.chain(views.labels.places_of_workspaces()).for_each(|place| places.put(place));
    let admins = views.directory.ever_admins().iter();
    admins.flat_map(|admin| views.directory.admin_places(*admin)).for_each(|place| places.put(place));
}

/// Where a slice of some entities ends, and where the next one begins, if there is one.
fn slice(from: u32, many: u32, all: usize) -> (u32, Option<u32>) {
    let all = u32::try_from(all).expect("numbers have 32 bits");
    let end = all.min(from.saturating_add(many));
    (end, (end < all).then_some(end))
}

type Stepped = (Option<Place>, usize);

fn definitions(views: AtHand<'_>, of: SubjectKey, from: u32, places: &mut Places) -> Stepped {
    let (end, next) = slice(from, SLICE, views.definitions.names.len());
    for number in from..end {
        let one = views.definitions.get(number);
        places.entry(&one.list, of);
        places.key(&one.walls, of);
        places.key(&one.swept, of);
    }
    (Some(next.map_or(Place::Cases(None), Place::Definitions)), end.saturating_sub(from) as usize)
}

fn users_of_group(views: AtHand<'_>, group: u32, from: u32, places: &mut Places) -> Stepped {
    let users = views.directory.ever_users(group);
    let (end, next) = slice(from, SLICE_USERS, users.len());
    for user in users.get(from as usize..end as usize).unwrap_or_default() {
        let changes = views.directory.membership_places(SubjectKey::user(*user), group);
        changes.for_each(|place| places.put(place));
    }
    (next.map(Place::UsersOfGroup), end.saturating_sub(from) as usize)
}

fn users(views: AtHand<'_>, profile: u32, from: u32, places: &mut Places) -> Stepped {
    let (end, next) = slice(from, SLICE_USERS, views.directory.users.len());
    for user in from..end {
        views.directory.profile_places(user, profile).for_each(|place| places.put(place));
    }
    (next.map(Place::Users), end.saturating_sub(from) as usize)
}

fn profiles(views: AtHand<'_>, definition: u32, from: u32, places: &mut Places) -> Stepped {
    let (end, next) = slice(from, SLICE, views.profiles.names.len());
    for number in from..end {
        places.key(&views.profiles.get(number).rows, definition);
    }
    (next.map(Place::Profiles), end.saturating_sub(from) as usize)
}

fn cases(
    views: AtHand<'_>,
    by: CaseIndexKey,
    (behind, many): (Option<&CaseId>, usize),
    places: &mut Places,
    mut look: impl FnMut(u32, &mut Places),
) -> Stepped {
    let Some(indexed) = views.cases.indexed(by) else { return (None, 0) };
    let names = &views.cases.names;
    let (mut last, mut looked_at) = (None, 0);
    for case in indexed.behind(behind, names).take(many) {
        look(case, places);
        (last, looked_at) = (Some(case), looked_at + 1);
    }
    let next = last.filter(|_| looked_at == many).map(|case| Place::Cases(Some(names.id(case).clone())));
    (next, looked_at)
}
