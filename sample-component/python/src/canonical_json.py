"""Snapshots as JSON, read so strictly that only what a save wrote is accepted.

A cart reads its fields with the functions below, each of which checks a type and a range, and then compares what it
would save with what it was given (`require_same`). That comparison is what refuses unknown fields, duplicate keys,
white space and every other spelling of the same state. Every refusal is a `ValueError`.
"""

import json
import math
import re
import struct

U32_MAX = 0xFFFF_FFFF
U64_MAX = 0xFFFF_FFFF_FFFF_FFFF
DEEPEST = 3
TEXT_OR_BRACKET = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[][{}]', re.DOTALL)


def encode(value) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def decode(data: bytes):
    require_shallow(data)
    return json.loads(data.decode())


def require_same(saved: bytes, given: bytes):
    require(saved == given, "this is not what save writes")


def require_shallow(data: bytes):
    """A thousand brackets are more than a parser inside a guest can take."""
    depth = 0
    for token in TEXT_OR_BRACKET.finditer(data):
        if token[0] in b"[{":
            depth += 1
            require(depth <= DEEPEST, "nested too deeply")
        elif token[0] in b"]}":
            depth -= 1


def require(condition, complaint: str):
    if not condition:
        raise ValueError(complaint)


def field(record, name: str):
    require(type(record) is dict and name in record, f"{name} is missing")
    return record[name]


def array(value) -> list:
    require(type(value) is list, "not a list")
    return value


def text(value) -> str:
    require(type(value) is str, "not a text")
    value.encode()  # A lone surrogate is a ValueError.
    return value


def quantity(value) -> int:
    require(type(value) is int and 1 <= value <= U32_MAX, "not a quantity")
    return value


def u64(value) -> int:
    """A `u64` does not fit into every reader's JSON number, so it is a text of decimal digits."""
    require(type(value) is str and re.fullmatch("[0-9]{1,20}", value), "not a whole number")
    require(int(value) <= U64_MAX, "more than 64 bits")
    return int(value)


def canonical_f64(number: float) -> float:
    return math.nan if math.isnan(number) else number


def bits_of_f64(number: float) -> str:
    """NaN, −0 and the infinities do not fit into a JSON number, so an `f64` is its bits as hexadecimal digits."""
    return struct.pack(">d", number).hex()


def f64_of_bits(value) -> float:
    require(type(value) is str and re.fullmatch("[0-9a-f]{16}", value), "not the bits of a number")
    [number] = struct.unpack(">d", bytes.fromhex(value))
    return canonical_f64(number)
