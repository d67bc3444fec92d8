//! Undo is truncation: what events above a position touched is taken off again, newest first.

use crate::facts::number::{EntityKey, Target};
use crate::tables::change::Touch;
use crate::tables::directory::Through;
use caseward_events::Position;

use crate::fold::views::Views;

impl Views {
    /// Forgets how to undo what the head has passed.
    pub fn settle(&mut self, head: Position) {
        self.trail.settle(head.into(), usize::MAX);
    }

    /// A slice of that, short enough for readers to wait for. Whether it was the last.
    pub fn settle_slice(&mut self, head: Position) -> bool {
        const SLICE_TOUCHES: usize = 128;
        self.trail.settle(head.into(), SLICE_TOUCHES)
    }

    /// Takes off everything above a position, newest first; the position must not lie below the settled head.
    pub fn truncate(&mut self, to: Position) {
        while let Some(touch) = self.trail.pop_above(to.into()) {
            self.undo(touch);
        }
        self.tip = self.tip.min(to);
    }

    #[expect(clippy::too_many_lines, reason = "a line or two a touch, and none may be missing")]
    fn undo(&mut self, touch: Touch) {
        match touch {
            Touch::User => self.directory.undo_user(),
            Touch::Group => self.directory.undo_group(),
            Touch::Definition => self.definitions.undo_create(),
            Touch::Case => self.cases.undo_open(),
            Touch::UserDisabled(user) => self.directory.undo_disabled(user),
            Touch::OrgAdmin(user) => self.directory.undo_org_admin(user),
            Touch::Membership { member, group, first } => self.directory.undo_membership(member, group, first),
            Touch::GroupActive(group) => self.directory.undo_active(group),
            Touch::Closure(group) => self.directory.undo_closure(group, Through::ActiveGroups),
            Touch::ClosureOfAll(group) => self.directory.undo_closure(group, Through::AllGroups),
            Touch::AccessControl(definition) => {
                self.definitions.get_mut(definition).access_control.pop();
            }
            Touch::Completed(case) => {
                self.cases.get_mut(case).completed.pop();
            }
            Touch::Restriction(case) => self.cases.undo_restricted(case),
            Touch::RestrictedCases => {
                self.cases.restricted.pop();
            }
            Touch::Entry { list, subject } => self.list_mut(list).undo(subject),
            Touch::Window => self.windows.pop(),
            Touch::PolicyKey(key) => self.policy.undo_key(key),
            Touch::PolicyEvent => self.policy.undo_adopt(),
            Touch::StreamVersion(stream) => self.streams.count_down(stream),
            Touch::Command => self.commands.pop(),
            Touch::SealingKey => self.keys.undo_begin(),
            Touch::Erased(subject) => self.keys.erased.undo(subject),
            Touch::SigningKey => {
                self.keys.signing.pop();
            }
            Touch::Time => self.timeline.undo(),
            Touch::Workspace => self.directory.workspaces.pop(),
            Touch::UserWorkspace(user) => self.directory.undo_workspace(user),
            Touch::UserProfile(user) => self.directory.undo_profile(user),
            Touch::Profile => self.profiles.undo_name(),
            Touch::ProfileSettings(profile) => self.profiles.undo_settings(profile),
            Touch::FormAccess { profile, definition } => self.profiles.undo_row(profile, definition),
            Touch::Sharing(definition) => {
                self.definitions.get_mut(definition).sharing.pop();
            }
            Touch::Gathered(by, case) => self.cases.undo_gather(by, case),
            Touch::Field => self.cases.fields.pop(),
            Touch::Activity => self.cases.activities.pop(),
            Touch::Placement { case, field, person } => self.cases.undo_placement(case, field, person),
            Touch::Assignee { case, activity, assignee } => {
                self.cases.undo_rare(case, |rare| rare.assignees.undo((activity, assignee)));
            }
            Touch::Glass(case) => self.cases.undo_rare(case, |rare| {
                rare.glasses.pop();
            }),
            Touch::Link => self.links.undo_make(),
            Touch::LinkOfCase(case) => self.cases.undo_rare(case, |rare| {
                rare.links.pop();
            }),
            Touch::LinkRevoked(link) => self.links.undo_revoke(link),
            Touch::Delegation => self.delegations.undo_make(),
            Touch::DelegationEnded(delegation) => self.delegations.undo_end(delegation),
            Touch::Item => self.items.undo_item(),
            Touch::Task => self.items.undo_task(),
            Touch::ItemInCase { item, case, first } => {
                self.items.undo_in_case(item, case);
                if first {
                    self.cases.undo_rare(case, |rare| {
                        rare.items.pop();
                    });
                }
            }
            Touch::ItemAway(item) => self.items.undo_away(item),
            Touch::Attached { task, entity, first } => {
                self.items.undo_attached(task, entity, first);
                if let (EntityKey::Case(case), true) = (entity, first) {
                    self.cases.undo_rare(case, |rare| {
                        rare.tasks.pop();
                    });
                }
            }
            Touch::Wall { on: Target::Case(case), against } => {
                self.cases.undo_rare(case, |rare| rare.walls.undo(against));
            }
            Touch::Wall { on, against } => self.walls_mut(on).undo(against),
        }
    }
}
