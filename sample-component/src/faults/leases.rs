//! The lease manager: MessagePack, then tag, length, value. All of these were written before the generators were looked at
//! (`held_out: true`).

super::sample_pair! {
    "leases-v1" => "leases-v2",
    faults {
        "buckets-not-saved", "upgrade-equivalence", "save", "jhurliman/node-rate-limiter#83",
            "save forgets what is in the buckets: for a few seconds, everybody may do more than allowed";
        "debt-forgiven", "upgrade-equivalence", "save", "symfony/symfony#61668",
            "save writes an empty bucket where requests were reserved ahead";
        "until-in-seconds", "upgrade-equivalence", "save", "",
            "save writes the end of a lease in whole seconds";
        "clients-by-name", "upgrade-equivalence", "save", "",
            "save sorts the clients by name: another one loses its bucket next";
        "jitter-reseeded", "upgrade-equivalence", "save", "phase-rs/phase#5466",
            "save forgets the generator's state, which then starts from another random number";
        "keys-drawn-again", "upgrade-equivalence", "load", "",
            "load draws new keys for the open sessions";
        "sessions-start-over", "upgrade-equivalence", "load", "",
            "load takes the open sessions for just used, so that they end later";
        "fields-by-position", "upgrade-equivalence", "mapping", "",
            "load takes when a session was last used for when it was opened, since a field's place has changed";
        "no-note-is-empty", "upgrade-equivalence", "load", "3Hren/msgpack-rust#41",
            "load takes no note for an empty one";
        "fence-after-leases", "upgrade-equivalence", "load", "",
            "load goes on after the largest token of the leases that are there, and gives out old ones again";
        "handovers-pile-up", "resave", "load", "",
            "load notes each update, and refuses the fifth";
    }
    suspicious {
        "relative-times", "save writes how long ago and how far ahead, and load counts from the time of the save";
        "expired-dropped", "save leaves out leases and sessions that are over";
        "full-buckets-dropped", "save leaves out the full buckets that would be the next to go anyway";
    }
}
