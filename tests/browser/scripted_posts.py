"""Made-up people and posts in many scripts, in the shape of docs/protocol.md."""

from datetime import UTC, datetime, timedelta
from typing import Any

TAG = "#PyFest26"
PEOPLE = [
    ("Ada Example", "ada@fedi.example"),
    ("سارة الحسن", "sara@social.example"),
    ("佐藤 健", "ken@mstdn.example"),
    ("Zoë van der Berg", "zoe@toot.example"),
    ("प्रिया शर्मा", "priya@fedi.example"),
    (
        "Samuel “Sam” Featherstonehaugh-Cholmondeley of Somewhere",
        "sam@a-very-long-server-name.example",
    ),
    ("Bo 🐍", "bo@other.example"),
]
TEXTS = [
    (
        "en",
        f"The keynote just said the quiet part out loud: most outages are configuration, not code. {TAG}",
    ),
    ("ar", f"محاضرة رائعة عن البرمجيات الحرة في التعليم. شكراً للمنظمين على الترجمة الفورية! {TAG}"),
    ("ja", f"会場のWi-Fiが安定していて感動しています。運営の皆さん、ありがとうございます！{TAG}"),
    (
        "de",
        f"Großartiger Vortrag über Barrierefreiheit: Donaudampfschifffahrtsgesellschaftskapitänsmütze! {TAG}",
    ),
    ("hi", f"मुक्त सॉफ़्टवेयर पर शानदार व्याख्यान, धन्यवाद! {TAG}"),
    (
        "en",
        f"Hot take from the hallway track: documentation is the only feature your users read twice. "
        f"We ran a small survey in the coffee queue this morning and found that the median speaker "
        f"needs four minutes to connect, the fastest needs eleven seconds, and the slowest is, I am "
        f"told, still connecting.\n\nSlides: https://talks.example/a/really/long/address/that/keeps/"
        f"going?until=the-edge&of=the-card {TAG} #docs",
    ),
    ("en", f"👏👏👏 {TAG}"),
    ("he", f"הרצאה נהדרת על נגישות, תודה למארגנים {TAG}"),
]


def spans(text: str) -> list[dict[str, Any]]:
    found = []
    for word in (TAG, "#docs"):
        at = text.find(word)
        if at >= 0:
            href = f"https://fedi.example/tags/{word[1:]}"
            found.append({"start": at, "end": at + len(word), "kind": "hashtag", "href": href})
    at = text.find("https://")
    if at >= 0:
        end = min(i for i in (text.find(" ", at), len(text)) if i > 0)
        found.append({"start": at, "end": end, "kind": "link", "href": text[at:end]})
    return sorted(found, key=lambda span: span["start"])


def post(no: int, **changes: Any) -> dict[str, Any]:
    """Post number `no`: person, text, picture and counts follow from the number, unless given."""
    name, handle = PEOPLE[no % len(PEOPLE)]
    language, text = TEXTS[no % len(TEXTS)]
    text = changes.pop("text", text)
    made = datetime(2026, 11, 21, 9, 30, tzinfo=UTC) + timedelta(minutes=no)
    author = {"handle": handle, "name": {"text": name, "spans": []}, "bot": False}
    host = handle.partition("@")[2]
    item = {
        "id": f"p{no}",
        "kind": "post",
        "seq": 0,
        "no": no,
        "network": "mastodon",
        "url": f"https://{host}/@{handle.partition('@')[0]}/{no}",
        "author": {**author, "url": f"https://{host}/@{handle.partition('@')[0]}", "avatar": None},
        "text": text,
        "spans": spans(text),
        "hashtags": ["pyfest26"],
        "created_at": made.isoformat().replace("+00:00", "Z"),
        "edited_at": None,
        "language": language,
        "warning": "",
        "sensitive": False,
        "media": [picture(no)] if no % 5 == 3 else [],
        "card": None,
        "poll": None,
        "quote": None,
        "is_reply": False,
        "counts": {"reposts": no % 4, "likes": no % 7, "replies": no % 3, "quotes": 0},
        "passed_on": passed_on(no % 4 + 3 if no % 3 == 0 else 0),
        "pinned": False,
        "status": "approved",
        "rule": "",
    }
    return {**item, **changes}


def picture(no: int) -> dict[str, Any]:
    width, height = (900, 1200) if no % 2 else (1600, 900)
    return {
        "kind": "image",
        "src": f"/media/{width}x{height}-{no * 37 % 360}",
        "alt": "A circle on a plain ground, drawn for the test",
        "width": width,
        "height": height,
        "focus": None,
        "blurhash": None,
    }


def passed_on(count: int) -> dict[str, Any]:
    by = [
        {"name": {"text": name, "spans": []}, "handle": handle}
        for name, handle in PEOPLE[: min(count, 3)]
    ]
    return {"count": count, "by": by}


def wall_item(**changes: Any) -> dict[str, Any]:
    return {
        "id": "wall",
        "kind": "wall",
        "seq": 0,
        "slug": "pyfest",
        "title": "PyFest 26",
        "hashtags": ["PyFest26", "pyfest"],
        "join_url": "https://hallway.example/live/pyfest",
        "place": "Rotterdam",
        **changes,
    }


def session_item(starts_in_min: int = -20, **changes: Any) -> dict[str, Any]:
    start = datetime.now(UTC) + timedelta(minutes=starts_in_min)
    return {
        "id": f"s{starts_in_min}",
        "kind": "session",
        "seq": 0,
        "title": "Postgres at the edge: what we got wrong",
        "room": "Room 2",
        "speakers": ["Amara Okafor"],
        "starts_at": start.isoformat(),
        "ends_at": (start + timedelta(minutes=45)).isoformat(),
        **changes,
    }
