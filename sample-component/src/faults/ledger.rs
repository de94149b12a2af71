//! The ledger: bincode, then borsh. All of these were written before the generators were looked at (`held_out: true`).

super::sample_pair! {
    "ledger-v1" => "ledger-v2",
    faults {
        "no-limit-skipped", "accepts-saved", "save", "bincode-org/bincode#326",
            "save skips the limit where there is none, in a format that cannot skip";
        "memo-cut-in-bytes", "upgrade-equivalence", "save", "",
            "save cuts memos at 32 bytes, where 32 characters are allowed";
        "remainder-not-saved", "upgrade-equivalence", "save", "",
            "save forgets the thousandths that no fee has taken yet";
        "keys-by-name", "upgrade-equivalence", "save", "",
            "save sorts the keys of deposits: another one is forgotten next, and its deposit is made twice";
        "ties-in-heap-order", "upgrade-equivalence", "save", "near/borsh-rs#63",
            "save writes the holds in a heap's order, and equal ones lose theirs";
        "disputed-and-frozen", "upgrade-equivalence", "save", "",
            "save forgets the dispute about a hold without a memo from a frozen account";
        "save-misses-disputes", "upgrade-equivalence", "save", "",
            "save keeps what it wrote, and a dispute does not make it write again";
        "currency-inserted", "upgrade-equivalence", "mapping", "openmls/openmls#2023",
            "load reads the old numbers of currencies with a new one in the middle";
        "overdraft-unsigned", "resave", "save", "",
            "the new save writes balances without their sign";
        "parties-unchecked", "accepted-is-stable", "load", "",
            "load accepts a hold between accounts that are not there, and settling it traps";
    }
    suspicious {
        "held-derived", "the new save leaves out the sum of all holds, and load adds them up";
        "accounts-in-hash-order", "save writes the accounts in an order that the host's random numbers decide, load sorts them";
    }
}
