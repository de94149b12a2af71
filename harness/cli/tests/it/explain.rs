//! `handover explain`.

use handover::properties::ALL;

use crate::run::{failure_file, folder, handover};

#[test]
fn every_property_has_a_page_of_its_own_that_fits_a_terminal() {
    let folder = folder();
    let mut pages = Vec::new();
    for property in ALL {
        let page = handover(folder.path(), &["explain", property.id])
            .exits(0)
            .stdout;
        assert!(page.starts_with(property.id), "{page}");
        for part in [
            "Why it matters",
            "What usually causes a failure\n  - ",
            "What to do",
        ] {
            assert!(page.contains(part), "{page}");
        }
        for line in page.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        pages.push(page);
    }
    pages.sort();
    pages.dedup();
    assert_eq!(pages.len(), ALL.len());
}

#[test]
fn without_a_name_every_property_is_named() {
    let folder = folder();
    let contents = handover(folder.path(), &["explain"]).exits(0).stdout;
    for property in ALL {
        let mut lines = contents.lines();
        assert!(lines.any(|line| line == property.id), "{contents}");
    }
}

#[test]
fn a_failure_is_explained_by_its_message_its_blame_and_its_property() {
    let folder = folder();
    let file = failure_file(folder.path(), "upgrade-equivalence");
    let page = handover(folder.path(), &["explain", &file]).exits(0).stdout;
    for part in [
        "To blame: load.",
        "handover replay ",
        "upgrade-equivalence\n",
        "What to do",
    ] {
        assert!(page.contains(part), "{page}");
    }
}

#[test]
fn what_is_neither_a_property_nor_a_file_is_an_error_that_names_the_likely_one() {
    let folder = folder();
    let ran = handover(folder.path(), &["explain", "load-is-totl"]).exits(2);
    assert!(
        ran.stderr.contains("did you mean load-is-total?"),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stdout, "");
}
