//! What a stall does wrong, or does in a way that only looks wrong.

/// The environment variable that names the mode.
pub const VARIABLE: &str = "MODE";

macro_rules! modes {
    ($($variant:ident = $name:literal,)*) => {
        /// One fault, or one suspicious change. `sample_component::faults` says what each is.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mode {
            /// Nothing of the kind.
            Sound,
            $(#[doc = $name] $variant,)*
        }

        impl Mode {
            /// The names of all modes but the sound one.
            pub const NAMES: &[&str] = &[$($name),*];

            /// The mode of this name.
            pub fn named(name: &str) -> Option<Self> {
                match name {
                    $($name => Some(Self::$variant),)*
                    _ => None,
                }
            }
        }
    };
}

modes! {
    FieldNotSaved = "field-not-saved",
    FieldsSwapped = "fields-swapped",
    NarrowedTo32Bits = "narrowed-to-32-bits",
    SignNotExtended = "sign-not-extended",
    FloatNarrowed = "float-narrowed",
    NanLost = "nan-lost",
    NegativeZeroLost = "negative-zero-lost",
    LengthInCharacters = "length-in-characters",
    LengthWrapsAt256 = "length-wraps-at-256",
    LengthWrapsAt65536 = "length-wraps-at-65536",
    EmptySavedAsNone = "empty-saved-as-none",
    UnstableOrder = "unstable-order",
    KeysMerged = "keys-merged",
    SaveDrainsTheQueue = "save-drains-the-queue",
    SaveTakesAnId = "save-takes-an-id",
    SaveTrapsOnNan = "save-traps-on-nan",
    SaveTrapsOnAnEmptiedList = "save-traps-on-an-emptied-list",
    SaveWritesOutside = "save-writes-outside",
    StampsNotSaved = "stamps-not-saved",
    QuadraticSave = "quadratic-save",
    QuadraticString = "quadratic-string",

    FieldNotLoaded = "field-not-loaded",
    EnumRenumbered = "enum-renumbered",
    ByteOrderChanged = "byte-order-changed",
    UnitsNotConverted = "units-not-converted",
    MigrationStepSkipped = "migration-step-skipped",
    QueueOrderLost = "queue-order-lost",
    MultiplicityLost = "multiplicity-lost",
    IndexNotRebuilt = "index-not-rebuilt",
    TotalByANewFormula = "total-by-a-new-formula",
    IdCounterReset = "id-counter-reset",
    IdempotencyKeysLost = "idempotency-keys-lost",
    TombstonesLost = "tombstones-lost",
    RingOffByOneWhenFull = "ring-off-by-one-when-full",
    DoesNotReadItsOwn = "does-not-read-its-own",
    UnknownVariantDefaulted = "unknown-variant-defaulted",
    MissingFieldDefaulted = "missing-field-defaulted",
    TrailingBytesAccepted = "trailing-bytes-accepted",
    TruncatedInputAccepted = "truncated-input-accepted",
    InvariantsNotChecked = "invariants-not-checked",
    TrapsOnShortInput = "traps-on-short-input",
    LengthOverflows = "length-overflows",
    AllocatesWhatALengthSays = "allocates-what-a-length-says",
    UnboundedRecursion = "unbounded-recursion",
    EndlessLoop = "endless-loop",
    QuadraticTime = "quadratic-time",
    QuadraticMemory = "quadratic-memory",
    JournalNeverCut = "journal-never-cut",
    LoadDependsOnTheClock = "load-depends-on-the-clock",
    LoadDependsOnRandom = "load-depends-on-random",
    LoadWritesOutside = "load-writes-outside",
    LoadExits = "load-exits",

    DeclaredChange = "declared-change",
    DependsOnTheHost = "depends-on-the-host",
    LosslessFormatChange = "lossless-format-change",
    UnsavedCache = "unsaved-cache",
    TimeStamp = "time-stamp",
    CompactingSave = "compacting-save",
    SpoilsWhatIsDiscarded = "spoils-what-is-discarded",
    LoadMerges = "load-merges",
}

impl Mode {
    /// Whether load lets pass what save cannot have written.
    pub(super) fn is_lenient(self) -> bool {
        matches!(
            self,
            Self::UnknownVariantDefaulted
                | Self::MissingFieldDefaulted
                | Self::TrailingBytesAccepted
                | Self::TruncatedInputAccepted
        )
    }
}
