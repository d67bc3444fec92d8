//! Changes of cases with numbers in the place of names: what a fold makes once it has looked up whom an event names.
//!
//! A case is most of what a fold has to change and the farthest from the nearest memory. Since a step names nothing, it can
//! be made elsewhere than where names are given: a replay hands steps to another thread (`CaseAccess::hand_out`).
//! INVARIANT: steps are made in the order in which they were handed out.

use super::{Case, CaseAccess, Gathering, Glass, Placed};
use crate::access_list::{Held, ListIndex, SubjectKey};
use crate::evaluate::Target;
use crate::history::Place;
use crate::trail::{Touch, Trail};

/// Which list of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Open,
    Restricted,
}

/// See the module.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// The next case.
    Opened {
        definition: u32,
        creator: u32,
        workspace: Option<u32>,
        parent: Option<u32>,
    },
    Completed {
        case: u32,
        completed: bool,
    },
    Entry {
        case: u32,
        which: Which,
        subject: SubjectKey,
        held: Held,
    },
    Restricted {
        case: u32,
    },
    /// With every entry of the restricted list.
    Lifted {
        case: u32,
    },
    Person {
        case: u32,
        field: u32,
        person: SubjectKey,
        placed: Placed,
    },
    Assigned {
        case: u32,
        activity: u32,
        assignee: SubjectKey,
        is: bool,
    },
    Glass {
        case: u32,
        glass: Glass,
    },
    Wall {
        case: u32,
        against: SubjectKey,
        is: bool,
    },
    Link {
        case: u32,
        link: u32,
    },
    Item {
        case: u32,
        item: u32,
    },
    Task {
        case: u32,
        task: u32,
    },
}

impl CaseAccess {
    /// Makes a step, or hands it out.
    #[inline]
    pub(crate) fn step(&mut self, place: Place, step: Step, trail: &mut Trail) {
        match &mut self.handed_out {
            Some(steps) => steps.push((place, step)),
            None => self.make(place, step, trail),
        }
    }

    /// From now on steps are kept, to be made by whoever takes them.
    pub(crate) fn hand_out(&mut self) {
        self.handed_out = Some(Vec::new());
    }

    /// From now on steps are made here.
    pub(crate) fn make_own(&mut self) {
        self.handed_out = None;
    }

    /// Those that were handed out since.
    pub(crate) fn take_steps(&mut self) -> Vec<(Place, Step)> {
        self.handed_out.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(crate) fn count_steps(&self) -> usize {
        self.handed_out.as_ref().map_or(0, Vec::len)
    }

    pub(crate) fn make(&mut self, place: Place, step: Step, trail: &mut Trail) {
        match step {
            Step::Opened { definition, creator, workspace, parent } => {
                self.open(Case::opened(place, definition, creator, workspace, parent), trail);
            }
            Step::Completed { case, completed } => {
                self.get_mut(case).completed.push(place, completed);
                trail.push(place, Touch::Completed(case));
            }
            Step::Entry { case, which, subject, held } => self.set_entry(case, which, (subject, held), place, trail),
            Step::Restricted { case } => self.set_restricted(case, true, place, trail),
            Step::Lifted { case } => self.lift(case, place, trail),
            Step::Person { case, field, person, placed } => {
                self.place_person(case, (field, person), placed, place, trail);
            }
            Step::Assigned { case, activity, assignee, is } => {
                self.assign(case, (activity, assignee), is, place, trail)
            }
            Step::Glass { case, glass } => self.break_glass(case, glass, trail),
            Step::Wall { case, against, is } => {
                self.get_mut(case).rare_mut().walls.set(against, place, is);
                trail.push(place, Touch::Wall { on: Target::Case(case), against });
                self.gather(Gathering::Naming(against), case, place, trail);
            }
            Step::Link { case, link } => self.add_link(case, link, place, trail),
            Step::Item { case, item } => self.add_item(case, item),
            Step::Task { case, task } => self.add_task(case, task),
        }
    }

    fn set_entry(
        &mut self,
        case: u32,
        which: Which,
        (subject, held): (SubjectKey, Held),
        place: Place,
        trail: &mut Trail,
    ) {
        let found = self.get_mut(case);
        let (list, index) = match which {
            Which::Open => (&mut found.list, ListIndex::Case(case)),
            Which::Restricted => (&mut found.restriction_mut().list, ListIndex::Restriction(case)),
        };
        let first = list.set(subject, place, held);
        trail.push(place, Touch::Entry { list: index, subject });
        if first {
            self.gather(Gathering::Naming(subject), case, place, trail);
        }
    }

    fn lift(&mut self, case: u32, place: Place, trail: &mut Trail) {
        let list = &self.get_mut(case).restriction_mut().list;
        let held = list.entries().filter(|entry| entry.at(Place::LATEST).is_some());
        let listed: Vec<_> = held.map(crate::access_list::Entry::subject).collect();
        for subject in listed {
            self.set_entry(case, Which::Restricted, (subject, Held::NONE), place, trail);
        }
        self.set_restricted(case, false, place, trail);
    }

    /// A look at the cases that steps will change, for nothing but to have them at hand: they are waited for together.
    pub(crate) fn look_at(&self, steps: &[(Place, Step)]) -> u32 {
        let case = |step: &Step| match *step {
            Step::Entry { case, .. } | Step::Completed { case, .. } | Step::Person { case, .. } => self.find(case),
            _ => None,
        };
        let found = || steps.iter().filter_map(|(_, step)| case(step));
        let records = found().fold(0, |sum, case| sum ^ case.definition);
        let lists = found().filter_map(|case| case.list.entries().next_back());
        lists.fold(records, |sum, entry| sum ^ entry.subject().number())
    }
}
