"""Writes `caseward/forms.py`: a class, or a name of a type, for each form."""

from __future__ import annotations

from description import RENAMED, Description, Form, attribute, camel, name_of, sentence

HEADER = '''"""What the service answers, and the words that it takes: made from `openapi.json` by `tools/generate.py`.

Instants are `datetime` in UTC, positions are `int`, references (`user:ana`) are `str`. A member that an answer may leave
out is `None` where it does. What a later release adds is passed over; where a form is open, it stands in `facts`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar, Literal, Self, TypeAlias, Union

from caseward.wire import Wired, instant, whichever

'''


def is_object(form: Form) -> bool:
    return form.get("type") == "object" and bool(form.get("properties"))


def alternatives(form: Form) -> tuple[list[Form], bool]:
    """Those of an `anyOf` but `null`, and whether `null` is one."""
    listed = form.get("anyOf") or form.get("oneOf") or [form]
    kinds = form.get("type")
    nullable = isinstance(kinds, list) and "null" in kinds
    real = [one for one in listed if one.get("type") != "null"]
    return real, nullable or len(real) < len(listed)


class Writer:
    """Collects classes as they are found within each other."""

    def __init__(self, description: Description) -> None:
        self.description = description
        self.aliases: list[str] = []
        self.classes: list[str] = []
        self.names: list[str] = []

    def type_of(self, form: Form, within: str) -> str:
        """The type of a value, as it is written in Python."""
        if "$ref" in form:
            return name_of(form["$ref"])
        if "const" in form:
            return f"Literal[{form['const']!r}]"
        if "enum" in form:
            return f"Literal[{', '.join(repr(one) for one in form['enum'])}]"
        if "anyOf" in form or "oneOf" in form or isinstance(form.get("type"), list):
            return self.union(form, within)
        return self.plain(form, within)

    def union(self, form: Form, within: str) -> str:
        real, nullable = alternatives(form)
        if isinstance(form.get("type"), list):
            real = [{**form, "type": kind} for kind in form["type"] if kind != "null"]
        inner = [self.type_of(one, f"{within}{self.told_apart(one)}" if len(real) > 1 else within) for one in real]
        return " | ".join(dict.fromkeys(inner + (["None"] if nullable else [])))

    @staticmethod
    def told_apart(form: Form) -> str:
        """What an inline alternative is named by: its required members."""
        return camel("_".join(form.get("required", ["Value"])[:1])) if "$ref" not in form else ""

    def plain(self, form: Form, within: str) -> str:
        kind = form.get("type")
        if kind == "array":
            return f"list[{self.type_of(form['items'], within + 'Item')}]"
        if kind == "object":
            if form.get("properties"):
                self.add_class(within, form)
                return within
            inner = form.get("additionalProperties")
            value = self.type_of(inner, within + "Value") if isinstance(inner, dict) else "Any"
            return f"dict[str, {value}]"
        if form.get("format") == "date-time":
            return "datetime"
        return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}.get(kind or "", "Any")

    def decoded(self, form: Form, value: str, within: str) -> str:
        """How a value of JSON becomes one of the type; `value` itself where it is one already."""
        if "$ref" in form:
            name = form["$ref"].rsplit("/", 1)[1]
            inner = self.description.forms[name]
            if is_object(inner):
                return f"{name_of(form['$ref'])}.from_json({value})"
            return self.decoded(inner, value, RENAMED.get(name, name))
        if isinstance(form.get("type"), list):
            return value
        real, nullable = alternatives(form)
        if len(real) > 1 or nullable:
            inner_ = self.decoded_union(real, value, within) if real else value
            if inner_ == value or not nullable:
                return inner_
            return f"None if {value} is None else {inner_}"
        return self.decoded_plain(form, value, within)

    def decoded_union(self, real: list[Form], value: str, within: str) -> str:
        if len(real) == 1:
            return self.decoded(real[0], value, within)
        classes, open_ = [], ""
        for one in real:
            name = within + self.told_apart(one)
            resolved = self.description.forms[one["$ref"].rsplit("/", 1)[1]] if "$ref" in one else one
            if is_object(resolved):
                classes.append(name_of(one["$ref"]) if "$ref" in one else name)
            elif "anyOf" in resolved:
                classes += [name_of(each["$ref"]) for each in resolved["anyOf"] if "$ref" in each]
            elif resolved.get("type") == "object":
                open_ = ", open_=True"
        return f"whichever({value}, {', '.join(classes)}{open_})" if classes else value

    def decoded_plain(self, form: Form, value: str, within: str) -> str:
        if form.get("format") == "date-time":
            return f"instant({value})"
        if form.get("type") == "array":
            inner = self.decoded(form["items"], "one", within + "Item")
            return value if inner == "one" else f"[{inner} for one in {value}]"
        if form.get("type") == "object":
            if form.get("properties"):
                return f"{within}.from_json({value})"
            more = form.get("additionalProperties")
            inner = self.decoded(more, "one", within + "Value") if isinstance(more, dict) else "one"
            return value if inner == "one" else f"{{key: {inner} for key, one in {value}.items()}}"
        return value

    def add_class(self, name: str, form: Form) -> None:
        if name in self.names:
            return
        self.names.append(name)
        required = form.get("required", [])
        fields = sorted(form["properties"].items(), key=lambda item: item[0] not in required)
        lines = [f"@dataclass(frozen=True, slots=True, kw_only=True)\nclass {name}(Wired):"]
        lines.append(f'    """{sentence(form, "Of the answer that holds it.")}"""\n')
        decode = []
        for key, inner in fields:
            lines += self.field(name, key, inner, key in required)
            decode.append(self.decode_line(name, key, inner, key in required))
        open_ = form.get("additionalProperties") is True
        if open_:
            lines.append("    facts: Mapping[str, Any] = field(default_factory=dict)")
            lines.append('    """What stands beside these."""\n')
            known = ", ".join(repr(key) for key, _ in fields)
            decode.append(f"            facts={{key: one for key, one in value.items() if key not in ({known},)}},")
        lines += [self.tables(form, fields), "    @classmethod", "    def from_json(cls, value: Any) -> Self:"]
        lines += ['        """From what the service sent."""', "        return cls(", *decode, "        )\n"]
        self.classes.append("\n".join(lines))

    @staticmethod
    def tables(form: Form, fields: list[tuple[str, Form]]) -> str:
        """What `wire` needs to write one, and to tell it from others."""
        constants = {key: one["const"] for key, one in fields if "const" in one}
        wire = {attribute(key): key for key, _ in fields if attribute(key) != key}
        required = tuple(form.get("required", []))
        lines = []
        if required:
            lines.append(f"    _required: ClassVar[tuple[str, ...]] = {required!r}")
        if constants:
            lines.append(f"    _constants: ClassVar[Mapping[str, str]] = {constants!r}")
        if wire:
            lines.append(f"    _wire: ClassVar[Mapping[str, str]] = {wire!r}")
        return "\n".join([*lines, ""])

    def field(self, name: str, key: str, form: Form, required: bool) -> list[str]:
        kind = self.type_of(form, name + camel(key))
        if not required and "None" not in kind.split(" | "):
            kind = f"{kind} | None"
        line = f"    {attribute(key)}: {kind}" + ("" if required else " = None")
        said = sentence(form)
        return [line, f'    """{said}"""'] if said else [line]

    def decode_line(self, name: str, key: str, form: Form, required: bool) -> str:
        if required:
            return f"            {attribute(key)}={self.decoded(form, f'value[{key!r}]', name + camel(key))},"
        inner = self.decoded(form, "given", name + camel(key))
        got = f"value.get({key!r})"
        if inner == "given":
            return f"            {attribute(key)}={got},"
        inner = inner.removeprefix("None if given is None else ")
        return f"            {attribute(key)}=None if (given := {got}) is None else {inner},"

    def add(self, name: str) -> None:
        form = self.description.forms[name]
        shown = RENAMED.get(name, name)
        if is_object(form):
            self.add_class(shown, form)
            return
        kind = self.type_of(form, shown)
        if kind == shown:
            return
        quoted = f'Union["{kind}"]' if " | " in kind else kind
        if " | " in kind:
            quoted = "Union[" + ", ".join(f'"{one}"' if one != "None" else "None" for one in kind.split(" | ")) + "]"
        self.aliases.append(f'{shown}: TypeAlias = {quoted}\n"""{sentence(form)}"""\n')


def module(description: Description) -> str:
    """The whole module."""
    writer = Writer(description)
    for name in description.reached():
        writer.add(name)
    aliases = sorted(writer.aliases, key=lambda alias: "Union[" in alias)
    return HEADER + "\n".join(aliases) + "\n\n" + "\n\n".join(writer.classes)
