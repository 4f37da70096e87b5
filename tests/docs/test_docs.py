"""The documentation says what the code does: every setting and command is in it, and its links lead somewhere."""

import re
from pathlib import Path

import click
import pytest
import typer.main
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from app import __version__
from app.cli import app
from app.domain.wall import Rules
from app.settings import (
    BlueskySettings,
    FeedSettings,
    MastodonSettings,
    NostrSettings,
    ReplaySettings,
    Settings,
    WallSettings,
    XSettings,
    load,
)

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
PAGES = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
PARTS: list[type[BaseModel]] = [
    Settings,
    WallSettings,
    Rules,
    MastodonSettings,
    BlueskySettings,
    FeedSettings,
    XSettings,
    NostrSettings,
    ReplaySettings,
]
FIELDS = [
    pytest.param(part, name, id=f"{part.__name__}.{name}")
    for part in PARTS
    for name in part.model_fields
]
COMMANDS: dict[str, click.Command] = typer.main.get_command(app).commands  # type: ignore[attr-defined]


def rows(page: str) -> list[list[str]]:
    """The cells of every table row."""
    return [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("|")
    ]


def shown(default: object) -> set[str]:
    """How a default may be written in the table."""
    if default is PydanticUndefined:
        return {"required"}
    if default in ("", (), None):
        return {"empty", "none"}
    if isinstance(default, bool):
        return {f"`{str(default).lower()}`"}
    return {f"`{default}`", "see below"} if isinstance(default, BaseModel) else {f"`{default}`"}


@pytest.mark.parametrize(("part", "name"), FIELDS)
def test_every_setting_is_documented_with_its_default(part: type[BaseModel], name: str) -> None:
    documented = [r for r in rows(SETTINGS_PAGE) if len(r) == 4 and r[0] == f"`{name}`"]
    defaults = {r[2] for r in documented}
    assert defaults & shown(part.model_fields[name].default), f"{name}: {defaults}"


def test_the_table_of_settings_names_none_that_does_not_exist() -> None:
    known = {name for part in PARTS for name in part.model_fields}
    tables = SETTINGS_PAGE.partition("## Commands")[0]
    named = {r[0].strip("`") for r in rows(tables) if r[0].startswith("`")}
    assert named == known


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_documented_with_its_options(name: str) -> None:
    table = rows(SETTINGS_PAGE)
    assert any(r[0].startswith(f"`hallway {name}`") for r in table)
    commands_of = {r[0].strip("`"): r[1] for r in table if r[0].startswith("`--")}
    for option in COMMANDS[name].params:
        if isinstance(option, click.Option) or option.param_type_name == "option":
            flag = option.opts[0]
            listed = re.split(r", ", commands_of.get(flag, ""))
            assert name in listed or listed == ["all"] or flag == "--help", flag


def test_no_option_is_documented_that_does_not_exist() -> None:
    known = {flag for command in COMMANDS.values() for p in command.params for flag in p.opts}
    named = {r[0].strip("`") for r in rows(SETTINGS_PAGE) if r[0].startswith("`--")}
    assert named <= known


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_relative_link_leads_to_a_file_and_a_heading(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if "://" in target or target.startswith("mailto:"):
            continue
        path, _, heading = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.is_file(), f"{page.name}: {target}"
        assert not heading or heading in anchors(place), f"{page.name}: {target}"


def anchors(page: Path) -> set[str]:
    """The names of a page's headings, as forges make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-") for h in headings}


def test_the_two_commands_of_the_readme_are_in_the_makefile() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), flags=re.MULTILINE))
    named = set(re.findall(r"^make ([a-z-]+)", readme, flags=re.MULTILINE))
    assert named == {"run", "test"}
    assert named <= targets


def test_the_changelog_has_this_version() -> None:
    assert f"## [{__version__}]" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_the_example_of_a_file_of_settings_is_one(tmp_path: Path) -> None:
    example = re.search(r"```toml\n(.*?)```", SETTINGS_PAGE, flags=re.DOTALL)
    assert example
    (tmp_path / "walls.toml").write_text(example[1], encoding="utf-8")
    walls = load(tmp_path / "walls.toml", {}).wall
    assert [w.slug for w in walls] == ["pyfest26"]
    assert len(walls[0].source) == 2


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs" / "decisions").glob("*.md")), ids=lambda p: p.stem
)
def test_a_decision_fits_on_a_page(page: Path) -> None:
    assert len(page.read_text(encoding="utf-8").splitlines()) <= 60


def test_the_container_has_what_the_documents_say() -> None:
    recipe = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    for line in ("USER hallway", "VOLUME /data", "EXPOSE 8080", '"hallway", "healthcheck"'):
        assert line in recipe
