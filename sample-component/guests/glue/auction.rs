//! Between the exported `auction` interface and `zoo_state::auction`.

use zoo_state::World;

use crate::{
    Component,
    exports::zoo::services::auction::{Guest, Lot, Phase},
    state,
    zoo_glue::{Host, with},
};

impl Guest for Component {
    fn offer(title: String, reserve: Option<u64>) -> Option<u32> {
        with(|house| house.offer(title, reserve))
    }

    fn start(lot: u32, seconds: u32) -> bool {
        with(|house| house.start(lot, seconds, Host.now()))
    }

    fn bid(lot: u32, bidder: String, amount: u64) -> Option<u32> {
        with(|house| house.bid(lot, bidder, amount, Host.now()))
    }

    fn take_back(lot: u32, bidder: String) -> Option<u64> {
        with(|house| house.take_back(lot, &bidder))
    }

    fn time_left(lot: u32) -> Option<u64> {
        with(|house| house.time_left(lot, Host.now()))
    }

    fn close(lot: u32) -> Option<Option<String>> {
        with(|house| house.close(lot))
    }

    fn open_again(lot: u32, seconds: u32) -> bool {
        with(|house| house.open_again(lot, seconds, Host.now()))
    }

    fn closed() -> Vec<u32> {
        with(|house| house.closed())
    }

    fn look(lot: u32) -> Option<Lot> {
        let lot = with(|house| house.look(lot))?;
        Some(Lot {
            bids: lot.bids(),
            title: lot.title,
            reserve: lot.reserve,
            phase: match lot.phase {
                state::Phase::Draft => Phase::Draft,
                state::Phase::Open => Phase::Open,
                state::Phase::Sold => Phase::Sold,
                state::Phase::Withdrawn => Phase::Withdrawn,
            },
        })
    }

    fn standing(lot: u32) -> Vec<(String, u64)> {
        with(|house| house.standing(lot))
    }

    fn deposit(bidder: String, amount: u64) -> u64 {
        with(|house| house.deposit(bidder, amount))
    }

    fn deposited(bidder: String) -> u64 {
        with(|house| house.deposited(&bidder))
    }

    fn watch(bidder: String, lot: u32) -> bool {
        with(|house| house.watch(bidder, lot))
    }

    fn watched(bidder: String) -> Vec<u32> {
        with(|house| house.watched(&bidder))
    }

    fn set_increment(increment: f64) -> f64 {
        with(|house| house.set_increment(increment))
    }
}
