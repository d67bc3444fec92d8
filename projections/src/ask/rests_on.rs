//! Which streams a decision rests on: with all events of these, it comes out as with the whole log.
//!
//! | always | `organization`; the stream of the resource; of a case, that of its definition, too |
//! |---|---|
//! | of a user | the user's own, the profile that the user has, those of all who ever delegated to the user, and the profiles of these |
//! | of a link | the link, its case, the definition of that |
//! | of people | every user who ever was in a person field of the case |
//! | of groups | every group that a list, a wall or a person field of these names, and every group that is in one of them |
//!
//! Groups are followed inward: a membership lies in the stream of the outer group, so that every path from a user to a
//! group that is named runs through streams that are there.
//!
//! INVARIANT: it is worked out from views of these streams alone as from those of the whole log. So whoever folds a proof
//! finds out by himself whether a stream is missing. Delegations to a user and links are the exception, as an event
//! elsewhere makes them; [`crate::fold::stream_leaves::StreamLeaf::named`] tells of those.

use crate::facts::history_map::HistoryMap;
use crate::facts::number::{SubjectKey, Target};
use crate::facts::position::Pos32;
use crate::fold::at_hand::AtHand;
use crate::tables::access_list::AccessList;
use caseward_events::{Asker, LinkId, Resource, Stream};
use std::collections::BTreeSet;

impl AtHand<'_> {
    /// The names of the streams, and of the link if one is asked about, that a decision rests on as of a place.
    #[must_use]
    pub fn rests_on(self, asker: &Asker, resource: &Resource, place: Pos32) -> BTreeSet<String> {
        let mut collector = Collector { views: self, place, names: BTreeSet::new(), groups: BTreeSet::new() };
        collector.add(&Stream::Organization);
        collector.add(&resource.stream());
        if let Some(target) = self.target(resource, place) {
            collector.target(target);
            match asker {
                Asker::User(user) => {
                    collector.add(&Stream::User(user.clone()));
                    collector.named_there(target);
                    if let Some(user) = self.directory.users.get(user) {
                        collector.user(user);
                    }
                }
                Asker::Link(link) => collector.link(link),
            }
        }
        collector.names
    }
}

struct Collector<'a> {
    views: AtHand<'a>,
    place: Pos32,
    names: BTreeSet<String>,
    /// Those whose inner groups are looked at already.
    groups: BTreeSet<u32>,
}

impl Collector<'_> {
    fn add(&mut self, stream: &Stream) {
        self.names.insert(stream.to_string());
    }

    fn target(&mut self, target: Target) {
        let views = self.views;
        let definition = match target {
            Target::Case(case) => {
                self.add(&Stream::Case(views.cases.names.id(case).clone()));
                views.case(case).definition
            }
            Target::Definition(definition) => definition,
            Target::Organization => return,
        };
        self.add(&Stream::Definition(views.definitions.names.id(definition).clone()));
    }

    fn user(&mut self, user: u32) {
        self.profile(user);
        let views = self.views;
        let delegations = &views.delegations;
        for delegation in delegations.to(user).iter().map(|&number| delegations.get(number)) {
            if delegation.made <= self.place {
                self.add(&Stream::User(views.directory.users.id(delegation.from).clone()));
                self.profile(delegation.from);
            }
        }
    }

    fn profile(&mut self, user: u32) {
        if let Some((_, profile)) = self.views.directory.profile(user, self.place) {
            self.add(&Stream::Profile(self.views.profiles.names.id(profile).clone()));
        }
    }

    fn link(&mut self, link: &LinkId) {
        self.names.insert(Asker::Link(link.clone()).to_string());
        if let Some(number) = self.views.links.known(link, self.place) {
            self.target(Target::Case(self.views.links.get(number).case));
        }
    }

    /// The groups that lists, walls and person fields name.
    fn named_there(&mut self, target: Target) {
        let views = self.views;
        let definitions = &views.definitions;
        self.list(&definitions.organization);
        self.walls(&definitions.walls);
        let definition = match target {
            Target::Case(number) => {
                let case = views.case(number);
                self.list(&case.list);
                if let Some((_, restriction)) = case.restriction(self.place) {
                    self.list(&restriction.list);
                }
                if let Some(rare) = case.rare() {
                    self.walls(&rare.walls);
                }
                case.people(self.place).for_each(|(person, _)| self.subject(person));
                // A user who leaves takes the link to a workspace along, and that is told in the user's own stream: so of
                // everybody who ever was in a field, whether or not they are found to have left it.
                let place = self.place;
                let ever = case.persons.iter().filter(|(_, placed)| placed.values().any(|(at, _)| at <= place));
                for user in ever.filter_map(|((_, person), _)| person.as_user()) {
                    self.add(&Stream::User(views.directory.users.id(user).clone()));
                }
                Some(case.definition)
            }
            Target::Definition(definition) => Some(definition),
            Target::Organization => None,
        };
        if let Some(definition) = definition {
            self.list(&definitions.get(definition).list);
            self.walls(&definitions.get(definition).walls);
        }
    }

    fn list(&mut self, list: &AccessList) {
        let place = self.place;
        for entry in list.entries().filter(|entry| entry.at(place).is_some()) {
            self.subject(entry.subject());
        }
    }

    fn walls(&mut self, walls: &HistoryMap<SubjectKey, bool>) {
        walls.held(self.place).for_each(|(subject, _)| self.subject(subject));
    }

    fn subject(&mut self, subject: SubjectKey) {
        let mut found: Vec<u32> = subject.as_group().into_iter().collect();
        while let Some(group) = found.pop() {
            if self.groups.insert(group) {
                let directory = &self.views.directory;
                found.extend(directory.inner_groups(group, self.place));
                let id = directory.groups.id(group).clone();
                self.add(&Stream::Group(id));
            }
        }
    }
}
