"""What schemathesis cannot know of the service: names that the fixture has, ids that were given out, JSON lines, and which 503
is no fault."""

import json

import jsonschema_rs
import schemathesis

LINES = "application/x-ndjson"

# Those of the demo. What is made up is kept every other time: an unknown name is a question, too.
KNOWN = {
    "subject": ["user:judith", "user:mike", "user:nobody"],
    "resource": ["definition:burglary", "organization", "case:none"],
    "of": ["user:judith", "definition:burglary", "organization"],
    "as_of": ["100", "2025-01-01T00:00:00Z"],
    "from": ["100", "2024-01-01T00:00:00Z"],
    "to": ["300"],
    "position": ["1", "300"],
}

# The ids of runs and tokens, by the path that gave them out.
given = {}


@schemathesis.serializer(LINES)
def lines(_context, value):
    return json.dumps(value).encode() + b"\n"


def replaced(fields):
    """Names for about half of those that were made up; the same for the same."""
    for name, known in KNOWN.items():
        made = fields.get(name)
        if isinstance(made, str) and len(made) % 2 == 0:
            fields[name] = known[sum(made.encode(errors="replace")) % len(known)]


@schemathesis.hook
def before_call(_context, case, _kwargs):
    if isinstance(case.query, dict) and isinstance(case.path_parameters, dict):
        replaced(case.query)
        replaced(case.path_parameters)
        for name in ("run", "token"):
            if name in case.path_parameters:
                whole = case.operation.path
                ids = given.get(whole[: whole.index("/{" + name)])
                if ids:
                    case.path_parameters[name] = str(ids[-1])
    if isinstance(case.body, dict):
        replaced(case.body)
        for question in case.body.get("questions") or []:
            if isinstance(question, dict):
                replaced(question)
        if case.operation.path == "/v1/tokens" and isinstance(case.body.get("organizations"), list):
            case.body["organizations"] = ["default"]


@schemathesis.hook
def after_call(_context, case, response):
    if case.method.upper() == "POST" and response.status_code in (200, 202):
        if case.operation.path in ("/v1/tokens", "/v1/backups", "/v1/verification", "/v1/orgs/{org}/rebuilds"):
            given.setdefault(case.operation.path, []).append(response.json()["id"])


@schemathesis.check
def no_fault(_context, response, _case):
    """Of the statuses from 500 on one alone is an answer here: 503 to whoever waits for a position that does not come."""
    if response.status_code < 500:
        return
    kind = (response.headers.get("content-type") or [""])[0]
    code = response.json().get("code") if kind == "application/problem+json" else None
    words = response.text if kind.startswith("text/plain") else ""
    assert code == "behind" or words.startswith("the head is at position"), f"{response.status_code}: {response.text}"


@schemathesis.check
def lines_have_their_form(_context, response, case):
    """The description has the form of a line; there are any number of them."""
    if (response.headers.get("content-type") or [""])[0] != LINES:
        return
    document = case.operation.schema.raw_schema
    answers = document["paths"][case.operation.path][case.method.lower()]["responses"]
    form = answers[str(response.status_code)]["content"][LINES]["schema"]
    judge = jsonschema_rs.Draft202012Validator({**form, "components": document["components"]})
    for line in response.content.splitlines():
        error = next(judge.iter_errors(json.loads(line)), None)
        assert error is None, f"{line.decode()}: {error.message}"
