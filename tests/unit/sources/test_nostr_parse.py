"""What Nostr's events become, by made-up events in the true shape and by any JSON at all."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import nostr_sdk
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.domain.post import Post, Span
from app.domain.text import POST, safe_rich, web_address
from app.errors import AccessError, BusyError, SourceError, UsageError
from app.sources.nostr.asking import read_cursor, spellings, write_cursor
from app.sources.nostr.codes import decode, encode
from app.sources.nostr.events import Event, as_event, parse_frame
from app.sources.nostr.memory import Memory
from app.sources.nostr.parse import (
    NOBODY,
    Profile,
    author_of,
    parse_profile,
    people_of,
    post_of,
    quoted_by,
    reposted_by,
)
from app.sources.nostr.relay import refusal, relay_address
from app.sources.nostr.verify import verify
from tests.fake_mastodon import START, TAG, Json
from tests.fake_nostr import NOW, note, npub, profile, pubkey, repost, sign

PAGES = "https://notes.example"
NOTE_ID = "ab" * 32
NOTE_CODE = encode("note", NOTE_ID)


def read(event: Json) -> Event:
    found = as_event(event)
    assert found is not None
    return found


def post(event: Json, quoted: Json | None = None, **people: Profile) -> Post:
    known = {pubkey(name): profile for name, profile in people.items()}
    inner = read(quoted) if quoted else None
    return post_of(read(event), known, inner, seen_at=START, pages=PAGES)


def known(name: str = "ada", **fields: Any) -> Profile:
    return parse_profile(read(profile(name, **fields)))


def marked(result: Post) -> list[tuple[str, str, str | None]]:
    """Kind, text and target of each span."""
    text = result.body.text
    return [(s.kind, text[s.start : s.end], s.href) for s in result.body.spans]


# --- notes ----------------------------------------------------------------------------------------


def test_a_note_becomes_a_post() -> None:
    made = sign(1, "Hello #PyFest26", [("t", "pyfest26"), ("client", "madeup")], at=NOW - 60)
    result = post(made, ada=known(picture="https://files.example/ada.png", bot=False))

    assert result.model_dump(exclude={"author", "counts"}) == {
        "key": f"nostr:{made['id']}",
        "network": "nostr",
        "url": f"{PAGES}/{encode('note', made['id'])}",
        "body": {
            "text": "Hello #PyFest26",
            "spans": ({"start": 6, "end": 15, "kind": "hashtag", "href": None},),
        },
        "hashtags": ("pyfest26",),
        "created_at": START - timedelta(seconds=60),
        "edited_at": None,
        "language": None,
        "warning": "",
        "sensitive": False,
        "visibility": "public",
        "media": (),
        "card": None,
        "poll": None,
        "quote": None,
        "is_reply": False,
        "bridged_from": None,
    }
    assert result.author.model_dump(include={"key", "handle", "name", "url", "avatar"}) == {
        "key": f"nostr:{pubkey()}",
        "handle": f"{npub()[:12]}…{npub()[-4:]}",
        "name": {"text": "Ada", "spans": ()},
        "url": f"{PAGES}/{npub()}",
        "avatar": "https://files.example/ada.png",
    }


def test_people_named_in_a_note_are_called_by_their_names_and_lead_to_their_pages() -> None:
    code = nostr_sdk.Nip19Profile(
        nostr_sdk.PublicKey.parse(pubkey("bob")), [nostr_sdk.RelayUrl.parse("wss://relay.example")]
    ).to_bech32()
    made = sign(1, f"With nostr:{npub('bob')} and nostr:{code}, and @{npub('cleo')}!")

    assert marked(post(made, bob=known("bob"))) == [
        ("mention", "@Bob", f"{PAGES}/{npub('bob')}"),
        ("mention", "@Bob", f"{PAGES}/{npub('bob')}"),
        ("mention", f"@{npub('cleo')[:12]}…{npub('cleo')[-4:]}", f"{PAGES}/{npub('cleo')}"),
    ]
    assert people_of(read(made)) == {pubkey("ada"), pubkey("bob"), pubkey("cleo")}


def test_a_code_with_a_wrong_checksum_is_only_text() -> None:
    wrong = npub()[:-1] + ("q" if npub()[-1] != "q" else "p")

    assert marked(post(sign(1, f"nostr:{wrong}"))) == []


def test_links_end_where_the_sentence_goes_on() -> None:
    made = sign(
        1, "See https://pyfest.example/a_(b), (https://pyfest.example/c). Nice: javascript:x"
    )

    assert marked(post(made)) == [
        ("link", "https://pyfest.example/a_(b)", "https://pyfest.example/a_(b)"),
        ("link", "https://pyfest.example/c", "https://pyfest.example/c"),
    ]


def test_custom_emoji_are_pictures_where_their_address_is_safe() -> None:
    tags = [
        ("emoji", "py", "https://files.example/py.png"),
        ("emoji", "bad", "javascript:alert(1)"),
    ]

    assert marked(post(sign(1, ":py: :bad: :none:", tags))) == [
        ("emoji", ":py:", "https://files.example/py.png")
    ]


def test_media_are_described_by_their_tags_or_by_the_ends_of_their_addresses() -> None:
    imeta = (
        "imeta",
        "url https://files.example/1",
        "m image/jpeg",
        "dim 1600x900",
        "alt Ada on stage",
        "blurhash UEHV6nWB2yk8pyo0adR*",
        "x " + "0" * 64,
    )
    text = "Look https://files.example/1 and https://files.example/2.MP4 and https://a.example/"
    result = post(sign(1, text, [imeta, ("imeta", "url ftp://files.example/3.jpg")]))

    assert [m.model_dump(exclude_defaults=True) for m in result.media] == [
        {
            "kind": "image",
            "url": "https://files.example/1",
            "alt": "Ada on stage",
            "width": 1600,
            "height": 900,
            "blurhash": "UEHV6nWB2yk8pyo0adR*",
        },
        {"kind": "video", "url": "https://files.example/2.MP4"},
    ]
    assert result.body.text == "Look  and  and https://a.example/", "what is shown is not written"


def test_a_warning_comes_with_its_reason_or_without() -> None:
    reason = post(sign(1, "x", [("content-warning", "flashing lights")]))
    none = post(sign(1, "x", [("content-warning",)]))

    assert (reason.warning, reason.sensitive) == ("flashing lights", True)
    assert (none.warning, none.sensitive) == ("", True)


@pytest.mark.parametrize(
    ("kind", "tags", "reply"),
    [
        (1, [("e", NOTE_ID, "", "reply")], True),
        (1, [("e", NOTE_ID, "", "root")], True),
        (1, [("e", NOTE_ID)], True),
        (1, [("e", NOTE_ID, "", "mention")], False),
        (1, [("q", NOTE_ID)], False),
        (1111, [], True),
    ],
)
def test_what_answers_something_is_a_reply(
    kind: int, tags: list[tuple[str, ...]], reply: bool
) -> None:
    assert post(sign(kind, "x", tags)).is_reply is reply


def test_a_quoted_note_is_shown_within_and_not_named_in_the_text() -> None:
    inner = note(1, by="bob")
    code = encode("note", inner["id"])
    result = post(sign(1, f"Yes! nostr:{code}", [("q", inner["id"])]), inner, bob=known("bob"))

    assert result.body.text == "Yes!"
    assert result.quote is not None
    assert result.quote.key == f"nostr:{inner['id']}"
    assert result.quote.author.name.text == "Bob"
    assert result.quote.body.text == f"Talk number 1 #{TAG}"


def test_a_note_that_was_not_found_is_named_by_a_link() -> None:
    made = sign(1, f"Yes! nostr:{NOTE_CODE}")

    assert quoted_by(read(made)) == NOTE_ID
    assert marked(post(made))[0][2] == f"{PAGES}/{NOTE_CODE}"


@pytest.mark.parametrize(
    ("inner", "profile"),
    [
        (note(1, by="bob"), known("bob", about="please #nowall")),
        (note(1, by="bob", tags=[("t", "NoWall")]), NOBODY),
        (note(1, by="bob", tags=[("content-warning", "")]), NOBODY),
    ],
)
def test_a_quoted_author_who_wants_no_wall_is_not_shown(inner: Json, profile: Profile) -> None:
    assert post(sign(1, "Yes!", [("q", inner["id"])]), inner, bob=profile).quote is None


def test_clocks_that_are_ahead_do_not_make_notes_of_tomorrow() -> None:
    assert post(note(1, at=NOW + 3600)).created_at == START


def test_language_and_the_original_of_a_bridged_note_are_read() -> None:
    tags = [
        ("L", "ISO-639-1"),
        ("l", "de", "ISO-639-1"),
        ("proxy", "https://fedi.example/1", "activitypub"),
    ]
    result = post(sign(1, "Hallo", tags))

    assert (result.language, result.bridged_from) == ("de", "https://fedi.example/1")
    assert post(sign(1, "x", [("proxy", "javascript:x", "web")])).bridged_from is None


def test_a_picture_post_has_its_title_first() -> None:
    assert post(sign(20, "On stage", [("title", "Day one")])).body.text == "Day one\n\nOn stage"


def test_a_repost_names_what_it_passes_on() -> None:
    inner = note(1)

    assert reposted_by(read(repost(inner))) == inner["id"]
    assert reposted_by(read(inner)) == ""
    assert reposted_by(read(sign(6, "", [("e", "nonsense")]))) == ""


# --- people ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "name", "picture", "bot", "opted_out"),
    [
        ('{"name":"ada","display_name":"Ada L."}', "Ada L.", None, False, False),
        ('{"name":"ada","display_name":"  "}', "ada", None, False, False),
        ('{"picture":"javascript:x","bot":true,"about":"I am #nobot."}', "", None, True, True),
        ('{"picture":"https://a.example/a.png","bot":"yes"}', "", "https://a.example/a.png", False, False),
        ("[1]", "", None, False, False),
        ("nonsense", "", None, False, False),
    ],
)  # fmt: skip
def test_a_profile_is_read_as_far_as_it_makes_sense(
    content: str, name: str, picture: str | None, bot: bool, opted_out: bool
) -> None:
    found = parse_profile(read(sign(0, content)))

    assert (found.name.text, found.picture) == (name, picture)
    assert (found.bot, found.opted_out) == (bot, opted_out)


def test_a_name_that_anybody_may_claim_is_no_handle() -> None:
    claim = known(nip05="director@pyfest.example", name="director@pyfest.example")

    assert author_of(pubkey(), claim, PAGES).handle.startswith("npub1")


# --- codes, signatures, frames --------------------------------------------------------------------


@settings(max_examples=30)
@given(st.binary(min_size=32, max_size=32))
def test_codes_are_those_of_the_library(raw: bytes) -> None:
    code = encode("note", raw.hex())

    assert code == nostr_sdk.EventId.from_bytes(raw).to_bech32()
    assert decode(code) == ("note", raw.hex())


def test_a_code_of_the_standard_is_read() -> None:
    """NIP-19 gives this nprofile."""
    code = (
        "nprofile1qqsrhuxx8l9ex335q7he0f09aej04zpazpl0ne2cgukyawd24mayt8gpp4mhxue69uhhytnc9e3k7mgpz4mhx"
        "ue69uhkg6nzv9ejuumpv34kytnrdaksjlyr9p"
    )
    named = decode(code)

    assert named is not None
    assert named.hex == "3bf0c63fcb93463407af97a5e5ee64fa883d107ef9e558472c4eb9aaaefa459d"


@settings(max_examples=40)
@given(st.text() | st.from_regex(r"(npub|note|nprofile|nevent|naddr)1[02-9ac-hj-np-z]{0,90}"))
def test_no_code_is_too_strange(code: str) -> None:
    decode(code)


def test_what_was_changed_after_signing_is_not_genuine() -> None:
    good = note(1)
    forged = [
        good | {"content": "Buy this"},
        good | {"pubkey": pubkey("bob")},
        good | {"created_at": good["created_at"] + 1},
        good | {"tags": [*good["tags"], ["t", "more"]]},
        good | {"sig": note(2)["sig"]},
        note(2) | {"id": good["id"]},
    ]

    assert verify(read(good).raw)
    assert not any(verify(read(one).raw) for one in forged)


def test_what_text_can_hold_is_signed_as_it_is() -> None:
    """Escapes are where hashes of JSON go wrong (NIP-01 names those that count)."""
    assert verify(read(sign(1, 'ü 🎉 \u2028 \x7f "quoted" \\ / \n\r\t\b\f \x01')).raw)


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ('["EOSE","a"]', "eose"),
        ('["CLOSED","a","auth-required: who are you?"]', "closed"),
        ('["CLOSED","a"]', "closed"),
        ('["NOTICE","be nice"]', "notice"),
        ('["AUTH","challenge"]', "auth"),
        ('["OK","a",true,""]', None),
        ('["EVENT","a",{}]', None),
        ("{}", None),
        ("[]", None),
        ("[1,2]", None),
        ("nonsense", None),
    ],
)  # fmt: skip
def test_a_relays_messages_are_told_apart(raw: str, kind: str | None) -> None:
    frame = parse_frame(raw)

    assert (frame.kind if frame else None) == kind


@pytest.mark.parametrize(
    ("word", "kind", "sentence"),
    [
        ("auth-required: we know our people", AccessError, "a.example wants a login: Hallway has none. Name another relay."),
        ("restricted: pay first", AccessError, "a.example refuses: pay first"),
        ("rate-limited: slow down", BusyError, "a.example asks to wait."),
        ("error: disk full", SourceError, "a.example refuses: error: disk full"),
        ("", SourceError, "a.example refuses without a word."),
    ],
)  # fmt: skip
def test_a_relay_that_closes_a_question_is_understood(
    word: str, kind: type[SourceError], sentence: str
) -> None:
    error = refusal("a.example", word)

    assert type(error) is kind
    assert str(error) == sentence


def test_relays_are_named_as_people_type_them() -> None:
    assert relay_address(" relay.example/ ") == "wss://relay.example"
    assert relay_address("ws://127.0.0.1:7777") == "ws://127.0.0.1:7777"
    for wrong in ("https://relay.example", "", "wss://a b", "wss://u@relay.example", "wss://[x"):
        with pytest.raises(UsageError):
            relay_address(wrong)


def test_hashtags_are_asked_for_as_people_write_them() -> None:
    assert set(spellings(["PyFest26", "#Café"])) >= {
        "pyfest26",
        "PyFest26",
        "PYFEST26",
        "café",
        "cafe",
        "Café",
    }


@pytest.mark.parametrize("cursor", [None, "", "nonsense", "[]", '{"a":"b"}', '{"a":-1}'])
def test_a_cursor_of_nonsense_is_none(cursor: str | None) -> None:
    assert read_cursor(cursor) == {}


def test_a_cursor_is_read_as_it_was_written() -> None:
    places = {"wss://a.example": NOW, "wss://b.example": 1}

    assert read_cursor(write_cursor(places)) == places


# --- anything at all ------------------------------------------------------------------------------

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_hex = st.sampled_from([NOTE_ID, "cd" * 32, "CD" * 32, "short", ""])
_words = st.sampled_from(
    ["nostr:", npub(), NOTE_CODE, "#", "pyfest26", "https://a.example/x.jpg", ":py:", "\u202e", "@"]
)
_content = st.lists(st.text(max_size=12) | _words, max_size=8).map("".join)
_names = st.sampled_from(
    ["t", "e", "q", "p", "emoji", "imeta", "content-warning", "expiration", "proxy", "l", "title"]
)
_value = st.text(max_size=20) | _hex | st.sampled_from(["url https://a.example/1.png", "dim 0x9"])
_tag = st.builds(lambda name, rest: [name, *rest], _names, st.lists(_value, max_size=4))
_event = st.fixed_dictionaries(
    {
        "id": st.just(NOTE_ID) | _json,
        "pubkey": st.just("cd" * 32) | _json,
        "created_at": st.integers(0, 2**34) | _json,
        "kind": st.sampled_from([0, 1, 5, 6, 16, 20, 62, 1111]) | _json,
        "tags": st.lists(_tag, max_size=6) | _json,
        "content": _content | st.builds(json.dumps, _json),
        "sig": st.just("0" * 128),
    }
)


@settings(max_examples=80)
@given(_event | _json)
def test_no_event_is_too_strange_and_no_text_unsafe(value: object) -> None:
    event = as_event(value)
    if event is None:
        return
    now = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    people = {event.pubkey: parse_profile(event)}
    result = post_of(event, people, event, seen_at=now)

    assert result.created_at <= now
    assert safe_rich(result.body, POST) == result.body
    assert all(web_address(s.href) for s in result.body.spans if s.href)
    assert _apart(result.body.spans, len(result.body.text))
    assert all(web_address(one.url) for one in result.media)
    memory = Memory(["pyfest26"], ["a"])
    memory.hold([NOTE_ID])
    memory.hear(event, int(now.timestamp()))
    memory.hear(event, int(now.timestamp()))


def _dumped(value: object) -> bytes:
    return json.dumps(value).encode()


@settings(max_examples=40)
@given(
    st.binary(max_size=60) | _json.map(_dumped) | _event.map(lambda e: _dumped(["EVENT", "a", e]))
)
def test_no_message_is_too_strange(raw: bytes) -> None:
    parse_frame(raw)


def _apart(spans: tuple[Span, ...], length: int) -> bool:
    edges = [edge for span in spans for edge in (span.start, span.end)]
    return edges == sorted(edges) and all(0 <= edge <= length for edge in edges)
