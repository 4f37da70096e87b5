"""Rules as files: out as JSON, in as JSON, as a list of words, or as Mastodon's list of blocked servers."""

import csv
import hashlib
from collections.abc import Iterator, Sequence
from io import StringIO
from typing import Any, get_args

import orjson
from pydantic import ValidationError

from app.domain.rules.check import check_rule
from app.domain.rules.names import domain
from app.domain.rules.rule import Action, Kind, Rule
from app.errors import InvalidError, UsageError
from app.wordlists import entries_in

VERSION = 1
MOST_BYTES = 5_000_000
MOST_RULES = 2_000
_SHOWN = 5
"""Wrong entries that are named at once: more would not be read."""
_SEVERITIES: dict[str, Action] = {"silence": "hold", "limit": "hold", "suspend": "hide"}
"""Mastodon's and ours (docs.joinmastodon.org/admin/moderation): `noop` does nothing."""


def to_file(rules: Sequence[Rule]) -> bytes:
    """The rules as a JSON file that `from_file` reads back as they are."""
    told = {"hallway": "rules", "version": VERSION, "rules": [r.model_dump() for r in rules]}
    return orjson.dumps(told, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


def from_file(data: bytes) -> list[Rule]:
    """The rules in a file. UsageError when it is of no known kind, InvalidError that names each wrong entry."""
    if len(data) > MOST_BYTES:
        raise InvalidError("rules", f"The file is too large: at most {MOST_BYTES // 1_000_000} MB.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise UsageError(
            "This is no text file.", hint="Save it as plain text (UTF-8), one word a line."
        ) from None
    start = text.lstrip()
    if start.startswith(("{", "[")):
        return _from_json(start)
    if start.lower().startswith(("#domain,", "domain,")):
        return _from_csv(start)
    return _from_words(text)


def _from_json(text: str) -> list[Rule]:
    try:
        told = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UsageError(f"The file is cut off or damaged: {error}.") from None
    if not isinstance(told, dict) or told.get("hallway") != "rules":
        raise UsageError("This JSON file holds no rules.", hint="Take one that was exported here.")
    if told.get("version") != VERSION:
        raise UsageError(
            f"The file is of version {told.get('version')}; this Hallway reads version {VERSION}.",
            hint="Bring Hallway up to date.",
        )
    entries = told.get("rules")
    if not isinstance(entries, list):
        raise UsageError("The file has no list of rules.")
    if len(entries) > MOST_RULES:
        raise InvalidError("rules", f"At most {MOST_RULES:,} rules; the file has {len(entries):,}.")
    return _read(entries)


def _read(entries: Sequence[Any]) -> list[Rule]:
    found: dict[str, Rule] = {}
    wrong: list[str] = []
    for number, entry in enumerate(entries, 1):
        try:
            rule = Rule.model_validate(entry)
            check_rule(rule)
        except ValidationError as error:
            wrong.append(f"Rule {number}: {_plainly(error)}")
            continue
        except InvalidError as error:
            wrong.append(f"Rule {number}: {error.message}")
            continue
        if rule.id in found:
            wrong.append(f"Rule {number}: the id “{rule.id}” is taken by another rule.")
        found[rule.id] = rule
    _raise_if(wrong)
    return list(found.values())


def _plainly(error: ValidationError) -> str:
    """The first thing that is wrong, in words for people."""
    first = error.errors()[0]
    if not first["loc"]:
        return "it is no rule."
    where, given = first["loc"][0], first["input"]
    if first["type"] == "missing":
        return f"it has no “{where}”."
    if where == "kind":
        return f"there is no kind “{given}”. Kinds: {', '.join(get_args(Kind))}."
    if where == "action":
        return f"there is no action “{given}”. It is hold or hide."
    return f"“{where}” is not right."


def _from_words(text: str) -> list[Rule]:
    words = entries_in(text)
    if not words:
        raise UsageError("The file is empty.", hint="Write one word or phrase a line.")
    digest = hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]
    wrong = []
    for word in words:
        try:
            check_rule(Rule(id="word", kind="word", values=(word,)))
        except InvalidError as error:
            wrong.append(error.message)
    _raise_if(wrong)
    rule = Rule(id=f"list-{digest}", kind="word", values=words, note="From a list of words")
    check_rule(rule)
    return [rule]


def _from_csv(text: str) -> list[Rule]:
    """Two rules: servers that Mastodon limits hold, those that it suspends hide. The same file makes the same rules."""
    lists: dict[Action, list[str]] = {"hold": [], "hide": []}
    wrong: list[str] = []
    unnamed = 0
    for line, row in _rows(text):
        server, severity = domain(row.get("domain", "")), row.get("severity", "suspend").lower()
        if severity == "noop" or not server:
            continue
        if "*" in server:  # the list keeps the name to itself
            unnamed += 1
        elif severity not in _SEVERITIES:
            wrong.append(f"Line {line}: there is no severity “{severity}”.")
        elif problem := _no_server(server):
            wrong.append(f"Line {line}: {problem}")
        else:
            lists[_SEVERITIES[severity]].append(server)
    _raise_if(wrong)
    hidden = f"; {unnamed} without their names left out" if unnamed else ""
    rules = [
        Rule(
            id=f"servers-{action}",
            kind="domain",
            action=action,
            values=tuple(dict.fromkeys(servers)),
            note=f"From a list of blocked servers{hidden}",
        )
        for action, servers in lists.items()
        if servers
    ]
    if not rules:
        raise UsageError("The list names no server.")
    for rule in rules:
        check_rule(rule)
    return rules


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row by the names in the first one, without their #, and the number of its line."""
    rows = csv.reader(StringIO(text))
    names = [name.strip().removeprefix("#").lower() for name in next(rows)]
    for row in rows:
        yield rows.line_num, dict(zip(names, (cell.strip() for cell in row), strict=False))


def _no_server(server: str) -> str:
    try:
        check_rule(Rule(id="server", kind="domain", values=(server,)))
    except InvalidError as error:
        return error.message
    return ""


def _raise_if(wrong: Sequence[str]) -> None:
    if wrong:
        more = f" And {len(wrong) - _SHOWN} more." if len(wrong) > _SHOWN else ""
        raise InvalidError("rules", " ".join(wrong[:_SHOWN]) + more)
