//! The report of a check as a page: well-formed, nothing foreign in it but text, and all that there is to say.

use std::path::Path;

use quick_xml::Reader;
use quick_xml::events::Event;
use serde_json::Value;

use crate::run::{ENOUGH, FAULTY, LOST, folder, handover};

/// A page, read as XML is: every element closed, every attribute quoted.
struct Page {
    source: String,
    elements: Vec<String>,
    text: String,
}

fn page(folder: &Path, name: &str) -> Page {
    let source = std::fs::read_to_string(folder.join(name)).expect("the page was written");
    let (mut elements, mut text) = (Vec::new(), String::new());
    let mut reader = Reader::from_str(&source);
    loop {
        match reader.read_event().expect("it is well-formed") {
            Event::Start(it) | Event::Empty(it) => {
                elements.push(String::from_utf8_lossy(it.name().as_ref()).into_owned());
                for attribute in it.attributes() {
                    let attribute = attribute.expect("an attribute");
                    let key = attribute.key.as_ref();
                    assert!(!key.starts_with(b"on"), "no script: {key:?}");
                    assert!(!matches!(key, b"src"), "nothing is loaded");
                }
            }
            Event::Text(it) => text += &it.decode().expect("text"),
            Event::GeneralRef(it) => match it.resolve_char_ref().expect("a character") {
                Some(it) => text.push(it),
                None => text.push(match &*it {
                    b"quot" => '"',
                    b"lt" => '<',
                    b"gt" => '>',
                    b"amp" => '&',
                    other => panic!("{other:?}"),
                }),
            },
            Event::Eof => break,
            _ => {}
        }
    }
    for element in ["script", "link", "iframe", "img"] {
        assert!(!elements.iter().any(|it| it == element), "{element}");
    }
    Page {
        source,
        elements,
        text,
    }
}

impl Page {
    fn count(&self, element: &str) -> usize {
        self.elements.iter().filter(|it| *it == element).count()
    }

    #[track_caller]
    fn says(&self, text: &str) {
        assert!(self.text.contains(text), "{text:?} is in {}", self.text);
    }
}

#[test]
fn a_page_shows_the_verdict_and_each_failure_with_both_workers() {
    let folder = folder();
    let check = [&["check"][..], &FAULTY, &ENOUGH];
    for name in ["one.html", "other.html"] {
        let files = ["--html", name, "--json", "report.json"];
        handover(folder.path(), &[&check.concat()[..], &files].concat()).exits(1);
    }
    let page_of = |name| page(folder.path(), name);
    let page = page_of("one.html");
    assert_eq!(page.source, page_of("other.html").source);
    page.says("FAIL: do not update");
    page.says("Updates that these versions allow: automatic only");
    let json = std::fs::read_to_string(folder.path().join("report.json")).expect("the report");
    let json: Value = serde_json::from_str(&json).expect("JSON");
    let mut failures = 0;
    for property in json["properties"].as_array().expect("properties") {
        page.says(property["id"].as_str().expect("a name"));
        for failure in property["failures"].as_array().expect("failures") {
            failures += 1;
            page.says(failure["message"].as_str().expect("a text"));
            page.says(failure["replay"].as_str().expect("a path"));
        }
    }
    assert!(failures >= 2);
    assert_eq!(page.count("article"), failures);
    // The note that was lost, as the twin has it.
    assert!(page.source.contains("&quot;<mark>a</mark>&quot;"));
    page.says("3. note() first difference");
    page.says("the snapshot: 25 bytes");
}

#[test]
fn a_page_of_a_hostile_pair_has_no_mark_of_its_own() {
    let folder = folder();
    let name = "<script>alert('1')<!--\u{202e}&lt;{{ 7*7 }}.wasm";
    let old = sample_component::component("cart-v1").expect("it is embedded");
    std::fs::write(folder.path().join(name), old).expect("it is written");
    let check = [
        "check",
        name,
        FAULTY[1],
        ENOUGH[0],
        ENOUGH[1],
        "--html",
        "page.html",
    ];
    handover(folder.path(), &[&check[..], &LOST].concat()).exits(1);
    let page = page(folder.path(), "page.html");
    page.says("<script>alert('1')<!--\\u{202e}&lt;{{ 7*7 }}.wasm");
    assert!(!page.source.contains('\u{202e}'));
}

#[test]
fn a_page_shows_what_nobody_would_miss_and_what_grows() {
    let folder = folder();
    let check = [
        "check",
        "embedded:ledger-v1",
        "embedded:ledger-v2",
        "--cases",
        "4",
    ];
    handover(
        folder.path(),
        &[&check[..], &LOST, &["--html", "page.html"]].concat(),
    )
    .exits(0);
    let passing = page(folder.path(), "page.html");
    passing.says("PASS: nothing was lost in what was exercised");
    passing.says("bytes of the state would be noticed if they were lost");
    assert_eq!((passing.count("article"), passing.count("svg")), (0, 0));

    let config = "[limits]\nfuel = 100000000\nfuel-per-byte = 1000\n[environment]\nMODE = \"quadratic-time\"\n";
    std::fs::write(folder.path().join("mode.toml"), config).expect("a config file");
    let check = [
        "check",
        "embedded:stall-v1",
        "embedded:stall-v3",
        "--config",
        "mode.toml",
    ];
    let only = ["--property", "resources", "--html", "page.html"];
    handover(folder.path(), &[&check[..], &only].concat()).exits(1);
    let growing = page(folder.path(), "page.html");
    assert_eq!((growing.count("svg"), growing.count("circle")), (3, 12));
}

#[test]
fn a_failure_that_no_property_plays_again_shows_what_the_report_has() {
    let folder = folder();
    let take = ["snapshot", FAULTY[0], "--out", "golden", "--cases", "16"];
    handover(folder.path(), &take).exits(0);
    let check = [
        &["check"][..],
        &FAULTY,
        &["--cases", "1", "--property", "revert"],
    ]
    .concat();
    let golden = ["--snapshot", "golden", "--html", "page.html"];
    handover(folder.path(), &[&check[..], &golden].concat()).exits(1);
    let page = page(folder.path(), "page.html");
    page.says("golden: ");
    page.says("what load is given: ");
    assert!(page.count("article") >= 1);
}
