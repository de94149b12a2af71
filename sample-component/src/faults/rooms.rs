//! The chat room: Protocol buffers in two schemas. All of these were written before the generators were looked at
//! (`held_out: true`).

super::sample_pair! {
    "rooms-v1" => "rooms-v2",
    faults {
        "no-slow-mode-is-zero", "upgrade-equivalence", "save", "protocolbuffers/protobuf#1606",
            "save writes the slow mode as a number that cannot be absent, and 0 becomes none";
        "reply-to-the-first", "upgrade-equivalence", "save", "tokio-rs/prost#554",
            "save writes what a message answers as a number that cannot be absent, and the first message has the id 0";
        "sent-not-saved", "upgrade-equivalence", "save", "",
            "save forgets when the messages were sent";
        "invite-not-saved", "upgrade-equivalence", "save", "",
            "save forgets the invitation, and another is drawn";
        "edited-pinned-reply", "upgrade-equivalence", "save", "",
            "save forgets that a message was edited, if it is pinned and an answer";
        "save-misses-reactions", "upgrade-equivalence", "save", "",
            "save keeps what it wrote, and a reaction does not make it write again";
        "zigzag-read", "upgrade-equivalence", "mapping", "dcarp/protobuf-d#23",
            "load reads the zone in zigzag, which was written plain";
        "moderator-unknown", "upgrade-equivalence", "load", "tokio-rs/prost#76",
            "load takes a role that the new schema forgot for the first one";
        "topic-cut", "upgrade-equivalence", "load", "",
            "load cuts the topic at 64 bytes, where 64 characters are allowed";
        "thread-too-deep", "accepts-saved", "load", "",
            "load refuses a thread of more than 16 answers to answers";
        "pins-unchecked", "accepted-is-stable", "load", "",
            "load accepts a pin on a message that is not there, and looking at the pins traps";
    }
    suspicious {
        "invite-masked", "save writes the invitation under a mask that is drawn anew each time";
        "pins-as-flags", "the new save writes the pins as flags of the messages";
        "read-from-the-end", "the new save writes what is unread instead of what was read";
    }
}
