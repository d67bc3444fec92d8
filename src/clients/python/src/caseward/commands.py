"""What can be asked for: a class for each command, made from `openapi.json` by `tools/generate.py`.

`client.grant(…)` sends one; `client.submit([Grant(…), …])` sends many. An instant may be a `datetime` with an offset, or a
text. `UNSET` leaves an entry's window as it is, `None` clears it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias, Union

from caseward import forms
from caseward.wire import UNSET, Unset


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry of a restricted list."""

    _wire: ClassVar[Mapping[str, str]] = {}
    to: str
    """Whom."""
    access: forms.Access | None = None
    valid_from: datetime | str | None = None
    """From when on it counts."""
    valid_until: datetime | str | None = None
    """From when on it counts no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateGroup:
    """Switches it on."""

    NAME: ClassVar[str] = "activate_group"
    _wire: ClassVar[Mapping[str, str]] = {}
    group: str
    """Which group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddItem:
    """An item belongs to a case."""

    NAME: ClassVar[str] = "add_item"
    _wire: ClassVar[Mapping[str, str]] = {}
    item: str
    """Which item."""
    case: str
    """Of which case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddMember:
    """Puts a user or group into a group."""

    NAME: ClassVar[str] = "add_member"
    _wire: ClassVar[Mapping[str, str]] = {}
    group: str
    """The outer one."""
    member: str
    """The user or inner group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson:
    """Puts a user or group into a person field."""

    NAME: ClassVar[str] = "add_person"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Of which case."""
    field: str
    """Which field."""
    person: str
    """Who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptPolicy:
    """Sets keys of the policy."""

    NAME: ClassVar[str] = "adopt_policy"
    _wire: ClassVar[Mapping[str, str]] = {}
    access_control_default: Literal["on", "off"] | None = None
    """How a new definition starts."""
    access_managers: Literal["managers", "trusted"] | None = None
    """Who may change access."""
    assignment_grant: bool | None = None
    """Whether whoever is assigned an activity is granted write."""
    break_glass: Literal["off", "read", "write"] | None = None
    """What breaking the glass gives."""
    break_glass_max_minutes: int | None = None
    """For how long at most."""
    creator_grant: Literal["none", "read", "write"] | None = None
    """What the creator of a case is granted."""
    definition_revoke_cascades: bool | None = None
    """Whether revoking on a definition revokes on its cases too."""
    org_admin_bypass: bool | None = None
    """Whether org admins may do everything on cases that are not restricted."""
    org_admin_entry: Literal["cap", "ignore"] | None = None
    """What an org admin's own entry on a restricted list does."""
    preset: Literal["caseward", "cmf", "am", "safe"] | None = None
    """A preset of the policy, which resets every key."""
    restriction: Literal["enabled", "disabled"] | None = None
    """Whether cases may be restricted."""
    walls_bind_admins: bool | None = None
    """Whether walls exclude org admins too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptVocabulary:
    """Says what the words of callers stand for."""

    NAME: ClassVar[str] = "adopt_vocabulary"
    _wire: ClassVar[Mapping[str, str]] = {}
    actions: Mapping[str, Any] | None = None
    resources: Mapping[str, Any] | None = None
    subjects: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AppointOrgAdmin:
    """Makes a user an org admin."""

    NAME: ClassVar[str] = "appoint_org_admin"
    _wire: ClassVar[Mapping[str, str]] = {}
    user: str
    """Which user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignActivity:
    """Assigns an activity."""

    NAME: ClassVar[str] = "assign_activity"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Of which case."""
    activity: str
    """Which."""
    to: Sequence[str]
    """Who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignProfile:
    """Gives a user a profile, or none."""

    NAME: ClassVar[str] = "assign_profile"
    _wire: ClassVar[Mapping[str, str]] = {}
    user: str
    """Who."""
    profile: str | None
    """Which; `null` for none. It must be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attach:
    """Attaches a case or item to a task."""

    NAME: ClassVar[str] = "attach"
    _wire: ClassVar[Mapping[str, str]] = {}
    task: str
    """To which task."""
    entity: str
    """What."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakGlass:
    """Takes access in an emergency."""

    NAME: ClassVar[str] = "break_glass"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Which case."""
    minutes: int
    """For how long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInItem:
    """It comes back."""

    NAME: ClassVar[str] = "check_in_item"
    _wire: ClassVar[Mapping[str, str]] = {}
    item: str
    """Which item."""
    organization: str
    """Where to, or from: another organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckOutItem:
    """An item goes to another organization."""

    NAME: ClassVar[str] = "check_out_item"
    _wire: ClassVar[Mapping[str, str]] = {}
    item: str
    """Which item."""
    organization: str
    """Where to, or from: another organization."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteCase:
    """Marks a case as completed."""

    NAME: ClassVar[str] = "complete_case"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Which case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfigureProfile:
    """Sets what a profile is."""

    NAME: ClassVar[str] = "configure_profile"
    _wire: ClassVar[Mapping[str, str]] = {}
    profile: str
    """Which."""
    administrator: bool | None = None
    module_access: bool | None = None
    search_query: bool | None = None
    search_text: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateDefinition:
    """Makes a kind of case known."""

    NAME: ClassVar[str] = "create_definition"
    _wire: ClassVar[Mapping[str, str]] = {}
    definition: str
    """The new definition."""
    access_control: bool | None = None
    """Left out, the policy decides."""
    name: str | None = None
    """What people call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeactivateGroup:
    """Switches a group off."""

    NAME: ClassVar[str] = "deactivate_group"
    _wire: ClassVar[Mapping[str, str]] = {}
    group: str
    """Which group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delegate:
    """Lets another user act in a user's stead."""

    NAME: ClassVar[str] = "delegate"
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}
    delegation: str
    """Under this name."""
    from_: str
    """Whose rights: `user:ID`."""
    to: str
    """Who uses them: `user:ID`."""
    valid_from: datetime | str | None = None
    """From when on it counts."""
    valid_until: datetime | str | None = None
    """From when on it counts no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detach:
    """Detaches it."""

    NAME: ClassVar[str] = "detach"
    _wire: ClassVar[Mapping[str, str]] = {}
    task: str
    """To which task."""
    entity: str
    """What."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DisableUser:
    """Disables a user."""

    NAME: ClassVar[str] = "disable_user"
    _wire: ClassVar[Mapping[str, str]] = {}
    user: str
    """Which user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DismissOrgAdmin:
    """Ends that."""

    NAME: ClassVar[str] = "dismiss_org_admin"
    _wire: ClassVar[Mapping[str, str]] = {}
    user: str
    """Which user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableUser:
    """Enables a user."""

    NAME: ClassVar[str] = "enable_user"
    _wire: ClassVar[Mapping[str, str]] = {}
    user: str
    """Which user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndDelegation:
    """Ends that."""

    NAME: ClassVar[str] = "end_delegation"
    _wire: ClassVar[Mapping[str, str]] = {}
    delegation: str
    """Which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Erase:
    """Destroys the key that seals the reasons about a subject."""

    NAME: ClassVar[str] = "erase"
    _wire: ClassVar[Mapping[str, str]] = {}
    subject: str
    """About whom."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Puts an entry on a list."""

    NAME: ClassVar[str] = "grant"
    _wire: ClassVar[Mapping[str, str]] = {}
    on: str
    """The list."""
    to: str
    """Whom."""
    access: forms.Access | None = None
    """Left out, `read`."""
    on_existing: Literal["error", "update", "ignore"] | None = None
    """Where there is an entry already."""
    valid_from: datetime | str | None = None
    """From when on it counts."""
    valid_until: datetime | str | None = None
    """From when on it counts no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiftRestriction:
    """Lifts it."""

    NAME: ClassVar[str] = "lift_restriction"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Which case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LowerWall:
    """Ends the exclusion."""

    NAME: ClassVar[str] = "lower_wall"
    _wire: ClassVar[Mapping[str, str]] = {}
    on: str
    """From what."""
    against: str
    """Who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Offboard:
    """Ends everything that names a user who leaves."""

    NAME: ClassVar[str] = "offboard"
    _wire: ClassVar[Mapping[str, str]] = {}
    user: str
    """Which user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """Opens a case."""

    NAME: ClassVar[str] = "open_case"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """The new case."""
    definition: str
    """Its kind."""
    creator: str
    """Who opened it."""
    parent: str | None = None
    """The case it belongs to; no access flows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceInWorkspace:
    """Puts a user into a workspace, or out of any."""

    NAME: ClassVar[str] = "place_in_workspace"
    _wire: ClassVar[Mapping[str, str]] = {}
    user: str
    """Who."""
    workspace: str | None
    """Where; `null` for nowhere. It must be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RaiseWall:
    """Excludes a user or group."""

    NAME: ClassVar[str] = "raise_wall"
    _wire: ClassVar[Mapping[str, str]] = {}
    on: str
    """From what."""
    against: str
    """Who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseActivity:
    """Releases assignees."""

    NAME: ClassVar[str] = "release_activity"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Of which case."""
    activity: str
    """Which."""
    to: Sequence[str]
    """Who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveItem:
    """It does no more."""

    NAME: ClassVar[str] = "remove_item"
    _wire: ClassVar[Mapping[str, str]] = {}
    item: str
    """Which item."""
    case: str
    """Of which case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveMember:
    """Takes a direct member out."""

    NAME: ClassVar[str] = "remove_member"
    _wire: ClassVar[Mapping[str, str]] = {}
    group: str
    """The outer one."""
    member: str
    """The user or inner group."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovePerson:
    """Takes one out."""

    NAME: ClassVar[str] = "remove_person"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Of which case."""
    field: str
    """Which field."""
    person: str
    """Who."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReopenCase:
    """Takes the mark off."""

    NAME: ClassVar[str] = "reopen_case"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Which case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceKey:
    """Has the next tree heads signed by another key."""

    NAME: ClassVar[str] = "replace_key"
    _wire: ClassVar[Mapping[str, str]] = {}
    public_key: str
    """The public half of the key that signs from then on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RestrictCase:
    """Puts a case under restriction."""

    NAME: ClassVar[str] = "restrict_case"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Which case."""
    entries: Sequence[Entry]
    """The restricted list; empty leaves org admins only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revoke:
    """Takes an entry off."""

    NAME: ClassVar[str] = "revoke"
    _wire: ClassVar[Mapping[str, str]] = {}
    on: str
    """The list."""
    to: str
    """Whose entry."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeLink:
    """Revokes the link."""

    NAME: ClassVar[str] = "revoke_link"
    _wire: ClassVar[Mapping[str, str]] = {}
    link: str
    """Which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAccessControl:
    """Switches access control of a definition."""

    NAME: ClassVar[str] = "set_access_control"
    _wire: ClassVar[Mapping[str, str]] = {}
    definition: str
    """Of which definition."""
    enabled: bool
    """On or off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFormAccess:
    """Sets a row of the permission matrix."""

    NAME: ClassVar[str] = "set_form_access"
    _wire: ClassVar[Mapping[str, str]] = {}
    profile: str
    """Of which profile."""
    definition: str
    """On which definition."""
    change_form: bool | None = None
    delete: forms.Scope | None = None
    read: forms.Scope | None = None
    register: bool | None = None
    share: bool | None = None
    write: forms.Scope | None = None
    write_completed: bool | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLabel:
    """Sets what people call something."""

    NAME: ClassVar[str] = "set_label"
    _wire: ClassVar[Mapping[str, str]] = {}
    ref: str
    """Of what."""
    label: str | None
    """As people call it; `null` for nothing. It must be said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSharing:
    """Switches sharing of a definition's cases."""

    NAME: ClassVar[str] = "set_sharing"
    _wire: ClassVar[Mapping[str, str]] = {}
    definition: str
    """Of which definition."""
    enabled: bool
    """On or off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCase:
    """Shares a case by a public link."""

    NAME: ClassVar[str] = "share_case"
    _wire: ClassVar[Mapping[str, str]] = {}
    case: str
    """Which case."""
    link: str
    """By which link."""
    valid_from: datetime | str | None = None
    """From when on it counts."""
    valid_until: datetime | str | None = None
    """From when on it counts no longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateGrant:
    """Changes an entry."""

    NAME: ClassVar[str] = "update_grant"
    _wire: ClassVar[Mapping[str, str]] = {}
    on: str
    """The list."""
    to: str
    """Whose entry."""
    access: forms.Access | None = None
    valid_from: datetime | str | Unset | None = UNSET
    valid_until: datetime | str | Unset | None = UNSET


Command: TypeAlias = Union[
    ActivateGroup,
    AddItem,
    AddMember,
    AddPerson,
    AdoptPolicy,
    AdoptVocabulary,
    AppointOrgAdmin,
    AssignActivity,
    AssignProfile,
    Attach,
    BreakGlass,
    CheckInItem,
    CheckOutItem,
    CompleteCase,
    ConfigureProfile,
    CreateDefinition,
    DeactivateGroup,
    Delegate,
    Detach,
    DisableUser,
    DismissOrgAdmin,
    EnableUser,
    EndDelegation,
    Erase,
    Grant,
    LiftRestriction,
    LowerWall,
    Offboard,
    OpenCase,
    PlaceInWorkspace,
    RaiseWall,
    ReleaseActivity,
    RemoveItem,
    RemoveMember,
    RemovePerson,
    ReopenCase,
    ReplaceKey,
    RestrictCase,
    Revoke,
    RevokeLink,
    SetAccessControl,
    SetFormAccess,
    SetLabel,
    SetSharing,
    ShareCase,
    UpdateGrant,
]
"""Any of them."""
