//! What was compiled once is not compiled again, and nothing but the time tells the difference: not a report, not a damaged
//! file, not a folder that cannot be used.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

const FAULTY: [&str; 2] = ["embedded:cart-v1", "embedded:cart-v2-faulty"];

/// How a run of the command in a folder of its own ended, and what it printed and wrote.
#[derive(Debug, PartialEq)]
struct Ran {
    code: Option<i32>,
    stdout: String,
    stderr: String,
    /// The report of a check, and the failure files.
    files: Vec<(PathBuf, String)>,
}

/// Runs the command with what `HANDOVER_CACHE` says.
fn run(cache: impl AsRef<Path>, arguments: &[&str]) -> Ran {
    let folder = folder();
    let output = Command::new(env!("CARGO_BIN_EXE_handover"))
        .current_dir(folder.path())
        .env("HANDOVER_CACHE", cache.as_ref())
        .env_remove("GITHUB_ACTIONS")
        .args(arguments)
        .output()
        .expect("the command can be run");
    let text = |bytes| String::from_utf8(bytes).expect("the output is text");
    let mut files = Vec::new();
    for folder in [folder.path(), &folder.path().join("failures")] {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.expect("the folder can be read").path();
            if let Ok(text) = fs::read_to_string(&path) {
                files.push((path.file_name().expect("a name").into(), text));
            }
        }
    }
    files.sort();
    Ran {
        code: output.status.code(),
        stdout: text(output.stdout),
        stderr: text(output.stderr),
        files,
    }
}

fn check(cache: impl AsRef<Path>) -> Ran {
    let cases = ["--cases", "32", "--json", "report.json"];
    let failures = ["--failures", "failures"];
    run(
        cache,
        &[&["check"][..], &FAULTY, &cases, &failures].concat(),
    )
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a temporary folder can be made")
}

/// The files of a cache, with their contents.
fn kept(cache: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(cache).into_iter().flatten();
    let mut kept: Vec<(PathBuf, Vec<u8>)> = entries
        .map(|it| it.expect("the folder can be read").path())
        .map(|it| (it.clone(), fs::read(&it).expect("the file can be read")))
        .collect();
    kept.sort();
    kept
}

/// What tells a file from another one that took its place.
fn inodes(cache: &Path) -> Vec<u64> {
    let inode = |(path, _): &(PathBuf, _)| fs::metadata(path).expect("it is there").ino();
    kept(cache).iter().map(inode).collect()
}

#[test]
fn a_check_reports_the_same_without_a_cache_with_an_empty_one_and_with_a_full_one() {
    let cache = folder();
    let cache = cache.path().join("made/when/needed");
    let off = check("off");
    assert_eq!(off.code, Some(1), "{}", off.stderr);
    assert!(off.files.len() > 1, "a report and a failure file");
    assert_eq!(check(&cache), off);
    let compiled = inodes(&cache);
    assert_eq!(compiled.len(), 4, "each version in two builds");
    assert_eq!(check(&cache), off);
    assert_eq!(inodes(&cache), compiled, "nothing was compiled again");
}

#[test]
fn a_campaign_finds_the_same_with_what_was_instrumented_before() {
    let campaign = |cache: &Path| {
        let runs = ["--runs", "3000", "--failures", "failures"];
        let mut ran = run(cache, &[&["fuzz", FAULTY[1]][..], &runs].concat());
        // The lines that say how long it took.
        let findings = ran.stdout.find("findings\n").expect("something is found");
        ran.stdout.replace_range(..findings, "");
        ran
    };
    let cache = folder();
    let off = campaign(Path::new("off"));
    assert_eq!(off.code, Some(1), "{}", off.stderr);
    assert_eq!(campaign(cache.path()), off);
    let compiled = inodes(cache.path());
    assert_eq!(compiled.len(), 3, "the component, edges, comparisons");
    assert_eq!(campaign(cache.path()), off);
    assert_eq!(inodes(cache.path()), compiled, "nothing was compiled again");
}

/// Damages what is in the cache, and asserts that this is neither run nor kept.
#[track_caller]
fn is_compiled_again(damage: impl Fn(&mut Vec<u8>)) {
    let cache = folder();
    let inspect = || run(cache.path(), &["inspect", FAULTY[0]]);
    let first = inspect();
    assert_eq!((first.code, first.stderr.as_str()), (Some(0), ""));
    let compiled = kept(cache.path());
    let [(path, bytes)] = compiled.as_slice() else {
        panic!("one file: {compiled:?}");
    };
    let mut damaged = bytes.clone();
    damage(&mut damaged);
    fs::write(path, &damaged).expect("the file can be written");
    let inode = inodes(cache.path());
    assert_eq!(inspect(), first);
    assert_eq!(kept(cache.path()), compiled);
    assert_ne!(inodes(cache.path()), inode, "another file took its place");
}

#[test]
fn a_damaged_file_is_compiled_again() {
    is_compiled_again(|bytes| bytes.clear());
    is_compiled_again(|bytes| bytes.truncate(31));
    is_compiled_again(|bytes| bytes.truncate(bytes.len() / 2));
    is_compiled_again(|bytes| bytes.push(0));
    is_compiled_again(|bytes| *bytes = vec![0; bytes.len()]);
    for at in [0, 1, 2] {
        is_compiled_again(|bytes| {
            let middle = (bytes.len() - 1) * at / 2;
            bytes[middle] ^= 1;
        });
    }
}

#[test]
fn the_file_of_another_component_is_not_taken_for_this_one() {
    let cache = folder();
    let inspect = |component| run(cache.path(), &["inspect", component]);
    let v1 = inspect(FAULTY[0]);
    let first = kept(cache.path());
    let v2 = inspect(FAULTY[1]);
    let both = kept(cache.path());
    let second = both.iter().find(|it| !first.contains(it)).expect("two");
    fs::write(&first[0].0, &second.1).expect("the file can be written");
    assert_eq!(inspect(FAULTY[0]), v1);
    assert_eq!(inspect(FAULTY[1]), v2);
    assert_eq!(kept(cache.path()), both);
}

#[test]
fn with_other_limits_the_engine_is_another_one() {
    let cache = folder();
    let config = cache.path().join("handover.toml");
    fs::write(&config, "[limits]\nstack = 2097152\n").expect("the file can be written");
    let compiled = cache.path().join("compiled");
    let config = config.to_str().expect("a path in text");
    for _ in 0..2 {
        let other = run(&compiled, &["inspect", FAULTY[0], "--config", config]);
        assert_eq!((other.code, other.stderr.as_str()), (Some(0), ""));
        let ran = run(&compiled, &["inspect", FAULTY[0]]);
        assert_eq!((ran.code, ran.stdout), (Some(0), other.stdout));
    }
}

#[test]
fn no_cache_keeps_nothing() {
    let cache = folder();
    let ran = run(cache.path(), &["inspect", FAULTY[0], "--no-cache"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (Some(0), ""));
    assert_eq!(kept(cache.path()), []);
}

#[test]
fn a_folder_that_cannot_be_used_is_one_warning_and_nothing_else() {
    let parent = folder();
    let file = parent.path().join("file");
    fs::write(&file, "no folder").expect("the file can be written");
    // Not even root can make a folder in the second.
    for unusable in [&file, &file.join("folder"), Path::new("/proc/handover")] {
        let ran = check(unusable);
        let warning = format!(
            "warning: compiled components are not kept in {}: ",
            unusable.display()
        );
        assert!(ran.stderr.starts_with(&warning), "{}", ran.stderr);
        let off = check("off");
        assert_eq!(ran.stderr.lines().count(), off.stderr.lines().count() + 1);
        assert_eq!((ran.code, ran.stdout), (off.code, off.stdout));
        assert_eq!(ran.files, off.files);
    }
}

#[test]
fn a_folder_that_others_can_write_to_is_not_used() {
    let cache = folder();
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(cache.path(), open).expect("it is the test's own");
    let ran = run(cache.path(), &["inspect", FAULTY[0]]);
    assert_eq!(ran.code, Some(0));
    assert!(
        ran.stderr.contains("others can write to it"),
        "{}",
        ran.stderr
    );
    assert_eq!(kept(cache.path()), []);
}

#[test]
fn what_is_kept_is_for_the_user_alone() {
    let parent = folder();
    let cache = parent.path().join("cache");
    run(&cache, &["inspect", FAULTY[0]]);
    let mode = |path: &Path| fs::metadata(path).expect("it is there").mode() & 0o777;
    assert_eq!(mode(&cache), 0o700);
    assert_eq!(mode(&kept(&cache)[0].0), 0o600);
}

#[test]
fn two_processes_at_once_share_a_folder() {
    let cache = folder();
    let off = check("off");
    std::thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| scope.spawn(|| check(cache.path())))
            .collect();
        for ran in runs {
            assert_eq!(ran.join().expect("the run ends"), off);
        }
    });
    assert_eq!(kept(cache.path()).len(), 4);
}
