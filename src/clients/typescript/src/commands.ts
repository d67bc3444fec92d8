// What can be asked for: made from `openapi.json` by `tools/generate.mjs`.

import type * as forms from "./forms.js";
import type { Sending } from "./sending.js";

/** A command: one key, its name; below it its fields. */
export type Command =
  | { activate_group: ActivateGroup }
  | { add_item: AddItem }
  | { add_member: AddMember }
  | { add_person: AddPerson }
  | { adopt_policy: AdoptPolicy }
  | { adopt_vocabulary: AdoptVocabulary }
  | { appoint_org_admin: AppointOrgAdmin }
  | { assign_activity: AssignActivity }
  | { assign_profile: AssignProfile }
  | { attach: Attach }
  | { break_glass: BreakGlass }
  | { check_in_item: CheckInItem }
  | { check_out_item: CheckOutItem }
  | { complete_case: CompleteCase }
  | { configure_profile: ConfigureProfile }
  | { create_definition: CreateDefinition }
  | { deactivate_group: DeactivateGroup }
  | { delegate: Delegate }
  | { detach: Detach }
  | { disable_user: DisableUser }
  | { dismiss_org_admin: DismissOrgAdmin }
  | { enable_user: EnableUser }
  | { end_delegation: EndDelegation }
  | { erase: Erase }
  | { grant: Grant }
  | { lift_restriction: LiftRestriction }
  | { lower_wall: LowerWall }
  | { offboard: Offboard }
  | { open_case: OpenCase }
  | { place_in_workspace: PlaceInWorkspace }
  | { raise_wall: RaiseWall }
  | { release_activity: ReleaseActivity }
  | { remove_item: RemoveItem }
  | { remove_member: RemoveMember }
  | { remove_person: RemovePerson }
  | { reopen_case: ReopenCase }
  | { replace_key: ReplaceKey }
  | { restrict_case: RestrictCase }
  | { revoke: Revoke }
  | { revoke_link: RevokeLink }
  | { set_access_control: SetAccessControl }
  | { set_form_access: SetFormAccess }
  | { set_label: SetLabel }
  | { set_sharing: SetSharing }
  | { share_case: ShareCase }
  | { update_grant: UpdateGrant };

/** Switches it on. */
export interface ActivateGroup {
  /** Which group. */
  group: forms.GroupId;
}

/** An item belongs to a case. */
export interface AddItem {
  /** Of which case. */
  case: forms.CaseId;
  /** Which item. */
  item: forms.ItemId;
}

/** Puts a user or group into a group. */
export interface AddMember {
  /** The outer one. */
  group: forms.GroupId;
  /** The user or inner group. */
  member: forms.Subject;
}

/** Puts a user or group into a person field. */
export interface AddPerson {
  /** Of which case. */
  case: forms.CaseId;
  /** Which field. */
  field: forms.FieldId;
  /** Who. */
  person: forms.Subject;
}

/** Sets keys of the policy. */
export interface AdoptPolicy {
  /** How a new definition starts. */
  access_control_default?: "on" | "off";
  /** Who may change access. */
  access_managers?: "managers" | "trusted";
  /** Whether whoever is assigned an activity is granted write. */
  assignment_grant?: boolean;
  /** What breaking the glass gives. */
  break_glass?: "off" | "read" | "write";
  /** For how long at most. */
  break_glass_max_minutes?: number;
  /** What the creator of a case is granted. */
  creator_grant?: "none" | "read" | "write";
  /** Whether revoking on a definition revokes on its cases too. */
  definition_revoke_cascades?: boolean;
  /** Whether org admins may do everything on cases that are not restricted. */
  org_admin_bypass?: boolean;
  /** What an org admin's own entry on a restricted list does. */
  org_admin_entry?: "cap" | "ignore";
  /** A preset of the policy, which resets every key. */
  preset?: "caseward" | "cmf" | "am" | "safe";
  /** Whether cases may be restricted. */
  restriction?: "enabled" | "disabled";
  /** Whether walls exclude org admins too. */
  walls_bind_admins?: boolean;
}

/** Says what the words of callers stand for. */
export interface AdoptVocabulary {
  actions?: Record<
    string,
    Array<{
      is: forms.Action;
      /** As callers say. */
      name: string;
      on?: forms.Resource;
      /** Properties, and what each must equal. */
      when?: Record<string, unknown>;
    }>
  >;
  resources?: Record<
    string,
    {
      /** `user`, `link`, `case`, `definition`, `item` or `task`. */
      as?: string;
      definition?: forms.DefinitionId;
      fixed?: forms.Resource;
      /** Before the id that we know. */
      prefix?: string;
    }
  >;
  subjects?: Record<
    string,
    {
      /** `user`, `link`, `case`, `definition`, `item` or `task`. */
      as?: string;
      definition?: forms.DefinitionId;
      fixed?: forms.Resource;
      /** Before the id that we know. */
      prefix?: string;
    }
  >;
}

/** Makes a user an org admin. */
export interface AppointOrgAdmin {
  /** Which user. */
  user: forms.UserId;
}

/** Assigns an activity. */
export interface AssignActivity {
  /** Which. */
  activity: forms.ActivityId;
  /** Of which case. */
  case: forms.CaseId;
  /** Who. */
  to: Array<forms.Subject>;
}

/** Gives a user a profile, or none. */
export interface AssignProfile {
  /** Which; `null` for none. It must be said. */
  profile: forms.ProfileId | null;
  /** Who. */
  user: forms.UserId;
}

/** Attaches a case or item to a task. */
export interface Attach {
  /** What. */
  entity: string;
  /** To which task. */
  task: forms.TaskId;
}

/** Takes access in an emergency. */
export interface BreakGlass {
  /** Which case. */
  case: forms.CaseId;
  /** For how long. */
  minutes: number;
}

/** It comes back. */
export interface CheckInItem {
  /** Which item. */
  item: forms.ItemId;
  /** Where to, or from: another organization. */
  organization: forms.OrganizationName;
}

/** An item goes to another organization. */
export interface CheckOutItem {
  /** Which item. */
  item: forms.ItemId;
  /** Where to, or from: another organization. */
  organization: forms.OrganizationName;
}

/** Marks a case as completed. */
export interface CompleteCase {
  /** Which case. */
  case: forms.CaseId;
}

/** Sets what a profile is. */
export interface ConfigureProfile {
  administrator?: boolean;
  module_access?: boolean;
  /** Which. */
  profile: forms.ProfileId;
  search_query?: boolean;
  search_text?: boolean;
}

/** Makes a kind of case known. */
export interface CreateDefinition {
  /** Left out, the policy decides. */
  access_control?: boolean;
  /** The new definition. */
  definition: forms.DefinitionId;
  /** What people call it. */
  name?: string;
}

/** Switches a group off. */
export interface DeactivateGroup {
  /** Which group. */
  group: forms.GroupId;
}

/** Lets another user act in a user's stead. */
export interface Delegate {
  /** Under this name. */
  delegation: forms.DelegationId;
  /** Whose rights: `user:ID`. */
  from: string;
  /** Who uses them: `user:ID`. */
  to: string;
  /** From when on it counts. */
  valid_from?: forms.Timestamp;
  /** From when on it counts no longer. */
  valid_until?: forms.Timestamp;
}

/** Detaches it. */
export interface Detach {
  /** What. */
  entity: string;
  /** To which task. */
  task: forms.TaskId;
}

/** Disables a user. */
export interface DisableUser {
  /** Which user. */
  user: forms.UserId;
}

/** Ends that. */
export interface DismissOrgAdmin {
  /** Which user. */
  user: forms.UserId;
}

/** Enables a user. */
export interface EnableUser {
  /** Which user. */
  user: forms.UserId;
}

/** Ends that. */
export interface EndDelegation {
  /** Which. */
  delegation: forms.DelegationId;
}

/** Destroys the key that seals the reasons about a subject. */
export interface Erase {
  /** About whom. */
  subject: forms.Subject;
}

/** Puts an entry on a list. */
export interface Grant {
  /** Left out, `read`. */
  access?: forms.Access;
  /** The list. */
  on: string;
  /** Where there is an entry already. */
  on_existing?: "error" | "update" | "ignore";
  /** Whom. */
  to: forms.Subject;
  /** From when on it counts. */
  valid_from?: forms.Timestamp;
  /** From when on it counts no longer. */
  valid_until?: forms.Timestamp;
}

/** Lifts it. */
export interface LiftRestriction {
  /** Which case. */
  case: forms.CaseId;
}

/** Ends the exclusion. */
export interface LowerWall {
  /** Who. */
  against: forms.Subject;
  /** From what. */
  on: forms.Resource;
}

/** Ends everything that names a user who leaves. */
export interface Offboard {
  /** Which user. */
  user: forms.UserId;
}

/** Opens a case. */
export interface OpenCase {
  /** The new case. */
  case: forms.CaseId;
  /** Who opened it. */
  creator: forms.UserId;
  /** Its kind. */
  definition: forms.DefinitionId;
  /** The case it belongs to; no access flows. */
  parent?: forms.CaseId;
}

/** Puts a user into a workspace, or out of any. */
export interface PlaceInWorkspace {
  /** Who. */
  user: forms.UserId;
  /** Where; `null` for nowhere. It must be said. */
  workspace: forms.WorkspaceId | null;
}

/** Excludes a user or group. */
export interface RaiseWall {
  /** Who. */
  against: forms.Subject;
  /** From what. */
  on: forms.Resource;
}

/** Releases assignees. */
export interface ReleaseActivity {
  /** Which. */
  activity: forms.ActivityId;
  /** Of which case. */
  case: forms.CaseId;
  /** Who. */
  to: Array<forms.Subject>;
}

/** It does no more. */
export interface RemoveItem {
  /** Of which case. */
  case: forms.CaseId;
  /** Which item. */
  item: forms.ItemId;
}

/** Takes a direct member out. */
export interface RemoveMember {
  /** The outer one. */
  group: forms.GroupId;
  /** The user or inner group. */
  member: forms.Subject;
}

/** Takes one out. */
export interface RemovePerson {
  /** Of which case. */
  case: forms.CaseId;
  /** Which field. */
  field: forms.FieldId;
  /** Who. */
  person: forms.Subject;
}

/** Takes the mark off. */
export interface ReopenCase {
  /** Which case. */
  case: forms.CaseId;
}

/** Has the next tree heads signed by another key. */
export interface ReplaceKey {
  /** The public half of the key that signs from then on. */
  public_key: string;
}

/** Puts a case under restriction. */
export interface RestrictCase {
  /** Which case. */
  case: forms.CaseId;
  /** The restricted list; empty leaves org admins only. */
  entries: Array<{
    access?: forms.Access;
    /** Whom. */
    to: forms.Subject;
    /** From when on it counts. */
    valid_from?: forms.Timestamp;
    /** From when on it counts no longer. */
    valid_until?: forms.Timestamp;
  }>;
}

/** Takes an entry off. */
export interface Revoke {
  /** The list. */
  on: string;
  /** Whose entry. */
  to: forms.Subject;
}

/** Revokes the link. */
export interface RevokeLink {
  /** Which. */
  link: forms.LinkId;
}

/** Switches access control of a definition. */
export interface SetAccessControl {
  /** Of which definition. */
  definition: forms.DefinitionId;
  /** On or off. */
  enabled: boolean;
}

/** Sets a row of the permission matrix. */
export interface SetFormAccess {
  change_form?: boolean;
  /** On which definition. */
  definition: forms.DefinitionId;
  delete?: forms.Scope;
  /** Of which profile. */
  profile: forms.ProfileId;
  read?: forms.Scope;
  register?: boolean;
  share?: boolean;
  write?: forms.Scope;
  write_completed?: boolean;
}

/** Sets what people call something. */
export interface SetLabel {
  /** As people call it; `null` for nothing. It must be said. */
  label: string | null | null;
  /** Of what. */
  ref: forms.Labelled;
}

/** Switches sharing of a definition's cases. */
export interface SetSharing {
  /** Of which definition. */
  definition: forms.DefinitionId;
  /** On or off. */
  enabled: boolean;
}

/** Shares a case by a public link. */
export interface ShareCase {
  /** Which case. */
  case: forms.CaseId;
  /** By which link. */
  link: forms.LinkId;
  /** From when on it counts. */
  valid_from?: forms.Timestamp;
  /** From when on it counts no longer. */
  valid_until?: forms.Timestamp;
}

/** Changes an entry. */
export interface UpdateGrant {
  access?: forms.Access;
  /** The list. */
  on: string;
  /** Whose entry. */
  to: forms.Subject;
  valid_from?: forms.Timestamp | null;
  valid_until?: forms.Timestamp | null;
}

/** Every command by its name. `sent` says in whose name and why. */
export abstract class Commands {
  /** Sends a command: it is accepted, or `Refused` is thrown. */
  abstract do(command: Command, sent?: Sending): Promise<forms.Accepted>;

  /** Switches it on. */
  activateGroup(fields: ActivateGroup, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ activate_group: fields }, sent);
  }

  /** An item belongs to a case. */
  addItem(fields: AddItem, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ add_item: fields }, sent);
  }

  /** Puts a user or group into a group. */
  addMember(fields: AddMember, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ add_member: fields }, sent);
  }

  /** Puts a user or group into a person field. */
  addPerson(fields: AddPerson, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ add_person: fields }, sent);
  }

  /** Sets keys of the policy. */
  adoptPolicy(fields: AdoptPolicy, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ adopt_policy: fields }, sent);
  }

  /** Says what the words of callers stand for. */
  adoptVocabulary(fields: AdoptVocabulary, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ adopt_vocabulary: fields }, sent);
  }

  /** Makes a user an org admin. */
  appointOrgAdmin(fields: AppointOrgAdmin, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ appoint_org_admin: fields }, sent);
  }

  /** Assigns an activity. */
  assignActivity(fields: AssignActivity, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ assign_activity: fields }, sent);
  }

  /** Gives a user a profile, or none. */
  assignProfile(fields: AssignProfile, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ assign_profile: fields }, sent);
  }

  /** Attaches a case or item to a task. */
  attach(fields: Attach, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ attach: fields }, sent);
  }

  /** Takes access in an emergency. */
  breakGlass(fields: BreakGlass, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ break_glass: fields }, sent);
  }

  /** It comes back. */
  checkInItem(fields: CheckInItem, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ check_in_item: fields }, sent);
  }

  /** An item goes to another organization. */
  checkOutItem(fields: CheckOutItem, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ check_out_item: fields }, sent);
  }

  /** Marks a case as completed. */
  completeCase(fields: CompleteCase, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ complete_case: fields }, sent);
  }

  /** Sets what a profile is. */
  configureProfile(fields: ConfigureProfile, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ configure_profile: fields }, sent);
  }

  /** Makes a kind of case known. */
  createDefinition(fields: CreateDefinition, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ create_definition: fields }, sent);
  }

  /** Switches a group off. */
  deactivateGroup(fields: DeactivateGroup, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ deactivate_group: fields }, sent);
  }

  /** Lets another user act in a user's stead. */
  delegate(fields: Delegate, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ delegate: fields }, sent);
  }

  /** Detaches it. */
  detach(fields: Detach, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ detach: fields }, sent);
  }

  /** Disables a user. */
  disableUser(fields: DisableUser, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ disable_user: fields }, sent);
  }

  /** Ends that. */
  dismissOrgAdmin(fields: DismissOrgAdmin, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ dismiss_org_admin: fields }, sent);
  }

  /** Enables a user. */
  enableUser(fields: EnableUser, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ enable_user: fields }, sent);
  }

  /** Ends that. */
  endDelegation(fields: EndDelegation, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ end_delegation: fields }, sent);
  }

  /** Destroys the key that seals the reasons about a subject. */
  erase(fields: Erase, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ erase: fields }, sent);
  }

  /** Puts an entry on a list. */
  grant(fields: Grant, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ grant: fields }, sent);
  }

  /** Lifts it. */
  liftRestriction(fields: LiftRestriction, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ lift_restriction: fields }, sent);
  }

  /** Ends the exclusion. */
  lowerWall(fields: LowerWall, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ lower_wall: fields }, sent);
  }

  /** Ends everything that names a user who leaves. */
  offboard(fields: Offboard, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ offboard: fields }, sent);
  }

  /** Opens a case. */
  openCase(fields: OpenCase, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ open_case: fields }, sent);
  }

  /** Puts a user into a workspace, or out of any. */
  placeInWorkspace(fields: PlaceInWorkspace, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ place_in_workspace: fields }, sent);
  }

  /** Excludes a user or group. */
  raiseWall(fields: RaiseWall, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ raise_wall: fields }, sent);
  }

  /** Releases assignees. */
  releaseActivity(fields: ReleaseActivity, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ release_activity: fields }, sent);
  }

  /** It does no more. */
  removeItem(fields: RemoveItem, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ remove_item: fields }, sent);
  }

  /** Takes a direct member out. */
  removeMember(fields: RemoveMember, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ remove_member: fields }, sent);
  }

  /** Takes one out. */
  removePerson(fields: RemovePerson, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ remove_person: fields }, sent);
  }

  /** Takes the mark off. */
  reopenCase(fields: ReopenCase, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ reopen_case: fields }, sent);
  }

  /** Has the next tree heads signed by another key. */
  replaceKey(fields: ReplaceKey, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ replace_key: fields }, sent);
  }

  /** Puts a case under restriction. */
  restrictCase(fields: RestrictCase, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ restrict_case: fields }, sent);
  }

  /** Takes an entry off. */
  revoke(fields: Revoke, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ revoke: fields }, sent);
  }

  /** Revokes the link. */
  revokeLink(fields: RevokeLink, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ revoke_link: fields }, sent);
  }

  /** Switches access control of a definition. */
  setAccessControl(fields: SetAccessControl, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ set_access_control: fields }, sent);
  }

  /** Sets a row of the permission matrix. */
  setFormAccess(fields: SetFormAccess, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ set_form_access: fields }, sent);
  }

  /** Sets what people call something. */
  setLabel(fields: SetLabel, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ set_label: fields }, sent);
  }

  /** Switches sharing of a definition's cases. */
  setSharing(fields: SetSharing, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ set_sharing: fields }, sent);
  }

  /** Shares a case by a public link. */
  shareCase(fields: ShareCase, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ share_case: fields }, sent);
  }

  /** Changes an entry. */
  updateGrant(fields: UpdateGrant, sent?: Sending): Promise<forms.Accepted> {
    return this.do({ update_grant: fields }, sent);
  }
}
