//! The vault keeps its secrets in every format, and its load goes wrong at the planted faults and nowhere else.

use std::panic::catch_unwind;

use cart_state::{
    DecodeError,
    vault::{
        MAX_LAYERS, MAX_NAME, MAX_TEXT, Vault, VaultError, decode, decode_mended, encode,
        faults::{self, ALL},
    },
};
use proptest::{collection::vec, option, prelude::*, sample::Index, sample::select};

#[derive(Clone, Debug)]
enum Operation {
    Put(String, String),
    Remove(String),
    Wrap(String, Vec<u8>),
    Peel(String, u8),
    SetAutoLock(Option<Option<u64>>),
    UseFormat(u8),
}

fn history() -> impl Strategy<Value = Vec<Operation>> {
    let name = || select(vec!["", "a", "grün", "茶"]).prop_map(str::to_owned);
    let key = || select(vec![0, 1, 2, 0x70, 0xff]);
    let seconds = select(vec![0, 1, 127, 128, 0xdead_beef_caff, u64::MAX]);
    let operation = prop_oneof![
        4 => (name(), any::<String>()).prop_map(|(name, text)| Operation::Put(name, text)),
        1 => name().prop_map(Operation::Remove),
        2 => (name(), vec(key(), 0..40)).prop_map(|(name, keys)| Operation::Wrap(name, keys)),
        1 => (name(), key()).prop_map(|(name, key)| Operation::Peel(name, key)),
        1 => option::of(option::of(seconds)).prop_map(Operation::SetAutoLock),
        2 => (0..6_u8).prop_map(Operation::UseFormat),
    ];
    vec(operation, 0..20)
}

fn apply(vault: &mut Vault, operation: &Operation) -> String {
    match operation.clone() {
        Operation::Put(name, text) => format!("{:?}", vault.put(&name, text)),
        Operation::Remove(name) => format!("{:?}", vault.remove(&name)),
        Operation::Wrap(name, keys) => {
            let wrapped = keys.iter().map(|key| vault.wrap(&name, *key));
            format!("{:?}", wrapped.collect::<Vec<_>>())
        }
        Operation::Peel(name, key) => format!("{:?}", vault.peel(&name, key)),
        Operation::SetAutoLock(after) => format!("{:?}", vault.set_auto_lock(after)),
        Operation::UseFormat(version) => format!("{:?}", vault.use_format(version)),
    }
}

fn vault(history: &[Operation]) -> Vault {
    let mut vault = Vault::default();
    history
        .iter()
        .for_each(|operation| drop(apply(&mut vault, operation)));
    vault
}

/// A change to a snapshot.
#[derive(Clone, Debug)]
enum Edit {
    Cut(Index),
    Append(u8),
    Put(Index, u8),
    Insert(Index, u8),
    Remove(Index),
    Repeat(Index, Index),
}

fn edit() -> impl Strategy<Value = Edit> {
    let at = any::<Index>;
    let byte = || prop_oneof![any::<u8>(), select(vec![0, 1, 2, 3, 4, 0x70, 0x80, 0xff])];
    prop_oneof![
        at().prop_map(Edit::Cut),
        byte().prop_map(Edit::Append),
        (at(), byte()).prop_map(|(at, byte)| Edit::Put(at, byte)),
        (at(), byte()).prop_map(|(at, byte)| Edit::Insert(at, byte)),
        at().prop_map(Edit::Remove),
        (at(), at()).prop_map(|(from, to)| Edit::Repeat(from, to)),
    ]
}

/// Leaves the magic alone.
fn edited(snapshot: &[u8], edits: &[Edit]) -> Vec<u8> {
    let (magic, rest) = snapshot.split_at(8);
    let mut bytes = rest.to_vec();
    for edit in edits {
        let end = bytes.len() + 1;
        match edit {
            Edit::Cut(at) => bytes.truncate(at.index(end)),
            Edit::Append(byte) => bytes.push(*byte),
            Edit::Put(at, byte) if !bytes.is_empty() => *at.get_mut(&mut bytes) = *byte,
            Edit::Insert(at, byte) => bytes.insert(at.index(end), *byte),
            Edit::Remove(at) if !bytes.is_empty() => drop(bytes.remove(at.index(bytes.len()))),
            Edit::Repeat(from, to) => {
                let (from, to) = (from.index(end), to.index(end));
                bytes.extend_from_within(from.min(to)..from.max(to));
            }
            Edit::Put(..) | Edit::Remove(_) => {}
        }
    }
    [magic, &bytes].concat()
}

/// Bytes that reach no fault are refused, or are what the vault saves, before and after any operations.
fn holds_up(bytes: &[u8], history: &[Operation]) -> Result<(), TestCaseError> {
    if faults::reached_by(bytes).is_some() {
        return Ok(());
    }
    let mended = decode_mended(bytes);
    prop_assert_eq!(&decode(bytes), &mended);
    let Ok(mut vault) = mended else {
        return Ok(());
    };
    prop_assert_eq!(encode(&vault), bytes);
    for operation in history {
        apply(&mut vault, operation);
        prop_assert_eq!(decode(&encode(&vault)), Ok(vault.clone()));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_snapshot_holds_the_whole_state(history in history()) {
        let vault = vault(&history);
        for version in 1..=4 {
            let mut vault = vault.clone();
            vault.use_format(version).unwrap();
            prop_assert_eq!(encode(&vault)[8], version);
            prop_assert_eq!(decode(&encode(&vault)), Ok(vault.clone()));
            prop_assert_eq!(decode_mended(&encode(&vault)), Ok(vault));
        }
    }

    #[test]
    fn every_format_answers_the_same(before in history(), after in history()) {
        let vaults = [1, 2, 3, 4].map(|version| {
            let mut vault = vault(&before);
            vault.use_format(version).unwrap();
            let mut vault = decode(&encode(&vault)).unwrap();
            vault.use_format(4).unwrap();
            let answers = after.iter().map(|operation| apply(&mut vault, operation));
            (answers.collect::<Vec<_>>(), vault)
        });
        for vault in &vaults {
            prop_assert_eq!(vault, &vaults[0]);
        }
    }

    #[test]
    fn edited_snapshots_are_refused_or_hold_up(
        before in history(), version in 1..=4_u8, edits in vec(edit(), 0..4), after in history()
    ) {
        let mut vault = vault(&before);
        vault.use_format(version).unwrap();
        holds_up(&edited(&encode(&vault), &edits), &after)?;
    }

    #[test]
    fn any_bytes_get_an_answer(bytes in vec(any::<u8>(), 0..60), version in 0..6_u8, small in vec(0..4_u8, 0..30)) {
        holds_up(&bytes, &[])?;
        for body in [bytes, small] {
            holds_up(&[b"VAULTBOX", &[version][..], &body].concat(), &[])?;
        }
    }

    #[test]
    fn a_tail_or_a_cut_is_refused(history in history(), version in 1..=4_u8, tail in any::<u8>(), cut in any::<Index>()) {
        let mut vault = vault(&history);
        vault.use_format(version).unwrap();
        let mut bytes = encode(&vault);
        prop_assert!(decode_mended(&bytes[..cut.index(bytes.len())]).is_err());
        bytes.push(tail);
        prop_assert!(decode_mended(&bytes).is_err());
    }
}

#[test]
fn every_fault_has_an_input_that_reaches_it() {
    for fault in ALL {
        let input = (fault.input)();
        let reached = faults::reached_by(&input).map(|fault| fault.name);
        assert_eq!(reached, Some(fault.name));
        assert!(input.len() < 1024, "{fault:?}");
    }
}

#[test]
fn the_faults_are_told_apart() {
    for (index, fault) in ALL.iter().enumerate() {
        for other in &ALL[index + 1..] {
            assert_ne!(fault.name, other.name);
            assert_ne!(fault.function, other.function);
        }
    }
}

#[test]
fn the_faults_that_can_panic_here_do() {
    for fault in [
        faults::MISSING_VERSION,
        faults::UNCHECKED_LENGTH,
        faults::FATAL_VALUE,
        faults::ROWS_BEYOND_COLUMN,
    ] {
        let input = (fault.input)();
        assert!(catch_unwind(|| decode(&input)).is_err(), "{fault:?}");
    }
}

/// Native stacks and memories are larger, and a hang has no end: these three are met in the component only. Here it is
/// their inputs that are looked at.
#[test]
fn the_other_faults_have_inputs_beyond_every_limit() {
    const BODY: usize = 9;
    let layers = (faults::UNBOUNDED_LAYERS.input)();
    let layers = layers[BODY + 6..].chunks(2);
    assert!(layers.clone().all(|layer| layer == [1, 0]));
    assert!(layers.len() * 4096 > 1 << 20, "the stack of a guest");

    let count = (faults::UNCHECKED_COUNT.input)();
    let count = u32::from_le_bytes(*count[BODY + 1..].first_chunk().unwrap()) as usize;
    assert!(count * 36 > 512 << 20, "the memory of a worker");
    assert!(
        count * 36 < 1 << 31,
        "more is refused before it is reserved"
    );

    let padding = (faults::PADDING_WITHOUT_STEP.input)();
    assert_eq!(padding[BODY..], [0, 1, 0, 0, 0, 0, b'p']);
}

#[test]
fn the_neighbours_of_a_fault_are_no_fault() {
    let neighbours: [&[u8]; 6] = [
        b"VAULTBO",
        b"VAULTBOX\x01\x01\0\0\0\0",
        b"VAULTBOX\x02\x01\x01\xff\x95\xfb\xed\xdb\xd5\x37\0",
        b"VAULTBOX\x03\0\x01\x01\0\x01\0\x01\0",
        b"VAULTBOX\x04\0\0\0\0\0",
        b"VAULTBOX\x04\0\x01\0\0\0\0\x01\x07\0\0\0",
    ];
    for bytes in neighbours {
        assert_eq!(decode(bytes), decode_mended(bytes), "{bytes:?}");
    }
    assert_eq!(decode(neighbours[0]), Err(DecodeError::Magic));
    for bytes in &neighbours[1..] {
        assert_eq!(
            decode(bytes).map(|vault| encode(&vault)).as_deref(),
            Ok(*bytes)
        );
    }
}

#[test]
fn what_no_format_can_hold_is_refused() {
    let mut vault = Vault::default();
    let put = |vault: &mut Vault, name: usize, text: usize| {
        vault.put(&"n".repeat(name), "t".repeat(text)).is_ok()
    };
    assert!(put(&mut vault, MAX_NAME, MAX_TEXT));
    assert!(!put(&mut vault, MAX_NAME + 1, 0));
    assert!(!put(&mut vault, 0, MAX_TEXT + 1));
    let name = "n".repeat(MAX_NAME);
    for _ in 0..MAX_LAYERS {
        vault.wrap(&name, 7).unwrap();
    }
    assert_eq!(vault.wrap(&name, 7), Err(VaultError::TooManyLayers));
    assert_eq!(vault.peel(&name, 8), Err(VaultError::WrongKey(Some(7))));
    assert_eq!(
        vault.wrap("", 7),
        Err(VaultError::UnknownSecret(String::new()))
    );
    for version in 1..=4 {
        vault.use_format(version).unwrap();
        assert_eq!(decode(&encode(&vault)), Ok(vault.clone()));
    }
    for version in [0, 5, 255] {
        assert_eq!(
            vault.use_format(version),
            Err(VaultError::UnknownFormat(version))
        );
    }
}
