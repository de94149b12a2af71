//! The auction house: SCALE, then JSON. All of these were written before the generators were looked at (`held_out: true`).

super::sample_pair! {
    "auction-v1" => "auction-v2",
    faults {
        "amount-in-thirty-bits", "upgrade-equivalence", "save", "hyperledger-solang/solang#1185",
            "save writes the low 30 bits of a bid, as if all were in the compact form of four bytes";
        "extension-not-saved", "upgrade-equivalence", "save", "",
            "save writes when an auction was to end, and not the time that a late bid has added";
        "withdrawn-under-reserve", "upgrade-equivalence", "save", "",
            "save forgets who watches a lot that was withdrawn because all bids were under its reserve";
        "increment-is-null", "resave", "save", "serde-rs/json#202",
            "the new save writes the increment as a JSON number, and the new load refuses null";
        "deposit-in-thirty-two-bits", "accepts-saved", "mapping", "turboflakes/one-t#31",
            "load reads deposits as compact numbers of 32 bits";
        "phases-sorted", "upgrade-equivalence", "mapping", "rust-ethereum/evm#94",
            "load reads the old numbers of phases in the new order";
        "closed-by-lot", "upgrade-equivalence", "load", "",
            "load sorts the lots that were closed last: another one is forgotten next";
        "ties-reversed", "upgrade-equivalence", "load", "",
            "load sorts the bids, and turns equal ones around";
        "leader-unchecked", "accepted-is-stable", "load", "",
            "load accepts a leading bid that is not there, and closing the lot traps";
        "route-grows", "resave", "load", "",
            "load notes each format that the state has been through, and refuses the fifth";
    }
    suspicious {
        "bids-sorted", "the new save sorts the bids, and equal ones keep their order";
        "lots-in-hash-order", "save writes the lots in an order that the host's random numbers decide, load sorts them";
        "no-deposit-dropped", "save leaves out deposits of 0, which nobody can tell from none";
    }
}
