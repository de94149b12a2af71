//! The window of readings: tag, length, value, then MessagePack. All of these were written before the generators were looked
//! at (`held_out: true`).

super::sample_pair! {
    "sensors-v1" => "sensors-v2",
    faults {
        "zone-dropped", "upgrade-equivalence", "save", "time-rs/time#269",
            "save writes the time of the last reading without its zone";
        "long-name-in-one-byte", "accepts-saved", "save", "",
            "save writes the length of a name in one byte, where from 128 on it takes two";
        "nan-alarm-is-none", "upgrade-equivalence", "save", "",
            "save writes NaN for no alarm, and so an alarm at NaN is lost";
        "stalest-by-name", "upgrade-equivalence", "save", "",
            "save sorts the sensors by name: another one is forgotten next";
        "sampler-rewound", "upgrade-equivalence", "save", "phase-rs/phase#5466",
            "save writes the sampler's seed without how far it has come";
        "unit-cut-inside", "accepts-saved", "save", "open-wallet-standard/core#110",
            "save cuts a unit at 16 bytes and traps inside a character";
        "median-trusted", "upgrade-equivalence", "load", "",
            "load takes the median that was saved for fresh, although readings have come since";
        "sum-again", "upgrade-equivalence", "load", "",
            "load adds the readings up again, in another order than they were";
        "last-in-seconds", "upgrade-equivalence", "load", "jonasbb/serde_with#625",
            "load rounds the time of the last reading to seconds";
        "count-ignored", "load-is-strict", "load", "",
            "load does not look how many sensors the old snapshot says it has";
    }
    suspicious {
        "median-saved-too", "save writes the median that somebody asked for, and load does not trust it";
        "newest-first", "the new save writes the readings the other way round, and load turns them";
        "seed-advanced", "save writes a generator that has not been used, and goes on like the one that has";
    }
}
