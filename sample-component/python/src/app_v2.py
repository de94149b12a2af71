from cart_v2 import CartV2
from guest import guest

Cart, SaveSnapshot, LoadSnapshot = guest(CartV2)
