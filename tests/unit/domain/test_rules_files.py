"""Rules that are checked, and rules as files."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.rules import Kind, Rule, check_rule, default_rules, from_file, to_file
from app.errors import InvalidError, UsageError
from app.wordlists import load_words, read_words


@pytest.mark.parametrize(
    ("kind", "values", "most", "field"),
    [
        ("word", (), None, "values"),
        ("word", ("  ",), None, "values"),
        ("word", ("x",), None, "values"),
        ("word", ("*",), None, "values"),
        ("word", ("ab*",), None, "values"),
        ("word", ("a*b",), None, "values"),
        ("word", ("!?",), None, "values"),
        ("word", ("w" * 201,), None, "values"),
        ("domain", ("evil",), None, "values"),
        ("domain", ("https://evil.example",), None, "values"),
        ("author", ("not a handle",), None, "values"),
        ("network", ("Mastodon!",), None, "values"),
        ("language", ("english",), None, "values"),
        ("pace", (), -1, "most"),
        ("pace", (), 0, "most"),
        ("copies", (), float("nan"), "most"),
        ("hashtags", (), float("inf"), "most"),
        ("age", (), 0, "most"),
        ("media", (), 3, "most"),
    ],
)
def test_a_rule_that_cannot_work_is_refused_at_the_right_field(
    kind: Kind, values: tuple[str, ...], most: float | None, field: str
) -> None:
    with pytest.raises(InvalidError) as caught:
        check_rule(Rule(id="r", kind=kind, values=values, most=most))
    assert caught.value.field == field


def test_ids_and_notes_are_checked_and_an_allow_list_hides_nobody() -> None:
    for wrong, field in (
        (Rule(id="", kind="media"), "id"),
        (Rule(id="a b", kind="media"), "id"),
        (Rule(id="a", kind="media", note="n" * 201), "note"),
        (Rule(id="a", kind="allow", values=("ada@fedi.example",), action="hide"), "action"),
    ):
        with pytest.raises(InvalidError) as caught:
            check_rule(wrong)
        assert caught.value.field == field


def test_the_rules_of_a_new_wall_are_sound_hide_nothing_and_have_their_own_ids() -> None:
    rules = default_rules()
    for rule in rules:
        check_rule(rule)
    assert {rule.action for rule in rules} == {"hold"}
    assert len({rule.id for rule in rules}) == len(rules) >= 20


def test_a_wall_may_leave_languages_out() -> None:
    ids = {rule.id for rule in default_rules(load_words(languages_=["en", "de"]))}
    assert {i for i in ids if i.startswith("words-")} == {"words-en", "words-de"}
    with pytest.raises(UsageError, match="no list of words for “xx”"):
        load_words(languages_=["xx"])


def test_a_file_of_words_has_comments_and_repeats(tmp_path: Path) -> None:
    (tmp_path / "own.txt").write_text("# ours\ncrypto  # coins\n\ncrypto\nfree money\n", "utf-8")
    assert read_words(tmp_path / "own.txt") == ("crypto", "free money")
    with pytest.raises(UsageError, match="cannot be read"):
        read_words(tmp_path / "missing.txt")


def test_what_is_exported_is_imported_as_it_was() -> None:
    rules = [
        *default_rules(),
        Rule(id="d", kind="domain", action="hide", values=("evil.example",), on=False, note="No"),
    ]
    assert from_file(to_file(rules)) == rules


def test_a_list_of_words_becomes_one_rule_the_same_each_time() -> None:
    (rule,) = from_file("# ours\ncrypto\nfree money\n".encode("utf-8-sig"))
    assert (rule.kind, rule.action, rule.values) == ("word", "hold", ("crypto", "free money"))
    assert from_file(b"crypto\r\nfree money") == [rule]


def test_mastodons_list_of_blocked_servers_is_understood() -> None:
    held, hidden = from_file(
        b"#domain,#severity,#reject_media,#reject_reports,#public_comment,#obfuscate\n"
        b'evil.example,suspend,true,true,"spam, and worse",false\n'
        b"noisy.example,silence,false,false,,false\n"
        b"e**l.example,suspend,true,true,,true\n"
        b"fine.example,noop,false,false,,false\n"
    )
    assert (held.action, held.values) == ("hold", ("noisy.example",))
    assert (hidden.action, hidden.values) == ("hide", ("evil.example",))
    assert "1 without their names left out" in hidden.note


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "empty"),
        (b"\xff\xfe\x00", "no text file"),
        (b'{"hallway": "rules", "version": 1, "rules": [', "cut off"),
        (b'{"walls": []}', "holds no rules"),
        (b'{"hallway": "rules", "version": 2, "rules": []}', "version 2"),
        (b'{"hallway": "rules", "version": 1}', "no list of rules"),
        (b"#domain,#severity\nfine.example,noop\n", "names no server"),
    ],
)
def test_a_file_of_another_kind_is_told_in_plain_words(data: bytes, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        from_file(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"crypto\nx\n", "“x” is a single letter"),
        (b"#domain,#severity\nevil,suspend\n", "Line 2: “evil” is no server"),
        (b"#domain,#severity\nevil.example,bonk\n", "Line 2: there is no severity “bonk”"),
        (b'{"hallway":"rules","version":1,"rules":[{"id":"a","kind":"wrd"}]}', "Rule 1: there is no kind “wrd”"),
        (b'{"hallway":"rules","version":1,"rules":[{"id":"a"}]}', "Rule 1: it has no “kind”"),
        (b'{"hallway":"rules","version":1,"rules":[7]}', "Rule 1: it is no rule"),
        (b'{"hallway":"rules","version":1,"rules":[{"id":"a","kind":"media"},{"id":"a","kind":"bot"}]}', "Rule 2: the id “a” is taken"),
        (b'{"hallway":"rules","version":1,"rules":[{"id":"a","kind":"pace","most":-1}]}', "Rule 1: The number is 0 or more"),
    ],
)  # fmt: skip
def test_each_wrong_entry_is_named(data: bytes, said: str) -> None:
    with pytest.raises(InvalidError, match=said):
        from_file(data)


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode)))
@settings(max_examples=100)
def test_no_file_breaks_the_reader(data: bytes) -> None:
    try:
        rules = from_file(data)
    except (UsageError, InvalidError):
        return
    for rule in rules:
        check_rule(rule)
