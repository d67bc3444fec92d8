"""Checking what the service proves, without the service: with a key that was published, and the bundle alone.

    proved = proofs.verify(client.prove_event(17), [KEY])

What holds then: the tree head is signed by the key; every event of the bundle is in the log that was signed, byte for byte
and in its place; of a decision also that its streams are those of that log; of consistency, that the one log grew out of the
other. **Not** checked here is that a decision *follows* from its events: that takes the evaluator, so `ProvedDecision` has
the answer as it is stated, and `caseward verify-proof` evaluates it again.

Takes the extra `caseward[proofs]`, for Ed25519. The form is described on the page `proof`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any, TypeAlias, Union

from caseward.errors import NotProved
from caseward.stored import Envelope, envelope
from caseward.wire import instant

FORM = 1
_EMPTY = hashlib.sha256(b"").digest()
_ORIGIN = re.compile(r"caseward/[A-Za-z0-9_-]+/[0-9a-f]{8}")


@dataclass(frozen=True, slots=True)
class Key:
    """A public key under a name, as `caseward key show` prints it."""

    name: str
    id: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> Key:
        """From `NAME+HASH+BASE64`."""
        name, _, rest = text.strip().partition("+")
        digits, _, encoded = rest.partition("+")
        raw = _base64(encoded)
        if not name or len(raw) != 33 or raw[0] != 1:
            raise NotProved("a key is of the form NAME+HASH+BASE64, and Ed25519")
        id_ = hashlib.sha256(name.encode() + b"\n" + raw).digest()[:4]
        if id_.hex() != digits:
            raise NotProved("the hash of a key is not that of its name and itself: part of it was changed, or left out")
        return cls(name, id_, raw[1:])


@dataclass(frozen=True, slots=True)
class TreeHead:
    """What a log was at a position, as it was signed."""

    origin: str
    size: int
    root: bytes
    time: datetime
    streams: int
    streams_root: bytes


@dataclass(frozen=True, slots=True)
class ProvedEvent:
    """These events are in the log."""

    head: TreeHead
    events: list[Envelope]


@dataclass(frozen=True, slots=True)
class ProvedDecision:
    """These events and streams are those of the log. That the answer follows from them was not checked here."""

    head: TreeHead
    events: list[Envelope]
    question: Mapping[str, Any]
    stated: Mapping[str, Any]
    streams: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class ProvedConsistency:
    """The log of `head` grew out of that of `older`."""

    head: TreeHead
    older: TreeHead


Proved: TypeAlias = Union[ProvedEvent, ProvedDecision, ProvedConsistency]


def verify(bundle: Mapping[str, Any], keys: Iterable[str]) -> Proved:
    """What a bundle proves under keys that are trusted; `NotProved` where it proves nothing."""
    trusted = [Key.parse(key) for key in keys]
    _members(bundle, "caseward_proof", "tree_head", "proves")
    if (form := _number(bundle, "caseward_proof")) != FORM:
        raise NotProved(f"it is a proof of form {form}; this release reads form {FORM}")
    head = tree_head(_text(bundle, "tree_head"), trusted)
    proves = bundle["proves"]
    if not isinstance(proves, Mapping) or len(proves) != 1:
        raise NotProved("it does not say what it proves")
    ((kind, proof),) = proves.items()
    if kind == "event":
        return ProvedEvent(head, _in_tree(head, proof))
    if kind == "consistency":
        return _consistency(head, proof, trusted)
    if kind == "decision":
        return _decision(head, proof)
    raise NotProved(f"this release does not know what a proof of `{kind}` is")


def tree_head(note: str, keys: Sequence[Key] | Iterable[str]) -> TreeHead:
    """A tree head that one of the keys signed, of the log whose key it is."""
    trusted = [key if isinstance(key, Key) else Key.parse(key) for key in keys]
    text, separator, lines = note.rpartition("\n\n")
    if not separator or not lines.endswith("\n"):
        raise NotProved("its tree head is no signed note")
    text += "\n"
    signer = _signer(text, lines, trusted)
    head = _head(text)
    if head.origin != signer.name:
        raise NotProved(f"its tree head is of `{head.origin}`, and the key is that of `{signer.name}`")
    return head


def _signer(text: str, lines: str, keys: Sequence[Key]) -> Key:
    for line in lines[:-1].split("\n"):
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "—":
            raise NotProved("its tree head is no signed note: a line is no signature")
        raw = _base64(encoded)
        for key in keys:
            if name == key.name and raw[:4] == key.id and _signed(key, raw[4:], text.encode()):
                return key
    raise NotProved("its tree head is not signed by a key that was given")


def _signed(key: Key, signature: bytes, text: bytes) -> bool:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    except ImportError as why:  # pragma: no cover
        raise ImportError("checking a proof takes Ed25519: pip install 'caseward[proofs]'") from why
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, text)
    except (InvalidSignature, ValueError):
        return False
    return True


def _head(text: str) -> TreeHead:
    lines = text.split("\n")
    if len(lines) != 6 or lines[5]:
        raise NotProved("its tree head says nothing: it has not five lines")
    origin, size, root, time, streams = lines[:5]
    found = re.fullmatch(r"streams (0|[1-9]\d*) (\S+)", streams)
    if not _ORIGIN.fullmatch(origin) or not re.fullmatch(r"0|[1-9]\d*", size) or not time.startswith("time ") or not found:
        raise NotProved("its tree head says nothing: a line is of another form")
    try:
        recorded = instant(time.removeprefix("time "))
    except ValueError as why:
        raise NotProved("its tree head says nothing: its time is none") from why
    return TreeHead(origin, int(size), _hash(root), recorded, int(found[1]), _hash(found[2]))


def _in_tree(head: TreeHead, log: Any) -> list[Envelope]:
    """The events of a bundle, once they are found to be those of the tree."""
    _members(log, "events", "nodes")
    leaves, found = [], []
    for one in _list(log, "events"):
        _members(one, "position", "bytes")
        position, stored = _number(one, "position"), _base64(one["bytes"])
        decoded = envelope(stored)
        if decoded.position != position:
            raise NotProved(f"event {position} is not one as it is stored")
        leaves.append((position - 1, _leaf(stored)))
        found.append(decoded)
    if not _is_root(head.size, leaves, _list(log, "nodes"), head.root):
        raise NotProved("its events are not in the log of which the tree head was signed: one was changed, or its place")
    return found


def _consistency(head: TreeHead, proof: Any, keys: Sequence[Key]) -> ProvedConsistency:
    _members(proof, "older", "kept", "nodes")
    older = tree_head(_text(proof, "older"), keys)
    kept, nodes = [_hash(one) for one in _list(proof, "kept")], [_hash(one) for one in _list(proof, "nodes")]
    if older.size == 0 or older.size > head.size or len(kept) != older.size.bit_count():
        raise NotProved("the log of the newer tree head does not extend that of the older one")
    root = kept[-1]
    for left in reversed(kept[:-1]):
        root = _node(left, root)
    grown = _Taking(kept, nodes).grown(0, head.size, older.size)
    if (root, grown) != (older.root, head.root):
        raise NotProved("the log of the newer tree head does not extend that of the older one")
    return ProvedConsistency(head, older)


def _decision(head: TreeHead, proof: Any) -> ProvedDecision:
    _members(proof, "question", "answer", "log", "streams", "stream_nodes")
    question, answer = proof["question"], proof["answer"]
    if not isinstance(question, Mapping) or not isinstance(answer, Mapping):
        raise NotProved("it is not a Caseward proof: a question and an answer are objects")
    if _number(question, "position") > head.size:
        raise NotProved("it asks as of a position above its tree head")
    events = _in_tree(head, proof["log"])
    leaves, names = [], []
    for one in _list(proof, "streams"):
        _members(one, "index", "name", "version", maybe=("named",))
        leaves.append((_number(one, "index"), _leaf(_stream(one))))
        names.append(_text(one, "name").encode())
    in_order = all(one < other for one, other in pairwise(names))
    shown = bool(leaves) or head.streams == 0
    if not in_order or not shown or not _is_root(head.streams, leaves, _list(proof, "stream_nodes"), head.streams_root):
        raise NotProved("its streams are not those of the log of which the tree head was signed")
    streams = {one["name"]: one["version"] for one in proof["streams"]}
    return ProvedDecision(head, events, question, answer, streams)


def _stream(leaf: Mapping[str, Any]) -> bytes:
    name, version = _text(leaf, "name").encode(), _number(leaf, "version")
    named = [_number({"named": one}, "named") for one in (_list(leaf, "named") if "named" in leaf else [])]
    if len(name) >= 1 << 16:
        raise NotProved("it is not a Caseward proof: the name of a stream is too long")
    numbers = [version.to_bytes(8, "little"), len(named).to_bytes(4, "little"), *(one.to_bytes(8, "little") for one in named)]
    return len(name).to_bytes(2, "little") + name + b"".join(numbers)


def _is_root(size: int, leaves: list[tuple[int, bytes]], nodes: Sequence[str], root: bytes) -> bool:
    """Whether these leaves, with the hashes beside them, make the root. Without a leaf there may be no hash either."""
    beside = [_hash(one) for one in nodes]
    if not leaves:
        return not beside and (size > 0 or root == _EMPTY)
    indices = [index for index, _ in leaves]
    if any(one >= other for one, other in pairwise(indices)) or indices[0] < 0 or indices[-1] >= size:
        return False
    made = _Taking([], beside).root(0, size, leaves)
    return made == root


class _Taking:
    """Goes over a tree and takes the next hash for each part that is not there; nothing may be left over."""

    def __init__(self, kept: Sequence[bytes], nodes: Sequence[bytes]) -> None:
        self._kept, self._nodes = list(reversed(kept)), list(reversed(nodes))

    def root(self, start: int, length: int, leaves: list[tuple[int, bytes]]) -> bytes:
        """The root of a tree of which these leaves are known."""
        return self._whole(self._part(start, length, leaves))

    def grown(self, start: int, length: int, old: int) -> bytes:
        """The root of a tree that grew out of one of `old` leaves."""
        return self._whole(self._grown(start, length, old))

    def _whole(self, root: bytes) -> bytes:
        if self._kept or self._nodes:
            raise NotProved("it has more hashes than it needs")
        return root

    @staticmethod
    def _next(from_: list[bytes]) -> bytes:
        if not from_:
            raise NotProved("it lacks a hash")
        return from_.pop()

    def _part(self, start: int, length: int, leaves: list[tuple[int, bytes]]) -> bytes:
        if not leaves:
            return self._next(self._nodes)
        if length == 1:
            return leaves[0][1]
        left = _left_of(length)
        before = [one for one in leaves if one[0] < start + left]
        first = self._part(start, left, before)
        return _node(first, self._part(start + left, length - left, leaves[len(before) :]))

    def _grown(self, start: int, length: int, old: int) -> bytes:
        if start + length <= old and length.bit_count() == 1:
            return self._next(self._kept)
        if start >= old:
            return self._next(self._nodes)
        left = _left_of(length)
        first = self._grown(start, left, old)
        return _node(first, self._grown(start + left, length - left, old))


def _left_of(length: int) -> int:
    """The largest power of two below a length of at least two."""
    return 1 << ((length - 1).bit_length() - 1)


def _leaf(stored: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + stored).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def _base64(text: Any) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, TypeError, ValueError) as why:
        raise NotProved("it is not a Caseward proof: something is not base64") from why


def _hash(text: Any) -> bytes:
    found = _base64(text)
    if len(found) != 32:
        raise NotProved("it is not a Caseward proof: a hash has 32 bytes")
    return found


def _text(value: Mapping[str, Any], name: str) -> str:
    if not isinstance(found := value.get(name), str):
        raise NotProved(f"it is not a Caseward proof: `{name}` is no text")
    try:
        found.encode()
    except UnicodeEncodeError as why:
        raise NotProved(f"it is not a Caseward proof: `{name}` is no text") from why
    return found


def _number(value: Mapping[str, Any], name: str) -> int:
    found = value.get(name)
    if not isinstance(found, int) or isinstance(found, bool) or not 0 <= found < 1 << 64:
        raise NotProved(f"it is not a Caseward proof: `{name}` is no number")
    return found


def _list(value: Mapping[str, Any], name: str) -> list[Any]:
    if not isinstance(found := value.get(name), list):
        raise NotProved(f"it is not a Caseward proof: `{name}` is no list")
    return found


def _members(value: Any, *names: str, maybe: Sequence[str] = ()) -> None:
    """Unknown members are refused, as the program refuses them."""
    if not isinstance(value, Mapping) or set(value) - set(maybe) != set(names):
        raise NotProved(f"it is not a Caseward proof: something has not just the members {', '.join(names)}")
