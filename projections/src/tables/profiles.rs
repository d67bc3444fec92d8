//! Profiles: what each is, and the permission matrix, one set of facts seen by profile or by definition (B1).

mod saved;

use crate::facts::history::History;
use crate::facts::history_map::HistoryMap;
use crate::facts::interner::Interner;
use crate::facts::position::Pos32;
use crate::tables::undo_log::UndoLog;
use crate::tables::undo_record::UndoRecord;
use caseward_events::{FormAccess, ProfileId, ProfileSettings};

/// All profiles with their settings and their matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profiles {
    /// Profiles by number.
    pub names: Interner<ProfileId>,
    profiles: Vec<Profile>,
}

/// What carries the matrix.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Profile {
    /// Module access, Administrator Mode, searches.
    pub settings: History<ProfileSettings>,
    /// A row for each definition that was ever set.
    pub rows: HistoryMap<u32, FormAccess>,
}

impl Profile {
    /// What it is at a place, and since which; where nothing was set, nothing.
    #[must_use]
    #[inline]
    pub fn settings(&self, place: Pos32) -> ProfileSettings {
        self.settings.value_at(place).copied().unwrap_or_default()
    }
}

impl Profiles {
    /// What their tables take in memory, without what hangs below.
    pub(crate) fn heap(&self) -> usize {
        crate::facts::heap_size::vec(&self.profiles)
    }

    /// A profile by number, where there is one.
    pub(crate) fn find(&self, number: u32) -> Option<&Profile> {
        self.profiles.get(number as usize)
    }

    /// Gives all but its names for those of another.
    pub(crate) fn exchange(&mut self, other: &mut Profiles) {
        let Profiles { names: _, profiles } = self;
        std::mem::swap(profiles, &mut other.profiles);
    }

    /// A profile by number.
    #[must_use]
    #[inline]
    pub fn get(&self, number: u32) -> &Profile {
        &self.profiles[number as usize]
    }

    /// Whether the profile ever had Administrator Mode.
    #[must_use]
    pub fn ever_administrator(&self, number: u32) -> bool {
        self.get(number).settings.values().any(|(_, settings)| settings.administrator)
    }

    pub(crate) fn name(&mut self, id: &ProfileId, place: Pos32, undo_log: &mut UndoLog) -> u32 {
        let (number, first) = self.names.intern(id, place);
        if first {
            self.profiles.push(Profile::default());
            undo_log.push(place, UndoRecord::Profile);
        }
        number
    }

    pub(crate) fn configure(&mut self, profile: u32, settings: ProfileSettings, place: Pos32, undo_log: &mut UndoLog) {
        self.profiles[profile as usize].settings.push(place, settings);
        undo_log.push(place, UndoRecord::ProfileSettings(profile));
    }

    pub(crate) fn set_row(
        &mut self,
        profile: u32,
        definition: u32,
        row: FormAccess,
        place: Pos32,
        undo_log: &mut UndoLog,
    ) {
        self.profiles[profile as usize].rows.set(definition, place, row);
        undo_log.push(place, UndoRecord::FormAccess { profile, definition });
    }

    pub(crate) fn undo_name(&mut self) {
        self.names.pop();
        self.profiles.pop();
    }

    pub(crate) fn undo_settings(&mut self, profile: u32) {
        self.profiles[profile as usize].settings.pop();
    }

    pub(crate) fn undo_row(&mut self, profile: u32, definition: u32) {
        self.profiles[profile as usize].rows.undo(definition);
    }
}
