"""Settings: one table with name, type, default and help, read once, at the edge.

A flag on the command line goes before the environment (`HALLWAY_…`), which goes before `walls.toml`, which goes before the defaults.
"""

import os
import re
import socket
import tomllib
from collections.abc import Mapping
from ipaddress import ip_interface
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from app.domain.rules import Rule, check_rule, default_rules
from app.domain.text import fold_tag, valid_tag, web_address
from app.domain.wall import Form, Rules, Wall
from app.errors import InvalidError, UsageError
from app.programme.talks import zone_named
from app.wordlists import languages, load_words, read_words

OPEN_SERVERS = (
    "https://mastodon.social",
    "https://fosstodon.org",
    "https://hachyderm.io",
    "https://mstdn.social",
    "https://chaos.social",
)
"""Servers followed when none is named. Each sees another part of the network (networks.md 1.8: ask 2–5)."""


KINDS = ("mastodon", "bluesky", "feed", "x", "nostr", "replay")


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class MastodonSettings(_Part):
    """A Mastodon server, or one that speaks its language."""

    kind: Literal["mastodon"]
    server: str
    """Its address; `https://` may be left out. A server on this machine is fine: `http://127.0.0.1:3000`."""
    token_file: Path | None = None
    """A file with an access token (scope read:statuses): for servers that want one, and for streaming."""
    poll_interval_s: float = Field(default=12.0, ge=1)
    """Seconds between looks at the hashtag. Servers cache, so less than 10 brings nothing."""

    @field_validator("server")
    @classmethod
    def _address(cls, value: str) -> str:
        address = value if "://" in value else f"https://{value}"
        if not address.startswith(("https://", "http://")) or len(address.split("://")[1]) < 1:
            raise ValueError(f"{value} is no server address; it looks like https://mastodon.social")
        return address.rstrip("/")

    def token(self) -> str | None:
        """The token in the file. UsageError when the file cannot be read."""
        if self.token_file is None:
            return None
        return _read(self.token_file).strip()


class ReplaySettings(_Part):
    """A recorded event, played again."""

    kind: Literal["replay"]
    file: Path
    speed: float = Field(default=1.0, gt=0)
    """1 plays as recorded, 10 ten times as fast, inf all at once."""


class BlueskySettings(_Part):
    """Bluesky. It needs no account; with one, a search fills the wall at the start and after a gap."""

    kind: Literal["bluesky"]
    jetstream: tuple[str, ...] = ()
    """Hosts of the stream, tried in order; the public ones when left out."""
    appview: tuple[str, ...] = ()
    """Hosts that are asked for posts and profiles, tried in order; the public ones when left out."""
    handle: str = ""
    """An account's handle, for searches only."""
    password_file: Path | None = None
    """A file with an app password of that account."""
    replay_h: float = Field(default=6.0, ge=0, le=36)
    """Hours of the stream that are read again after a stop, at most."""
    compressed: bool = False
    """Take the stream compressed: a third of the traffic for more work. Needs the extra `zstd` before Python 3.14."""

    def password(self) -> str | None:
        """The app password in the file. UsageError when the file cannot be read."""
        return None if self.password_file is None else _read(self.password_file).strip()


class FeedSettings(_Part):
    """A feed: RSS, Atom or JSON Feed."""

    kind: Literal["feed"]
    address: str
    """Its address; `https://` may be left out."""
    all_entries: bool = False
    """Take every entry, also those that name no hashtag: for the event's own blog, planet or podcast."""
    poll_interval_s: float = Field(default=300.0, ge=60)
    """Seconds between looks; a feed may ask for longer."""


class XSettings(_Part):
    """X. Every post that is read costs money: there is no default for what a day may cost."""

    kind: Literal["x"]
    token_file: Path
    """A file with the app's bearer token."""
    daily_budget: int = Field(ge=280)
    """Posts a day that may be paid for; a profile counts as two."""
    monthly_budget: int = Field(default=3_000_000, ge=280)
    """The same for a month."""
    poll_interval_s: float = Field(default=60.0, ge=10)
    """Seconds between searches."""
    sweep_interval_s: float = Field(default=300.0, ge=60, le=86_400)
    """Seconds between looks whether posts on display are still there."""
    stream: bool = False
    """Open the filtered stream; for one wall of an app only."""
    dialect: Literal["tweet", "post"] = "tweet"
    """Which of X's two sets of field names is tried first."""
    country: str = Field(default="", pattern="^([A-Z]{2})?$")
    """Where the wall stands (`DE`): posts may be withheld there. When left out, a post withheld anywhere is not shown."""
    server: str = "https://api.x.com"
    """The address to ask; another one for tests."""

    def token(self) -> str:
        """The token in the file. UsageError when the file cannot be read."""
        return _read(self.token_file).strip()


class NostrSettings(_Part):
    """Nostr, read from relays. It needs no account."""

    kind: Literal["nostr"]
    relays: tuple[str, ...] = Field(default=(), max_length=10)
    """Addresses of relays, two to five of them; `wss://` may be left out. Four large open ones when left out."""
    pages: str = "https://njump.me"
    """Where links to notes and people lead, for people without a Nostr program."""
    back_h: float = Field(default=24.0, ge=1, le=720)
    """Hours that are read back at the first start."""

    @field_validator("pages")
    @classmethod
    def _linkable(cls, value: str) -> str:
        if web_address(value) is None:
            raise ValueError(f"{value} is no web address; it looks like https://njump.me")
        return value.rstrip("/")


Network = MastodonSettings | BlueskySettings | FeedSettings | XSettings | NostrSettings
"""The sources that are somewhere else."""
AnySource = Network | ReplaySettings
SourceSettings = Annotated[AnySource, Field(discriminator="kind")]


class RulesSettings(Rules):
    """The rules as they are set: a name that is mistyped must not pass for one that is left out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class WallSettings(_Part):
    """One wall."""

    slug: str = Field(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$")
    """Its name in addresses: small letters, digits and hyphens."""
    title: str = ""
    """The event's name as people know it; the hashtag when left out."""
    hashtags: tuple[str, ...] = Field(min_length=1)
    """With or without #; the first is shown on the wall."""
    place: str = ""
    programme: str = ""
    """Its schedule, followed while it changes: the address or file of a schedule.json (frab, pretalx), a calendar (.ics) or a table (.csv)."""
    timezone: str = ""
    """Of times in the programme that name none, like `Europe/Berlin`; the schedule's own when left out."""
    source: tuple[SourceSettings, ...] = ()
    """Where to look; the well-known open Mastodon servers when left out."""
    mode: Literal["hybrid", "review", "open"] = "hybrid"
    """Who needs a look first: `hybrid`, first posts and first pictures of people; `review`, everything; `open`, only whose words a rule holds. The desk switches it."""
    alarm: int = Field(default=60, ge=0)
    """So many posts within a minute by people who are new here, and everything waits by itself; 0 for never."""
    scale: float = Field(default=1.0, ge=0.4, le=1.6)
    """The size of the type on the screens; 1 is read from 20 m on a picture 4 m high."""
    rules: RulesSettings = RulesSettings()
    word_lists: tuple[str, ...] | None = None
    """The shipped lists of words whose posts wait, by language; all when left out. The desk changes them later."""
    words_file: Path | None = None
    """The organiser's own list, one word or phrase a line."""
    form: bool = True
    """People without an account may write to the wall on a page of its own; every such post waits for a moderator."""
    form_photos: bool = True
    """They may send a photo along."""
    form_consent: str = Field(default="", max_length=1000)
    """What they agree to when they send; a text in plain words when left out."""
    privacy_url: str = ""
    """Where the event says what it does with such posts; linked beside that text."""

    @field_validator("word_lists")
    @classmethod
    def _shipped(cls, values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        there = languages()
        for value in values or ():
            if value not in there:
                raise ValueError(
                    f"there is no list of words for “{value}”; there are {', '.join(there)}"
                )
        return values

    @field_validator("privacy_url")
    @classmethod
    def _linkable(cls, value: str) -> str:
        if value and web_address(value) is None:
            raise ValueError(
                f"{value} is no web address; it looks like https://pyfest.example/privacy"
            )
        return value

    @field_validator("programme")
    @classmethod
    def _readable(cls, value: str) -> str:
        value = value.strip().replace("webcal://", "https://", 1)
        if "://" in value and web_address(value) is None:
            raise ValueError(
                f"{value} is no address of a schedule; it looks like https://talks.pyfest.example/schedule.json"
            )
        return value

    @field_validator("timezone")
    @classmethod
    def _zone(cls, value: str) -> str:
        if value and zone_named(value) is None:
            raise ValueError(f"“{value}” is no time zone; it looks like Europe/Berlin")
        return value

    @field_validator("hashtags")
    @classmethod
    def _tags(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            if not valid_tag(value.removeprefix("#")):
                raise ValueError(
                    f"“{value}” is no hashtag; use letters, digits and _ only, like pyfest26"
                )
        return tuple(value.removeprefix("#") for value in values)

    def sources(self) -> tuple[AnySource, ...]:
        """The sources named, or the open servers."""
        return self.source or tuple(
            MastodonSettings(kind="mastodon", server=s) for s in OPEN_SERVERS
        )

    def first_rules(self) -> tuple[Rule, ...]:
        """The rules that the wall begins with: words only, where everything is shown at once.

        UsageError when the organiser's own list cannot be used.
        """
        rules = (*default_rules(load_words(languages_=self.word_lists)), *self._own_words())
        return tuple(r for r in rules if r.kind == "word") if self.mode == "open" else rules

    def _own_words(self) -> tuple[Rule, ...]:
        if self.words_file is None:
            return ()
        words = read_words(self.words_file)
        rule = Rule(id="words-own", kind="word", values=words, note="The organiser's own list")
        try:
            check_rule(rule)
        except InvalidError as error:
            raise UsageError(f"{self.words_file}: {error.message}") from error
        return (rule,)

    def wall(self) -> Wall:
        """The wall as the rest of Hallway knows it."""
        return Wall(
            slug=self.slug,
            title=self.title or f"#{self.hashtags[0]}",
            hashtags=tuple(dict.fromkeys(fold_tag(tag) for tag in self.hashtags)),
            written=self.hashtags,
            place=self.place,
            rules=Rules(**self.rules.model_dump()),
            form=self._form(),
            mode=self.mode,
            alarm=self.alarm or None,
            scale=self.scale,
        )

    def _form(self) -> Form | None:
        if not self.form:
            return None
        return Form(
            photos=self.form_photos, consent=self.form_consent.strip(), privacy_url=self.privacy_url
        )


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(env_prefix="HALLWAY_", extra="forbid", frozen=True)

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 for every network this machine is in."""
    port: int = Field(default=8080, ge=0, le=65535)
    public_url: str = ""
    """The address people use, when a proxy or a name stands before this service: https://wall.pyfest.example"""
    database: str = "data/hallway.sqlite3"
    """A file (SQLite), or postgresql://user:password@host/name"""
    media_folder: Path = Path("data/media")
    media_mib: int = Field(default=512, ge=16)
    """How much disk the pictures may take."""
    contact: str = ""
    """An address for server admins (mail or web): it is sent with every request to a network."""
    log_format: Literal["text", "json"] = "text"
    delivery: Literal["auto", "plain"] = "auto"
    """How frames reach attendees: `auto` writes past the web server where it is the known one, `plain` never does."""
    max_viewers: int = Field(default=12_000, ge=1)
    """Live connections of this process. Who comes when it is full gets 503 and tries again."""
    max_viewers_per_address: int = Field(default=5_000, ge=1)
    """Of these, how many may come from one address (IPv6: one /64). A whole hall sits behind one address."""
    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = ("127.0.0.1", "::1")
    """Addresses or networks of proxies whose X-Forwarded-For is believed. In the environment, commas part them."""
    wall: tuple[WallSettings, ...] = ()

    @field_validator("public_url")
    @classmethod
    def _web_address(cls, value: str) -> str:
        if value and not value.startswith(("https://", "http://")):
            raise ValueError(f"{value} is no web address; it looks like https://wall.example.org")
        return value.rstrip("/")

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _parted(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(part.strip() for part in value.split(",") if part.strip())

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, values: tuple[str, ...]) -> tuple[str, ...]:
        for value in values:
            _check_network(value)
        return values

    @model_validator(mode="after")
    def _slugs_differ(self) -> "Settings":
        slugs = [w.slug for w in self.wall]
        if len(set(slugs)) < len(slugs):
            raise ValueError("two walls have the same slug")
        return self

    def database_url(self) -> str:
        """The database as SQLAlchemy names it."""
        if "://" not in self.database:
            return f"sqlite:///{self.database}"
        return self.database.replace("postgresql://", "postgresql+asyncpg://", 1)

    def set_up_file(self) -> Path:
        """Where the set-up link lies until it is used: beside the database, or the pictures of one that is elsewhere."""
        beside = self.media_folder if "://" in self.database else Path(self.database)
        return beside.parent / "set-up-link"

    def base_url(self) -> str:
        """The address people use."""
        shown = own_address() if self.host in ("0.0.0.0", "::") else self.host
        return self.public_url or f"http://{f'[{shown}]' if ':' in shown else shown}:{self.port}"


def slug_of(text: str) -> str:
    """A wall's name in addresses, from a hashtag or a file's name."""
    return re.sub(r"[^a-z0-9]+", "-", fold_tag(text))[:63].strip("-") or "wall"


def _check_network(value: str) -> None:
    """ValueError, in words for the operator, when `value` is neither an address nor a network."""
    try:
        named = ip_interface(value)
    except ValueError as error:
        raise ValueError(
            f"“{value}” is no address of a proxy; it looks like 10.0.0.5, or 10.0.0.0/8 for a network"
        ) from error
    if named.ip != named.network.network_address:
        raise ValueError(
            f"“{value}” is one machine and a network; write {named.network} or {named.ip}"
        )


def own_address() -> str:
    """The address by which others in the house reach this machine; 127.0.0.1 when it is in no network.

    Connecting a datagram socket sends nothing: it only asks the system which way a packet would leave.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # TEST-NET-1, RFC 5737: belongs to nobody
            address: str = probe.getsockname()[0]
        except OSError:
            return "127.0.0.1"
    return address


def load(config: Path | None, flags: dict[str, Any]) -> Settings:
    """Settings from flags, the environment and a file. UsageError names what is wrong and where."""
    table = _table(config) if config else {}
    _refuse_unknown(os.environ)

    class Loaded(Settings):
        @classmethod
        def settings_customise_sources(
            cls, settings_cls: type[BaseSettings], *args: Any, **sources: Any
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            file = InitSettingsSource(settings_cls, init_kwargs=table)
            return sources["init_settings"], sources["env_settings"], file

    try:
        return Loaded(**{k: v for k, v in flags.items() if v is not None})
    except (ValidationError, SettingsError) as error:
        raise UsageError(
            _explain(error, config, table), hint="See docs/settings.md for every setting."
        ) from error


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = {f"HALLWAY_{name.upper()}" for name in Settings.model_fields} | {"HALLWAY_FIXTURES"}
    for name in environment:
        if name.startswith("HALLWAY_") and name not in known:
            raise UsageError(
                f"There is no setting “{name}”.", hint="See docs/settings.md for every setting."
            )


def _table(config: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(_read(config))
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{config} is not valid TOML: {error}.", hint="Mend that line.") from error


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise UsageError(
            f"{path} cannot be read: {reason}.", hint="Check the path and its permissions."
        ) from error


def _explain(
    error: ValidationError | SettingsError, config: Path | None, table: Mapping[str, Any]
) -> str:
    if isinstance(error, SettingsError):
        return f"{error}."
    first = error.errors()[0]
    place = ".".join(str(p) for p in first["loc"] if p not in KINDS)
    in_file = not first["loc"] or first["loc"][0] in table
    where = f" in {config}" if config and in_file else ""
    if first["type"] == "extra_forbidden":
        return f"There is no setting “{place}”{where}."
    said = first["msg"].removeprefix("Value error, ")
    return f"The setting “{place}”{where} is not right: {said}." if place else f"{said}{where}."
