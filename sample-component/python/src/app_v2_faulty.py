"""Version 2 with a planted fault: load forgets the note."""

from cart_v2 import CartV2
from guest import guest


class ForgetfulCart(CartV2):
    @classmethod
    def load(cls, data: bytes) -> CartV2:
        cart = super().load(data)
        cart.note = ""
        return cart


Cart, SaveSnapshot, LoadSnapshot = guest(ForgetfulCart)
