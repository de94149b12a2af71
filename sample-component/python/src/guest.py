"""What the component exports, for whichever version of the cart it is given."""

from componentize_py_types import Err
from wit_world import exports
from wit_world.exports.cart import Item, Order
from wit_world.imports.host import Snapshot

from canonical_json import canonical_f64

MIME_TYPE = "application/json"


def guest(version):
    worker = version()

    class Cart(exports.Cart):
        def add_item(self, sku: str, quantity: int) -> int:
            if quantity == 0:
                raise Err("the quantity is 0")
            return worker.add_item(sku, quantity)

        def remove_item(self, sku: str) -> bool:
            return worker.remove_item(sku)

        def items(self) -> list[Item]:
            return [Item(sku, quantity) for sku, quantity in worker.items()]

        def set_note(self, note: str) -> None:
            worker.note = note

        def note(self) -> str:
            return worker.note

        def set_rate(self, rate: float) -> None:
            worker.rate = canonical_f64(rate)

        def rate(self) -> float:
            return worker.rate

        def checkout(self) -> int:
            order = worker.checkout()
            if order is None:
                raise Err("the cart is empty")
            return order

        def orders(self) -> list[Order]:
            return [Order(id, count) for id, count in worker.orders()]

    class SaveSnapshot(exports.SaveSnapshot):
        def save(self) -> Snapshot:
            return Snapshot(worker.save(), MIME_TYPE)

    class LoadSnapshot(exports.LoadSnapshot):
        def load(self, snapshot: Snapshot) -> None:
            nonlocal worker
            if snapshot.mime_type != MIME_TYPE:
                raise Err(f"the MIME type is not {MIME_TYPE}")
            try:
                worker = version.load(snapshot.payload)
            except ValueError as refusal:
                raise Err(str(refusal)) from None

    return Cart, SaveSnapshot, LoadSnapshot
