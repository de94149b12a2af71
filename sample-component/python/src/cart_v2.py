"""Version 2: a dictionary from SKU to quantity, and of each order only its count: the ids follow from the places."""

import canonical_json as form
from cart_v1 import CartV1


class CartV2:
    def __init__(self):
        self.quantities: dict[str, int] = {}
        self.note = ""
        self.rate = 0.0
        self.order_counts: list[int] = []

    def add_item(self, sku: str, quantity: int) -> int:
        total = min(self.quantities.get(sku, 0) + quantity, form.U32_MAX)
        self.quantities[sku] = total
        return total

    def remove_item(self, sku: str) -> bool:
        return self.quantities.pop(sku, None) is not None

    def items(self) -> list[tuple[str, int]]:
        return sorted(self.quantities.items())

    def checkout(self) -> int | None:
        """None if the cart is empty."""
        if not self.quantities:
            return None
        self.order_counts.append(sum(self.quantities.values()))
        self.quantities = {}
        return len(self.order_counts)

    def orders(self) -> list[tuple[int, int]]:
        return list(enumerate(self.order_counts, start=1))

    def save(self) -> bytes:
        return form.encode({
            "version": 2,
            "items": self.items(),
            "customer-note": self.note,
            "discount-rate": form.bits_of_f64(self.rate),
            "order-counts": [str(count) for count in self.order_counts],
        })

    @classmethod
    def load(cls, data: bytes) -> "CartV2":
        snapshot = form.decode(data)
        if form.field(snapshot, "version") == 1:
            return cls.from_v1(CartV1.load(data))
        form.require(form.field(snapshot, "version") == 2, "this is not a snapshot of version 1 or 2")

        cart = cls()
        for item in form.array(form.field(snapshot, "items")):
            sku, quantity = form.array(item)
            cart.quantities[form.text(sku)] = form.quantity(quantity)
        cart.note = form.text(form.field(snapshot, "customer-note"))
        cart.rate = form.f64_of_bits(form.field(snapshot, "discount-rate"))
        cart.order_counts = [form.u64(count) for count in form.array(form.field(snapshot, "order-counts"))]

        form.require(all(count > 0 for count in cart.order_counts), "an order is empty")
        form.require_same(cart.save(), data)
        return cart

    @classmethod
    def from_v1(cls, old: CartV1) -> "CartV2":
        cart = cls()
        cart.quantities = {line.sku: line.quantity for line in old.lines}
        cart.note = old.note
        cart.rate = old.rate
        cart.order_counts = [order.count for order in old.placed]
        return cart
