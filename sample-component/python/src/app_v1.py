from cart_v1 import CartV1
from guest import guest

Cart, SaveSnapshot, LoadSnapshot = guest(CartV1)
