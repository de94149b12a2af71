"""What the guests promise, checked without WebAssembly: both versions observe the same, whenever the update comes, and
load refuses what save did not write."""

import json
import math
import random
import unittest

from cart_v1 import CartV1
from cart_v2 import CartV2

HISTORIES = 300
SKUS = ["", "a", "b", "10", "é", '\0"\\', "\U0001f600", "\u2028"]
QUANTITIES = [1, 2, 2**31 - 1, 2**31, 2**32 - 1]
RATES = [0.0, -0.0, 0.1, math.nan, math.inf, -math.inf, 5e-324]
PIECES = ["[", "]", "{", "}", '"', "\\", ",", "0", "-", "1e999", "NaN", "null", '"version":1,', "\ufeff", "\\ud800", " "]


def random_operation(draw: random.Random):
    sku, quantity, rate = draw.choice(SKUS), draw.choice(QUANTITIES), draw.choice(RATES)
    return draw.choice([
        lambda cart: cart.add_item(sku, quantity),
        lambda cart: cart.remove_item(sku),
        lambda cart: setattr(cart, "note", sku),
        lambda cart: setattr(cart, "rate", rate),
        lambda cart: cart.checkout(),
    ])


def random_cart(version, draw: random.Random):
    cart = version()
    for _ in range(draw.randrange(20)):
        random_operation(draw)(cart)
    return cart


def observe(cart):
    return cart.items(), cart.note, repr(cart.rate), cart.orders()


def snapshot(**changes) -> bytes:
    state = {"version": 2, "items": [], "customer-note": "", "discount-rate": "0" * 16, "order-counts": []}
    changed = {name.replace("_", "-"): value for name, value in changes.items()}
    return json.dumps(state | changed, separators=(",", ":")).encode()


def load_or_refuse(version, data: bytes):
    """The cart, or None if load refused. Any other exception is a bug."""
    try:
        return version.load(data)
    except ValueError:
        return None


class Carts(unittest.TestCase):
    def test_an_updated_cart_observes_what_its_twin_observes(self):
        for seed in range(HISTORIES):
            draw = random.Random(seed)
            twin, updated = CartV1(), CartV1()
            for step in range(30):
                if step in (10, 20):
                    updated = CartV2.load(updated.save())
                operation = random_operation(draw)
                self.assertEqual(operation(updated), operation(twin), (seed, step))
                self.assertEqual(observe(updated), observe(twin), (seed, step))

    def test_what_is_loaded_is_saved_again_unchanged(self):
        for version in (CartV1, CartV2):
            for seed in range(HISTORIES):
                saved = random_cart(version, random.Random(seed)).save()
                self.assertEqual(version.load(saved).save(), saved)

    def test_load_answers_mutated_snapshots_with_a_cart_or_a_refusal(self):
        for version in (CartV1, CartV2):
            for seed in range(10 * HISTORIES):
                draw = random.Random(seed)
                saved = random_cart(draw.choice([CartV1, CartV2]), draw).save()
                start, end = draw.randrange(len(saved)), draw.randrange(len(saved))
                piece = draw.choice([draw.choice(PIECES).encode(), saved[start:]])
                load_or_refuse(version, saved[:start] + piece + saved[end:])

    def test_load_refuses_bytes_that_no_save_writes(self):
        self.assertIsNotNone(load_or_refuse(CartV2, snapshot()))
        for data in [
            b"", b"null", b"1", b"{}", b"[]", b"[[[[", b"[" * 10**6, b"[" * 10**6 + b"]" * 10**6, b'{"version":1}',
            b"1" * 5000, b"\xff", b"\xef\xbb\xbf" + snapshot(), snapshot() + b" ", snapshot(version=2.0), snapshot(more=1),
            snapshot(items=[["b", 1], ["a", 1]]), snapshot(items=[["a", 1], ["a", 1]]), snapshot(items=[["a", 0]]),
            snapshot(items=[["a", 2**32]]), snapshot(items=[["a", 1, 1]]), snapshot(items=[["a"]]),
            snapshot(items=[["a", 1.5]]), snapshot(items=[["a", True]]), snapshot(items={}), snapshot(items=[[[], 1]]),
            snapshot(customer_note="\ud800"), snapshot(discount_rate="7ff8000000000001"),
            snapshot(discount_rate="0" * 15), snapshot(discount_rate="00 00 00 00 00 0"), snapshot(discount_rate="٠" * 16),
            snapshot(order_counts=["0"]), snapshot(order_counts=["01"]), snapshot(order_counts=["٣"]),
            snapshot(order_counts=[1]), snapshot(order_counts=["18446744073709551616"]),
        ]:
            self.assertIsNone(load_or_refuse(CartV2, data), data[:200])


if __name__ == "__main__":
    unittest.main()
