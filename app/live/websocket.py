"""WebSocket frames (RFC 6455, the server's side): ours as bytes, and what a client's bytes say; no I/O."""

import sys
import zlib
from typing import Final, Literal, NamedTuple, TypeAlias

from app.live.deflate import inflated

MESSAGE_LIMIT: Final = 4096
"""Bytes: clients send nothing longer (docs/protocol.md, point 5)."""
MOST_FRAMES: Final = 512
"""Frames in one message: empty fragments cost us time and never reach the limit of bytes."""

MOST_AT_ONCE: Final = 2_000
"""Messages in one read: 256 KB of empty pings would hold everybody else up for a tenth of a second."""

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA
FIN, RSV1, RSV2_3, OPCODE = 0x80, 0x40, 0x30, 0x0F
CONTROL = 0x8
"""The bit of an opcode that all control frames have (RFC 6455, 5.2)."""
MASKED, LENGTH = 0x80, 0x7F
MOST_CONTROL: Final = 125
"""Bytes in a control frame (RFC 6455, 5.5)."""
NO_CODE: Final = 1005
NEVER_SENT: Final = frozenset({1005, 1006, 1015})
"""Codes that only name how a connection ended (RFC 6455, 7.4.1)."""
CODES_HEARD: Final = frozenset({*range(1000, 1004), *range(1007, 1015), *range(3000, 5000)})
"""What a close frame may say (RFC 6455, 7.4, and IANA's register: 1012 to 1014)."""

Kind: TypeAlias = Literal["text", "ping", "pong", "close"]


class Heard(NamedTuple):
    """One message of a client: the bytes of a whole text, or the payload of a control frame."""

    kind: Kind
    data: bytes


class Fault(Exception):  # noqa: N818  # the client's fault, not our error
    """The client broke the rules: close with `code` and `reason`. `heard` came before."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason
        self.heard: list[Heard] = []


class Inbound:
    """What a connection holds between two reads: the start of a frame, the message so far."""

    __slots__ = ("deflated", "frames", "message", "pending")

    def __init__(self) -> None:
        self.pending = b""
        self.message: bytearray | None = None
        self.deflated = False
        self.frames = 0


def text_frame(payload: bytes, *, deflated: bool = False) -> bytes:
    """One whole text message; `deflated` says that `payload` is (RFC 7692, 6)."""
    return _frame(FIN | RSV1 | TEXT if deflated else FIN | TEXT, payload)


def ping_frame(payload: bytes = b"") -> bytes:
    """`payload`: at most 125 bytes."""
    return _control(PING, payload)


def pong_frame(payload: bytes) -> bytes:
    """The answer to a ping: `payload` is the ping's."""
    return _control(PONG, payload)


def close_frame(code: int = NO_CODE, reason: str = "") -> bytes:
    """The last frame; `reason` is cut to what fits. Codes that are never sent give an empty one."""
    if code in NEVER_SENT:
        return _control(CLOSE, b"")
    fits = reason.encode()[: MOST_CONTROL - 2].decode(errors="ignore")
    return _control(CLOSE, code.to_bytes(2, "big") + fits.encode())


def close_code(payload: bytes) -> int:
    """The code that a close frame's payload names; 1005 when it is empty."""
    return int.from_bytes(payload[:2], "big") if payload else NO_CODE


def read(
    data: bytes, state: Inbound | None, *, deflate: bool, limit: int = MESSAGE_LIMIT
) -> tuple[list[Heard], Inbound | None]:
    """What a client says by `data`, and the state to give with its next bytes.

    `state` is None on a connection that owes us nothing; one that is given is used up. It holds at
    most `limit` bytes and one control frame. `deflate`: permessage-deflate was negotiated, with
    client_no_context_takeover. After a close frame nothing is read. Raises Fault.
    """
    held = state or Inbound()
    buffer = held.pending + data if held.pending else data
    heard: list[Heard] = []
    at = 0
    try:
        while (frame := _next(buffer, at, held, deflate=deflate, limit=limit)) is not None:
            first, payload, at = frame
            said = (
                _control_said(first, payload)
                if first & CONTROL
                else _told(first, payload, held, limit)
            )
            if said is not None:
                heard.append(said)
                if said.kind == "close":
                    return heard, None
                _check_count(heard)
    except Fault as fault:
        fault.heard = heard
        raise
    held.pending = buffer[at:]
    return heard, held if held.pending or held.message is not None else None


def _check_count(heard: list[Heard]) -> None:
    if len(heard) > MOST_AT_ONCE:
        raise Fault(1008, "Too many messages.")


def _frame(first: int, payload: bytes) -> bytes:
    size = len(payload)
    if size <= MOST_CONTROL:
        return bytes((first, size)) + payload
    if size < 1 << 16:
        return bytes((first, 126)) + size.to_bytes(2, "big") + payload
    return bytes((first, 127)) + size.to_bytes(8, "big") + payload


def _control(opcode: int, payload: bytes) -> bytes:
    if len(payload) > MOST_CONTROL:
        raise ValueError(f"a control frame carries {MOST_CONTROL} bytes, not {len(payload)}")
    return _frame(FIN | opcode, payload)


def _next(
    buffer: bytes, at: int, held: Inbound, *, deflate: bool, limit: int
) -> tuple[int, bytes, int] | None:
    """The frame at `at`: its first byte, its payload, where it ends; None: not all of it is here."""
    here = len(buffer)
    if here < at + 2:
        return None
    first, second = buffer[at], buffer[at + 1]
    _check(first, second, deflate=deflate, inside=held.message is not None)
    size = second & LENGTH
    at += 2
    if size > MOST_CONTROL:
        width = 2 if size == 126 else 8
        if here < at + width:
            return None
        size = int.from_bytes(buffer[at : at + width], "big")
        at += width
        if size >> 63:
            raise Fault(1002, "A length of 64 bits starts with 0.")
    if not first & CONTROL and size + len(held.message or b"") > limit:
        raise Fault(1009, f"A message has at most {limit} bytes.")
    start, end = at + 4, at + 4 + size
    return (first, _unmasked(buffer[at:start], buffer[start:end]), end) if here >= end else None


def _check(first: int, second: int, *, deflate: bool, inside: bool) -> None:
    """The rules for a frame's first two bytes (RFC 6455, 5.2 to 5.5); `inside`: of a message."""
    opcode = first & OPCODE
    if first & RSV2_3 or (first & RSV1 and not (deflate and opcode in (TEXT, BINARY))):
        raise Fault(1002, "A reserved bit is set.")
    if not second & MASKED:
        raise Fault(1002, "Clients mask their frames.")
    if opcode not in (CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG):
        raise Fault(1002, "No such opcode.")
    if opcode & CONTROL:
        if not first & FIN or second & LENGTH > MOST_CONTROL:
            raise Fault(1002, "A control frame is one frame of at most 125 bytes.")
    elif inside is not (opcode == CONTINUATION):
        raise Fault(1002, "A message goes on, or none was begun.")
    elif opcode == BINARY:
        raise Fault(1003, "Text only.")


def _unmasked(mask: bytes, payload: bytes) -> bytes:
    size = len(payload)
    key = (mask * (size // 4 + 1))[:size]
    order: Final = sys.byteorder  # what numbers are made of here: no swapping
    whole = int.from_bytes(payload, order) ^ int.from_bytes(key, order)
    return whole.to_bytes(size, order)


def _control_said(first: int, payload: bytes) -> Heard:
    opcode = first & OPCODE
    if opcode != CLOSE:
        return Heard("ping" if opcode == PING else "pong", payload)
    if payload and close_code(payload) not in CODES_HEARD:  # nor is one byte a code
        raise Fault(1002, "No such close code.")
    _check_utf8(payload[2:])
    return Heard("close", payload)


def _told(first: int, payload: bytes, held: Inbound, limit: int) -> Heard | None:
    """A frame of a message: the whole message when it was the last."""
    if first & FIN and held.message is None:
        return _whole(payload, limit, deflated=first & RSV1 != 0)
    if held.message is None:
        held.message, held.deflated, held.frames = bytearray(), first & RSV1 != 0, 0
    held.message += payload
    held.frames += 1
    if held.frames > MOST_FRAMES:
        raise Fault(1008, f"A message has at most {MOST_FRAMES} frames.")
    if not first & FIN:
        return None
    message, held.message = bytes(held.message), None
    return _whole(message, limit, deflated=held.deflated)


def _whole(message: bytes, limit: int, *, deflated: bool) -> Heard:
    if deflated:
        try:
            message = inflated(message, limit)
        except zlib.error as error:
            raise Fault(1007, "Not a deflated message.") from error
        if len(message) > limit:
            raise Fault(1009, f"A message has at most {limit} bytes.")
    _check_utf8(message)
    return Heard("text", message)


def _check_utf8(text: bytes) -> None:
    try:
        text.decode()
    except UnicodeDecodeError as error:
        raise Fault(1007, "Not UTF-8.") from error
