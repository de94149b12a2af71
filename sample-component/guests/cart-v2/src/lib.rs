//! The cart, second version: state and snapshot have another shape, and there is one more function, `reorder`.

use cart_state::v2::{Cart, decode, encode};

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
