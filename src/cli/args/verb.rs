//! What a verb needs and does, for whoever runs it: a store, a lock, a process of its own.

use super::instant::Moment;
use super::{GrantArgs, ReadsAboutArgs, ReadsListArgs, ReadsVerb, Stretch, TokenVerb, UpdateArgs, Verb};
use std::path::PathBuf;

impl Verb {
    /// Whether it writes to a store or a folder: it is short, or stops by itself when it is told to.
    #[must_use]
    pub fn writes(&self) -> bool {
        matches!(
            self,
            Verb::Init(_)
                | Verb::Do(_)
                | Verb::Grant(_)
                | Verb::Update(_)
                | Verb::Revoke(_)
                | Verb::Restrict(_)
                | Verb::Lift(_)
                | Verb::Apply(_)
                | Verb::Import(_)
                | Verb::Rebuild(_)
                | Verb::Org(_)
                | Verb::Token(_)
                | Verb::Reads(ReadsVerb::Erase(_))
                | Verb::Policy(_)
                | Verb::Vocabulary(_)
                | Verb::Key(_)
                | Verb::TreeHead(_)
                | Verb::Backup(_)
                | Verb::Restore(_)
                | Verb::Heal(_)
                | Verb::Doctor(_)
        )
    }

    /// Whether one that only reads stops by itself when it is told to.
    #[must_use]
    pub fn stops_itself(&self) -> bool {
        self.serves() || matches!(self, Verb::Tail(_)) || matches!(self, Verb::Check(args) if args.batch.is_some())
    }

    /// Whether it answers others until it is told to end.
    #[must_use]
    pub fn serves(&self) -> bool {
        matches!(self, Verb::Serve(_)) || matches!(self, Verb::Demo(args) if args.serve)
    }

    /// Whether it logs what it is asked.
    #[must_use]
    pub fn logs_access(&self) -> bool {
        matches!(self, Verb::Serve(args) if args.access_log.is_some())
    }

    /// Whether the process that has the store can run it for this one: those that need none, and those that need it to
    /// themselves, cannot be.
    #[must_use]
    pub fn runs_elsewhere(&self) -> bool {
        let alone = match self {
            Verb::Doctor(args) => args.repair,
            Verb::Backup(args) => args.check,
            // It goes from one to the other by itself.
            Verb::Tail(_) => self.follows(),
            Verb::Status(args) => args.ready,
            Verb::Demo(_)
            | Verb::VerifyProof(_)
            | Verb::Restore(_)
            | Verb::Heal(_)
            | Verb::Config(_)
            | Verb::Test(_)
            | Verb::Completions(_)
            | Verb::Man(_)
            | Verb::Help(_) => true,
            _ => false,
        };
        !alone && !self.serves()
    }

    /// Whether it is about a store, be it in a directory or behind a service.
    #[must_use]
    pub fn needs_a_store(&self) -> bool {
        let needs_none = match self {
            Verb::Demo(_)
            | Verb::VerifyProof(_)
            | Verb::Config(_)
            | Verb::Test(_)
            | Verb::Completions(_)
            | Verb::Man(_)
            | Verb::Help(_) => true,
            Verb::Backup(args) => args.check,
            Verb::Serve(args) => args.memory_store,
            _ => false,
        };
        !needs_none
    }

    /// Whether it shows what comes until it is told to end.
    #[must_use]
    pub fn follows(&self) -> bool {
        matches!(self, Verb::Tail(args) if args.follow)
    }

    /// Whether it prints an answer to read, which may be long.
    #[must_use]
    pub fn is_read_at_leisure(&self) -> bool {
        let is_long = matches!(
            self,
            Verb::Explain(_)
                | Verb::Who(_)
                | Verb::What(_)
                | Verb::Stranded(_)
                | Verb::Matrix(_)
                | Verb::Access(_)
                | Verb::Diff(_)
                | Verb::History(_)
                | Verb::Help(_)
        );
        is_long
            || matches!(self, Verb::Timeline(args) if args.svg.is_none())
            || matches!(self, Verb::Tail(args) if !args.follow)
    }

    /// Whether it reads standard input.
    #[must_use]
    pub fn reads_input(&self) -> bool {
        let file = match self {
            Verb::Apply(args) => Some(&args.file),
            Verb::Import(args) => Some(&args.file),
            Verb::Check(args) => args.batch.as_ref(),
            Verb::Replay(args) => Some(&args.file),
            _ => None,
        };
        file.is_some_and(|file| file.as_os_str() == "-")
    }

    /// The moments among its arguments that `--tz` has a say in.
    pub fn moments_mut(&mut self) -> Vec<&mut dyn Moment> {
        fn all<'a, M: Moment + 'a>(given: impl IntoIterator<Item = &'a mut Option<M>>) -> Vec<&'a mut dyn Moment> {
            given.into_iter().flatten().map(|moment| moment as &mut dyn Moment).collect()
        }
        fn of(Stretch { from, to }: &mut Stretch) -> Vec<&mut dyn Moment> {
            all([from, to])
        }
        match self {
            Verb::Grant(GrantArgs { valid_from, valid_until, .. }) => all([valid_from, valid_until]),
            Verb::Update(UpdateArgs { valid_from, valid_until, .. }) => all([valid_from, valid_until]),
            Verb::Who(args) => of(&mut args.stretch),
            Verb::Access(args) => of(&mut args.stretch),
            Verb::Timeline(args) => of(&mut args.stretch),
            Verb::Report(args) => of(&mut args.stretch),
            Verb::Diff(args) => {
                let from: &mut dyn Moment = &mut args.from;
                [vec![from], all([&mut args.to])].into_iter().flatten().collect()
            }
            Verb::Restore(args) => all([&mut args.until]),
            Verb::Token(TokenVerb::Issue(args)) => all([&mut args.valid_until]),
            Verb::Reads(
                ReadsVerb::List(ReadsListArgs { between, .. }) | ReadsVerb::About(ReadsAboutArgs { between, .. }),
            ) => all([&mut between.from, &mut between.to]),
            Verb::Reads(ReadsVerb::Erase(args)) => vec![&mut args.before],
            _ => Vec::new(),
        }
    }

    /// The words of its query, where it takes one.
    pub fn query_mut(&mut self) -> Option<&mut Vec<String>> {
        match self {
            Verb::History(args) => Some(&mut args.filter.query),
            Verb::Export(args) => Some(&mut args.filter.query),
            Verb::Tail(args) => Some(&mut args.filter.query),
            _ => None,
        }
    }

    /// The paths among its arguments.
    pub fn paths_mut(&mut self) -> Vec<&mut PathBuf> {
        match self {
            Verb::Apply(args) => vec![&mut args.file],
            Verb::Import(args) => vec![&mut args.file],
            Verb::Replay(args) => vec![&mut args.file],
            Verb::Check(args) => args.batch.iter_mut().collect(),
            Verb::Timeline(args) => args.svg.iter_mut().collect(),
            Verb::Report(args) => vec![&mut args.html],
            Verb::Verify(args) => args.against.iter_mut().collect(),
            Verb::Prove(args) => args.out.iter_mut().chain(&mut args.consistency).collect(),
            Verb::TreeHead(args) => args.out.iter_mut().collect(),
            Verb::Backup(args) => vec![&mut args.folder],
            _ => Vec::new(),
        }
    }
}
