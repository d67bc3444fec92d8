"""What the service answers, and the words that it takes: made from `openapi.json` by `tools/generate.py`.

Instants are `datetime` in UTC, positions are `int`, references (`user:ana`) are `str`. A member that an answer may leave
out is `None` where it does. What a later release adds is passed over; where a form is open, it stands in `facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Self, TypeAlias, Union

from caseward.wire import Wired, instant, whichever

Action: TypeAlias = Literal[
    "read",
    "write",
    "delete",
    "share",
    "manage_access",
    "restrict",
    "register",
    "change_form",
    "administer_form",
    "search_text",
    "search_query",
    "administer",
]
"""What is asked for."""

ActivityId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

Actor: TypeAlias = str
"""In whose name: `user:ID` or `system:NAME`."""

Asker: TypeAlias = str
"""Who asks: `user:ID`, or `link:ID` for whoever has a public link."""

AuthzenMetadata: TypeAlias = dict[str, Any]
"""Where the endpoints of AuthZEN are."""

Because: TypeAlias = Literal[
    "restricted", "walled", "capped", "expired", "not_yet_valid", "group_inactive", "completed", "read_missing", "scope", "sharing_off"
]
"""Why something was set aside."""

CaseId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

ClockDoubt: TypeAlias = Literal["jumped", "not_kept_right", "unwritable"]
"""Why a clock is not believed."""

Code: TypeAlias = Literal[
    "id_reused",
    "invalid",
    "invalid_window",
    "time_goes_back",
    "time_ahead",
    "version_conflict",
    "not_authorized",
    "not_found",
    "exists",
    "not_restricted",
    "already_granted",
    "no_such_grant",
    "restriction_disabled",
    "already_restricted",
    "blocked",
    "already_member",
    "not_a_member",
    "cycle",
    "last_org_admin",
    "contradictory",
    "already_there",
    "not_there",
    "restricted_unlisted",
    "sharing_disabled",
    "already_walled",
    "no_such_wall",
    "break_glass_off",
    "too_long",
    "wall",
    "case_restricted",
    "too_large",
    "batch_refused",
]
"""Why something was refused; [the page of codes](/problems) says what to do."""

CommandId: TypeAlias = str
"""The id of a command, which makes sending it again safe; a UUID is usual."""

DamageExtent: TypeAlias = Literal["end_not_vouched_for", "damage"]
"""How severe something wrong is."""

DefinitionId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

DelegationId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

Effect: TypeAlias = Literal["allow", "deny"]
"""What a reason does."""

EventData: TypeAlias = dict[str, Any]
"""What the event says; which fields there are depends on its type."""

FeedId: TypeAlias = str
"""A position; with an instant where windows turned behind that commit."""

FieldId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

GenerationState: TypeAlias = Literal["current", "old", "being_made"]
"""What a generation is for."""

GroupId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

ItemId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

Labelled: TypeAlias = str
"""What may have a label: `user:ID`, `group:ID`, `case:ID`, `definition:ID`, `profile:ID` or `workspace:ID`."""

LinkId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

Missing: TypeAlias = Literal["placement", "link", "person", "opener"]
"""What the scope of a row lacks to hold."""

OrganizationName: TypeAlias = str
"""Of an organization: letters, digits, `-` and `_`."""

OverlayKind: TypeAlias = Literal["restriction", "access_control_off", "completion"]
"""What lies over a resource for everybody."""

Part: TypeAlias = Literal["check", "audit", "produce", "directory", "operate", "admin"]
"""What a caller may do."""

Party: TypeAlias = str
"""Whom a reason names: `user:ID`, `group:ID`, `link:ID`, `profile:ID`, `system:NAME` or `everyone`."""

Position: TypeAlias = int
"""The place of an event in the log of an organization: 1, 2, 3, … 0 is before the first."""

ProfileId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

Proof: TypeAlias = dict[str, Any]
"""A bundle that `caseward verify-proof` checks without the store."""

Reads: TypeAlias = dict[str, Any]
"""Entries of the log of reads."""

RebuildOutcome: TypeAlias = Literal["swapped", "refused", "stopped", "cancelled"]
"""How a rebuild ended."""

RebuildStep: TypeAlias = Literal["folding", "comparing", "saving"]
"""What a rebuild is doing."""

Reference: TypeAlias = str
"""What an event may name: `case:ID`, `definition:ID`, `user:ID`, `group:ID`, `profile:ID`, `item:ID`, `task:ID`, `link:ID` or `organization`."""

Resource: TypeAlias = str
"""What is asked about: `case:ID`, `definition:ID`, `item:ID`, `task:ID` or `organization`."""

Rule: TypeAlias = Literal[
    "not_found",
    "user_disabled",
    "wall",
    "org_admin",
    "org_admin_capped",
    "restricted_entry",
    "restricted",
    "access_control_off",
    "organization_grant",
    "definition_grant",
    "case_grant",
    "profile",
    "module_administrator",
    "delegation",
    "break_glass",
    "link",
    "completed_locked",
    "expired",
    "not_yet_valid",
    "group_inactive",
    "insufficient",
    "no_grant",
]
""""""

RunState: TypeAlias = Literal["running", "ending", "done", "cancelled", "failed"]
"""How far a run is."""

Scope: TypeAlias = Literal["none", "registered", "involved", "workspace", "all"]
"""Of a row of a profile."""

Source: TypeAlias = str
"""The list that a reason came from, or the resource itself."""

Stream: TypeAlias = str
"""Whose version a command may expect: `case:ID`, `definition:ID`, `group:ID`, `user:ID`, `profile:ID`, `item:ID`, `task:ID` or `organization`."""

Subject: TypeAlias = str
"""To whom something is given: `user:ID` or `group:ID`."""

TaskId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

TimelineSubject: TypeAlias = str
"""Who held something."""

Timestamp: TypeAlias = datetime
"""An instant in UTC, RFC 3339, with at most six digits of a second."""

UserId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

Via: TypeAlias = str
"""Through whom it came: `token:ID`, or the issuer and subject of a JWT, or a certificate."""

WindowEnd: TypeAlias = Literal["begins", "ends"]
"""An end of a window."""

WorkspaceId: TypeAlias = str
"""A bare id, at most 128 bytes, without its type."""

Access: TypeAlias = Union["Literal['read', 'write', 'delete']", "list[Action]"]
"""A level (`read`, `write`, `delete`), or the actions one by one."""

AsOf: TypeAlias = Union["int", "str", None]
"""Where a question is asked: the head (`null` or left out), a position, or an instant."""

AskAgain: TypeAlias = Union["AskAgainSubject", "AskAgainResource", "Literal['everything']"]
"""What is to be asked about again."""

AuthzenDecisions: TypeAlias = Union["AuthzenDecisionsEvaluations", "AuthzenDecision"]
"""Decisions in their places, up to the one that ended it; or one, where one was asked for."""

CheckAnswer: TypeAlias = Union["CheckAnswerDecision", "Refusal"]
"""A decision, or why the question cannot be asked, with the `id` of the question."""

CommandAnswer: TypeAlias = Union["Accepted", "Refusal"]
"""What came of a command."""

DecidingEvent: TypeAlias = Union["HistoryEntry", "DecidingEventPosition"]
"""An event, or its position where it cannot be read."""

MatrixAnswer: TypeAlias = Union["MatrixOfProfile", "MatrixOfDefinition"]
"""One side of the permission matrix."""

Next: TypeAlias = Union["str", None]
"""The token of the next page, `null` at the end; left out where there are no pages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Wired):
    """What an accepted command did."""

    events: list[HistoryEntry]
    """What it appended, now or, for a known id, the first time."""
    position: Position
    """That of its last event; of the head, where nothing changed."""
    status: Literal["accepted"]
    warnings: list[CommandWarning]
    """What may surprise."""
    access: ForeseenChanges | None = None
    """For a dry run: the access that would change."""
    clock_behind: ClockBehind | None = None
    """Where the clock lies behind the log."""
    dry_run: bool | None = None
    """Nothing was appended."""
    id: CommandId | None = None
    """Where the service made the id."""
    labels: dict[str, str] | None = None
    """What people call things, as it stood then; by reference."""
    replayed: bool | None = None
    """Its id was known: this is the answer of the first time."""
    _required: ClassVar[tuple[str, ...]] = ("status", "position", "events", "warnings")
    _constants: ClassVar[Mapping[str, str]] = {"status": "accepted"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events=[HistoryEntry.from_json(one) for one in value["events"]],
            position=value["position"],
            status=value["status"],
            warnings=[CommandWarning.from_json(one) for one in value["warnings"]],
            access=None if (given := value.get("access")) is None else ForeseenChanges.from_json(given),
            clock_behind=None if (given := value.get("clock_behind")) is None else ClockBehind.from_json(given),
            dry_run=value.get("dry_run"),
            id=value.get("id"),
            labels=value.get("labels"),
            replayed=value.get("replayed"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessAnswer(Wired):
    """When a subject could do something. Intervals are half-open."""

    from_: Timestamp
    """From here on."""
    intervals: list[Interval]
    """In order."""
    position: Position
    """Up to where the log was read."""
    to: Timestamp
    """To before here."""
    known: bool | None = None
    """`false` where no event up to there names the user."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` if it reaches beyond the clock, so that the answer may still change."""
    _required: ClassVar[tuple[str, ...]] = ("intervals", "from", "to", "position")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            from_=instant(value["from"]),
            intervals=[Interval.from_json(one) for one in value["intervals"]],
            position=value["position"],
            to=instant(value["to"]),
            known=value.get("known"),
            next=value.get("next"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessChanges(Wired):
    """What changed between two moments with nothing in between; every list by subject, then by resource, bytewise."""

    changed: list[Change]
    """Something else than before."""
    from_: PointInTime
    """Before it."""
    gained: list[Change]
    """Nothing before."""
    id: FeedId
    """Of this message: the feed goes on behind it from here."""
    lost: list[Change]
    """Nothing after."""
    to: PointInTime
    """Behind it."""
    ask_again: list[AskAgain] | None = None
    """What has changed too much, or may have, to be told: to be asked about again, as of `to`."""
    everyone: list[ChangeForEveryone] | None = None
    """What changed for whoever no event names."""
    named: list[Change] | None = None
    """What users whom this commit is the first to name held before as everybody does, and hold still: no change, but nothing told of them before."""
    _required: ClassVar[tuple[str, ...]] = ("id", "from", "to", "gained", "lost", "changed")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            changed=[Change.from_json(one) for one in value["changed"]],
            from_=PointInTime.from_json(value["from"]),
            gained=[Change.from_json(one) for one in value["gained"]],
            id=value["id"],
            lost=[Change.from_json(one) for one in value["lost"]],
            to=PointInTime.from_json(value["to"]),
            ask_again=None
            if (given := value.get("ask_again")) is None
            else [whichever(one, AskAgainSubject, AskAgainResource) for one in given],
            everyone=None if (given := value.get("everyone")) is None else [ChangeForEveryone.from_json(one) for one in given],
            named=None if (given := value.get("named")) is None else [Change.from_json(one) for one in given],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AdoptedKey(Wired):
    """A key of the policy as it stood."""

    event: Position | None
    """The event that last set it; `null` where it is the default."""
    key: Literal[
        "access_control_default",
        "restriction",
        "org_admin_bypass",
        "org_admin_entry",
        "access_managers",
        "definition_revoke_cascades",
        "assignment_grant",
        "creator_grant",
        "walls_bind_admins",
        "break_glass",
        "break_glass_max_minutes",
    ]
    """Which."""
    value: str | bool | int
    """As a command writes it."""
    _required: ClassVar[tuple[str, ...]] = ("key", "value", "event")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            event=value["event"],
            key=value["key"],
            value=value["value"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgainSubject(Wired):
    """What this one holds, on anything."""

    subject: Asker
    _required: ClassVar[tuple[str, ...]] = ("subject",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            subject=value["subject"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AskAgainResource(Wired):
    """Who holds anything on this."""

    resource: Resource
    _required: ClassVar[tuple[str, ...]] = ("resource",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            resource=value["resource"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenAction(Wired):
    """An action."""

    name: str
    properties: dict[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    _required: ClassVar[tuple[str, ...]] = ("name",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            name=value["name"],
            properties=value.get("properties"),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "name",
                    "properties",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenDecision(Wired):
    """A decision of AuthZEN 1.0."""

    decision: bool
    context: dict[str, Any] | None = None
    _required: ClassVar[tuple[str, ...]] = ("decision",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            decision=value["decision"],
            context=value.get("context"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenDecisionsEvaluations(Wired):
    """Of the answer that holds it."""

    evaluations: list[AuthzenDecision]
    _required: ClassVar[tuple[str, ...]] = ("evaluations",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            evaluations=[AuthzenDecision.from_json(one) for one in value["evaluations"]],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEntity(Wired):
    """A subject or a resource."""

    type: str
    id: str | None = None
    properties: dict[str, Any] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    _required: ClassVar[tuple[str, ...]] = ("type",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            type=value["type"],
            id=value.get("id"),
            properties=value.get("properties"),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "type",
                    "id",
                    "properties",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEvaluationContextCaseward(Wired):
    """Beyond the standard."""

    as_of: AsOf | None = None
    at: Timestamp | None = None
    at_least: Position | None = None
    explain: bool | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            as_of=value.get("as_of"),
            at=None if (given := value.get("at")) is None else instant(given),
            at_least=value.get("at_least"),
            explain=value.get("explain"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEvaluationContext(Wired):
    """Ours is the key `caseward`."""

    caseward: AuthzenEvaluationContextCaseward | None = None
    """Beyond the standard."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            caseward=None if (given := value.get("caseward")) is None else AuthzenEvaluationContextCaseward.from_json(given),
            facts={key: one for key, one in value.items() if key not in ("caseward",)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEvaluation(Wired):
    """A question of AuthZEN 1.0."""

    action: AuthzenAction
    resource: AuthzenEntity
    subject: AuthzenEntity
    context: AuthzenEvaluationContext | None = None
    """Ours is the key `caseward`."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    _required: ClassVar[tuple[str, ...]] = ("subject", "action", "resource")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            action=AuthzenAction.from_json(value["action"]),
            resource=AuthzenEntity.from_json(value["resource"]),
            subject=AuthzenEntity.from_json(value["subject"]),
            context=None if (given := value.get("context")) is None else AuthzenEvaluationContext.from_json(given),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "action",
                    "resource",
                    "subject",
                    "context",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEvaluationsContextCaseward(Wired):
    """Beyond the standard."""

    as_of: AsOf | None = None
    at: Timestamp | None = None
    at_least: Position | None = None
    explain: bool | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            as_of=value.get("as_of"),
            at=None if (given := value.get("at")) is None else instant(given),
            at_least=value.get("at_least"),
            explain=value.get("explain"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEvaluationsContext(Wired):
    """Ours is the key `caseward`."""

    caseward: AuthzenEvaluationsContextCaseward | None = None
    """Beyond the standard."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            caseward=None if (given := value.get("caseward")) is None else AuthzenEvaluationsContextCaseward.from_json(given),
            facts={key: one for key, one in value.items() if key not in ("caseward",)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEvaluationsOptions(Wired):
    """Of the answer that holds it."""

    evaluations_semantic: Literal["execute_all", "deny_on_first_deny", "permit_on_first_permit"] | None = None
    """When to stop."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            evaluations_semantic=value.get("evaluations_semantic"),
            facts={key: one for key, one in value.items() if key not in ("evaluations_semantic",)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenEvaluations(Wired):
    """Many, with what they share beside them."""

    action: AuthzenAction | None = None
    context: AuthzenEvaluationsContext | None = None
    """Ours is the key `caseward`."""
    evaluations: list[dict[str, Any]] | None = None
    options: AuthzenEvaluationsOptions | None = None
    resource: AuthzenEntity | None = None
    subject: AuthzenEntity | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            action=None if (given := value.get("action")) is None else AuthzenAction.from_json(given),
            context=None if (given := value.get("context")) is None else AuthzenEvaluationsContext.from_json(given),
            evaluations=value.get("evaluations"),
            options=None if (given := value.get("options")) is None else AuthzenEvaluationsOptions.from_json(given),
            resource=None if (given := value.get("resource")) is None else AuthzenEntity.from_json(given),
            subject=None if (given := value.get("subject")) is None else AuthzenEntity.from_json(given),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "action",
                    "context",
                    "evaluations",
                    "options",
                    "resource",
                    "subject",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenFound(Wired):
    """What was found."""

    results: list[dict[str, Any]]
    context: dict[str, Any] | None = None
    page: dict[str, Any] | None = None
    _required: ClassVar[tuple[str, ...]] = ("results",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            results=value["results"],
            context=value.get("context"),
            page=value.get("page"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenSearchContextCaseward(Wired):
    """Beyond the standard."""

    as_of: AsOf | None = None
    at: Timestamp | None = None
    at_least: Position | None = None
    explain: bool | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            as_of=value.get("as_of"),
            at=None if (given := value.get("at")) is None else instant(given),
            at_least=value.get("at_least"),
            explain=value.get("explain"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenSearchContext(Wired):
    """Ours is the key `caseward`."""

    caseward: AuthzenSearchContextCaseward | None = None
    """Beyond the standard."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            caseward=None if (given := value.get("caseward")) is None else AuthzenSearchContextCaseward.from_json(given),
            facts={key: one for key, one in value.items() if key not in ("caseward",)},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenSearchPage(Wired):
    """Of the answer that holds it."""

    limit: int | None = None
    token: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            limit=value.get("limit"),
            token=value.get("token"),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "limit",
                    "token",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthzenSearch(Wired):
    """A search of AuthZEN 1.0: what is looked for is left out."""

    action: AuthzenAction | None = None
    context: AuthzenSearchContext | None = None
    """Ours is the key `caseward`."""
    page: AuthzenSearchPage | None = None
    resource: AuthzenEntity | None = None
    subject: AuthzenEntity | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            action=None if (given := value.get("action")) is None else AuthzenAction.from_json(given),
            context=None if (given := value.get("context")) is None else AuthzenSearchContext.from_json(given),
            page=None if (given := value.get("page")) is None else AuthzenSearchPage.from_json(given),
            resource=None if (given := value.get("resource")) is None else AuthzenEntity.from_json(given),
            subject=None if (given := value.get("subject")) is None else AuthzenEntity.from_json(given),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "action",
                    "context",
                    "page",
                    "resource",
                    "subject",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp(Wired):
    """An organization in a backup."""

    from_: Position
    """Up to where it was backed up before."""
    number: int
    """Its number."""
    organization: OrganizationName | None
    """Its name; the register has none."""
    to: Position
    """Up to where it is now."""
    _required: ClassVar[tuple[str, ...]] = ("from", "number", "organization", "to")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            from_=value["from"],
            number=value["number"],
            organization=value["organization"],
            to=value["to"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupAnswer(Wired):
    """A backup that was taken."""

    bundles: int
    """New bundles."""
    bytes: int
    """Bytes of the new bundles."""
    events: int
    """New events."""
    organizations: list[BackedUp]
    """Each organization, the register first."""
    seconds: float
    """How long it took."""
    _required: ClassVar[tuple[str, ...]] = ("bundles", "bytes", "events", "organizations", "seconds")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            bundles=value["bundles"],
            bytes=value["bytes"],
            events=value["events"],
            organizations=[BackedUp.from_json(one) for one in value["organizations"]],
            seconds=value["seconds"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupProgress(Wired):
    """How far a backup is."""

    done: Position
    """Up to where."""
    head: Position
    """Up to where it has to be."""
    organization: int
    """The number of the organization that is written."""
    _required: ClassVar[tuple[str, ...]] = ("organization", "done", "head")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            done=value["done"],
            head=value["head"],
            organization=value["organization"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause(Wired):
    """What made an answer change."""

    position: Position
    """The event; of a window, the one that set it."""
    time: Timestamp
    """When."""
    window: WindowEnd | None = None
    """Whether it is that its window began or ended."""
    _required: ClassVar[tuple[str, ...]] = ("position", "time")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            position=value["position"],
            time=instant(value["time"]),
            window=value.get("window"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseTally(Wired):
    """How much one event, or one end of a window, changed."""

    cause: Cause
    """Which."""
    first: list[Change]
    """The first of them."""
    pairs: int
    """How many pairs of a user and a resource."""
    _required: ClassVar[tuple[str, ...]] = ("cause", "pairs", "first")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            cause=Cause.from_json(value["cause"]),
            first=[Change.from_json(one) for one in value["first"]],
            pairs=value["pairs"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Change(Wired):
    """Rights of a subject on a resource that differ between two moments."""

    after: list[Action]
    """What is held."""
    before: list[Action]
    """What was held."""
    causes: list[Cause]
    """The same with the time of each, and whether it was a window."""
    events: list[Position]
    """Positions of what made the difference, in order, each once."""
    resource: Resource
    """On what."""
    subject: Asker
    """Whose."""
    _required: ClassVar[tuple[str, ...]] = ("subject", "resource", "before", "after", "events", "causes")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            after=value["after"],
            before=value["before"],
            causes=[Cause.from_json(one) for one in value["causes"]],
            events=value["events"],
            resource=value["resource"],
            subject=value["subject"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeForEveryone(Wired):
    """What whoever no event names holds on a resource."""

    after: list[Action]
    """What is held."""
    before: list[Action]
    """What was held."""
    causes: list[Cause]
    """What made the difference."""
    resource: Resource
    """On what."""
    _required: ClassVar[tuple[str, ...]] = ("resource", "before", "after", "causes")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            after=value["after"],
            before=value["before"],
            causes=[Cause.from_json(one) for one in value["causes"]],
            resource=value["resource"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswerDecision(Wired):
    """Decided."""

    at: Timestamp
    """The instant that windows were compared with."""
    decision: bool
    """Allow or deny."""
    disclose: bool
    """Whether the caller may learn that the resource exists."""
    position: Position
    """Where it was asked."""
    reasons: list[Reason]
    """Everything that counted, by rule, source and subject."""
    rights: list[Action]
    """All rights held on the resource."""
    rule: Rule
    """What decided."""
    set_aside: list[SetAside]
    """Everything that would have, likewise."""
    id: Any | None = None
    """As the question gave it."""
    known: bool | None = None
    """`false` where no event up to there names the user."""
    settled: bool | None = None
    """`false` where the question named an instant after the engine's clock."""
    _required: ClassVar[tuple[str, ...]] = ("decision", "rights", "rule", "position", "at", "disclose", "reasons", "set_aside")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            at=instant(value["at"]),
            decision=value["decision"],
            disclose=value["disclose"],
            position=value["position"],
            reasons=[Reason.from_json(one) for one in value["reasons"]],
            rights=value["rights"],
            rule=value["rule"],
            set_aside=[SetAside.from_json(one) for one in value["set_aside"]],
            id=value.get("id"),
            known=value.get("known"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockBehind(Wired):
    """A clock that is behind the log: its reading, and the time that counts as now."""

    clock: Timestamp
    """What the clock shows."""
    now: Timestamp
    """What counts as now."""
    _required: ClassVar[tuple[str, ...]] = ("clock", "now")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            clock=instant(value["clock"]),
            now=instant(value["now"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockInDoubt(Wired):
    """That the clock is not believed, so that no command is taken before an operator says that it is right."""

    cause: ClockDoubt
    """Why."""
    clock: Timestamp
    """What the clock shows; of one that jumped before the store was opened, what it showed then."""
    expected: Timestamp
    """What it would show by the time gone by; of one that was not read for long, the last reading."""
    _required: ClassVar[tuple[str, ...]] = ("cause", "clock", "expected")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            cause=value["cause"],
            clock=instant(value["clock"]),
            expected=instant(value["expected"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CloudEvent(Wired):
    """A CloudEvent. Source and id together are unique, as the specification wants it; the data is the event as `history` writes it."""

    data: HistoryEntry | AccessChanges
    """The event as `history` writes it, or changes."""
    datacontenttype: str
    """`application/json`."""
    id: str
    """The organization and the position, or the `id` of a message of changes."""
    source: str
    """The organization, as a service names it."""
    specversion: str
    """`1.0`."""
    time: Timestamp
    """When it was recorded."""
    type: str
    """The type of the event behind `caseward.`; `caseward.access_changed` for changes."""
    subject: Stream | None = None
    """The stream; none of changes of access, which are of many."""
    _required: ClassVar[tuple[str, ...]] = ("specversion", "id", "source", "time", "datacontenttype", "data", "type")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            data=whichever(value["data"], HistoryEntry, AccessChanges),
            datacontenttype=value["datacontenttype"],
            id=value["id"],
            source=value["source"],
            specversion=value["specversion"],
            time=instant(value["time"]),
            type=value["type"],
            subject=value.get("subject"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedViews(Wired):
    """How the views of an organization compare with the log."""

    organization: int
    """Its number."""
    saved: Position | None
    """Up to where they are saved, of those that the next opening would load; none where nothing is saved, or where those that are served were compared."""
    differences: int | None = None
    """How many differences there are; none where nothing was compared."""
    not_compared: str | None = None
    """Why nothing was compared, though there is something."""
    rows: int | None = None
    """How many rows were compared."""
    served: Position | None = None
    """Up to where they are served, of those of a process that runs."""
    _required: ClassVar[tuple[str, ...]] = ("organization", "saved")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            organization=value["organization"],
            saved=value["saved"],
            differences=value.get("differences"),
            not_compared=value.get("not_compared"),
            rows=value.get("rows"),
            served=value.get("served"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageFinding(Wired):
    """Something that is wrong."""

    extent: DamageExtent
    """How severe it is."""
    organization: int | None
    """The number of the organization, where that is known."""
    place: str
    """The file, or the part of the store."""
    since: Position | None
    """The first position that is lost or in doubt, where it can be told."""
    what: str
    """What is wrong with it."""
    _required: ClassVar[tuple[str, ...]] = ("extent", "organization", "place", "since", "what")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            extent=value["extent"],
            organization=value["organization"],
            place=value["place"],
            since=value["since"],
            what=value["what"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DecidingEventPosition(Wired):
    """Of the answer that holds it."""

    position: Position
    _required: ClassVar[tuple[str, ...]] = ("position",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            position=value["position"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Wired):
    """The answer to a question."""

    at: Timestamp
    """The instant that windows were compared with."""
    decision: bool
    """Allow or deny."""
    disclose: bool
    """Whether the caller may learn that the resource exists."""
    position: Position
    """Where it was asked."""
    reasons: list[Reason]
    """Everything that counted, by rule, source and subject."""
    rights: list[Action]
    """All rights held on the resource."""
    rule: Rule
    """What decided."""
    set_aside: list[SetAside]
    """Everything that would have, likewise."""
    known: bool | None = None
    """`false` where no event up to there names the user."""
    settled: bool | None = None
    """`false` where the question named an instant after the engine's clock."""
    _required: ClassVar[tuple[str, ...]] = ("decision", "rights", "rule", "position", "at", "disclose", "reasons", "set_aside")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            at=instant(value["at"]),
            decision=value["decision"],
            disclose=value["disclose"],
            position=value["position"],
            reasons=[Reason.from_json(one) for one in value["reasons"]],
            rights=value["rights"],
            rule=value["rule"],
            set_aside=[SetAside.from_json(one) for one in value["set_aside"]],
            known=value.get("known"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffAnswer(Wired):
    """What changed between two moments; every list by subject, then by resource, bytewise."""

    changed: list[Change]
    """Something else than before."""
    from_: PointInTime
    """The first moment."""
    gained: list[Change]
    """Nothing before."""
    lost: list[Change]
    """Nothing after."""
    to: PointInTime
    """The second."""
    by_cause: list[CauseTally] | None = None
    """For the organization, on the first page: everything that changed what anybody held, in order."""
    cited: dict[str, HistoryEntry] | None = None
    """The events that it names, by position."""
    known: bool | None = None
    """`false` where no event up to there names the user."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` where the second lies after the clock, so that later events may change the answer."""
    _required: ClassVar[tuple[str, ...]] = ("gained", "lost", "changed", "from", "to")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            changed=[Change.from_json(one) for one in value["changed"]],
            from_=PointInTime.from_json(value["from"]),
            gained=[Change.from_json(one) for one in value["gained"]],
            lost=[Change.from_json(one) for one in value["lost"]],
            to=PointInTime.from_json(value["to"]),
            by_cause=None if (given := value.get("by_cause")) is None else [CauseTally.from_json(one) for one in given],
            cited=None if (given := value.get("cited")) is None else {key: HistoryEntry.from_json(one) for key, one in given.items()},
            known=value.get("known"),
            next=value.get("next"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainAnswer(Wired):
    """A decision with every event that it cites."""

    at: Timestamp
    """The instant that windows were compared with."""
    decision: bool
    """Allow or deny."""
    disclose: bool
    """Whether the caller may learn that the resource exists."""
    events: dict[str, HistoryEntry]
    """By position."""
    position: Position
    """Where it was asked."""
    reasons: list[Reason]
    """Everything that counted, by rule, source and subject."""
    rights: list[Action]
    """All rights held on the resource."""
    rule: Rule
    """What decided."""
    set_aside: list[SetAside]
    """Everything that would have, likewise."""
    known: bool | None = None
    """`false` where no event up to there names the user."""
    labels: dict[str, str] | None = None
    """What people call things, as it stood then; by reference."""
    settled: bool | None = None
    """`false` where the question named an instant after the engine's clock."""
    _required: ClassVar[tuple[str, ...]] = ("decision", "rights", "rule", "position", "at", "disclose", "reasons", "set_aside", "events")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            at=instant(value["at"]),
            decision=value["decision"],
            disclose=value["disclose"],
            events={key: HistoryEntry.from_json(one) for key, one in value["events"].items()},
            position=value["position"],
            reasons=[Reason.from_json(one) for one in value["reasons"]],
            rights=value["rights"],
            rule=value["rule"],
            set_aside=[SetAside.from_json(one) for one in value["set_aside"]],
            known=value.get("known"),
            labels=value.get("labels"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ForeseenChanges(Wired):
    """What a dry run would change: the lists of `diff`, cut where they are long."""

    changed: list[Change]
    """Something else would be."""
    gained: list[Change]
    """Nothing is held now."""
    lost: list[Change]
    """Nothing would be held."""
    pairs: int | None
    """How many pairs of a user and a resource would change; `None` where they are too many to ask about."""
    _required: ClassVar[tuple[str, ...]] = ("gained", "lost", "changed", "pairs")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            changed=[Change.from_json(one) for one in value["changed"]],
            gained=[Change.from_json(one) for one in value["gained"]],
            lost=[Change.from_json(one) for one in value["lost"]],
            pairs=value["pairs"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationStatus(Wired):
    """A generation of saved views."""

    age_seconds: int | None
    """Seconds since then."""
    begun: Timestamp | None
    """When it was begun; not known of the first."""
    bytes_on_disk: int
    """About what it takes on disk; the first one is of all organizations."""
    generation: int
    """Its number."""
    position: Position
    """Up to where it is saved."""
    state: GenerationState
    """What it is for."""
    _required: ClassVar[tuple[str, ...]] = ("generation", "state", "position", "begun", "age_seconds", "bytes_on_disk")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            age_seconds=value["age_seconds"],
            begun=None if value["begun"] is None else instant(value["begun"]),
            bytes_on_disk=value["bytes_on_disk"],
            generation=value["generation"],
            position=value["position"],
            state=value["state"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone(Wired):
    """Generations that are gone."""

    gone: list[int]
    _required: ClassVar[tuple[str, ...]] = ("gone",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            gone=value["gone"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryAnswer(Wired):
    """A page of the events that name a thing. On the command line each stands on a line of its own."""

    events: list[HistoryEntry]
    """Oldest first."""
    position: Position
    """Up to where the log was read."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("events", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events=[HistoryEntry.from_json(one) for one in value["events"]],
            position=value["position"],
            next=value.get("next"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry(Wired):
    """An event of a log, as answers write it."""

    actor: Actor
    """Who caused it."""
    command_id: CommandId
    """The id of the command that caused it."""
    data: EventData
    position: Position
    """Its place in the log."""
    stream: Stream
    stream_version: int
    """How many events its stream has, itself included."""
    time: Timestamp
    """When it was recorded."""
    type: str
    """Such as `access_granted`."""
    causation_id: str | None = None
    """What led to it."""
    correlation_id: str | None = None
    """What it belongs to."""
    reason: str | None = None
    """Why, as the actor said; `null` where nobody did."""
    reason_erased: bool | None = None
    """Whether the actor said something that nobody can read any more."""
    via: Via | None = None
    """Through whom it came, where it came through a caller of the service."""
    _required: ClassVar[tuple[str, ...]] = ("position", "time", "stream_version", "actor", "command_id", "type", "stream", "data")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            actor=value["actor"],
            command_id=value["command_id"],
            data=value["data"],
            position=value["position"],
            stream=value["stream"],
            stream_version=value["stream_version"],
            time=instant(value["time"]),
            type=value["type"],
            causation_id=value.get("causation_id"),
            correlation_id=value.get("correlation_id"),
            reason=value.get("reason"),
            reason_erased=value.get("reason_erased"),
            via=value.get("via"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderBetween(Wired):
    """One who could."""

    first: Timestamp
    """From when on, at the earliest."""
    intervals: list[Interval]
    """Each time, as `access` tells it."""
    last: Timestamp | None
    """Before when, at the latest; `None` where it still holds at the end of what was asked."""
    subject: Asker
    """Who."""
    _required: ClassVar[tuple[str, ...]] = ("subject", "first", "last", "intervals")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            first=instant(value["first"]),
            intervals=[Interval.from_json(one) for one in value["intervals"]],
            last=None if value["last"] is None else instant(value["last"]),
            subject=value["subject"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval(Wired):
    """A time in which it could, for the same reasons all along."""

    closed_by: list[Cause]
    """What ended it."""
    events: list[Position]
    """What made it so, where it begins: the events of all reasons that give the action, each once."""
    from_: Timestamp
    """From then on."""
    opened_by: list[Cause]
    """What began it; nothing where it held already right before what was asked."""
    rule: Rule
    """What decided, where it begins."""
    until: Timestamp | None
    """Only before then; `None` where it still holds at the end of what was asked."""
    _required: ClassVar[tuple[str, ...]] = ("from", "until", "rule", "events", "opened_by", "closed_by")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            closed_by=[Cause.from_json(one) for one in value["closed_by"]],
            events=value["events"],
            from_=instant(value["from"]),
            opened_by=[Cause.from_json(one) for one in value["opened_by"]],
            rule=value["rule"],
            until=None if value["until"] is None else instant(value["until"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedTokenLimits(Wired):
    """What it may have under way at once."""

    requests: int | None = None
    streams: int | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            requests=value.get("requests"),
            streams=value.get("streams"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken(Wired):
    """A token as it is told once."""

    id: str
    """Which."""
    issued: TokenEvent
    limits: IssuedTokenLimits
    """What it may have under way at once."""
    may_name: list[str]
    name: str
    """What its holder is called."""
    organizations: list[str]
    parts: list[Part]
    state: Literal["valid", "ended", "withdrawn"]
    """Whether it counts now."""
    token: str
    """All of it: `cw_ID_SECRET_CRC`."""
    valid_until: Timestamp
    about: Asker | None = None
    last_used: Timestamp | None = None
    """The day on which it last let somebody in, since this process began."""
    withdrawn: TokenEvent | None = None
    _required: ClassVar[tuple[str, ...]] = (
        "token",
        "id",
        "name",
        "state",
        "parts",
        "organizations",
        "may_name",
        "valid_until",
        "limits",
        "issued",
    )

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            id=value["id"],
            issued=TokenEvent.from_json(value["issued"]),
            limits=IssuedTokenLimits.from_json(value["limits"]),
            may_name=value["may_name"],
            name=value["name"],
            organizations=value["organizations"],
            parts=value["parts"],
            state=value["state"],
            token=value["token"],
            valid_until=instant(value["valid_until"]),
            about=value.get("about"),
            last_used=None if (given := value.get("last_used")) is None else instant(given),
            withdrawn=None if (given := value.get("withdrawn")) is None else TokenEvent.from_json(given),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag(Wired):
    """How far a checkpoint is behind the head."""

    events: int
    """Events that an opening has to fold."""
    seconds: float
    """From the time of the last event that is saved to that of the last."""
    _required: ClassVar[tuple[str, ...]] = ("events", "seconds")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events=value["events"],
            seconds=value["seconds"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LastError(Wired):
    """Something that went wrong, and when."""

    at: Timestamp
    """By the engine's clock."""
    error: str
    """What."""
    _required: ClassVar[tuple[str, ...]] = ("at", "error")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            at=instant(value["at"]),
            error=value["error"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LastLine(Wired):
    """The last line of an answer in lines that could not go on: what came before it holds."""

    problem: Problem
    """Why."""
    status: Literal["failed"]
    _required: ClassVar[tuple[str, ...]] = ("status", "problem")
    _constants: ClassVar[Mapping[str, str]] = {"status": "failed"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            problem=Problem.from_json(value["problem"]),
            status=value["status"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixOfDefinition(Wired):
    """What profiles may on a form, in three blocks."""

    administrators: list[MatrixRow]
    """Profiles in Administrator Mode: they may everything here."""
    definition: DefinitionId
    """Which."""
    none: list[MatrixRow]
    """Profiles with none, those without module access among them."""
    position: Position
    """Where it was asked."""
    some: list[MatrixRow]
    """Profiles with some access."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("definition", "administrators", "some", "none", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            administrators=[MatrixRow.from_json(one) for one in value["administrators"]],
            definition=value["definition"],
            none=[MatrixRow.from_json(one) for one in value["none"]],
            position=value["position"],
            some=[MatrixRow.from_json(one) for one in value["some"]],
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixOfProfileSettings(Wired):
    """What it is beside its rows."""

    administrator: bool
    module_access: bool
    search_query: bool
    search_text: bool
    _required: ClassVar[tuple[str, ...]] = ("module_access", "administrator", "search_text", "search_query")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            administrator=value["administrator"],
            module_access=value["module_access"],
            search_query=value["search_query"],
            search_text=value["search_text"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixOfProfile(Wired):
    """What a profile may, form by form."""

    position: Position
    """Where it was asked."""
    profile: ProfileId
    """Which."""
    rows: list[MatrixRow]
    """Every definition there is, by id; most rows hold nothing."""
    settings: MatrixOfProfileSettings
    """What it is beside its rows."""
    users: int
    """How many users have it."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("profile", "settings", "users", "rows", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            position=value["position"],
            profile=value["profile"],
            rows=[MatrixRow.from_json(one) for one in value["rows"]],
            settings=MatrixOfProfileSettings.from_json(value["settings"]),
            users=value["users"],
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class MatrixRow(Wired):
    """A row of the matrix, named by its other side."""

    change_form: bool
    delete: str
    of: str
    """The definition, or the profile."""
    read: str
    register: bool
    share: bool
    write: str
    write_completed: bool
    event: Position | None = None
    """The event that last set the row."""
    module_access: bool | None = None
    """Of a profile: whether it has module access. Without it a row gives nothing."""
    users: int | None = None
    """Of a profile: how many users have it."""
    _required: ClassVar[tuple[str, ...]] = ("of", "read", "write", "delete", "register", "share", "write_completed", "change_form")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            change_form=value["change_form"],
            delete=value["delete"],
            of=value["of"],
            read=value["read"],
            register=value["register"],
            share=value["share"],
            write=value["write"],
            write_completed=value["write_completed"],
            event=value.get("event"),
            module_access=value.get("module_access"),
            users=value.get("users"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Named(Wired):
    """Something that was named in a question."""

    of: Labelled
    """Its reference."""
    known: bool | None = None
    """`false` of a user whom no event up to there names, and of a case or definition that does not exist."""
    label: str | None = None
    """What people call it."""
    meant: Labelled | None = None
    """What was probably meant, where that is not known."""
    _required: ClassVar[tuple[str, ...]] = ("of",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            of=value["of"],
            known=value.get("known"),
            label=value.get("label"),
            meant=value.get("meant"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesAnswer(Wired):
    """What was asked, each in its place."""

    at: Timestamp
    """The instant that belongs to it."""
    names: list[Named]
    """As they were asked."""
    position: Position
    """Where it was asked."""
    settled: bool | None = None
    """`false` where that instant lies after the clock: later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("names", "position", "at")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            at=instant(value["at"]),
            names=[Named.from_json(one) for one in value["names"]],
            position=value["position"],
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesAsked(Wired):
    """Names to look at."""

    of: list[Labelled]
    """At most as many as a page may have."""
    _required: ClassVar[tuple[str, ...]] = ("of",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            of=value["of"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewBackup(Wired):
    """Where it goes, below the directory of backups."""

    name: OrganizationName | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            name=value.get("name"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOrganization(Wired):
    """An organization to create."""

    organization: OrganizationName
    actor: Actor | None = None
    _required: ClassVar[tuple[str, ...]] = ("organization",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            organization=value["organization"],
            actor=value.get("actor"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewRebuild(Wired):
    """Which projections, and what to do with what comes of it."""

    accept: bool | None = None
    """Serve the new views where they differ."""
    projection: str | None = None
    """One of them; left out, all."""
    save_every: int | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            accept=value.get("accept"),
            projection=value.get("projection"),
            save_every=value.get("save_every"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewTokenLimits(Wired):
    """What it may have under way at once."""

    requests: int | None = None
    streams: int | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            requests=value.get("requests"),
            streams=value.get("streams"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewToken(Wired):
    """A token to issue."""

    name: str
    """Commands that name no actor are those of `system:NAME`."""
    organizations: list[str]
    """Names, or `*` for all."""
    parts: list[Part]
    about: Asker | None = None
    """It may ask about this one alone."""
    actor: Actor | None = None
    limits: NewTokenLimits | None = None
    """What it may have under way at once."""
    may_name: list[str] | None = None
    """Other actors of its commands: `user:ana`, `user:*`, `system:hr`."""
    valid_until: Timestamp | None = None
    """A year from now, where nobody says."""
    _required: ClassVar[tuple[str, ...]] = ("name", "parts", "organizations")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            name=value["name"],
            organizations=value["organizations"],
            parts=value["parts"],
            about=value.get("about"),
            actor=value.get("actor"),
            limits=None if (given := value.get("limits")) is None else NewTokenLimits.from_json(given),
            may_name=value.get("may_name"),
            valid_until=None if (given := value.get("valid_until")) is None else instant(given),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Organizations(Wired):
    """The organizations of the caller."""

    organizations: list[Status]
    _required: ClassVar[tuple[str, ...]] = ("organizations",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            organizations=[Status.from_json(one) for one in value["organizations"]],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlay(Wired):
    """A time in which something lay over a resource for everybody."""

    events: list[Position]
    """What began it, and what ended it where that is asked about."""
    from_: Timestamp
    """From then on."""
    kind: OverlayKind
    """What lay there."""
    until: Timestamp | None
    """Only before then; `None` where it still is at the end of what was asked."""
    _required: ClassVar[tuple[str, ...]] = ("kind", "from", "until", "events")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events=value["events"],
            from_=instant(value["from"]),
            kind=value["kind"],
            until=None if value["until"] is None else instant(value["until"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PointInTime(Wired):
    """A position and an instant, as an answer says where and when it was asked."""

    at: Timestamp
    """What time it was."""
    position: Position
    """What had happened."""
    _required: ClassVar[tuple[str, ...]] = ("position", "at")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            at=instant(value["at"]),
            position=value["position"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyAnswer(Wired):
    """Every key of the policy."""

    keys: list[AdoptedKey]
    """In the order of the table."""
    position: Position
    """Where it was asked."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("keys", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            keys=[AdoptedKey.from_json(one) for one in value["keys"]],
            position=value["position"],
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem(Wired):
    """What went wrong (RFC 9457)."""

    code: str
    """As on the page of codes."""
    detail: str
    """What cannot be done and why not."""
    status: int
    hint: str | None = None
    """What to do next."""
    title: str | None = None
    """The code in words."""
    type: str | None = None
    """Leads to the page of codes."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    _required: ClassVar[tuple[str, ...]] = ("status", "code", "detail")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            code=value["code"],
            detail=value["detail"],
            status=value["status"],
            hint=value.get("hint"),
            title=value.get("title"),
            type=value.get("type"),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "code",
                    "detail",
                    "status",
                    "hint",
                    "title",
                    "type",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(Wired):
    """How fast an organization grows, in events a second."""

    heartbeat: Timestamp | None
    """When the engine was last seen alive; none where it has not run for a second."""
    last_minute: float
    """Over the last minute: of the engine's clock while it runs, else of the log, up to its last event."""
    since_start: float | None
    """Since the engine started; none in its first second."""
    _required: ClassVar[tuple[str, ...]] = ("last_minute", "since_start", "heartbeat")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            heartbeat=None if value["heartbeat"] is None else instant(value["heartbeat"]),
            last_minute=value["last_minute"],
            since_start=value["since_start"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadsSeen(Wired):
    """What a log of reads came to."""

    damage: str | None = None
    """What is wrong with it."""
    entries: int | None = None
    """How many entries are there."""
    root: str | None = None
    """The root over all that there ever were, in hexadecimal."""
    size: int | None = None
    """How many there ever were."""

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            damage=value.get("damage"),
            entries=value.get("entries"),
            root=value.get("root"),
            size=value.get("size"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Wired):
    """Whether the store serves, and whether it takes commands."""

    serves: bool
    takes_commands: bool
    why: str | None = None
    """Why not."""
    _required: ClassVar[tuple[str, ...]] = ("serves", "takes_commands")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            serves=value["serves"],
            takes_commands=value["takes_commands"],
            why=value.get("why"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason(Wired):
    """Something that counted."""

    effect: Effect
    """What it does."""
    events: list[Position]
    """What made it so: the entry, the path of memberships from the user outward, the switch, the policy."""
    rights: list[Action]
    """What it gives of the rights on the resource."""
    rule: Rule
    """Its rule."""
    source: Source
    """Where it comes from."""
    subject: Party
    """Whom it names."""
    _required: ClassVar[tuple[str, ...]] = ("rule", "effect", "source", "subject", "rights", "events")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            effect=value["effect"],
            events=value["events"],
            rights=value["rights"],
            rule=value["rule"],
            source=value["source"],
            subject=value["subject"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildAnswer(Wired):
    """A rebuild that has ended."""

    events_per_second: int
    """How fast it folded."""
    from_: Position
    """From where on it folded."""
    generation: int
    """The generation that it made."""
    not_saved: str | None
    """Why what was made is not saved."""
    others: list[str]
    """Projections that differ and were not asked for, by name."""
    outcome: RebuildOutcome
    """How."""
    position: Position
    """Where the two were compared; how far it was folded, where they were not."""
    projections: list[RebuiltProjection]
    """Those that were asked for, and others that stood in their way."""
    rows_that_differ: int
    """Of all projections."""
    seconds: float
    """How long folding took."""
    _required: ClassVar[tuple[str, ...]] = (
        "outcome",
        "generation",
        "position",
        "from",
        "seconds",
        "events_per_second",
        "projections",
        "rows_that_differ",
        "others",
        "not_saved",
    )
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events_per_second=value["events_per_second"],
            from_=value["from"],
            generation=value["generation"],
            not_saved=value["not_saved"],
            others=value["others"],
            outcome=value["outcome"],
            position=value["position"],
            projections=[RebuiltProjection.from_json(one) for one in value["projections"]],
            rows_that_differ=value["rows_that_differ"],
            seconds=value["seconds"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildProgress(Wired):
    """How far a rebuild is."""

    done: Position
    """Up to where it has folded."""
    events_per_second: int
    """Events folded a second, since it began."""
    from_: Position
    """From where on it folds."""
    head: Position
    """Up to where it has to."""
    last_error: str | None
    """What went wrong last, and did not end it: a checkpoint on its way."""
    paused: bool
    """Whether it waits to be resumed."""
    seconds_left: int | None
    """Seconds until it is folded, at that rate; none before there is one."""
    step: RebuildStep
    """What it is doing."""
    _required: ClassVar[tuple[str, ...]] = ("step", "paused", "from", "done", "head", "events_per_second", "seconds_left", "last_error")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            done=value["done"],
            events_per_second=value["events_per_second"],
            from_=value["from"],
            head=value["head"],
            last_error=value["last_error"],
            paused=value["paused"],
            seconds_left=value["seconds_left"],
            step=value["step"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuiltProjection(Wired):
    """One projection: a line of `--output jsonl`."""

    differences: list[RowDifference]
    """What does."""
    equal: bool
    """Whether nothing differs."""
    position: Position
    """Where that was compared."""
    projection: str
    """Its name."""
    _required: ClassVar[tuple[str, ...]] = ("projection", "equal", "differences", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            differences=[RowDifference.from_json(one) for one in value["differences"]],
            equal=value["equal"],
            position=value["position"],
            projection=value["projection"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal(Wired):
    """A no, with its code, what happened, what to do next, and the facts that it rests on beside them."""

    code: Code
    message: str
    """What cannot be done and why not."""
    hint: str | None = None
    """What to do next, where there is something to do."""
    status: Literal["refused"] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    _required: ClassVar[tuple[str, ...]] = ("code", "message")
    _constants: ClassVar[Mapping[str, str]] = {"status": "refused"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            code=value["code"],
            message=value["message"],
            hint=value.get("hint"),
            status=value.get("status"),
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "code",
                    "message",
                    "hint",
                    "status",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsAnswer(Wired):
    """All that a subject may do to a resource."""

    position: Position
    """Where it was asked."""
    rights: list[Action]
    """In the order in which rights are answered."""
    known: bool | None = None
    """`false` where no event up to there names the user, or the resource."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("rights", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            position=value["position"],
            rights=value["rights"],
            known=value.get("known"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RowDifference(Wired):
    """Something that views hold otherwise than the log says."""

    events: list[DecidingEvent]
    """The same, as the log has them."""
    live: str
    """What was served."""
    of: str
    """Of what."""
    positions: list[Position]
    """The events that decide it."""
    rebuilt: str
    """What the log says."""
    _required: ClassVar[tuple[str, ...]] = ("of", "live", "rebuilt", "positions", "events")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events=[whichever(one, HistoryEntry, DecidingEventPosition) for one in value["events"]],
            live=value["live"],
            of=value["of"],
            positions=value["positions"],
            rebuilt=value["rebuilt"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RunAnswer(Wired):
    """A run."""

    begun: Timestamp
    """When it was started."""
    by: str
    """Who started it, as logs name callers."""
    ended: Timestamp | None
    """When it ended; none while it goes on."""
    id: int
    """Its number: later ones are higher, after a restart too."""
    outcome: RebuildAnswer | BackupAnswer | VerifyAnswer | Refusal | dict[str, Any] | None
    """What the verb prints; none while it goes on, and where it failed."""
    progress: RebuildProgress | BackupProgress | VerifyProgress | None
    """What it has done so far; none before it has done anything."""
    state: RunState
    """How far it is."""
    problem: Any | None = None
    """Why it failed."""
    _required: ClassVar[tuple[str, ...]] = ("id", "state", "by", "begun", "ended", "progress", "outcome")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            begun=instant(value["begun"]),
            by=value["by"],
            ended=None if value["ended"] is None else instant(value["ended"]),
            id=value["id"],
            outcome=None
            if value["outcome"] is None
            else whichever(value["outcome"], RebuildAnswer, BackupAnswer, VerifyAnswer, Refusal, open_=True),
            progress=None if value["progress"] is None else whichever(value["progress"], RebuildProgress, BackupProgress, VerifyProgress),
            state=value["state"],
            problem=value.get("problem"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs(Wired):
    """The last runs of a kind; for backups what lies in their directory too."""

    runs: list[RunAnswer]
    backups: list[dict[str, Any]] | None = None
    _required: ClassVar[tuple[str, ...]] = ("runs",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            runs=[RunAnswer.from_json(one) for one in value["runs"]],
            backups=value.get("backups"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside(Wired):
    """Something that would have counted."""

    because: Because
    """Why it did not count."""
    events: list[Position]
    """What made it so."""
    rule: Rule
    """Its rule."""
    source: Source
    """Where it comes from."""
    missing: Missing | None = None
    """What that scope lacks to hold."""
    scope: Scope | None = None
    """The scope of the profile’s row, where it does not hold."""
    _required: ClassVar[tuple[str, ...]] = ("rule", "source", "because", "events")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            because=value["because"],
            events=value["events"],
            rule=value["rule"],
            source=value["source"],
            missing=value.get("missing"),
            scope=value.get("scope"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Status(Wired):
    """The state of an organization."""

    cases: int
    """Cases."""
    checkpoint: Position
    """Up to where the views are saved; 0 where they are not."""
    command_ids: int
    """Ids of commands that are remembered."""
    definitions: int
    """Definitions."""
    generations: list[GenerationStatus]
    """Its saved views: what is served, what was, what is being made."""
    groups: int
    """Groups."""
    head: Position
    """The last position. All projections stand there."""
    lag: Lag
    """How far that is behind the head."""
    last: Timestamp | None
    """When that was recorded."""
    last_error: LastError | None
    """What failed last, in the background or when it was opened, and kept nothing from going on."""
    organization: OrganizationName
    """Its name."""
    projections: dict[str, int]
    """The generation that each projection was last rebuilt in, by name."""
    rate: Rate
    """How fast it grows."""
    rebuild: RebuildProgress | None
    """The rebuild that runs."""
    restricted_cases: int
    """Cases under restriction."""
    users: int
    """How many there are of each kind."""
    clock_behind: ClockBehind | None = None
    """Where the clock lies behind that."""
    clock_in_doubt: ClockInDoubt | None = None
    """Where the clock is not believed, so that no command is taken."""
    _required: ClassVar[tuple[str, ...]] = (
        "organization",
        "head",
        "last",
        "users",
        "groups",
        "definitions",
        "cases",
        "restricted_cases",
        "command_ids",
        "checkpoint",
        "lag",
        "rate",
        "last_error",
        "generations",
        "projections",
        "rebuild",
    )

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            cases=value["cases"],
            checkpoint=value["checkpoint"],
            command_ids=value["command_ids"],
            definitions=value["definitions"],
            generations=[GenerationStatus.from_json(one) for one in value["generations"]],
            groups=value["groups"],
            head=value["head"],
            lag=Lag.from_json(value["lag"]),
            last=None if value["last"] is None else instant(value["last"]),
            last_error=None if value["last_error"] is None else LastError.from_json(value["last_error"]),
            organization=value["organization"],
            projections=value["projections"],
            rate=Rate.from_json(value["rate"]),
            rebuild=None if value["rebuild"] is None else RebuildProgress.from_json(value["rebuild"]),
            restricted_cases=value["restricted_cases"],
            users=value["users"],
            clock_behind=None if (given := value.get("clock_behind")) is None else ClockBehind.from_json(given),
            clock_in_doubt=None if (given := value.get("clock_in_doubt")) is None else ClockInDoubt.from_json(given),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranded(Wired):
    """One of those."""

    subject: Subject
    """A user; or a group none of whose users may read the case."""
    activities: list[ActivityId] | None = None
    """The activities that are assigned to the subject."""
    fields: list[Any] | None = None
    """The person fields that name the subject."""
    rule: Rule | None = None
    """Why a user may not: the rule of the check. A group has none."""
    _required: ClassVar[tuple[str, ...]] = ("subject",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            subject=value["subject"],
            activities=value.get("activities"),
            fields=value.get("fields"),
            rule=value.get("rule"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandedAnswer(Wired):
    """Who is assigned to an open case, or in a person field of one, and may not read it."""

    cases: list[StrandedCase]
    """By reference, bytewise."""
    position: Position
    """Where it was asked."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` if that is a moment after the clock, so that the answer may still change."""
    _required: ClassVar[tuple[str, ...]] = ("cases", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            cases=[StrandedCase.from_json(one) for one in value["cases"]],
            position=value["position"],
            next=value.get("next"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StrandedCase(Wired):
    """An open case with somebody who may not read it."""

    resource: Resource
    """Which."""
    stranded: list[Stranded]
    """Who, users before groups, each by id."""
    _required: ClassVar[tuple[str, ...]] = ("resource", "stranded")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            resource=value["resource"],
            stranded=[Stranded.from_json(one) for one in value["stranded"]],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Through(Wired):
    """What gives somebody the right: a reason, without what `explain` adds."""

    rule: Rule
    """Its rule."""
    source: Source
    """Where it comes from."""
    subject: Party
    """Whom it names: the subject itself, or a group."""
    _required: ClassVar[tuple[str, ...]] = ("rule", "source", "subject")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            rule=value["rule"],
            source=value["source"],
            subject=value["subject"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineAnswer(Wired):
    """Who held what on a resource, and when."""

    bands: list[Overlay]
    """What lay over it for all."""
    events: list[TimelineEvent]
    """What happened to the resource, and what opened or closed something, in order."""
    from_: Timestamp
    """From here on."""
    position: Position
    """Up to where the log was read."""
    subjects: list[TimelineRow]
    """Whoever held something, by reference, bytewise."""
    to: Timestamp
    """To before here."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` if it reaches beyond the clock, so that the answer may still change."""
    _required: ClassVar[tuple[str, ...]] = ("subjects", "bands", "events", "from", "to", "position")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            bands=[Overlay.from_json(one) for one in value["bands"]],
            events=[TimelineEvent.from_json(one) for one in value["events"]],
            from_=instant(value["from"]),
            position=value["position"],
            subjects=[TimelineRow.from_json(one) for one in value["subjects"]],
            to=instant(value["to"]),
            next=value.get("next"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEvent(Wired):
    """An event as a timeline tells it: in words."""

    actor: Actor
    """Its type, as `history` has it. Who caused it."""
    position: Position
    """Its place in the log."""
    time: Timestamp
    """When it was recorded."""
    type: str
    what: str
    """What happened, for people."""
    _required: ClassVar[tuple[str, ...]] = ("position", "time", "actor", "what", "type")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            actor=value["actor"],
            position=value["position"],
            time=instant(value["time"]),
            type=value["type"],
            what=value["what"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineRow(Wired):
    """When one subject could do each of the actions that are told of."""

    subject: TimelineSubject
    administer: list[Interval] | None = None
    administer_form: list[Interval] | None = None
    change_form: list[Interval] | None = None
    delete: list[Interval] | None = None
    manage_access: list[Interval] | None = None
    read: list[Interval] | None = None
    register: list[Interval] | None = None
    restrict: list[Interval] | None = None
    search_query: list[Interval] | None = None
    search_text: list[Interval] | None = None
    share: list[Interval] | None = None
    write: list[Interval] | None = None
    _required: ClassVar[tuple[str, ...]] = ("subject",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            subject=value["subject"],
            administer=None if (given := value.get("administer")) is None else [Interval.from_json(one) for one in given],
            administer_form=None if (given := value.get("administer_form")) is None else [Interval.from_json(one) for one in given],
            change_form=None if (given := value.get("change_form")) is None else [Interval.from_json(one) for one in given],
            delete=None if (given := value.get("delete")) is None else [Interval.from_json(one) for one in given],
            manage_access=None if (given := value.get("manage_access")) is None else [Interval.from_json(one) for one in given],
            read=None if (given := value.get("read")) is None else [Interval.from_json(one) for one in given],
            register=None if (given := value.get("register")) is None else [Interval.from_json(one) for one in given],
            restrict=None if (given := value.get("restrict")) is None else [Interval.from_json(one) for one in given],
            search_query=None if (given := value.get("search_query")) is None else [Interval.from_json(one) for one in given],
            search_text=None if (given := value.get("search_text")) is None else [Interval.from_json(one) for one in given],
            share=None if (given := value.get("share")) is None else [Interval.from_json(one) for one in given],
            write=None if (given := value.get("write")) is None else [Interval.from_json(one) for one in given],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenEvent(Wired):
    """Who did it, when, and where that stands in the log of the register."""

    actor: Actor
    position: Position
    time: Timestamp
    _required: ClassVar[tuple[str, ...]] = ("position", "time", "actor")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            actor=value["actor"],
            position=value["position"],
            time=instant(value["time"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStatusLimits(Wired):
    """What it may have under way at once."""

    requests: int | None = None
    streams: int | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            requests=value.get("requests"),
            streams=value.get("streams"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenStatus(Wired):
    """A token; its secret is nowhere."""

    id: str
    """Which."""
    issued: TokenEvent
    limits: TokenStatusLimits
    """What it may have under way at once."""
    may_name: list[str]
    name: str
    """What its holder is called."""
    organizations: list[str]
    parts: list[Part]
    state: Literal["valid", "ended", "withdrawn"]
    """Whether it counts now."""
    valid_until: Timestamp
    about: Asker | None = None
    last_used: Timestamp | None = None
    """The day on which it last let somebody in, since this process began."""
    withdrawn: TokenEvent | None = None
    _required: ClassVar[tuple[str, ...]] = ("id", "name", "state", "parts", "organizations", "may_name", "valid_until", "limits", "issued")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            id=value["id"],
            issued=TokenEvent.from_json(value["issued"]),
            limits=TokenStatusLimits.from_json(value["limits"]),
            may_name=value["may_name"],
            name=value["name"],
            organizations=value["organizations"],
            parts=value["parts"],
            state=value["state"],
            valid_until=instant(value["valid_until"]),
            about=value.get("about"),
            last_used=None if (given := value.get("last_used")) is None else instant(given),
            withdrawn=None if (given := value.get("withdrawn")) is None else TokenEvent.from_json(given),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens(Wired):
    """Those that the caller may know of."""

    tokens: list[TokenStatus]
    _required: ClassVar[tuple[str, ...]] = ("tokens",)

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            tokens=[TokenStatus.from_json(one) for one in value["tokens"]],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted(Wired):
    """Up to where an organization can be trusted."""

    organization: int
    """Its number."""
    position: Position
    """The last such position."""
    name: OrganizationName | None = None
    """Its name, where the register tells it."""
    _required: ClassVar[tuple[str, ...]] = ("organization", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            organization=value["organization"],
            position=value["position"],
            name=value.get("name"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyAnswer(Wired):
    """A store that was gone through."""

    events: int
    """How many events there are."""
    findings: list[DamageFinding]
    """What is wrong."""
    heads: int
    """How many kept tree heads the log bears out."""
    trusted: list[Trusted]
    """Up to where each organization can be trusted."""
    views: list[ComparedViews]
    """How the views compare with the log."""
    whole: bool
    """Whether nothing is wrong."""
    reads: ReadsSeen | None = None
    """What the log of reads came to; none where none are kept, or where it was not looked at."""
    _required: ClassVar[tuple[str, ...]] = ("events", "findings", "heads", "trusted", "views", "whole")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events=value["events"],
            findings=[DamageFinding.from_json(one) for one in value["findings"]],
            heads=value["heads"],
            trusted=[Trusted.from_json(one) for one in value["trusted"]],
            views=[ComparedViews.from_json(one) for one in value["views"]],
            whole=value["whole"],
            reads=None if (given := value.get("reads")) is None else ReadsSeen.from_json(given),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifyProgress(Wired):
    """How far a verification is."""

    events: int
    """How many events were read again."""
    of: int
    """How many there were when it began."""
    _required: ClassVar[tuple[str, ...]] = ("events", "of")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            events=value["events"],
            of=value["of"],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyActionsValueItem(Wired):
    """The first that fits counts."""

    is_: Action
    name: str
    """As callers say."""
    on: Resource | None = None
    when: dict[str, Any] | None = None
    """Properties, and what each must equal."""
    _required: ClassVar[tuple[str, ...]] = ("name", "is")
    _wire: ClassVar[Mapping[str, str]] = {"is_": "is"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            is_=value["is"],
            name=value["name"],
            on=value.get("on"),
            when=value.get("when"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyResourcesValue(Wired):
    """What a type of callers stands for."""

    as_: str | None = None
    """`user`, `link`, `case`, `definition`, `item` or `task`."""
    definition: DefinitionId | None = None
    fixed: Resource | None = None
    prefix: str | None = None
    """Before the id that we know."""
    _wire: ClassVar[Mapping[str, str]] = {"as_": "as"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            as_=value.get("as"),
            definition=value.get("definition"),
            fixed=value.get("fixed"),
            prefix=value.get("prefix"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularySubjectsValue(Wired):
    """What a type of callers stands for."""

    as_: str | None = None
    """`user`, `link`, `case`, `definition`, `item` or `task`."""
    definition: DefinitionId | None = None
    fixed: Resource | None = None
    prefix: str | None = None
    """Before the id that we know."""
    _wire: ClassVar[Mapping[str, str]] = {"as_": "as"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            as_=value.get("as"),
            definition=value.get("definition"),
            fixed=value.get("fixed"),
            prefix=value.get("prefix"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary(Wired):
    """The words of callers, and what they mean."""

    actions: dict[str, list[VocabularyActionsValueItem]] | None = None
    resources: dict[str, VocabularyResourcesValue] | None = None
    subjects: dict[str, VocabularySubjectsValue] | None = None

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            actions=None
            if (given := value.get("actions")) is None
            else {key: [VocabularyActionsValueItem.from_json(one) for one in one] for key, one in given.items()},
            resources=None
            if (given := value.get("resources")) is None
            else {key: VocabularyResourcesValue.from_json(one) for key, one in given.items()},
            subjects=None
            if (given := value.get("subjects")) is None
            else {key: VocabularySubjectsValue.from_json(one) for key, one in given.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class VocabularyAnswer(Wired):
    """What the words of callers stand for."""

    event: Position | None
    """The event that adopted it; `null` where none did."""
    position: Position
    """Where it was asked."""
    vocabulary: Vocabulary
    """As a command adopts it; our own words, where none was adopted."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("vocabulary", "event", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            event=value["event"],
            position=value["position"],
            vocabulary=Vocabulary.from_json(value["vocabulary"]),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandWarning(Wired):
    """What may surprise; its facts stand beside it."""

    code: str
    """Such as `dormant`."""
    message: str
    """In words."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside these."""

    _required: ClassVar[tuple[str, ...]] = ("code", "message")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            code=value["code"],
            message=value["message"],
            facts={
                key: one
                for key, one in value.items()
                if key
                not in (
                    "code",
                    "message",
                )
            },
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhatAnswer(Wired):
    """To what a subject may do something."""

    position: Position
    """Where it was asked."""
    resources: list[Resource]
    """By reference, bytewise."""
    known: bool | None = None
    """`false` where no event up to there names the user, or the definition that it keeps to."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    _required: ClassVar[tuple[str, ...]] = ("resources", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            position=value["position"],
            resources=value["resources"],
            known=value.get("known"),
            next=value.get("next"),
            settled=value.get("settled"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoAnswer(Wired):
    """Who may do something to a resource."""

    everyone: bool
    """Whether everybody may, access control being off; those listed are among them."""
    links: list[Asker]
    """Links that share it, likewise."""
    position: Position
    """Where it was asked."""
    subjects: list[Asker]
    """Users, by reference, bytewise."""
    known: bool | None = None
    """`false` where no event up to there names the resource."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` where it was asked as of an instant after the clock, so that later events may change it."""
    through: dict[str, list[Through]] | None = None
    """Of each of them, what gives it; left out where nobody asked for it."""
    _required: ClassVar[tuple[str, ...]] = ("everyone", "subjects", "links", "position")

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            everyone=value["everyone"],
            links=value["links"],
            position=value["position"],
            subjects=value["subjects"],
            known=value.get("known"),
            next=value.get("next"),
            settled=value.get("settled"),
            through=None
            if (given := value.get("through")) is None
            else {key: [Through.from_json(one) for one in one] for key, one in given.items()},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WhoBetweenAnswer(Wired):
    """Who could do something to a resource, and when."""

    from_: Timestamp
    """From here on."""
    position: Position
    """Up to where the log was read."""
    subjects: list[HolderBetween]
    """Users whom events name, and links, by reference, bytewise."""
    to: Timestamp
    """To before here."""
    everyone: list[Interval] | None = None
    """When everybody could, access control being off; those listed are among them. Left out where that was never so."""
    known: bool | None = None
    """`false` where no event up to there names the resource."""
    next: Next | None = None
    """Whether there is another page."""
    settled: bool | None = None
    """`false` if it reaches beyond the clock, so that the answer may still change."""
    _required: ClassVar[tuple[str, ...]] = ("subjects", "from", "to", "position")
    _wire: ClassVar[Mapping[str, str]] = {"from_": "from"}

    @classmethod
    def from_json(cls, value: Any) -> Self:
        """From what the service sent."""
        return cls(
            from_=instant(value["from"]),
            position=value["position"],
            subjects=[HolderBetween.from_json(one) for one in value["subjects"]],
            to=instant(value["to"]),
            everyone=None if (given := value.get("everyone")) is None else [Interval.from_json(one) for one in given],
            known=value.get("known"),
            next=value.get("next"),
            settled=value.get("settled"),
        )
