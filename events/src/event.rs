//! Events: what happened (`semantics.md` section 5). The list is closed; each has a number and a schema version, and
//! the two never change their meaning once stored.

mod declare;
mod ended;
mod grant;
mod subjects_of_event;

pub use declare::BadEvent;
pub use ended::{Ended, InActivity, InField, Listed};
pub use grant::{Origin, RestrictedEntry};

use crate::form::{FormAccess, ProfileSettings};
use crate::id::{
    ActivityId, CaseId, DefinitionId, DelegationId, FieldId, GroupId, ItemId, LinkId, ProfileId, SystemId, TaskId,
    UserId, WorkspaceId,
};
use crate::label::Label;
use crate::policy::{PolicyChange, Preset};
use crate::public_key::PublicKey;
use crate::reference::{Asker, Entity, Labelled, ListRef, OrganizationName, Resource, Subject};
use crate::rights::Rights;
use crate::time::Timestamp;
use crate::token::{ForOrganizations, MayName, Part, TokenDigest, TokenId, TokenLimits};
use crate::vocabulary::Vocabulary;
use declare::events;
use serde::{Deserialize, Serialize};
use serde_json::Value;

events! {
    /// A kind of case became known.
    1 "definition_created" DefinitionCreated {
        /// Which.
        definition: DefinitionId,
        /// What people call it.
        name: Option<String>,
        /// Whether it starts with access control.
        access_control: bool,
        /// Whether the policy decided that, the command having left it out.
        by_policy: bool,
    }
    /// Access control of a definition was switched.
    2 "access_control_set" AccessControlSet {
        /// Which definition.
        definition: DefinitionId,
        /// On or off.
        enabled: bool,
    }
    /// A case was opened.
    3 "case_opened" CaseOpened {
        /// Which.
        case: CaseId,
        /// Its kind.
        definition: DefinitionId,
        /// By whom.
        creator: UserId,
        /// The case it belongs to.
        parent: Option<CaseId>,
        /// The workspace that the creator was in: a link for good.
        workspace: Option<WorkspaceId>,
    }
    /// A case was completed.
    4 "case_completed" CaseCompleted {
        /// Which.
        case: CaseId,
    }
    /// A completed case was reopened.
    5 "case_reopened" CaseReopened {
        /// Which.
        case: CaseId,
    }
    /// An entry was put on a list that held none for the subject.
    6 "access_granted" AccessGranted {
        /// The list.
        on: ListRef,
        /// Whom.
        to: Subject,
        /// What.
        rights: Rights,
        /// From when.
        valid_from: Option<Timestamp>,
        /// Until when.
        valid_until: Option<Timestamp>,
        /// What made the grant, where no `grant` did.
        origin: Option<Origin>,
    }
    /// An entry was changed; what it is now.
    7 "grant_updated" GrantUpdated {
        /// The list.
        on: ListRef,
        /// Whose.
        to: Subject,
        /// What.
        rights: Rights,
        /// From when.
        valid_from: Option<Timestamp>,
        /// Until when.
        valid_until: Option<Timestamp>,
        /// What changed the grant, where no `update_grant` or `grant` did.
        origin: Option<Origin>,
    }
    /// An entry was taken off.
    8 "grant_revoked" GrantRevoked {
        /// The list.
        on: ListRef,
        /// Whose.
        to: Subject,
    }
    /// A case was put under restriction.
    9 "case_restricted" CaseRestricted {
        /// Which.
        case: CaseId,
        /// The whole restricted list.
        entries: Vec<RestrictedEntry>,
    }
    /// The restriction was lifted; its list counts no more and is not revived.
    10 "restriction_lifted" RestrictionLifted {
        /// Of which case.
        case: CaseId,
    }
    /// A user or group became a direct member.
    11 "member_added" MemberAdded {
        /// Of which group.
        group: GroupId,
        /// Who.
        member: Subject,
    }
    /// A direct membership ended.
    12 "member_removed" MemberRemoved {
        /// Of which group.
        group: GroupId,
        /// Whose.
        member: Subject,
    }
    /// A group was switched off.
    13 "group_deactivated" GroupDeactivated {
        /// Which.
        group: GroupId,
    }
    /// A group was switched on.
    14 "group_activated" GroupActivated {
        /// Which.
        group: GroupId,
    }
    /// A user was disabled.
    15 "user_disabled" UserDisabled {
        /// Who.
        user: UserId,
    }
    /// A user was enabled.
    16 "user_enabled" UserEnabled {
        /// Who.
        user: UserId,
    }
    /// A user became an org admin.
    17 "org_admin_appointed" OrgAdminAppointed {
        /// Who.
        user: UserId,
    }
    /// A user is an org admin no more.
    18 "org_admin_dismissed" OrgAdminDismissed {
        /// Who.
        user: UserId,
    }
    /// Keys of the policy were set.
    19 "policy_adopted" PolicyAdopted {
        /// The preset that was named.
        preset: Option<Preset>,
        /// Every key that was set, those of the preset too.
        keys: PolicyChange,
    }
    /// An operator created an organization; only the register's log holds it.
    20 "organization_created" OrganizationCreated {
        /// Its name.
        name: OrganizationName,
        /// The number its rows are stored under.
        number: u32,
    }
    /// Sharing of a definition's cases was switched.
    21 "sharing_set" SharingSet {
        /// Of which definition.
        definition: DefinitionId,
        /// On or off.
        enabled: bool,
    }
    /// A user was put into a workspace, or out of any.
    22 "user_placed" UserPlaced {
        /// Who.
        user: UserId,
        /// Where.
        workspace: Option<WorkspaceId>,
    }
    /// A user was given a profile, or none.
    23 "profile_assigned" ProfileAssigned {
        /// Who.
        user: UserId,
        /// Which.
        profile: Option<ProfileId>,
    }
    /// A profile was configured; what it is now.
    24 "profile_configured" ProfileConfigured {
        /// Which.
        profile: ProfileId,
        /// All its settings.
        settings: ProfileSettings,
    }
    /// A row of the matrix was set; what it is now.
    25 "form_access_set" FormAccessSet {
        /// Of which profile.
        profile: ProfileId,
        /// On which definition.
        definition: DefinitionId,
        /// The whole row.
        access: FormAccess,
    }
    /// A user or group was put into a person field.
    26 "person_added" PersonAdded {
        /// Of which case.
        case: CaseId,
        /// Which field.
        field: FieldId,
        /// Who.
        person: Subject,
        /// The workspace that the user was in at that moment; none for a group.
        workspace: Option<WorkspaceId>,
    }
    /// A placement in a person field ended, its workspace link with it.
    27 "person_removed" PersonRemoved {
        /// Of which case.
        case: CaseId,
        /// Which field.
        field: FieldId,
        /// Who.
        person: Subject,
    }
    /// Users and groups were newly assigned to an activity.
    28 "activity_assigned" ActivityAssigned {
        /// Of which case.
        case: CaseId,
        /// Which.
        activity: ActivityId,
        /// Those who were not assigned before.
        to: Vec<Subject>,
    }
    /// Assignees were released; what they were granted stays.
    29 "activity_released" ActivityReleased {
        /// Of which case.
        case: CaseId,
        /// Which.
        activity: ActivityId,
        /// Those who were assigned.
        to: Vec<Subject>,
    }
    /// A user lets another act in the user's stead.
    30 "delegated" Delegated {
        /// Under this name.
        delegation: DelegationId,
        /// Whose rights.
        from: UserId,
        /// Who uses them.
        to: UserId,
        /// From when.
        valid_from: Option<Timestamp>,
        /// Until when.
        valid_until: Option<Timestamp>,
    }
    /// A delegation was ended.
    31 "delegation_ended" DelegationEnded {
        /// Which.
        delegation: DelegationId,
        /// Whose rights they were.
        from: UserId,
    }
    /// An item came to belong to a case.
    32 "item_added" ItemAdded {
        /// Which.
        item: ItemId,
        /// To which case.
        case: CaseId,
    }
    /// An item belongs to a case no more.
    33 "item_removed" ItemRemoved {
        /// Which.
        item: ItemId,
        /// To which case it belonged.
        case: CaseId,
    }
    /// An item went to another organization.
    34 "item_checked_out" ItemCheckedOut {
        /// Which.
        item: ItemId,
        /// To which organization.
        organization: OrganizationName,
    }
    /// An item came back.
    35 "item_checked_in" ItemCheckedIn {
        /// Which.
        item: ItemId,
        /// From which organization.
        organization: OrganizationName,
    }
    /// A case or item was attached to a task.
    36 "attached" Attached {
        /// The task.
        task: TaskId,
        /// What.
        entity: Entity,
    }
    /// It was detached.
    37 "detached" Detached {
        /// The task.
        task: TaskId,
        /// What.
        entity: Entity,
    }
    /// A case was shared by a public link.
    38 "case_shared" CaseShared {
        /// Which.
        case: CaseId,
        /// By which link.
        link: LinkId,
        /// Until when.
        valid_until: Option<Timestamp>,
    }
    /// A public link was revoked.
    39 "link_revoked" LinkRevoked {
        /// To which case.
        case: CaseId,
        /// Which.
        link: LinkId,
    }
    /// A user or group was excluded.
    40 "wall_raised" WallRaised {
        /// From what.
        on: Resource,
        /// Who.
        against: Subject,
    }
    /// The exclusion ended.
    41 "wall_lowered" WallLowered {
        /// From what.
        on: Resource,
        /// Whose.
        against: Subject,
    }
    /// Somebody took access in an emergency.
    42 "glass_broken" GlassBroken {
        /// To which case.
        case: CaseId,
        /// Who.
        user: UserId,
        /// What it gives, whatever the policy says later.
        rights: Rights,
        /// Until when.
        until: Timestamp,
    }
    /// The key of the reasons about a subject was destroyed; later ones are not kept.
    43 "subject_erased" SubjectErased {
        /// About whom.
        subject: Subject,
    }
    /// Tree heads from here on are signed by another key.
    44 "key_replaced" KeyReplaced {
        /// Its public half.
        public_key: PublicKey,
    }
    /// What people call something was set, or taken away.
    45 "label_set" LabelSet {
        /// What.
        #[serde(rename = "ref")]
        of: Labelled,
        /// As they call it.
        label: Option<Label>,
    }
    /// A user left: the user is disabled, and everything that named the user but walls ended.
    46 "user_offboarded" UserOffboarded {
        /// Who.
        user: UserId,
        /// What ended.
        ended: Ended,
    }
    /// A subject's entries on the list of a definition and of every case of it were taken off at once: a cascade over more
    /// cases than a commit takes.
    48 "grants_revoked" GrantsRevoked {
        /// Which definition.
        definition: DefinitionId,
        /// Whose.
        to: Subject,
    }
    /// What the words of callers stand for was set.
    49 "vocabulary_adopted" VocabularyAdopted {
        /// All of it.
        vocabulary: Vocabulary,
    }
    /// A token was issued, with which a program calls the service; only the register's log holds it.
    50 "token_issued" TokenIssued {
        /// Which.
        token: TokenId,
        /// By what it is recognized.
        digest: TokenDigest,
        /// What its holder is called: commands that name no actor are those of `system:NAME`.
        name: SystemId,
        /// What it may do.
        parts: Vec<Part>,
        /// For which organizations.
        organizations: Vec<ForOrganizations>,
        /// Whom alone it may ask about.
        about: Option<Asker>,
        /// Actors that its commands may name, beside `system:NAME`.
        may_name: Vec<MayName>,
        /// Until when it counts.
        valid_until: Timestamp,
        /// What it may have under way at once.
        limits: TokenLimits,
    }
    /// A token counts no more; only the register's log holds it.
    51 "token_withdrawn" TokenWithdrawn {
        /// Which.
        token: TokenId,
    }
}

impl Event {
    /// The schema version that this release writes.
    #[must_use]
    pub const fn schema(&self) -> u8 {
        1
    }
}
