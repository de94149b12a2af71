//! The queue of jobs: JSON, then CBOR. All of these were written before the generators were looked at (`held_out: true`).

super::sample_pair! {
    "jobs-v1" => "jobs-v2",
    faults {
        "unlimited-retries-lost", "upgrade-equivalence", "save", "serde-rs/json#1251",
            "save writes an option in an option as JSON's null: for ever becomes the default";
        "nan-mean-is-null", "accepts-saved", "save", "serde-rs/json#842",
            "save writes the mean as a JSON number, which is null once it is no number, and load refuses null";
        "relays-nested", "accepts-saved", "save", "delta-io/delta-kernel-rs#1896",
            "save writes a job that was relayed as one object inside the other, deeper than the parser goes";
        "tags-flattened", "accepts-saved", "save", "serde-rs/json#563",
            "save writes the tags among the fields of their job, where one may have a field's name";
        "finished-by-id", "upgrade-equivalence", "save", "",
            "save sorts the jobs that ended last: another one is forgotten next";
        "save-is-stale", "upgrade-equivalence", "save", "",
            "save keeps what it wrote, and a new tag does not make it write again";
        "thrice-troubled-loses-tags", "upgrade-equivalence", "save", "",
            "save forgets the tags of a job that is urgent, was relayed and has failed";
        "date-through-a-float", "upgrade-equivalence", "load", "Bunny83/SimpleJSON#53",
            "load reads the old JSON's numbers as floats: from 2^53 on, neighbours become one";
        "next-id-unchecked", "accepted-is-stable", "load", "",
            "load accepts a next id that a job has already, and the next submission traps";
        "waiting-unchecked", "accepted-is-stable", "load", "",
            "load accepts an order of waiting that names jobs which are not there, and taking one traps";
    }
    suspicious {
        "tags-in-hash-order", "save writes the tags in an order that the host's random numbers decide, load sorts them";
        "unpacked-later", "load leaves the payloads in the old form until somebody looks at them";
    }
}
