"""The page for writing to the wall as HTML: a template and values, of which every one is escaped. Pure but for the files."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from string import Template

from app.actions.form import Written
from app.domain.submission import NAME, TEXT
from app.domain.wall import Form, Wall
from app.errors import HallwayError, InvalidError
from app.web.pages import static_folder

CONSENT = (
    "When a moderator agrees, your name, text and photo are shown on the wall and in the attendee view on the web, "
    "and kept with the event. You can take them back here at any time, with this browser. "
    "Send only photos of people who agree."
)
CONSENT_WITHOUT_PHOTO = (
    "When a moderator agrees, your name and text are shown on the wall and in the attendee view on the web, "
    "and kept with the event. You can take them back here at any time, with this browser."
)
STATES = {
    "pending": "Waits for a moderator",
    "approved": "On the wall",
    "hidden": "Not shown",
}
SENT = "Thank you! Your post waits for a moderator."
CHOOSE_AGAIN = "Choose the photo again: a browser forgets it."
INPUTS = ("name", "text", "alt", "photo")


@dataclass(frozen=True, slots=True)
class Draft:
    """What stands in the form: nothing, or what was typed and why it was not taken."""

    sent: bool = False
    typed: Mapping[str, str] = field(default_factory=dict)
    had_photo: bool = False
    error: HallwayError | None = None

    @classmethod
    def of(cls, fields: Mapping[str, bytes], error: HallwayError) -> "Draft":
        """A form that was not taken."""
        typed = {name: fields.get(name, b"").decode("utf-8", "replace") for name in INPUTS[:3]}
        return cls(typed=typed, had_photo=bool(fields.get("photo")), error=error)

    def problem(self, name: str) -> str:
        """What is wrong with one input; "form" for what is wrong with none of them."""
        at = self.error.field if isinstance(self.error, InvalidError) else "form"
        if self.error and name == (at if at in INPUTS else "form"):
            return str(self.error)
        return CHOOSE_AGAIN if self.had_photo and name == "photo" else ""


def say(wall: Wall, posts: Sequence[Written], draft: Draft) -> str:
    """The page of a wall that has a form, for a browser with these posts."""
    form = wall.form or Form()
    named = posts[0].name if posts else ""
    values = {
        "wall": wall.slug,
        "title": wall.title,
        "tag": f"#{(wall.written or wall.hashtags)[0]}",
        "send": secrets.token_urlsafe(18),
        "text_most": str(TEXT.graphemes),
        "name_most": str(NAME.graphemes),
        "consent": form.consent or (CONSENT if form.photos else CONSENT_WITHOUT_PHOTO),
        "news": SENT if draft.sent else "",
        "news_tone": "pending" if draft.sent else "",
        **{name: draft.typed.get(name, "") for name in ("text", "alt")},
        "name": draft.typed.get("name") or named,
        **{f"{name}_problem": draft.problem(name) for name in (*INPUTS, "form")},
        **{f"{name}_invalid": str(bool(draft.problem(name))).lower() for name in INPUTS},
    }
    markup = {
        "photo_hidden": "" if form.photos else " hidden",
        "photo_disabled": "" if form.photos else " disabled",
        "news_hidden": "" if draft.sent else " hidden",
        "own_hidden": "" if posts else " hidden",
        "privacy": _privacy(form.privacy_url),
        "own": "".join(_row(wall.slug, post) for post in posts),
        "own_row": _row(wall.slug, Written("", "pending")),
        "states": "".join(f' data-{state}="{escape(words)}"' for state, words in STATES.items()),
    }
    return _template("say.html").substitute({k: escape(v) for k, v in values.items()} | markup)


def note(error: HallwayError, href: str, way: str) -> str:
    """A page that says one thing, and where to go on."""
    said = {"message": error.message, "hint": error.hint, "href": href, "way": way}
    return _template("note.html").substitute({k: escape(v) for k, v in said.items()})


def _row(wall: str, post: Written) -> str:
    photo = "" if post.photo else " hidden"
    return (
        f'<li class="own__row" data-id="{post.id}" data-state="{post.state}">'
        f'<p class="own__text" dir="auto">{escape(post.text)}</p>'
        f'<p class="own__photo"{photo}>With a photo</p>'
        f'<p class="own__state">{escape(STATES.get(post.state, ""))}</p>'
        f'<form class="own__form" method="post" action="/say/{wall}/{post.id}/take-back">'
        '<button class="button" type="submit">Take back</button></form></li>'
    )


def _privacy(url: str) -> str:
    if not url:
        return ""
    return f' <a href="{escape(url)}" rel="noopener noreferrer">What happens with your data</a>'


@cache
def _template(name: str) -> Template:
    return Template((static_folder() / name).read_text(encoding="utf-8"))
