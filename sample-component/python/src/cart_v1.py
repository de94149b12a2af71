"""Version 1: lines in the order in which they came, orders as records, a counter for the order ids."""

from dataclasses import dataclass

import canonical_json as form


@dataclass
class Line:
    sku: str
    quantity: int


@dataclass
class Order:
    id: int
    count: int


class CartV1:
    def __init__(self):
        self.lines: list[Line] = []
        self.note = ""
        self.rate = 0.0
        self.next_order = 1
        self.placed: list[Order] = []

    def add_item(self, sku: str, quantity: int) -> int:
        line = self.line(sku)
        total = min((line.quantity if line else 0) + quantity, form.U32_MAX)
        if line:
            line.quantity = total
        else:
            self.lines.append(Line(sku, total))
        return total

    def remove_item(self, sku: str) -> bool:
        line = self.line(sku)
        if line:
            self.lines.remove(line)
        return line is not None

    def line(self, sku: str) -> Line | None:
        return next((line for line in self.lines if line.sku == sku), None)

    def items(self) -> list[tuple[str, int]]:
        return sorted((line.sku, line.quantity) for line in self.lines)

    def checkout(self) -> int | None:
        """None if the cart is empty."""
        if not self.lines:
            return None
        order = Order(self.next_order, sum(line.quantity for line in self.lines))
        self.placed.append(order)
        self.next_order += 1
        self.lines = []
        return order.id

    def orders(self) -> list[tuple[int, int]]:
        return [(order.id, order.count) for order in self.placed]

    def save(self) -> bytes:
        return form.encode({
            "version": 1,
            "lines": [{"sku": line.sku, "quantity": line.quantity} for line in self.lines],
            "note": self.note,
            "rate": form.bits_of_f64(self.rate),
            "next-order": str(self.next_order),
            "orders": [{"id": str(order.id), "count": str(order.count)} for order in self.placed],
        })

    @classmethod
    def load(cls, data: bytes) -> "CartV1":
        snapshot = form.decode(data)
        form.require(form.field(snapshot, "version") == 1, "this is not a snapshot of version 1")

        cart = cls()
        for line in form.array(form.field(snapshot, "lines")):
            cart.lines.append(Line(form.text(form.field(line, "sku")), form.quantity(form.field(line, "quantity"))))
        cart.note = form.text(form.field(snapshot, "note"))
        cart.rate = form.f64_of_bits(form.field(snapshot, "rate"))
        cart.next_order = form.u64(form.field(snapshot, "next-order"))
        for order in form.array(form.field(snapshot, "orders")):
            cart.placed.append(Order(form.u64(form.field(order, "id")), form.u64(form.field(order, "count"))))

        form.require(len({line.sku for line in cart.lines}) == len(cart.lines), "an article is there twice")
        ids = [order.id for order in cart.placed]
        form.require(ids == list(range(1, len(ids) + 1)), "the order ids have a gap")
        form.require(cart.next_order == len(ids) + 1, "the next order id does not follow the last")
        form.require(all(order.count > 0 for order in cart.placed), "an order is empty")
        form.require_same(cart.save(), data)
        return cart
