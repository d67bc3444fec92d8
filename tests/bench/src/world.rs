//! Views built event by event, for worlds of any shape: what the engine would fold, mostly without its deciding.

use caseward_events::command::{Command, Membership};
use caseward_events::event::{
    AccessGranted, CaseOpened, DefinitionCreated, Event, GrantUpdated, MemberAdded, MemberRemoved, WallLowered,
    WallRaised,
};
use caseward_events::recorded::First;
use caseward_events::seal::Digests;
use caseward_events::submission::Content;
use caseward_events::{
    Action, Actor, CaseId, CommandId, GroupId, ListRef, OrganizationName, Position, Recorded, Resource, Rights,
    Subject, Timestamp,
};
use caseward_projections::{DecideAt, NumberedQuestion, Target, Views, decide};

/// Views of a world, with what made them.
pub struct World {
    views: Views,
    users: u32,
    named: Position,
    state: u64,
}

impl World {
    /// With a definition under access control, and users.
    pub fn new(users: u32) -> World {
        let mut world = World { views: Views::default(), users, named: Position::ZERO, state: 0x9e37_79b9_7f4a_7c15 };
        world.put(DefinitionCreated { definition: id("d"), name: None, access_control: true, by_policy: false });
        world
    }

    /// What was folded.
    pub fn views(&self) -> &Views {
        &self.views
    }

    /// How many events there are.
    pub fn events(&self) -> u64 {
        self.views.tip().0
    }

    /// From here on positions are asked: everything that questions name is there.
    pub fn named(&mut self) {
        // A user whom no list names is named by a group that gives nothing.
        for user in 0..self.users {
            if self.views.directory.users.get(&id(&format!("u{user}"))).is_none() {
                self.put(MemberAdded { group: id("nobody"), member: subject("user:u", user) });
            }
        }
        self.named = self.views.tip();
    }

    /// A position at random, at which all is named.
    pub fn position_since_named(&mut self) -> Position {
        let later = u32::try_from(self.events() - self.named.0).expect("worlds are small");
        Position(self.named.0 + u64::from(self.random(later + 1)))
    }

    /// Opens cases from 0 on.
    pub fn open_cases(&mut self, many: u32) {
        (0..many).for_each(|case| self.open_case(case));
    }

    /// Opens one.
    pub fn open_case(&mut self, case: u32) {
        let (case, definition, creator) = (case_id(case), id("d"), id("maker"));
        self.put(CaseOpened { case, definition, creator, parent: None, workspace: None });
    }

    /// Read on a case.
    pub fn grant_user(&mut self, case: u32, user: u32) {
        self.grant(case, subject("user:u", user));
    }

    /// Read on a case.
    pub fn grant_group(&mut self, case: u32, group: u32) {
        self.grant(case, subject("group:g", group));
    }

    fn grant(&mut self, case: u32, to: Subject) {
        let (on, rights) = (ListRef::Case(case_id(case)), Rights::READ);
        self.put(AccessGranted { on, to, rights, valid_from: None, valid_until: None, origin: None });
    }

    /// Read, or write.
    pub fn update_user(&mut self, case: u32, user: u32, write: bool) {
        let rights = if write { Rights::WRITE } else { Rights::READ };
        let (on, to) = (ListRef::Case(case_id(case)), subject("user:u", user));
        self.put(GrantUpdated { on, to, rights, valid_from: None, valid_until: None, origin: None });
    }

    /// Into a group.
    pub fn add_user(&mut self, group: u32, user: u32) {
        self.put(MemberAdded { group: id(&format!("g{group}")), member: subject("user:u", user) });
    }

    /// A group into another.
    pub fn add_group(&mut self, outer: u32, inner: u32) {
        self.put(MemberAdded { group: id(&format!("g{outer}")), member: subject("group:g", inner) });
    }

    /// A group into another, or out of it; nothing where it is so already.
    pub fn set_group(&mut self, outer: u32, inner: u32, is: bool) {
        let (group, member) = (id::<GroupId>(&format!("g{outer}")), subject("group:g", inner));
        let directory = &self.views.directory;
        let known = directory.groups.get(&group).zip(directory.key(&member));
        let place = self.views.tip().into();
        let was = known.is_some_and(|(group, member)| directory.member_since(member, group, place).is_some());
        match (was, is) {
            (false, true) => self.put(MemberAdded { group, member }),
            (true, false) => self.put(MemberRemoved { group, member }),
            _ => {}
        }
    }

    /// A wall of the organization, raised or lowered.
    pub fn set_wall(&mut self, against: &str, raised: bool) {
        let (on, against) = (Resource::Organization, id(against));
        if raised { self.put(WallRaised { on, against }) } else { self.put(WallLowered { on, against }) }
    }

    /// A member into a group, decided as a command that anybody may send.
    pub fn decide_member(&mut self, group: u32, member: &str) {
        let membership = Membership { group: id(&format!("g{group}")), member: id(member) };
        let content = Content {
            actor: Actor::unknown(),
            reason: None,
            time: None,
            correlation_id: None,
            causation_id: None,
            expected_version: None,
            command: Command::AddMember(membership),
        };
        let own = OrganizationName::default();
        let time = Timestamp::from_micros(i64::try_from(self.views.tip().next().0).expect("worlds are small"));
        let decided = self.views.ask(|views| decide(views, &own, &content, DecideAt::Live(time), usize::MAX));
        let decided = decided.expect("no case leaves these views").expect("anybody may");
        decided.events.into_iter().for_each(|event| self.put(event));
    }

    /// A question by numbers.
    pub fn asked(&self, user: u32, case: u32, action: Action) -> NumberedQuestion {
        let user = self.views.directory.users.get(&id(&format!("u{user}")));
        let case = self.views.cases.names.get(&case_id(case)).expect("it was opened");
        NumberedQuestion { user: Some(user.expect("it was named")), action, target: Target::Case(case) }
    }

    /// Below a bound; always the same in the same order (xorshift64*).
    pub fn random(&mut self, below: u32) -> u32 {
        self.state ^= self.state >> 12;
        self.state ^= self.state << 25;
        self.state ^= self.state >> 27;
        let high = self.state.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        u32::try_from((high * u64::from(below)) >> 32).expect("it is below a number of 32 bits")
    }

    fn put(&mut self, event: impl Into<Event>) {
        let event = event.into();
        let position = self.views.tip().next();
        let time = Timestamp::from_micros(i64::try_from(position.0).expect("worlds are small"));
        let stream_version = self.views.stream_version(&event.stream()) + 1;
        let recorded = Recorded { time, ..alone(position, stream_version, id(&position.to_string()), event) };
        self.views.apply(&recorded).expect("it fits");
        self.views.settle(position);
    }
}

/// An event that is all of its command and commit, at no time in particular.
pub fn alone(position: Position, stream_version: u64, command_id: CommandId, event: Event) -> Recorded {
    Recorded {
        position,
        stream_version,
        time: Timestamp::EPOCH,
        command_id,
        index: 0,
        count: 1,
        commit_index: 0,
        commit_count: 1,
        actor: Actor::unknown(),
        via: None,
        reason: None,
        correlation_id: None,
        causation_id: None,
        first: Some(First { digests: Digests { body: [7; 16], reason: None }, warnings: Vec::new() }),
        event,
    }
}

/// From its text.
pub fn id<T: std::str::FromStr<Err: std::fmt::Debug>>(text: &str) -> T {
    text.parse().expect("an id")
}

fn case_id(case: u32) -> CaseId {
    id(&format!("c{case}"))
}

fn subject(kind: &str, number: u32) -> Subject {
    id(&format!("{kind}{number}"))
}
