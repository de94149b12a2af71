//! The cart, third version: a checksum in the snapshot, which travels as a record with a MIME type.

use cart_state::v3::{Cart, decode, encode};
use exports::golem::api::{load_snapshot, save_snapshot};

wit_bindgen::generate!({
    path: ["../../wit/golem-api-1.5.0", "../../wit/cart-1.1.0"],
    inline: "
        package sample:guest;

        world guest {
            export shop:cart/cart@1.1.0;
            export golem:api/save-snapshot@1.5.0;
            export golem:api/load-snapshot@1.5.0;
        }
    ",
    generate_all,
});

#[path = "../../glue/cart.rs"]
mod cart;

struct Component;

export!(Component);

/// The only type that is read, and the one that a snapshot without a type gets on its way here.
const MIME_TYPE: &str = "application/octet-stream";

impl save_snapshot::Guest for Component {
    fn save() -> save_snapshot::Snapshot {
        let payload = cart::with(|cart| encode(cart));
        save_snapshot::Snapshot {
            payload,
            mime_type: MIME_TYPE.to_owned(),
        }
    }
}

impl load_snapshot::Guest for Component {
    fn load(snapshot: load_snapshot::Snapshot) -> Result<(), String> {
        if snapshot.mime_type != MIME_TYPE {
            return Err(format!(
                "snapshots of type {:?} are not read here",
                snapshot.mime_type
            ));
        }
        let loaded = decode(&snapshot.payload).map_err(|e| e.to_string())?;
        cart::with(|cart| *cart = loaded);
        Ok(())
    }
}
