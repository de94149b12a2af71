//! Carts of a wanted size, for the benchmarks.

use cart_state::{Operations, v1};

/// The snapshot of a `cart-v1` whose size is at least `size` bytes: a cart with as many lines as that takes.
pub fn snapshot(size: usize) -> Vec<u8> {
    let mut cart = v1::Cart::default();
    // Each line has a SKU of 16 characters, its length, a quantity and a price: 20 bytes.
    for number in 0..size.div_ceil(20) {
        // The cart refuses none of these lines.
        let _ = cart.add_line(&format!("sku-{number:012}"), 7, 1_999);
    }
    v1::encode(&cart)
}
