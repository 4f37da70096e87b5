"""`hallway user …`: who is in the crew, from the command line of the server. A running service notices within a second."""

import enum
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import typer
import uvloop
from rich.table import Table

from app.actions import crew
from app.actions.context import Context
from app.actions.log import COMMAND_LINE
from app.cli_parts import Config, Database, PublicUrl, existing, load_settings, open_context, out
from app.domain.crew import name_key
from app.domain.identity import from_ms
from app.errors import UsageError
from app.settings import Settings
from app.storage.accounts import Account, Accounts

users = typer.Typer(help="Who is in the crew.", no_args_is_help=True)
T = TypeVar("T")


class Role(enum.StrEnum):
    """What somebody may do."""

    owner = "owner"
    moderator = "moderator"


Name = Annotated[str, typer.Argument(help="The name that they sign in with.")]


@users.command()
def add(
    name: Name,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.moderator,
    password_file: Annotated[
        Path | None, typer.Option(help="A file with their password; without it, a link is printed.")
    ] = None,
    config: Config = None,
    database: Database = None,
    public_url: PublicUrl = None,
) -> None:
    """Add somebody: print a link by which they choose a password, or take the password from a file.

    Example: hallway user add mira --role owner
    """
    settings = _settings(config, database, public_url)
    if password_file is not None:
        password = _password(password_file)
        _run(
            settings,
            lambda c: crew.make_account(c, name, role.value, password, actor=COMMAND_LINE),
        )
        out.print(f"{name} can sign in now, as {role.value}.", markup=False, soft_wrap=True)
        return
    _, token = _run(settings, lambda c: crew.invite(c, role.value, name, actor=COMMAND_LINE))
    out.print(f"{settings.base_url()}/sign-in#invite={token}", markup=False, soft_wrap=True)


@users.command("list")
def list_users(config: Config = None, database: Database = None) -> None:
    """Who is in the crew, and in how many browsers they are signed in.

    Example: hallway user list
    """
    found = _run(_settings(config, database), crew.crew_of)
    table = Table("name", "role", "signs in by", "browsers", "since", box=None)
    for account in found.accounts:
        browsers = sum(s.account_id == account.id for s in found.sessions)
        means = "closed" if account.closed else "password" if account.password else "links"
        since = from_ms(account.created_ms).date().isoformat()
        table.add_row(account.name, account.role, means, str(browsers), since)
    for invite in found.invites:
        left = round((from_ms(invite.expires_ms) - datetime.now(UTC)).total_seconds() / 3600)
        table.add_row(invite.name or "–", invite.role, f"invited, {left} h left", "0", "")
    out.print(table)


@users.command("role")
def change_role(
    name: Name,
    role: Annotated[Role, typer.Argument(help="What they may do from now on.")],
    config: Config = None,
    database: Database = None,
) -> None:
    """Change what somebody may do; they sign in again.

    Example: hallway user role tom owner
    """

    async def change(context: Context) -> Account:
        account = await _named(context, name)
        return await crew.change_account(context, account.id, role=role.value, actor=COMMAND_LINE)

    changed = _run(_settings(config, database), change)
    out.print(f"{changed.name} is {changed.role} now.", markup=False, soft_wrap=True)


@users.command()
def remove(name: Name, config: Config = None, database: Database = None) -> None:
    """Take somebody out of the crew. What they did stays in the log, and their name free.

    Example: hallway user remove tom
    """

    async def leave(context: Context) -> Account:
        account = await _named(context, name)
        await crew.remove_account(context, account.id, actor=COMMAND_LINE)
        return account

    gone = _run(_settings(config, database), leave)
    out.print(f"{gone.name} is not in the crew any more.", markup=False, soft_wrap=True)


@users.command("sign-out")
def sign_out(name: Name, config: Config = None, database: Database = None) -> None:
    """Sign somebody out in every browser, at once.

    Example: hallway user sign-out tom
    """

    async def leave(context: Context) -> tuple[Account, int]:
        account = await _named(context, name)
        many = await crew.sign_out_everywhere(context, account.id, actor=COMMAND_LINE)
        return account, many

    account, many = _run(_settings(config, database), leave)
    browsers = "1 browser" if many == 1 else f"{many} browsers"
    out.print(f"{account.name} is signed out, in {browsers}.", markup=False, soft_wrap=True)


def _settings(config: Path | None, database: str | None, public_url: str | None = None) -> Settings:
    return existing(load_settings(config, {"database": database, "public_url": public_url}))


def _run(settings: Settings, work: Callable[[Context], Awaitable[T]]) -> T:
    async def beside_the_service() -> T:
        async with open_context(settings) as context:
            return await work(context)

    return uvloop.run(beside_the_service())


async def _named(context: Context, name: str) -> Account:
    async with context.store.read() as reading:
        account = await Accounts(reading).named(name_key(name.strip()))
    if account is None:
        raise UsageError(f"There is nobody named {name}.", hint="See `hallway user list`.")
    return account


def _password(file: Path) -> str:
    """The first line of a file. UsageError when it cannot be read."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"{file} cannot be read.", hint="Check the path and its permissions."
        ) from error
    return text.partition("\n")[0].rstrip("\r")
