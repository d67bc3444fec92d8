//! Undo is truncation: what events above a position touched is taken off again, newest first.

use crate::facts::number::{EntityKey, Target};
use crate::tables::undo_record::UndoRecord;
use caseward_events::Position;

use crate::fold::views::Views;

impl Views {
    /// Forgets how to undo what the head has passed.
    pub fn settle(&mut self, head: Position) {
        self.undo_log.settle(head.into(), usize::MAX);
    }

    /// A slice of that, short enough for readers to wait for. Whether it was the last.
    pub fn settle_slice(&mut self, head: Position) -> bool {
        const SLICE_TOUCHES: usize = 128;
        self.undo_log.settle(head.into(), SLICE_TOUCHES)
    }

    /// Takes off everything above a position, newest first; the position must not lie below the settled head.
    pub fn truncate(&mut self, to: Position) {
        while let Some(record) = self.undo_log.pop_above(to.into()) {
            self.undo(record);
        }
        self.tip = self.tip.min(to);
    }

    #[expect(clippy::too_many_lines, reason = "a line or two a touch, and none may be missing")]
    fn undo(&mut self, record: UndoRecord) {
        match record {
            UndoRecord::User => self.directory.undo_user(),
            UndoRecord::Group => self.directory.undo_group(),
            UndoRecord::Definition => self.definitions.undo_create(),
            UndoRecord::Case => self.cases.undo_open(),
            UndoRecord::UserDisabled(user) => self.directory.undo_disabled(user),
            UndoRecord::OrgAdmin(user) => self.directory.undo_org_admin(user),
            UndoRecord::Membership { member, group, first } => self.directory.undo_membership(member, group, first),
            UndoRecord::GroupActive(group) => self.directory.undo_active(group),
            UndoRecord::AccessControl(definition) => {
                self.definitions.get_mut(definition).access_control.pop();
            }
            UndoRecord::Swept { definition, subject } => self.definitions.get_mut(definition).swept.undo(subject),
            UndoRecord::Completed(case) => {
                self.cases.get_mut(case).completed.pop();
            }
            UndoRecord::Restriction(case) => self.cases.undo_restricted(case),
            UndoRecord::RestrictedCases => {
                self.cases.restricted.pop();
            }
            UndoRecord::Entry { list, subject } => self.list_mut(list).undo(subject),
            UndoRecord::Window => self.windows.pop(),
            UndoRecord::PolicyKey(key) => self.policy.undo_key(key),
            UndoRecord::PolicyEvent => self.policy.undo_adopt(),
            UndoRecord::Vocabulary => self.vocabulary.undo(),
            UndoRecord::StreamVersion(stream) => self.streams.count_down(stream),
            UndoRecord::Command => self.commands.pop(),
            UndoRecord::SealingKey => self.keys.undo_begin(),
            UndoRecord::Erased(subject) => self.keys.erased.undo(subject),
            UndoRecord::SigningKey => {
                self.keys.signing.pop();
            }
            UndoRecord::Time => self.timeline.undo(),
            UndoRecord::Workspace => self.directory.workspaces.pop(),
            UndoRecord::UserWorkspace(user) => self.directory.undo_workspace(user),
            UndoRecord::UserProfile(user) => self.directory.undo_profile(user),
            UndoRecord::Profile => self.profiles.undo_name(),
            UndoRecord::ProfileSettings(profile) => self.profiles.undo_settings(profile),
            UndoRecord::FormAccess { profile, definition } => self.profiles.undo_row(profile, definition),
            UndoRecord::Sharing(definition) => {
                self.definitions.get_mut(definition).sharing.pop();
            }
            UndoRecord::Indexed(by, case) => self.cases.undo_index(by, case),
            UndoRecord::Field => self.cases.fields.pop(),
            UndoRecord::Activity => self.cases.activities.pop(),
            UndoRecord::Placement { case, field, person } => self.cases.undo_placement(case, field, person),
            UndoRecord::Assignee { case, activity, assignee } => {
                self.cases.undo_rare(case, |rare| rare.assignees.undo((activity, assignee)));
            }
            UndoRecord::Glass(case) => self.cases.undo_rare(case, |rare| {
                rare.glasses.pop();
            }),
            UndoRecord::GlassesEnded { case, user } => self.cases.undo_end_glasses(case, user),
            UndoRecord::Link => self.links.undo_make(),
            UndoRecord::LinkOfCase(case) => self.cases.undo_rare(case, |rare| {
                rare.links.pop();
            }),
            UndoRecord::LinkRevoked(link) => self.links.undo_revoke(link),
            UndoRecord::Delegation => self.delegations.undo_make(),
            UndoRecord::DelegationEnded(delegation) => self.delegations.undo_end(delegation),
            UndoRecord::Item => self.items.undo_item(),
            UndoRecord::Task => self.items.undo_task(),
            UndoRecord::ItemInCase { item, case, first } => {
                self.items.undo_in_case(item, case);
                if first {
                    self.cases.undo_rare(case, |rare| {
                        rare.items.pop();
                    });
                }
            }
            UndoRecord::ItemAway(item) => self.items.undo_away(item),
            UndoRecord::Attached { task, entity, first } => {
                self.items.undo_attached(task, entity, first);
                if let (EntityKey::Case(case), true) = (entity, first) {
                    self.cases.undo_rare(case, |rare| {
                        rare.tasks.pop();
                    });
                }
            }
            UndoRecord::Wall { on: Target::Case(case), against } => {
                self.cases.undo_rare(case, |rare| rare.walls.undo(against));
            }
            UndoRecord::Wall { on: Target::Definition(number), against } => {
                self.definitions.undo_wall(Some(number), against);
            }
            UndoRecord::Wall { on: Target::Organization, against } => self.definitions.undo_wall(None, against),
            UndoRecord::Label(key) => self.labels.undo(key),
            UndoRecord::Caller(via) => self.callers.undo(&via),
        }
    }
}
