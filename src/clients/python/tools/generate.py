"""Makes what follows from the description of the interface: the forms, the commands, and the client that blocks.

    python tools/generate.py            writes the files
    python tools/generate.py --check    says which of them lag, and ends with 1 where one does

The forms (`caseward/forms.py`) and commands come from `openapi.json`. `caseward/_sync` is `caseward/_async` without its
`await`: one source for both, so that they cannot differ.
"""

from __future__ import annotations

import difflib
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import blocking
import commands_of
import forms_of
from description import Description

PACKAGE = Path(__file__).resolve().parent.parent
SOURCES = PACKAGE / "src" / "caseward"
DESCRIPTION = PACKAGE.parent.parent.parent / "tests" / "goldens" / "openapi.json"


def formatted(text: str, name: str) -> str:
    """As the formatter of the project writes it, so that a diff shows what changed and nothing else."""
    ruff = [sys.executable, "-m", "ruff"]
    kept = ["--stdin-filename", str(SOURCES / name), "-"]
    fixed = [*ruff, "check", "--fix", "--quiet", "--exit-zero", *kept]
    sorted_ = subprocess.run(fixed, input=text, capture_output=True, text=True, check=True, cwd=PACKAGE).stdout
    done = subprocess.run([*ruff, "format", "--quiet", *kept], input=sorted_, capture_output=True, text=True, check=True, cwd=PACKAGE)
    return done.stdout


def made() -> dict[str, str]:
    """Each file that is made, with what it must hold."""
    description = Description.read(DESCRIPTION)
    files = {"forms.py": forms_of.module(description), "commands.py": commands_of.module(description)}
    files["_async/commands.py"] = commands_of.methods(description)
    for source in sorted((SOURCES / "_async").glob("*.py")):
        name = f"_async/{source.name}"
        files[f"_sync/{source.name}"] = blocking.without_await(files.get(name) or source.read_text(), source.name)
    files["_sync/commands.py"] = blocking.without_await(files["_async/commands.py"], "commands.py")
    return {name: formatted(text, name) for name, text in files.items()}


def main(arguments: list[str]) -> int:
    """Writes, or compares with what is there."""
    lagging = 0
    for name, text in made().items():
        path = SOURCES / name
        there = path.read_text() if path.exists() else ""
        if there == text:
            continue
        if arguments == ["--check"]:
            lagging = 1
            lines = difflib.unified_diff(there.splitlines(), text.splitlines(), f"{name}, as it is", "as it must be", lineterm="")
            print("\n".join(list(lines)[:40]))
        else:
            path.write_text(text)
            print(f"wrote {path.relative_to(PACKAGE)}")
    if lagging:
        print("hint: python tools/generate.py", file=sys.stderr)
    return lagging


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
