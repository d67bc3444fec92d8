"""Writes the commands: a class for each (`caseward/commands.py`), and a method for each (`caseward/_async/commands.py`)."""

from __future__ import annotations

from description import Description, Form, attribute, camel, name_of, sentence
from forms_of import Writer, alternatives

HEADER = '''"""What can be asked for: a class for each command, made from `openapi.json` by `tools/generate.py`.

`client.grant(…)` sends one; `client.submit([Grant(…), …])` sends many. An instant may be a `datetime` with an offset, or a
text. `UNSET` leaves an entry's window as it is, `None` clears it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, TypeAlias, Union

from caseward import forms
from caseward.wire import UNSET, Unset

'''

METHODS = '''"""A method for each command, made from `openapi.json` by `tools/generate.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, Unpack

from caseward import commands, forms
from caseward.sending import Sending
from caseward.wire import UNSET, Unset


class AsyncCommands:
    """Every command by its name. `sent` says in whose name and why: see `caseward.sending.Sending`."""

    async def do(self, command: commands.Command, **sent: Unpack[Sending]) -> forms.Accepted:
        """Sends a command: it is accepted, or `Refused` is raised."""
        raise NotImplementedError
'''

Field = tuple[str, str, str, str]


def argument_type(form: Form, writer: Writer, within: str) -> str:
    """The type that an argument takes: wider than what an answer has."""
    real, nullable = alternatives(form)
    if nullable:
        inner = argument_type(real[0], writer, within) if "anyOf" in form else "str"
        return inner if inner.endswith("None") else f"{inner} | None"
    if "$ref" in form:
        name = name_of(form["$ref"])
        if name == "Timestamp":
            return "datetime | str"
        target = writer.description.forms[form["$ref"].rsplit("/", 1)[1]]
        return f"forms.{name}" if "enum" in target or "anyOf" in target or target.get("type") == "object" else "str"
    if form.get("type") == "array":
        return f"Sequence[{argument_type(form['items'], writer, 'Entry')}]"
    if form.get("type") == "object":
        return "Entry" if form.get("properties") else "Mapping[str, Any]"
    return writer.type_of(form, within)


def fields_of(form: Form, writer: Writer) -> list[Field]:
    """Name, type, default and what is said of each field; those that must be given first."""
    required = form.get("required", [])
    found: list[Field] = []
    for key, inner in sorted(
        form["properties"].items(), key=lambda item: (item[0] not in required, required.index(item[0]) if item[0] in required else 0)
    ):
        kind, default = argument_type(inner, writer, ""), ""
        if key not in required:
            nullable = kind.endswith("| None")
            kind, default = (f"{kind} | Unset", "UNSET") if nullable else (f"{kind} | None", "None")
        found.append((key, kind, default, sentence(inner)))
    return found


def command_class(name: str, said: str, fields: list[Field], *, is_command: bool) -> str:
    lines = [f"@dataclass(frozen=True, slots=True, kw_only=True)\nclass {camel(name)}:", f'    """{said}"""\n']
    if is_command:
        lines.append(f"    NAME: ClassVar[str] = {name!r}")
    wire = {attribute(key): key for key, *_ in fields if attribute(key) != key}
    lines.append(f"    _wire: ClassVar[Mapping[str, str]] = {wire!r}")
    for key, kind, default, what in fields:
        lines.append(f"    {attribute(key)}: {kind}" + (f" = {default}" if default else ""))
        if what:
            lines.append(f'    """{what}"""')
    return "\n".join(lines) + "\n"


def vocabulary(description: Description, form: Form) -> Form:
    """`adopt_vocabulary` has the vocabulary itself as its fields."""
    if "$ref" in form:
        return {**description.forms[form["$ref"].rsplit("/", 1)[1]], "description": form["description"]}
    return form


def module(description: Description) -> str:
    """The classes."""
    writer = Writer(description)
    entry = description.commands()["restrict_case"]["properties"]["entries"]["items"]
    classes = [command_class("entry", "An entry of a restricted list.", fields_of(entry, writer), is_command=False)]
    names = []
    for name, form in description.commands().items():
        form = vocabulary(description, form)
        names.append(camel(name))
        classes.append(command_class(name, sentence(form), fields_of(form, writer), is_command=True))
    union = "Command: TypeAlias = Union[" + ", ".join(names) + ']\n"""Any of them."""\n'
    return HEADER + "\n\n".join([*classes, union])


def method(name: str, said: str, fields: list[Field]) -> str:
    of_commands = [kind.replace("Entry", "commands.Entry") for _, kind, _, _ in fields]
    arguments = ", ".join(
        f"{attribute(key)}: {kind}" + (f" = {default}" if default else "")
        for (key, _, default, _), kind in zip(fields, of_commands, strict=True)
    )
    passed = ", ".join(f"{attribute(key)}={attribute(key)}" for key, *_ in fields)
    what = "\n".join(f"        {attribute(key)}: {text}" for key, _, _, text in fields if text)
    told = f'"""{said}\n\n{what}\n        """' if what else f'"""{said}"""'
    return (
        f"    async def {attribute(name)}(self, *, {arguments}, **sent: Unpack[Sending]) -> forms.Accepted:\n"
        f"        {told}\n"
        f"        return await self.do(commands.{camel(name)}({passed}), **sent)\n"
    )


def methods(description: Description) -> str:
    """The methods."""
    writer = Writer(description)
    found = []
    for name, form in description.commands().items():
        form = vocabulary(description, form)
        found.append(method(name, sentence(form), fields_of(form, writer)))
    return METHODS + "\n" + "\n".join(found)
