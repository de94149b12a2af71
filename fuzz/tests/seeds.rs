//! Every target runs over its checked-in seeds, without a fuzzer. `HANDOVER_BLESS=1` writes the seeds.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use cart_state::{Operations, v1, v2, v3};
use proptest::prelude::RngExt;
use proptest::test_runner::{RngAlgorithm, TestRng};

fn folder(target: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("seeds")
        .join(target)
}

/// Compares a seed with what it should be, or writes it where that is asked for.
fn compare(target: &str, name: &str, bytes: &[u8]) {
    let path = folder(target).join(name);
    if std::env::var_os("HANDOVER_BLESS").is_some() {
        fs::create_dir_all(folder(target)).expect("the folder can be made");
        fs::write(&path, bytes).expect("the seed can be written");
    }
    let current = fs::read(&path).unwrap_or_default();
    assert!(
        current == bytes,
        "{target}/{name} is old; HANDOVER_BLESS=1 writes it"
    );
}

fn passes(target: &str, binary: &str) {
    let output = Command::new(binary).arg(folder(target)).output();
    let output = output.expect("the target runs");
    let shown = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{output:?}");
    let seeds = fs::read_dir(folder(target))
        .expect("there are seeds")
        .count();
    assert_eq!(shown, format!("{seeds} inputs, 0 of them discarded\n"));
}

#[test]
fn load_answers_real_snapshots() {
    let mut cart = v1::Cart::default();
    compare("load", "cart-v1-empty", &v1::encode(&cart));
    let bought = cart
        .add_line("tea", 2, 350)
        .and_then(|_| cart.checkout("first"));
    bought.expect("the cart takes an order");
    cart.add_line("grün", 1, 0).expect("the cart takes a line");
    compare("load", "cart-v1", &v1::encode(&cart));
    let cart = v2::Cart::from(cart);
    compare("load", "cart-v2", &v2::encode(&cart));
    compare("load", "cart-v3", &v3::encode(&v3::Cart::from(cart)));
    passes("load", env!("CARGO_BIN_EXE_load"));
}

/// Bytes that stand for something, whatever they are.
fn random(seed: u8) -> Vec<u8> {
    let mut rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    (0..400).map(|_| rng.random()).collect()
}

#[test]
fn update_plays_histories() {
    for number in 0..3 {
        compare("update", &format!("history-{number}"), &random(number));
    }
    passes("update", env!("CARGO_BIN_EXE_update"));
}

#[test]
fn state_hands_carts_over() {
    for number in 0..3 {
        compare("state", &format!("cart-{number}"), &random(3 + number));
    }
    passes("state", env!("CARGO_BIN_EXE_state"));
}

#[test]
fn hostile_survives_changed_components() {
    for number in 0..3 {
        compare(
            "hostile",
            &format!("change-{number}"),
            &random(6 + number)[..13],
        );
    }
    let output = Command::new(env!("CARGO_BIN_EXE_hostile"))
        .arg(folder("hostile"))
        .output();
    let output = output.expect("the target runs");
    assert!(output.status.success(), "{output:?}");
    assert!(output.stdout.starts_with(b"3 inputs, "), "{output:?}");
}

#[test]
fn blind_goes_on_where_load_refuses_and_panics_where_it_traps() {
    use cart_state::vault::faults::MISSING_VERSION;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("input");
    let run = |input: &[u8], known: &str| {
        fs::write(&path, input).expect("the input can be written");
        let mut blind = Command::new(env!("CARGO_BIN_EXE_blind"));
        let output = blind.arg(&path).env(handover_fuzz::KNOWN, known).output();
        output.expect("the target runs").status.success()
    };
    let crash = (MISSING_VERSION.input)();
    assert!(run(b"", ""));
    assert!(!run(&crash, ""));
    assert!(!run(&crash, "fatal-value"));
    assert!(run(&crash, "fatal-value,missing-version"));
}
