//! Between the exported `leases` interface and `zoo_state::leases`.

use zoo_state::World;

use crate::{
    Component,
    exports::zoo::services::leases::Guest,
    zoo_glue::{Host, with},
};

impl Guest for Component {
    fn acquire(
        resource: String,
        holder: String,
        milliseconds: u32,
        note: Option<Vec<u8>>,
    ) -> Option<u64> {
        with(|leases| leases.acquire(resource, holder, milliseconds, note, Host.now()))
    }

    fn renew(resource: String, token: u64) -> bool {
        with(|leases| leases.renew(&resource, token, Host.now()))
    }

    fn release(resource: String, token: u64) -> bool {
        with(|leases| leases.release(&resource, token, Host.now()))
    }

    fn holder(resource: String) -> Option<(String, u64)> {
        with(|leases| leases.holder(&resource, Host.now()))
    }

    fn note(resource: String) -> Option<Option<Vec<u8>>> {
        with(|leases| leases.note(&resource, Host.now()))
    }

    fn allow(client: String) -> bool {
        with(|leases| leases.allow(client, Host.now()))
    }

    fn reserve(client: String, requests: u8) -> Option<u64> {
        with(|leases| leases.reserve(client, requests, Host.now()))
    }

    fn balance(client: String) -> i64 {
        with(|leases| leases.balance(&client, Host.now()))
    }

    fn open(user: String) -> u64 {
        with(|leases| leases.open(user, Host.now(), &Host))
    }

    fn verify(user: String, key: u64) -> bool {
        with(|leases| leases.verify(&user, key, Host.now()))
    }

    fn age(user: String) -> Option<u64> {
        with(|leases| leases.age(&user, Host.now()))
    }

    fn back_off() -> u32 {
        with(|leases| leases.back_off(&Host))
    }
}
