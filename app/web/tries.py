"""How often a password may be tried: in memory only, by account and by address."""

from fastapi import Request

from app.actions.quota import Brake, in_words
from app.domain.crew import name_key
from app.errors import TooManyError
from app.live.doors import key_of
from app.ports import Clock
from app.web.address import client_address

FREE = 5
MOST_S = 300.0
"""The longest pause. Who knows only a name can slow its owner down: a link opens the account all the same."""
FORGET_S = 900.0


class Tries:
    """Five tries are free; then each pause is twice the last, until the right password comes."""

    def __init__(self, clock: Clock) -> None:
        self._accounts = Brake(clock, free=FREE, most_s=MOST_S, forget_s=FORGET_S)
        self._addresses = Brake(clock, free=FREE, most_s=MOST_S, forget_s=FORGET_S)

    def take(self, account: str, address: str) -> None:
        """Count a try. TooManyError, with the time to wait, when it is too early for one."""
        account, address = name_key(account), key_of(address)
        wait_s = max(
            self._accounts.wait_s(account), self._addresses.wait_s(address) if address else 0.0
        )
        if wait_s:
            raise TooManyError(
                "That was tried too often.",
                hint=f"Try again in {in_words(wait_s)}.",
                retry_after_s=wait_s,
            )
        self._accounts.count(account)
        if address:
            self._addresses.count(address)

    def good(self, account: str, address: str) -> None:
        """It was the right one: the account starts anew; of the address, this try alone is forgiven."""
        self._accounts.clear(name_key(account))
        self._addresses.forgive(key_of(address))


def address_of(request: Request) -> str:
    """Where a request comes from; "" of a unix socket."""
    peer = request.client.host if request.client else ""
    named = ", ".join(request.headers.getlist("x-forwarded-for"))
    return client_address(peer, named, request.app.state.trusted)
