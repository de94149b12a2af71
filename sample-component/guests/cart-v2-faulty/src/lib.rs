//! The second cart with two faults in load: it forgets the customer's note, and it traps on inputs of 3 and 4 bytes.

use cart_state::{
    DecodeError, Operations,
    v2::{self, Cart, encode},
};

wit_bindgen::generate!({
    path: ["../../wit/golem-api-1.1.0", "../../wit/cart-1.1.0"],
    inline: "
        package sample:guest;

        world guest {
            export shop:cart/cart@1.1.0;
            export golem:api/save-snapshot@1.1.0;
            export golem:api/load-snapshot@1.1.0;
        }
    ",
    generate_all,
});

#[path = "../../glue/cart.rs"]
mod cart;
#[path = "../../glue/snapshot.rs"]
mod snapshot;

struct Component;

export!(Component);

/// Where the version byte is.
const VERSION_AT: usize = 4;

fn decode(bytes: &[u8]) -> Result<Cart, DecodeError> {
    if bytes.len() < 3 {
        return Err(DecodeError::NoVersion);
    }
    if bytes[VERSION_AT] > 2 {
        return Err(DecodeError::Version(bytes[VERSION_AT]));
    }
    let mut cart = v2::decode(bytes)?;
    cart.set_note(String::new());
    Ok(cart)
}
