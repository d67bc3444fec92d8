# Made from `_async/commands.py` by `tools/generate.py`: change it there.
"""A method for each command, made from `openapi.json` by `tools/generate.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Unpack

from caseward import commands, forms
from caseward.sending import Sending
from caseward.wire import UNSET, Unset


class Commands:
    """Every command by its name. `sent` says in whose name and why: see `caseward.sending.Sending`."""

    def do(self, command: commands.Command, **sent: Unpack[Sending]) -> forms.Accepted:
        """Sends a command: it is accepted, or `Refused` is raised."""
        raise NotImplementedError

    def activate_group(self, *, group: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Switches it on.

        group: Which group.
        """
        return self.do(commands.ActivateGroup(group=group), **sent)

    def add_item(self, *, item: str, case: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """An item belongs to a case.

        item: Which item.
        case: Of which case.
        """
        return self.do(commands.AddItem(item=item, case=case), **sent)

    def add_member(self, *, group: str, member: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Puts a user or group into a group.

        group: The outer one.
        member: The user or inner group.
        """
        return self.do(commands.AddMember(group=group, member=member), **sent)

    def add_person(self, *, case: str, field: str, person: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Puts a user or group into a person field.

        case: Of which case.
        field: Which field.
        person: Who.
        """
        return self.do(commands.AddPerson(case=case, field=field, person=person), **sent)

    def adopt_policy(
        self,
        *,
        access_control_default: Literal["on", "off"] | None = None,
        access_managers: Literal["managers", "trusted"] | None = None,
        assignment_grant: bool | None = None,
        break_glass: Literal["off", "read", "write"] | None = None,
        break_glass_max_minutes: int | None = None,
        creator_grant: Literal["none", "read", "write"] | None = None,
        definition_revoke_cascades: bool | None = None,
        org_admin_bypass: bool | None = None,
        org_admin_entry: Literal["cap", "ignore"] | None = None,
        preset: Literal["caseward", "cmf", "am", "safe"] | None = None,
        restriction: Literal["enabled", "disabled"] | None = None,
        walls_bind_admins: bool | None = None,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Sets keys of the policy.

        access_control_default: How a new definition starts.
        access_managers: Who may change access.
        assignment_grant: Whether whoever is assigned an activity is granted write.
        break_glass: What breaking the glass gives.
        break_glass_max_minutes: For how long at most.
        creator_grant: What the creator of a case is granted.
        definition_revoke_cascades: Whether revoking on a definition revokes on its cases too.
        org_admin_bypass: Whether org admins may do everything on cases that are not restricted.
        org_admin_entry: What an org admin's own entry on a restricted list does.
        preset: A preset of the policy, which resets every key.
        restriction: Whether cases may be restricted.
        walls_bind_admins: Whether walls exclude org admins too.
        """
        return self.do(
            commands.AdoptPolicy(
                access_control_default=access_control_default,
                access_managers=access_managers,
                assignment_grant=assignment_grant,
                break_glass=break_glass,
                break_glass_max_minutes=break_glass_max_minutes,
                creator_grant=creator_grant,
                definition_revoke_cascades=definition_revoke_cascades,
                org_admin_bypass=org_admin_bypass,
                org_admin_entry=org_admin_entry,
                preset=preset,
                restriction=restriction,
                walls_bind_admins=walls_bind_admins,
            ),
            **sent,
        )

    def adopt_vocabulary(
        self,
        *,
        actions: Mapping[str, Any] | None = None,
        resources: Mapping[str, Any] | None = None,
        subjects: Mapping[str, Any] | None = None,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Says what the words of callers stand for."""
        return self.do(commands.AdoptVocabulary(actions=actions, resources=resources, subjects=subjects), **sent)

    def appoint_org_admin(self, *, user: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Makes a user an org admin.

        user: Which user.
        """
        return self.do(commands.AppointOrgAdmin(user=user), **sent)

    def assign_activity(self, *, case: str, activity: str, to: Sequence[str], **sent: Unpack[Sending]) -> forms.Accepted:
        """Assigns an activity.

        case: Of which case.
        activity: Which.
        to: Who.
        """
        return self.do(commands.AssignActivity(case=case, activity=activity, to=to), **sent)

    def assign_profile(self, *, user: str, profile: str | None, **sent: Unpack[Sending]) -> forms.Accepted:
        """Gives a user a profile, or none.

        user: Who.
        profile: Which; `null` for none. It must be said.
        """
        return self.do(commands.AssignProfile(user=user, profile=profile), **sent)

    def attach(self, *, task: str, entity: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Attaches a case or item to a task.

        task: To which task.
        entity: What.
        """
        return self.do(commands.Attach(task=task, entity=entity), **sent)

    def break_glass(self, *, case: str, minutes: int, **sent: Unpack[Sending]) -> forms.Accepted:
        """Takes access in an emergency.

        case: Which case.
        minutes: For how long.
        """
        return self.do(commands.BreakGlass(case=case, minutes=minutes), **sent)

    def check_in_item(self, *, item: str, organization: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """It comes back.

        item: Which item.
        organization: Where to, or from: another organization.
        """
        return self.do(commands.CheckInItem(item=item, organization=organization), **sent)

    def check_out_item(self, *, item: str, organization: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """An item goes to another organization.

        item: Which item.
        organization: Where to, or from: another organization.
        """
        return self.do(commands.CheckOutItem(item=item, organization=organization), **sent)

    def complete_case(self, *, case: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Marks a case as completed.

        case: Which case.
        """
        return self.do(commands.CompleteCase(case=case), **sent)

    def configure_profile(
        self,
        *,
        profile: str,
        administrator: bool | None = None,
        module_access: bool | None = None,
        search_query: bool | None = None,
        search_text: bool | None = None,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Sets what a profile is.

        profile: Which.
        """
        return self.do(
            commands.ConfigureProfile(
                profile=profile,
                administrator=administrator,
                module_access=module_access,
                search_query=search_query,
                search_text=search_text,
            ),
            **sent,
        )

    def create_definition(
        self, *, definition: str, access_control: bool | None = None, name: str | None = None, **sent: Unpack[Sending]
    ) -> forms.Accepted:
        """Makes a kind of case known.

        definition: The new definition.
        access_control: Left out, the policy decides.
        name: What people call it.
        """
        return self.do(commands.CreateDefinition(definition=definition, access_control=access_control, name=name), **sent)

    def deactivate_group(self, *, group: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Switches a group off.

        group: Which group.
        """
        return self.do(commands.DeactivateGroup(group=group), **sent)

    def delegate(
        self,
        *,
        delegation: str,
        from_: str,
        to: str,
        valid_from: datetime | str | None = None,
        valid_until: datetime | str | None = None,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Lets another user act in a user's stead.

        delegation: Under this name.
        from_: Whose rights: `user:ID`.
        to: Who uses them: `user:ID`.
        valid_from: From when on it counts.
        valid_until: From when on it counts no longer.
        """
        return self.do(commands.Delegate(delegation=delegation, from_=from_, to=to, valid_from=valid_from, valid_until=valid_until), **sent)

    def detach(self, *, task: str, entity: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Detaches it.

        task: To which task.
        entity: What.
        """
        return self.do(commands.Detach(task=task, entity=entity), **sent)

    def disable_user(self, *, user: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Disables a user.

        user: Which user.
        """
        return self.do(commands.DisableUser(user=user), **sent)

    def dismiss_org_admin(self, *, user: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Ends that.

        user: Which user.
        """
        return self.do(commands.DismissOrgAdmin(user=user), **sent)

    def enable_user(self, *, user: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Enables a user.

        user: Which user.
        """
        return self.do(commands.EnableUser(user=user), **sent)

    def end_delegation(self, *, delegation: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Ends that.

        delegation: Which.
        """
        return self.do(commands.EndDelegation(delegation=delegation), **sent)

    def erase(self, *, subject: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Destroys the key that seals the reasons about a subject.

        subject: About whom.
        """
        return self.do(commands.Erase(subject=subject), **sent)

    def grant(
        self,
        *,
        on: str,
        to: str,
        access: forms.Access | None = None,
        on_existing: Literal["error", "update", "ignore"] | None = None,
        valid_from: datetime | str | None = None,
        valid_until: datetime | str | None = None,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Puts an entry on a list.

        on: The list.
        to: Whom.
        access: Left out, `read`.
        on_existing: Where there is an entry already.
        valid_from: From when on it counts.
        valid_until: From when on it counts no longer.
        """
        return self.do(
            commands.Grant(on=on, to=to, access=access, on_existing=on_existing, valid_from=valid_from, valid_until=valid_until), **sent
        )

    def lift_restriction(self, *, case: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Lifts it.

        case: Which case.
        """
        return self.do(commands.LiftRestriction(case=case), **sent)

    def lower_wall(self, *, on: str, against: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Ends the exclusion.

        on: From what.
        against: Who.
        """
        return self.do(commands.LowerWall(on=on, against=against), **sent)

    def offboard(self, *, user: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Ends everything that names a user who leaves.

        user: Which user.
        """
        return self.do(commands.Offboard(user=user), **sent)

    def open_case(self, *, case: str, definition: str, creator: str, parent: str | None = None, **sent: Unpack[Sending]) -> forms.Accepted:
        """Opens a case.

        case: The new case.
        definition: Its kind.
        creator: Who opened it.
        parent: The case it belongs to; no access flows.
        """
        return self.do(commands.OpenCase(case=case, definition=definition, creator=creator, parent=parent), **sent)

    def place_in_workspace(self, *, user: str, workspace: str | None, **sent: Unpack[Sending]) -> forms.Accepted:
        """Puts a user into a workspace, or out of any.

        user: Who.
        workspace: Where; `null` for nowhere. It must be said.
        """
        return self.do(commands.PlaceInWorkspace(user=user, workspace=workspace), **sent)

    def raise_wall(self, *, on: str, against: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Excludes a user or group.

        on: From what.
        against: Who.
        """
        return self.do(commands.RaiseWall(on=on, against=against), **sent)

    def release_activity(self, *, case: str, activity: str, to: Sequence[str], **sent: Unpack[Sending]) -> forms.Accepted:
        """Releases assignees.

        case: Of which case.
        activity: Which.
        to: Who.
        """
        return self.do(commands.ReleaseActivity(case=case, activity=activity, to=to), **sent)

    def remove_item(self, *, item: str, case: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """It does no more.

        item: Which item.
        case: Of which case.
        """
        return self.do(commands.RemoveItem(item=item, case=case), **sent)

    def remove_member(self, *, group: str, member: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Takes a direct member out.

        group: The outer one.
        member: The user or inner group.
        """
        return self.do(commands.RemoveMember(group=group, member=member), **sent)

    def remove_person(self, *, case: str, field: str, person: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Takes one out.

        case: Of which case.
        field: Which field.
        person: Who.
        """
        return self.do(commands.RemovePerson(case=case, field=field, person=person), **sent)

    def reopen_case(self, *, case: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Takes the mark off.

        case: Which case.
        """
        return self.do(commands.ReopenCase(case=case), **sent)

    def replace_key(self, *, public_key: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Has the next tree heads signed by another key.

        public_key: The public half of the key that signs from then on.
        """
        return self.do(commands.ReplaceKey(public_key=public_key), **sent)

    def restrict_case(self, *, case: str, entries: Sequence[commands.Entry], **sent: Unpack[Sending]) -> forms.Accepted:
        """Puts a case under restriction.

        case: Which case.
        entries: The restricted list; empty leaves org admins only.
        """
        return self.do(commands.RestrictCase(case=case, entries=entries), **sent)

    def revoke(self, *, on: str, to: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Takes an entry off.

        on: The list.
        to: Whose entry.
        """
        return self.do(commands.Revoke(on=on, to=to), **sent)

    def revoke_link(self, *, link: str, **sent: Unpack[Sending]) -> forms.Accepted:
        """Revokes the link.

        link: Which.
        """
        return self.do(commands.RevokeLink(link=link), **sent)

    def set_access_control(self, *, definition: str, enabled: bool, **sent: Unpack[Sending]) -> forms.Accepted:
        """Switches access control of a definition.

        definition: Of which definition.
        enabled: On or off.
        """
        return self.do(commands.SetAccessControl(definition=definition, enabled=enabled), **sent)

    def set_form_access(
        self,
        *,
        profile: str,
        definition: str,
        change_form: bool | None = None,
        delete: forms.Scope | None = None,
        read: forms.Scope | None = None,
        register: bool | None = None,
        share: bool | None = None,
        write: forms.Scope | None = None,
        write_completed: bool | None = None,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Sets a row of the permission matrix.

        profile: Of which profile.
        definition: On which definition.
        """
        return self.do(
            commands.SetFormAccess(
                profile=profile,
                definition=definition,
                change_form=change_form,
                delete=delete,
                read=read,
                register=register,
                share=share,
                write=write,
                write_completed=write_completed,
            ),
            **sent,
        )

    def set_label(self, *, ref: str, label: str | None, **sent: Unpack[Sending]) -> forms.Accepted:
        """Sets what people call something.

        ref: Of what.
        label: As people call it; `null` for nothing. It must be said.
        """
        return self.do(commands.SetLabel(ref=ref, label=label), **sent)

    def set_sharing(self, *, definition: str, enabled: bool, **sent: Unpack[Sending]) -> forms.Accepted:
        """Switches sharing of a definition's cases.

        definition: Of which definition.
        enabled: On or off.
        """
        return self.do(commands.SetSharing(definition=definition, enabled=enabled), **sent)

    def share_case(
        self,
        *,
        case: str,
        link: str,
        valid_from: datetime | str | None = None,
        valid_until: datetime | str | None = None,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Shares a case by a public link.

        case: Which case.
        link: By which link.
        valid_from: From when on it counts.
        valid_until: From when on it counts no longer.
        """
        return self.do(commands.ShareCase(case=case, link=link, valid_from=valid_from, valid_until=valid_until), **sent)

    def update_grant(
        self,
        *,
        on: str,
        to: str,
        access: forms.Access | None = None,
        valid_from: datetime | str | Unset | None = UNSET,
        valid_until: datetime | str | Unset | None = UNSET,
        **sent: Unpack[Sending],
    ) -> forms.Accepted:
        """Changes an entry.

        on: The list.
        to: Whose entry.
        """
        return self.do(commands.UpdateGrant(on=on, to=to, access=access, valid_from=valid_from, valid_until=valid_until), **sent)
