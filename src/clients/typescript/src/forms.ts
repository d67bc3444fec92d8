// What the service answers, and the words that it takes: made from `openapi.json` by `tools/generate.mjs`.
//
// Instants are texts as RFC 3339 has them, in UTC; positions are numbers. What a later release adds is there at run time.

/** What an accepted command did. */
export interface Accepted {
  /** For a dry run: the access that would change. */
  access?: ForeseenChanges;
  /** Where the clock lies behind the log. */
  clock_behind?: ClockBehind;
  /** Nothing was appended. */
  dry_run?: boolean;
  /** What it appended, now or, for a known id, the first time. */
  events: Array<HistoryEntry>;
  /** Where the service made the id. */
  id?: CommandId;
  /** What people call things, as it stood then; by reference. */
  labels?: Record<string, string>;
  /** That of its last event; of the head, where nothing changed. */
  position: Position;
  /** Its id was known: this is the answer of the first time. */
  replayed?: boolean;
  status: "accepted";
  /** What may surprise. */
  warnings: Array<Warning>;
}

/** A level (`read`, `write`, `delete`), or the actions one by one. */
export type Access = "read" | "write" | "delete" | Array<Action>;

/** When a subject could do something. Intervals are half-open. */
export interface AccessAnswer {
  /** From here on. */
  from: Timestamp;
  /** In order. */
  intervals: Array<Interval>;
  /** `false` where no event up to there names the user. */
  known?: boolean;
  /** Whether there is another page. */
  next?: Next | null;
  /** Up to where the log was read. */
  position: Position;
  /** `false` if it reaches beyond the clock, so that the answer may still change. */
  settled?: boolean;
  /** To before here. */
  to: Timestamp;
}

/** What changed between two moments with nothing in between; every list by subject, then by resource, bytewise. */
export interface AccessChanges {
  /** What has changed too much, or may have, to be told: to be asked about again, as of `to`. */
  ask_again?: Array<AskAgain>;
  /** Something else than before. */
  changed: Array<Change>;
  /** What changed for whoever no event names. */
  everyone?: Array<ChangeForEveryone>;
  /** Before it. */
  from: PointInTime;
  /** Nothing before. */
  gained: Array<Change>;
  /** Of this message: the feed goes on behind it from here. */
  id: FeedId;
  /** Nothing after. */
  lost: Array<Change>;
  /** What users whom this commit is the first to name held before as everybody does, and hold still: no change, but nothing told of them before. */
  named?: Array<Change>;
  /** Behind it. */
  to: PointInTime;
}

/** What is asked for. */
export type Action =
  | "read"
  | "write"
  | "delete"
  | "share"
  | "manage_access"
  | "restrict"
  | "register"
  | "change_form"
  | "administer_form"
  | "search_text"
  | "search_query"
  | "administer";

/** A bare id, at most 128 bytes, without its type. */
export type ActivityId = string;

/** In whose name: `user:ID` or `system:NAME`. */
export type Actor = string;

/** A key of the policy as it stood. */
export interface AdoptedKey {
  /** The event that last set it; `null` where it is the default. */
  event: Position | null;
  /** Which. */
  key:
    | "access_control_default"
    | "restriction"
    | "org_admin_bypass"
    | "org_admin_entry"
    | "access_managers"
    | "definition_revoke_cascades"
    | "assignment_grant"
    | "creator_grant"
    | "walls_bind_admins"
    | "break_glass"
    | "break_glass_max_minutes";
  /** As a command writes it. */
  value: string | boolean | number;
}

/** To each question in its place, all at one position. */
export interface Answers {
  answers: Array<CheckAnswer>;
  position: Position;
}

/** Where a question is asked: the head (`null` or left out), a position, or an instant. */
export type AsOf = number | string | null;

/** What is to be asked about again. */
export type AskAgain =
  | {
      subject: Asker;
    }
  | {
      resource: Resource;
    }
  | "everything";

/** Who asks: `user:ID`, or `link:ID` for whoever has a public link. */
export type Asker = string;

/** An action. */
export interface AuthzenAction {
  name: string;
  properties?: Record<string, unknown>;
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** A decision of AuthZEN 1.0. */
export interface AuthzenDecision {
  context?: Record<string, unknown>;
  decision: boolean;
}

/** Decisions in their places, up to the one that ended it; or one, where one was asked for. */
export type AuthzenDecisions =
  | {
      evaluations: Array<AuthzenDecision>;
    }
  | AuthzenDecision;

/** A subject or a resource. */
export interface AuthzenEntity {
  id?: string;
  properties?: Record<string, unknown>;
  type: string;
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** A question of AuthZEN 1.0. */
export interface AuthzenEvaluation {
  action: AuthzenAction;
  /** Ours is the key `caseward`. */
  context?: {
    /** Beyond the standard. */
    caseward?: {
      as_of?: AsOf;
      at?: Timestamp;
      at_least?: Position;
      explain?: boolean;
    };
    /** What stands beside these. */
    [fact: string]: unknown;
  };
  resource: AuthzenEntity;
  subject: AuthzenEntity;
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** Many, with what they share beside them. */
export interface AuthzenEvaluations {
  action?: AuthzenAction;
  /** Ours is the key `caseward`. */
  context?: {
    /** Beyond the standard. */
    caseward?: {
      as_of?: AsOf;
      at?: Timestamp;
      at_least?: Position;
      explain?: boolean;
    };
    /** What stands beside these. */
    [fact: string]: unknown;
  };
  evaluations?: Array<Record<string, unknown>>;
  options?: {
    /** When to stop. */
    evaluations_semantic?: "execute_all" | "deny_on_first_deny" | "permit_on_first_permit";
    /** What stands beside these. */
    [fact: string]: unknown;
  };
  resource?: AuthzenEntity;
  subject?: AuthzenEntity;
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** What was found. */
export interface AuthzenFound {
  context?: Record<string, unknown>;
  page?: Record<string, unknown>;
  results: Array<Record<string, unknown>>;
}

/** Where the endpoints of AuthZEN are. */
export type AuthzenMetadata = Record<string, unknown>;

/** A search of AuthZEN 1.0: what is looked for is left out. */
export interface AuthzenSearch {
  action?: AuthzenAction;
  /** Ours is the key `caseward`. */
  context?: {
    /** Beyond the standard. */
    caseward?: {
      as_of?: AsOf;
      at?: Timestamp;
      at_least?: Position;
      explain?: boolean;
    };
    /** What stands beside these. */
    [fact: string]: unknown;
  };
  page?: {
    limit?: number;
    token?: string;
    /** What stands beside these. */
    [fact: string]: unknown;
  };
  resource?: AuthzenEntity;
  subject?: AuthzenEntity;
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** An organization in a backup. */
export interface BackedUp {
  /** Up to where it was backed up before. */
  from: Position;
  /** Its number. */
  number: number;
  /** Its name; the register has none. */
  organization: OrganizationName | null;
  /** Up to where it is now. */
  to: Position;
}

/** A backup that was taken. */
export interface BackupAnswer {
  /** New bundles. */
  bundles: number;
  /** Bytes of the new bundles. */
  bytes: number;
  /** New events. */
  events: number;
  /** Each organization, the register first. */
  organizations: Array<BackedUp>;
  /** How long it took. */
  seconds: number;
}

/** How far a backup is. */
export interface BackupProgress {
  /** Up to where. */
  done: Position;
  /** Up to where it has to be. */
  head: Position;
  /** The number of the organization that is written. */
  organization: number;
}

/** Why something was set aside. */
export type Because =
  | "restricted"
  | "walled"
  | "capped"
  | "expired"
  | "not_yet_valid"
  | "group_inactive"
  | "completed"
  | "read_missing"
  | "scope"
  | "sharing_off";

/** A bare id, at most 128 bytes, without its type. */
export type CaseId = string;

/** What made an answer change. */
export interface Cause {
  /** The event; of a window, the one that set it. */
  position: Position;
  /** When. */
  time: Timestamp;
  /** Whether it is that its window began or ended. */
  window?: WindowEnd;
}

/** How much one event, or one end of a window, changed. */
export interface CauseTally {
  /** Which. */
  cause: Cause;
  /** The first of them. */
  first: Array<Change>;
  /** How many pairs of a user and a resource. */
  pairs: number;
}

/** Rights of a subject on a resource that differ between two moments. */
export interface Change {
  /** What is held. */
  after: Array<Action>;
  /** What was held. */
  before: Array<Action>;
  /** The same with the time of each, and whether it was a window. */
  causes: Array<Cause>;
  /** Positions of what made the difference, in order, each once. */
  events: Array<Position>;
  /** On what. */
  resource: Resource;
  /** Whose. */
  subject: Asker;
}

/** What whoever no event names holds on a resource. */
export interface ChangeForEveryone {
  /** What is held. */
  after: Array<Action>;
  /** What was held. */
  before: Array<Action>;
  /** What made the difference. */
  causes: Array<Cause>;
  /** On what. */
  resource: Resource;
}

/** A decision, or why the question cannot be asked, with the `id` of the question. */
export type CheckAnswer =
  | {
      /** The instant that windows were compared with. */
      at: Timestamp;
      /** Allow or deny. */
      decision: boolean;
      /** Whether the caller may learn that the resource exists. */
      disclose: boolean;
      /** As the question gave it. */
      id?: unknown;
      /** `false` where no event up to there names the user. */
      known?: boolean;
      /** Where it was asked. */
      position: Position;
      /** Everything that counted, by rule, source and subject. */
      reasons: Array<Reason>;
      /** All rights held on the resource. */
      rights: Array<Action>;
      /** What decided. */
      rule: Rule;
      /** Everything that would have, likewise. */
      set_aside: Array<SetAside>;
      /** `false` where the question named an instant after the engine's clock. */
      settled?: boolean;
    }
  | Refusal;

/** A clock that is behind the log: its reading, and the time that counts as now. */
export interface ClockBehind {
  /** What the clock shows. */
  clock: Timestamp;
  /** What counts as now. */
  now: Timestamp;
}

/** Why a clock is not believed. */
export type ClockDoubt = "jumped" | "not_kept_right" | "unwritable";

/** That the clock is not believed, so that no command is taken before an operator says that it is right. */
export interface ClockInDoubt {
  /** Why. */
  cause: ClockDoubt;
  /** What the clock shows; of one that jumped before the store was opened, what it showed then. */
  clock: Timestamp;
  /** What it would show by the time gone by; of one that was not read for long, the last reading. */
  expected: Timestamp;
}

/** A CloudEvent. Source and id together are unique, as the specification wants it; the data is the event as `history` writes it. */
export interface CloudEvent {
  /** The event as `history` writes it, or changes. */
  data: HistoryEntry | AccessChanges;
  /** `application/json`. */
  datacontenttype: string;
  /** The organization and the position, or the `id` of a message of changes. */
  id: string;
  /** The organization, as a service names it. */
  source: string;
  /** `1.0`. */
  specversion: string;
  /** The stream; none of changes of access, which are of many. */
  subject?: Stream;
  /** When it was recorded. */
  time: Timestamp;
  /** The type of the event behind `caseward.`; `caseward.access_changed` for changes. */
  type: string;
}

/** Why something was refused; [the page of codes](/problems) says what to do. */
export type Code =
  | "id_reused"
  | "invalid"
  | "invalid_window"
  | "time_goes_back"
  | "time_ahead"
  | "version_conflict"
  | "not_authorized"
  | "not_found"
  | "exists"
  | "not_restricted"
  | "already_granted"
  | "no_such_grant"
  | "restriction_disabled"
  | "already_restricted"
  | "blocked"
  | "already_member"
  | "not_a_member"
  | "cycle"
  | "last_org_admin"
  | "contradictory"
  | "already_there"
  | "not_there"
  | "restricted_unlisted"
  | "sharing_disabled"
  | "already_walled"
  | "no_such_wall"
  | "break_glass_off"
  | "too_long"
  | "wall"
  | "case_restricted"
  | "too_large"
  | "batch_refused";

/** What came of a command. */
export type CommandAnswer = Accepted | Refusal;

/** The id of a command, which makes sending it again safe; a UUID is usual. */
export type CommandId = string;

/** How the views of an organization compare with the log. */
export interface ComparedViews {
  /** How many differences there are; none where nothing was compared. */
  differences?: number;
  /** Why nothing was compared, though there is something. */
  not_compared?: string;
  /** Its number. */
  organization: number;
  /** How many rows were compared. */
  rows?: number;
  /** Up to where they are saved, of those that the next opening would load; none where nothing is saved, or where those that are served were compared. */
  saved: Position | null;
  /** Up to where they are served, of those of a process that runs. */
  served?: Position;
}

/** How severe something wrong is. */
export type DamageExtent = "end_not_vouched_for" | "damage";

/** Something that is wrong. */
export interface DamageFinding {
  /** How severe it is. */
  extent: DamageExtent;
  /** The number of the organization, where that is known. */
  organization: number | null;
  /** The file, or the part of the store. */
  place: string;
  /** The first position that is lost or in doubt, where it can be told. */
  since: Position | null;
  /** What is wrong with it. */
  what: string;
}

/** An event, or its position where it cannot be read. */
export type DecidingEvent =
  | HistoryEntry
  | {
      position: Position;
    };

/** The answer to a question. */
export interface Decision {
  /** The instant that windows were compared with. */
  at: Timestamp;
  /** Allow or deny. */
  decision: boolean;
  /** Whether the caller may learn that the resource exists. */
  disclose: boolean;
  /** `false` where no event up to there names the user. */
  known?: boolean;
  /** Where it was asked. */
  position: Position;
  /** Everything that counted, by rule, source and subject. */
  reasons: Array<Reason>;
  /** All rights held on the resource. */
  rights: Array<Action>;
  /** What decided. */
  rule: Rule;
  /** Everything that would have, likewise. */
  set_aside: Array<SetAside>;
  /** `false` where the question named an instant after the engine's clock. */
  settled?: boolean;
}

/** A bare id, at most 128 bytes, without its type. */
export type DefinitionId = string;

/** A bare id, at most 128 bytes, without its type. */
export type DelegationId = string;

/** What changed between two moments; every list by subject, then by resource, bytewise. */
export interface DiffAnswer {
  /** For the organization, on the first page: everything that changed what anybody held, in order. */
  by_cause?: Array<CauseTally>;
  /** Something else than before. */
  changed: Array<Change>;
  /** The events that it names, by position. */
  cited?: Record<string, HistoryEntry>;
  /** The first moment. */
  from: PointInTime;
  /** Nothing before. */
  gained: Array<Change>;
  /** `false` where no event up to there names the user. */
  known?: boolean;
  /** Nothing after. */
  lost: Array<Change>;
  /** Whether there is another page. */
  next?: Next | null;
  /** `false` where the second lies after the clock, so that later events may change the answer. */
  settled?: boolean;
  /** The second. */
  to: PointInTime;
}

/** What a reason does. */
export type Effect = "allow" | "deny";

/** What the event says; which fields there are depends on its type. */
export type EventData = Record<string, unknown>;

/** A decision with every event that it cites. */
export interface ExplainAnswer {
  /** The instant that windows were compared with. */
  at: Timestamp;
  /** Allow or deny. */
  decision: boolean;
  /** Whether the caller may learn that the resource exists. */
  disclose: boolean;
  /** By position. */
  events: Record<string, HistoryEntry>;
  /** `false` where no event up to there names the user. */
  known?: boolean;
  /** What people call things, as it stood then; by reference. */
  labels?: Record<string, string>;
  /** Where it was asked. */
  position: Position;
  /** Everything that counted, by rule, source and subject. */
  reasons: Array<Reason>;
  /** All rights held on the resource. */
  rights: Array<Action>;
  /** What decided. */
  rule: Rule;
  /** Everything that would have, likewise. */
  set_aside: Array<SetAside>;
  /** `false` where the question named an instant after the engine's clock. */
  settled?: boolean;
}

/** A position; with an instant where windows turned behind that commit. */
export type FeedId = string;

/** A bare id, at most 128 bytes, without its type. */
export type FieldId = string;

/** What a dry run would change: the lists of `diff`, cut where they are long. */
export interface ForeseenChanges {
  /** Something else would be. */
  changed: Array<Change>;
  /** Nothing is held now. */
  gained: Array<Change>;
  /** Nothing would be held. */
  lost: Array<Change>;
  /** How many pairs of a user and a resource would change; `None` where they are too many to ask about. */
  pairs: number | null;
}

/** What a generation is for. */
export type GenerationState = "current" | "old" | "being_made";

/** A generation of saved views. */
export interface GenerationStatus {
  /** Seconds since then. */
  age_seconds: number | null;
  /** When it was begun; not known of the first. */
  begun: Timestamp | null;
  /** About what it takes on disk; the first one is of all organizations. */
  bytes_on_disk: number;
  /** Its number. */
  generation: number;
  /** Up to where it is saved. */
  position: Position;
  /** What it is for. */
  state: GenerationState;
}

/** Generations that are gone. */
export interface Gone {
  gone: Array<number>;
}

/** A bare id, at most 128 bytes, without its type. */
export type GroupId = string;

/** A page of the events that name a thing. On the command line each stands on a line of its own. */
export interface HistoryAnswer {
  /** Oldest first. */
  events: Array<HistoryEntry>;
  /** Whether there is another page. */
  next?: Next | null;
  /** Up to where the log was read. */
  position: Position;
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
}

/** An event of a log, as answers write it. */
export interface HistoryEntry {
  /** Who caused it. */
  actor: Actor;
  /** What led to it. */
  causation_id?: string | null;
  /** The id of the command that caused it. */
  command_id: CommandId;
  /** What it belongs to. */
  correlation_id?: string | null;
  data: EventData;
  /** Its place in the log. */
  position: Position;
  /** Why, as the actor said; `null` where nobody did. */
  reason?: string | null;
  /** Whether the actor said something that nobody can read any more. */
  reason_erased?: boolean;
  stream: Stream;
  /** How many events its stream has, itself included. */
  stream_version: number;
  /** When it was recorded. */
  time: Timestamp;
  /** Such as `access_granted`. */
  type: string;
  /** Through whom it came, where it came through a caller of the service. */
  via?: Via;
}

/** One who could. */
export interface HolderBetween {
  /** From when on, at the earliest. */
  first: Timestamp;
  /** Each time, as `access` tells it. */
  intervals: Array<Interval>;
  /** Before when, at the latest; `None` where it still holds at the end of what was asked. */
  last: Timestamp | null;
  /** Who. */
  subject: Asker;
}

/** A time in which it could, for the same reasons all along. */
export interface Interval {
  /** What ended it. */
  closed_by: Array<Cause>;
  /** What made it so, where it begins: the events of all reasons that give the action, each once. */
  events: Array<Position>;
  /** From then on. */
  from: Timestamp;
  /** What began it; nothing where it held already right before what was asked. */
  opened_by: Array<Cause>;
  /** What decided, where it begins. */
  rule: Rule;
  /** Only before then; `None` where it still holds at the end of what was asked. */
  until: Timestamp | null;
}

/** A token as it is told once. */
export interface IssuedToken {
  about?: Asker;
  /** Which. */
  id: string;
  issued: TokenEvent;
  /** The day on which it last let somebody in, since this process began. */
  last_used?: Timestamp;
  /** What it may have under way at once. */
  limits: {
    requests?: number;
    streams?: number;
  };
  may_name: Array<string>;
  /** What its holder is called. */
  name: string;
  organizations: Array<string>;
  parts: Array<Part>;
  /** Whether it counts now. */
  state: "valid" | "ended" | "withdrawn";
  /** All of it: `cw_ID_SECRET_CRC`. */
  token: string;
  valid_until: Timestamp;
  withdrawn?: TokenEvent;
}

/** A bare id, at most 128 bytes, without its type. */
export type ItemId = string;

/** What may have a label: `user:ID`, `group:ID`, `case:ID`, `definition:ID`, `profile:ID` or `workspace:ID`. */
export type Labelled = string;

/** How far a checkpoint is behind the head. */
export interface Lag {
  /** Events that an opening has to fold. */
  events: number;
  /** From the time of the last event that is saved to that of the last. */
  seconds: number;
}

/** Something that went wrong, and when. */
export interface LastError {
  /** By the engine's clock. */
  at: Timestamp;
  /** What. */
  error: string;
}

/** The last line of an answer in lines that could not go on: what came before it holds. */
export interface LastLine {
  /** Why. */
  problem: Problem;
  status: "failed";
}

/** A bare id, at most 128 bytes, without its type. */
export type LinkId = string;

/** One side of the permission matrix. */
export type MatrixAnswer = MatrixOfProfile | MatrixOfDefinition;

/** What profiles may on a form, in three blocks. */
export interface MatrixOfDefinition {
  /** Profiles in Administrator Mode: they may everything here. */
  administrators: Array<MatrixRow>;
  /** Which. */
  definition: DefinitionId;
  /** Profiles with none, those without module access among them. */
  none: Array<MatrixRow>;
  /** Where it was asked. */
  position: Position;
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
  /** Profiles with some access. */
  some: Array<MatrixRow>;
}

/** What a profile may, form by form. */
export interface MatrixOfProfile {
  /** Where it was asked. */
  position: Position;
  /** Which. */
  profile: ProfileId;
  /** Every definition there is, by id; most rows hold nothing. */
  rows: Array<MatrixRow>;
  /** What it is beside its rows. */
  settings: {
    administrator: boolean;
    module_access: boolean;
    search_query: boolean;
    search_text: boolean;
  };
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
  /** How many users have it. */
  users: number;
}

/** A row of the matrix, named by its other side. */
export interface MatrixRow {
  change_form: boolean;
  delete: string;
  /** The event that last set the row. */
  event?: Position;
  /** Of a profile: whether it has module access. Without it a row gives nothing. */
  module_access?: boolean;
  /** The definition, or the profile. */
  of: string;
  read: string;
  register: boolean;
  share: boolean;
  /** Of a profile: how many users have it. */
  users?: number;
  write: string;
  write_completed: boolean;
}

/** What the scope of a row lacks to hold. */
export type Missing = "placement" | "link" | "person" | "opener";

/** Something that was named in a question. */
export interface Named {
  /** `false` of a user whom no event up to there names, and of a case or definition that does not exist. */
  known?: boolean;
  /** What people call it. */
  label?: string;
  /** What was probably meant, where that is not known. */
  meant?: Labelled;
  /** Its reference. */
  of: Labelled;
}

/** What was asked, each in its place. */
export interface NamesAnswer {
  /** The instant that belongs to it. */
  at: Timestamp;
  /** As they were asked. */
  names: Array<Named>;
  /** Where it was asked. */
  position: Position;
  /** `false` where that instant lies after the clock: later events may change it. */
  settled?: boolean;
}

/** Names to look at. */
export interface NamesAsked {
  /** At most as many as a page may have. */
  of: Array<Labelled>;
}

/** Where it goes, below the directory of backups. */
export interface NewBackup {
  name?: OrganizationName;
}

/** An organization to create. */
export interface NewOrganization {
  actor?: Actor;
  organization: OrganizationName;
}

/** Which projections, and what to do with what comes of it. */
export interface NewRebuild {
  /** Serve the new views where they differ. */
  accept?: boolean;
  /** One of them; left out, all. */
  projection?: string;
  save_every?: number;
}

/** A token to issue. */
export interface NewToken {
  /** It may ask about this one alone. */
  about?: Asker;
  actor?: Actor;
  /** What it may have under way at once. */
  limits?: {
    requests?: number;
    streams?: number;
  };
  /** Other actors of its commands: `user:ana`, `user:*`, `system:hr`. */
  may_name?: Array<string>;
  /** Commands that name no actor are those of `system:NAME`. */
  name: string;
  /** Names, or `*` for all. */
  organizations: Array<string>;
  parts: Array<Part>;
  /** A year from now, where nobody says. */
  valid_until?: Timestamp;
}

/** The token of the next page, `null` at the end; left out where there are no pages. */
export type Next = string | null;

/** Of an organization: letters, digits, `-` and `_`. */
export type OrganizationName = string;

/** The organizations of the caller. */
export interface Organizations {
  organizations: Array<Status>;
}

/** A time in which something lay over a resource for everybody. */
export interface Overlay {
  /** What began it, and what ended it where that is asked about. */
  events: Array<Position>;
  /** From then on. */
  from: Timestamp;
  /** What lay there. */
  kind: OverlayKind;
  /** Only before then; `None` where it still is at the end of what was asked. */
  until: Timestamp | null;
}

/** What lies over a resource for everybody. */
export type OverlayKind = "restriction" | "access_control_off" | "completion";

/** What a caller may do. */
export type Part = "check" | "audit" | "produce" | "directory" | "operate" | "admin";

/** Whom a reason names: `user:ID`, `group:ID`, `link:ID`, `profile:ID`, `system:NAME` or `everyone`. */
export type Party = string;

/** A position and an instant, as an answer says where and when it was asked. */
export interface PointInTime {
  /** What time it was. */
  at: Timestamp;
  /** What had happened. */
  position: Position;
}

/** Every key of the policy. */
export interface PolicyAnswer {
  /** In the order of the table. */
  keys: Array<AdoptedKey>;
  /** Where it was asked. */
  position: Position;
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
}

/** The place of an event in the log of an organization: 1, 2, 3, … 0 is before the first. */
export type Position = number;

/** What went wrong (RFC 9457). */
export interface Problem {
  /** As on the page of codes. */
  code: string;
  /** What cannot be done and why not. */
  detail: string;
  /** What to do next. */
  hint?: string;
  status: number;
  /** The code in words. */
  title?: string;
  /** Leads to the page of codes. */
  type?: string;
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** A bare id, at most 128 bytes, without its type. */
export type ProfileId = string;

/** A bundle that `caseward verify-proof` checks without the store. */
export type Proof = Record<string, unknown>;

/** A question as it is sent. */
export interface Question {
  action: Action;
  /** As of where. */
  as_of?: AsOf;
  /** The instant that windows are compared with; left out, that of `as_of`. */
  at?: Timestamp;
  /** What a fixture expects; a check ignores it. */
  expect?: unknown;
  /** Echoed in the answer. */
  id?: unknown;
  /** To what. */
  resource: Resource;
  /** The rule that a fixture expects; a check ignores it. */
  rule?: string;
  /** Whom it is about. */
  subject: Asker;
}

/** Many questions at one position. */
export interface Questions {
  as_of?: AsOf;
  at?: Timestamp;
  questions: Array<Question>;
}

/** How fast an organization grows, in events a second. */
export interface Rate {
  /** When the engine was last seen alive; none where it has not run for a second. */
  heartbeat: Timestamp | null;
  /** Over the last minute: of the engine's clock while it runs, else of the log, up to its last event. */
  last_minute: number;
  /** Since the engine started; none in its first second. */
  since_start: number | null;
}

/** Entries of the log of reads. */
export type Reads = Record<string, unknown>;

/** What a log of reads came to. */
export interface ReadsSeen {
  /** What is wrong with it. */
  damage?: string;
  /** How many entries are there. */
  entries?: number;
  /** The root over all that there ever were, in hexadecimal. */
  root?: string;
  /** How many there ever were. */
  size?: number;
}

/** Whether the store serves, and whether it takes commands. */
export interface Ready {
  serves: boolean;
  takes_commands: boolean;
  /** Why not. */
  why?: string;
}

/** Something that counted. */
export interface Reason {
  /** What it does. */
  effect: Effect;
  /** What made it so: the entry, the path of memberships from the user outward, the switch, the policy. */
  events: Array<Position>;
  /** What it gives of the rights on the resource. */
  rights: Array<Action>;
  /** Its rule. */
  rule: Rule;
  /** Where it comes from. */
  source: Source;
  /** Whom it names. */
  subject: Party;
}

/** A rebuild that has ended. */
export interface RebuildAnswer {
  /** How fast it folded. */
  events_per_second: number;
  /** From where on it folded. */
  from: Position;
  /** The generation that it made. */
  generation: number;
  /** Why what was made is not saved. */
  not_saved: string | null;
  /** Projections that differ and were not asked for, by name. */
  others: Array<string>;
  /** How. */
  outcome: RebuildOutcome;
  /** Where the two were compared; how far it was folded, where they were not. */
  position: Position;
  /** Those that were asked for, and others that stood in their way. */
  projections: Array<RebuiltProjection>;
  /** Of all projections. */
  rows_that_differ: number;
  /** How long folding took. */
  seconds: number;
}

/** How a rebuild ended. */
export type RebuildOutcome = "swapped" | "refused" | "stopped" | "cancelled";

/** How far a rebuild is. */
export interface RebuildProgress {
  /** Up to where it has folded. */
  done: Position;
  /** Events folded a second, since it began. */
  events_per_second: number;
  /** From where on it folds. */
  from: Position;
  /** Up to where it has to. */
  head: Position;
  /** What went wrong last, and did not end it: a checkpoint on its way. */
  last_error: string | null;
  /** Whether it waits to be resumed. */
  paused: boolean;
  /** Seconds until it is folded, at that rate; none before there is one. */
  seconds_left: number | null;
  /** What it is doing. */
  step: RebuildStep;
}

/** What a rebuild is doing. */
export type RebuildStep = "folding" | "comparing" | "saving";

/** One projection: a line of `--output jsonl`. */
export interface RebuiltProjection {
  /** What does. */
  differences: Array<RowDifference>;
  /** Whether nothing differs. */
  equal: boolean;
  /** Where that was compared. */
  position: Position;
  /** Its name. */
  projection: string;
}

/** What an event may name: `case:ID`, `definition:ID`, `user:ID`, `group:ID`, `profile:ID`, `item:ID`, `task:ID`, `link:ID` or `organization`. */
export type Reference = string;

/** A no, with its code, what happened, what to do next, and the facts that it rests on beside them. */
export interface Refusal {
  code: Code;
  /** What to do next, where there is something to do. */
  hint?: string;
  /** What cannot be done and why not. */
  message: string;
  status?: "refused";
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** What is asked about: `case:ID`, `definition:ID`, `item:ID`, `task:ID` or `organization`. */
export type Resource = string;

/** All that a subject may do to a resource. */
export interface RightsAnswer {
  /** `false` where no event up to there names the user, or the resource. */
  known?: boolean;
  /** Where it was asked. */
  position: Position;
  /** In the order in which rights are answered. */
  rights: Array<Action>;
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
}

/** Something that views hold otherwise than the log says. */
export interface RowDifference {
  /** The same, as the log has them. */
  events: Array<DecidingEvent>;
  /** What was served. */
  live: string;
  /** Of what. */
  of: string;
  /** The events that decide it. */
  positions: Array<Position>;
  /** What the log says. */
  rebuilt: string;
}

export type Rule =
  | "not_found"
  | "user_disabled"
  | "wall"
  | "org_admin"
  | "org_admin_capped"
  | "restricted_entry"
  | "restricted"
  | "access_control_off"
  | "organization_grant"
  | "definition_grant"
  | "case_grant"
  | "profile"
  | "module_administrator"
  | "delegation"
  | "break_glass"
  | "link"
  | "completed_locked"
  | "expired"
  | "not_yet_valid"
  | "group_inactive"
  | "insufficient"
  | "no_grant";

/** A run. */
export interface RunAnswer {
  /** When it was started. */
  begun: Timestamp;
  /** Who started it, as logs name callers. */
  by: string;
  /** When it ended; none while it goes on. */
  ended: Timestamp | null;
  /** Its number: later ones are higher, after a restart too. */
  id: number;
  /** What the verb prints; none while it goes on, and where it failed. */
  outcome: RebuildAnswer | BackupAnswer | VerifyAnswer | Refusal | Record<string, unknown> | null;
  /** Why it failed. */
  problem?: unknown;
  /** What it has done so far; none before it has done anything. */
  progress: RebuildProgress | BackupProgress | VerifyProgress | null;
  /** How far it is. */
  state: RunState;
}

/** How far a run is. */
export type RunState = "running" | "ending" | "done" | "cancelled" | "failed";

/** The last runs of a kind; for backups what lies in their directory too. */
export interface Runs {
  backups?: Array<Record<string, unknown>>;
  runs: Array<RunAnswer>;
}

/** Of a row of a profile. */
export type Scope = "none" | "registered" | "involved" | "workspace" | "all";

/** Something that would have counted. */
export interface SetAside {
  /** Why it did not count. */
  because: Because;
  /** What made it so. */
  events: Array<Position>;
  /** What that scope lacks to hold. */
  missing?: Missing;
  /** Its rule. */
  rule: Rule;
  /** The scope of the profile’s row, where it does not hold. */
  scope?: Scope;
  /** Where it comes from. */
  source: Source;
}

/** The list that a reason came from, or the resource itself. */
export type Source = string;

/** The state of an organization. */
export interface Status {
  /** Cases. */
  cases: number;
  /** Up to where the views are saved; 0 where they are not. */
  checkpoint: Position;
  /** Where the clock lies behind that. */
  clock_behind?: ClockBehind;
  /** Where the clock is not believed, so that no command is taken. */
  clock_in_doubt?: ClockInDoubt;
  /** Ids of commands that are remembered. */
  command_ids: number;
  /** Definitions. */
  definitions: number;
  /** Its saved views: what is served, what was, what is being made. */
  generations: Array<GenerationStatus>;
  /** Groups. */
  groups: number;
  /** The last position. All projections stand there. */
  head: Position;
  /** How far that is behind the head. */
  lag: Lag;
  /** When that was recorded. */
  last: Timestamp | null;
  /** What failed last, in the background or when it was opened, and kept nothing from going on. */
  last_error: LastError | null;
  /** Its name. */
  organization: OrganizationName;
  /** The generation that each projection was last rebuilt in, by name. */
  projections: Record<string, number>;
  /** How fast it grows. */
  rate: Rate;
  /** The rebuild that runs. */
  rebuild: RebuildProgress | null;
  /** Cases under restriction. */
  restricted_cases: number;
  /** How many there are of each kind. */
  users: number;
}

/** One of those. */
export interface Stranded {
  /** The activities that are assigned to the subject. */
  activities?: Array<ActivityId>;
  /** The person fields that name the subject. */
  fields?: Array<unknown>;
  /** Why a user may not: the rule of the check. A group has none. */
  rule?: Rule;
  /** A user; or a group none of whose users may read the case. */
  subject: Subject;
}

/** Who is assigned to an open case, or in a person field of one, and may not read it. */
export interface StrandedAnswer {
  /** By reference, bytewise. */
  cases: Array<StrandedCase>;
  /** Whether there is another page. */
  next?: Next | null;
  /** Where it was asked. */
  position: Position;
  /** `false` if that is a moment after the clock, so that the answer may still change. */
  settled?: boolean;
}

/** An open case with somebody who may not read it. */
export interface StrandedCase {
  /** Which. */
  resource: Resource;
  /** Who, users before groups, each by id. */
  stranded: Array<Stranded>;
}

/** Whose version a command may expect: `case:ID`, `definition:ID`, `group:ID`, `user:ID`, `profile:ID`, `item:ID`, `task:ID` or `organization`. */
export type Stream = string;

/** To whom something is given: `user:ID` or `group:ID`. */
export type Subject = string;

/** A bare id, at most 128 bytes, without its type. */
export type TaskId = string;

/** What gives somebody the right: a reason, without what `explain` adds. */
export interface Through {
  /** Its rule. */
  rule: Rule;
  /** Where it comes from. */
  source: Source;
  /** Whom it names: the subject itself, or a group. */
  subject: Party;
}

/** Who held what on a resource, and when. */
export interface TimelineAnswer {
  /** What lay over it for all. */
  bands: Array<Overlay>;
  /** What happened to the resource, and what opened or closed something, in order. */
  events: Array<TimelineEvent>;
  /** From here on. */
  from: Timestamp;
  /** Whether there is another page. */
  next?: Next;
  /** Up to where the log was read. */
  position: Position;
  /** `false` if it reaches beyond the clock, so that the answer may still change. */
  settled?: boolean;
  /** Whoever held something, by reference, bytewise. */
  subjects: Array<TimelineRow>;
  /** To before here. */
  to: Timestamp;
}

/** An event as a timeline tells it: in words. */
export interface TimelineEvent {
  /** Its type, as `history` has it. Who caused it. */
  actor: Actor;
  /** Its place in the log. */
  position: Position;
  /** When it was recorded. */
  time: Timestamp;
  type: string;
  /** What happened, for people. */
  what: string;
}

/** When one subject could do each of the actions that are told of. */
export interface TimelineRow {
  administer?: Array<Interval>;
  administer_form?: Array<Interval>;
  change_form?: Array<Interval>;
  delete?: Array<Interval>;
  manage_access?: Array<Interval>;
  read?: Array<Interval>;
  register?: Array<Interval>;
  restrict?: Array<Interval>;
  search_query?: Array<Interval>;
  search_text?: Array<Interval>;
  share?: Array<Interval>;
  subject: TimelineSubject;
  write?: Array<Interval>;
}

/** Who held something. */
export type TimelineSubject = string;

/** An instant in UTC, RFC 3339, with at most six digits of a second. */
export type Timestamp = string;

/** Who did it, when, and where that stands in the log of the register. */
export interface TokenEvent {
  actor: Actor;
  position: Position;
  time: Timestamp;
}

/** A token; its secret is nowhere. */
export interface TokenStatus {
  about?: Asker;
  /** Which. */
  id: string;
  issued: TokenEvent;
  /** The day on which it last let somebody in, since this process began. */
  last_used?: Timestamp;
  /** What it may have under way at once. */
  limits: {
    requests?: number;
    streams?: number;
  };
  may_name: Array<string>;
  /** What its holder is called. */
  name: string;
  organizations: Array<string>;
  parts: Array<Part>;
  /** Whether it counts now. */
  state: "valid" | "ended" | "withdrawn";
  valid_until: Timestamp;
  withdrawn?: TokenEvent;
}

/** Those that the caller may know of. */
export interface Tokens {
  tokens: Array<TokenStatus>;
}

/** Up to where an organization can be trusted. */
export interface Trusted {
  /** Its name, where the register tells it. */
  name?: OrganizationName;
  /** Its number. */
  organization: number;
  /** The last such position. */
  position: Position;
}

/** A bare id, at most 128 bytes, without its type. */
export type UserId = string;

/** A store that was gone through. */
export interface VerifyAnswer {
  /** How many events there are. */
  events: number;
  /** What is wrong. */
  findings: Array<DamageFinding>;
  /** How many kept tree heads the log bears out. */
  heads: number;
  /** What the log of reads came to; none where none are kept, or where it was not looked at. */
  reads?: ReadsSeen;
  /** Up to where each organization can be trusted. */
  trusted: Array<Trusted>;
  /** How the views compare with the log. */
  views: Array<ComparedViews>;
  /** Whether nothing is wrong. */
  whole: boolean;
}

/** How far a verification is. */
export interface VerifyProgress {
  /** How many events were read again. */
  events: number;
  /** How many there were when it began. */
  of: number;
}

/** Through whom it came: `token:ID`, or the issuer and subject of a JWT, or a certificate. */
export type Via = string;

/** The words of callers, and what they mean. */
export interface Vocabulary {
  actions?: Record<
    string,
    Array<{
      is: Action;
      /** As callers say. */
      name: string;
      on?: Resource;
      /** Properties, and what each must equal. */
      when?: Record<string, unknown>;
    }>
  >;
  resources?: Record<
    string,
    {
      /** `user`, `link`, `case`, `definition`, `item` or `task`. */
      as?: string;
      definition?: DefinitionId;
      fixed?: Resource;
      /** Before the id that we know. */
      prefix?: string;
    }
  >;
  subjects?: Record<
    string,
    {
      /** `user`, `link`, `case`, `definition`, `item` or `task`. */
      as?: string;
      definition?: DefinitionId;
      fixed?: Resource;
      /** Before the id that we know. */
      prefix?: string;
    }
  >;
}

/** What the words of callers stand for. */
export interface VocabularyAnswer {
  /** The event that adopted it; `null` where none did. */
  event: Position | null;
  /** Where it was asked. */
  position: Position;
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
  /** As a command adopts it; our own words, where none was adopted. */
  vocabulary: Vocabulary;
}

/** What may surprise; its facts stand beside it. */
export interface Warning {
  /** Such as `dormant`. */
  code: string;
  /** In words. */
  message: string;
  /** What stands beside these. */
  [fact: string]: unknown;
}

/** To what a subject may do something. */
export interface WhatAnswer {
  /** `false` where no event up to there names the user, or the definition that it keeps to. */
  known?: boolean;
  /** Whether there is another page. */
  next?: Next | null;
  /** Where it was asked. */
  position: Position;
  /** By reference, bytewise. */
  resources: Array<Resource>;
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
}

/** Who may do something to a resource. */
export interface WhoAnswer {
  /** Whether everybody may, access control being off; those listed are among them. */
  everyone: boolean;
  /** `false` where no event up to there names the resource. */
  known?: boolean;
  /** Links that share it, likewise. */
  links: Array<Asker>;
  /** Whether there is another page. */
  next?: Next | null;
  /** Where it was asked. */
  position: Position;
  /** `false` where it was asked as of an instant after the clock, so that later events may change it. */
  settled?: boolean;
  /** Users, by reference, bytewise. */
  subjects: Array<Asker>;
  /** Of each of them, what gives it; left out where nobody asked for it. */
  through?: Record<string, Array<Through>>;
}

/** Who could do something to a resource, and when. */
export interface WhoBetweenAnswer {
  /** When everybody could, access control being off; those listed are among them. Left out where that was never so. */
  everyone?: Array<Interval>;
  /** From here on. */
  from: Timestamp;
  /** `false` where no event up to there names the resource. */
  known?: boolean;
  /** Whether there is another page. */
  next?: Next | null;
  /** Up to where the log was read. */
  position: Position;
  /** `false` if it reaches beyond the clock, so that the answer may still change. */
  settled?: boolean;
  /** Users whom events name, and links, by reference, bytewise. */
  subjects: Array<HolderBetween>;
  /** To before here. */
  to: Timestamp;
}

/** An end of a window. */
export type WindowEnd = "begins" | "ends";

/** A bare id, at most 128 bytes, without its type. */
export type WorkspaceId = string;
