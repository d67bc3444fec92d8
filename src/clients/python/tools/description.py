"""The description of the interface, as the generators look at it."""

from __future__ import annotations

import json
import keyword
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Form = dict[str, Any]

#: What a form of the description is named that a word of Python or of ours would hide.
RENAMED = {"Warning": "CommandWarning"}

#: What a client sends in parts of its own, or what only the command line prints.
LEFT_OUT = {"Command", "Submission", "Commands", "CommandAnswers", "Answers", "Questions", "Question"}


def name_of(reference: str) -> str:
    """`#/components/schemas/Decision` is `Decision`."""
    name = reference.rsplit("/", 1)[1]
    return RENAMED.get(name, name)


def attribute(name: str) -> str:
    """A name that Python lets stand: `from` is `from_`."""
    name = name.replace("-", "_").replace(":", "_")
    return f"{name}_" if keyword.iskeyword(name) else name


def camel(name: str) -> str:
    """`restrict_case` is `RestrictCase`."""
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def sentence(form: Form, otherwise: str = "") -> str:
    """What is said of a form, fit for a docstring."""
    said: str = form.get("description") or otherwise
    return said.replace("\\", "\\\\").strip()


@dataclass
class Description:
    """Forms by name, and what is reached from the paths."""

    document: dict[str, Any]
    forms: dict[str, Form]

    @classmethod
    def read(cls, path: Path) -> Description:
        """From a file."""
        document = json.loads(path.read_text())
        return cls(document, document["components"]["schemas"])

    def commands(self) -> dict[str, Form]:
        """Every command: its name, and the form of its fields."""
        found: dict[str, Form] = self.forms["Command"]["properties"]
        return found

    def reached(self) -> list[str]:
        """The names of all forms that a client sends or is answered, sorted."""
        open_: list[Any] = [self.document["paths"], self.document["components"]["parameters"]]
        open_ += [{"$ref": f"#/components/schemas/{name}"} for name in ("CloudEvent", "Problem", "Command", "AsOf")]
        found: set[str] = set()
        while open_:
            one = open_.pop()
            if isinstance(one, list):
                open_ += one
            elif isinstance(one, dict):
                reference = one.get("$ref", "")
                if reference.startswith("#/components/schemas/"):
                    name = reference.rsplit("/", 1)[1]
                    if name not in found:
                        found.add(name)
                        open_.append(self.forms[name])
                open_ += one.values()
        return sorted(found - LEFT_OUT)
