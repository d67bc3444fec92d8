//! Which exit status an error of another room has, and what to do next.

use super::{DAMAGED, Exit, Failure, LOST_SIGNING, WANTS_WRITING};
use crate::backup::BackupError;
use crate::engine::{CommandError, Error, Kind, OpenError, RebuildError};
use crate::fixture::FixtureError;
use crate::integrity::signing::SigningError;
use crate::proof::heads::HeadError;
use crate::proof::make::MakeError;
use crate::seams::{StoreError, Work};
use caseward_events::Refusal;

impl From<Error> for Failure {
    /// Of the engine's doors; refused commands are answers.
    fn from(error: Error) -> Failure {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Log(error) => error.into(),
            Error::Store(error) => error.into(),
            Error::Command(error) => error.into(),
            Error::Rebuild(error) => error.into(),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        let hint = refusal.hint.clone();
        Failure::new(Kind::from(&refusal).into(), refusal).with(hint)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Failure {
        let (exit, hint) = of_store(&error);
        Failure::new(exit, error).with(hint)
    }
}

fn of_store(error: &StoreError) -> (Exit, Option<String>) {
    (error.kind().into(), to_mend(error).map(str::to_owned))
}

/// What to do about a store.
fn to_mend(error: &StoreError) -> Option<&'static str> {
    Some(match error {
        StoreError::Missing(_) => {
            "name another with --data, or make one: caseward init --admin user:ID; caseward demo needs none"
        }
        StoreError::NotAStore { .. } => "name an empty or a new directory with --data",
        StoreError::NewerFormat { .. } => "use the release that wrote it, or a later one",
        StoreError::Unfinished { work: Work::Restore, .. } => {
            "run the same `caseward restore BACKUP` again to finish it"
        }
        StoreError::Unfinished { work: Work::Heal, .. } => {
            "run the same `caseward heal --from BACKUP` again to finish it"
        }
        StoreError::InUse { .. } => "wait until it ends, or stop it, then try again",
        StoreError::Corruption(_) => DAMAGED,
        StoreError::NotVouched(_) => "caseward doctor reports what is lost or in doubt, and what to do",
        StoreError::Fault { .. } if error.is_for_want_of_writing() => WANTS_WRITING,
        StoreError::Fault { .. } | StoreError::Poisoned(_) | StoreError::Unfit(_) | StoreError::Fenced(_) => {
            return None;
        }
    })
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Failure {
        let (exit, hint) = match &error {
            BackupError::Signing(SigningError::Lost(_)) => (Exit::Corruption, Some(LOST_SIGNING.to_owned())),
            BackupError::Signing(_) => {
                let hint = "put back the copy of `SIGNING` that belongs to this store";
                (Exit::Corruption, Some(hint.to_owned()))
            }
            BackupError::Head(_) => {
                (Exit::Fault, Some("the events are backed up; run it again for the tree heads".to_owned()))
            }
            BackupError::Store(error) => of_store(error),
            BackupError::NotABackup { .. } => (Exit::Usage, Some("name the directory of a backup".to_owned())),
            BackupError::NewerFormat { .. } => {
                (Exit::Usage, Some("use the release that wrote it, or a later one".to_owned()))
            }
            BackupError::NoManifest { .. } | BackupError::Incomplete { .. } | BackupError::Damaged { .. } => (
                Exit::Corruption,
                Some("caseward backup DIR --check reports what of it can still be trusted".to_owned()),
            ),
            BackupError::Behind { .. } | BackupError::OtherLog { .. } | BackupError::OtherKeys(_) => {
                let hint = "name another directory for this store; or, if the store has lost events: \
                            caseward heal --from BACKUP";
                (Exit::Corruption, Some(hint.to_owned()))
            }
            BackupError::OtherRoot { .. } | BackupError::Unread { .. } | BackupError::Gone { .. } => (
                Exit::Corruption,
                Some("caseward verify reports where; caseward heal --from BACKUP repairs it".to_owned()),
            ),
            BackupError::NotEmpty { .. } => {
                let hint = "name a new or empty directory with --data; to repair an existing store: \
                            caseward heal --from BACKUP";
                (Exit::Usage, Some(hint.to_owned()))
            }
            BackupError::OtherRestore(_) => {
                (Exit::Usage, Some("finish that one, remove it, or name another directory".to_owned()))
            }
            BackupError::NoOrganization(_) | BackupError::Above { .. } => {
                (Exit::Usage, Some("caseward backup DIR --check shows what it holds".to_owned()))
            }
            BackupError::NotRestored { .. } | BackupError::NotServed(_) => {
                (Exit::Corruption, Some("caseward backup DIR --check shows whether the backup is damaged".to_owned()))
            }
            BackupError::Lost { .. } => {
                let hint = "a later backup may hold more; --accept-loss continues without what is lost";
                (Exit::Corruption, Some(hint.to_owned()))
            }
            BackupError::LostRegister => {
                (Exit::Corruption, Some("caseward restore BACKUP --data NEW restores the backup alone".to_owned()))
            }
            BackupError::Fault { .. } | BackupError::Thread(_) => {
                (Exit::Fault, Some("run the same command again to continue where this one stopped".to_owned()))
            }
        };
        Failure::new(exit, error).with(hint)
    }
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Failure {
        let hint = to_mend_log(&error);
        Failure::new(error.kind().into(), error).with(hint.map(str::to_owned))
    }
}

fn to_mend_log(error: &OpenError) -> Option<&'static str> {
    match error {
        OpenError::Store(error) => to_mend(error),
        OpenError::Decode { .. } | OpenError::Fold { .. } => Some(DAMAGED),
        OpenError::Cases { source, .. } => source.as_ref().and_then(|source| to_mend_log(source)),
        OpenError::Thread(_) => None,
    }
}

impl From<CommandError> for Failure {
    fn from(error: CommandError) -> Failure {
        const AGAIN: &str =
            "send the same commands again with the same ids: those already stored answer as they did the first time";
        let hint = match &error {
            CommandError::Refused(refusal) => refusal.hint.clone(),
            CommandError::Clock(_) => {
                Some("set the clock right; if it is, send the same commands again with --accept-clock".to_owned())
            }
            CommandError::Store(store) if error.kind() == Kind::Corruption => to_mend(store).map(str::to_owned),
            CommandError::Cases(log) if error.kind() == Kind::Corruption => to_mend_log(log).map(str::to_owned),
            _ => Some(AGAIN.to_owned()),
        };
        Failure::new(error.kind().into(), error).with(hint)
    }
}

impl From<RebuildError> for Failure {
    fn from(error: RebuildError) -> Failure {
        match error {
            RebuildError::Fold(error) => error.into(),
            RebuildError::Store(error) => error.into(),
            RebuildError::Stopped | RebuildError::Running => Failure::new(error.kind().into(), error),
        }
    }
}

impl From<HeadError> for Failure {
    fn from(error: HeadError) -> Failure {
        match error {
            HeadError::Store(error) => error.into(),
            HeadError::Signing(error) => error.into(),
            HeadError::Note(_) | HeadError::Head(_) | HeadError::Key(_) => Failure::new(Exit::Corruption, error),
            HeadError::Io { ref source, .. } if source.kind() == std::io::ErrorKind::NotFound => Failure::usage(error),
            HeadError::Io { .. } => Failure::fault(error),
        }
    }
}

impl From<SigningError> for Failure {
    fn from(error: SigningError) -> Failure {
        let hint = match &error {
            SigningError::Lost(_) => LOST_SIGNING,
            _ => "put back the copy of `SIGNING` that belongs to this store; nothing else in the store is affected",
        };
        let exit = match &error {
            SigningError::Io { .. } => Exit::Fault,
            _ => Exit::Corruption,
        };
        Failure::new(exit, error).hint(hint)
    }
}

impl From<MakeError> for Failure {
    fn from(error: MakeError) -> Failure {
        match error {
            MakeError::Head(error) => error.into(),
            MakeError::Store(error) => error.into(),
            MakeError::Cases(error) => error.into(),
            MakeError::Invalid(refusal) => refusal.into(),
            MakeError::AboveTheHead { .. } => Failure::usage(error).hint("ask for a position up to the head"),
            _ => {
                Failure::new(Exit::Corruption, error).hint("caseward verify reports what is damaged, and from where on")
            }
        }
    }
}

impl From<FixtureError> for Failure {
    fn from(error: FixtureError) -> Failure {
        match error {
            FixtureError::Open(error) => error.into(),
            FixtureError::Command(error) => error.into(),
            FixtureError::NotAFixture { ref folder, .. } => {
                let hint = format!("name directories that hold a commands.jsonl, such as {}/*", folder.display());
                Failure::usage(error).hint(hint)
            }
            other => Failure::usage(other),
        }
    }
}
