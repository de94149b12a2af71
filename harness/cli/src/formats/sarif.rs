//! The report as SARIF 2.1.0, which code hosts show beside the code: a rule for each property, a result for each failure.

use std::collections::BTreeSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use handover::judging::verdict::Status;
use handover::properties;

use super::rows::{Row, Told};

/// What is escaped in a path that becomes a URI.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The report.
pub fn sarif(rows: &[Row]) -> Value {
    let mut seen = BTreeSet::new();
    let rules = rows.iter().filter(|row| seen.insert(row.id));
    let results = rows
        .iter()
        .flat_map(|row| row.failures.iter().map(move |it| result(row, it)));
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "handover",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.map(|row| rule(row.id)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn rule(id: &str) -> Value {
    match properties::named(id) {
        Some(property) => json!({
            "id": id,
            "shortDescription": {"text": property.statement},
            "fullDescription": {"text": property.advice.matters},
            "help": {"text": property.advice.remedy},
        }),
        None => json!({"id": id}),
    }
}

fn result(row: &Row, failure: &Told) -> Value {
    let level = match row.status {
        Status::Fail => "error",
        _ => "note",
    };
    json!({
        "ruleId": row.id,
        "level": level,
        "message": {"text": format!("{}: {}\n{}", row.full_name(), failure.message, failure.details.trim_end())},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri(&failure.component)}}}],
        "partialFingerprints": {"handover/v1": format!("{} {}", row.full_name(), failure.signature)},
    })
}

/// The path of a component as a URI: relative as it is, `file:` where it is absolute, `embedded:NAME` as it is.
fn uri(path: &str) -> String {
    let escaped = |path| utf8_percent_encode(path, ESCAPED);
    match path.strip_prefix("embedded:") {
        Some(name) => format!("embedded:{}", escaped(name)),
        None if path.starts_with('/') => format!("file://{}", escaped(path)),
        None => escaped(path).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::uri;

    #[test]
    fn a_path_is_a_uri() {
        for (path, wanted) in [
            ("target/cart-v2.wasm", "target/cart-v2.wasm"),
            (
                "/a b/ü:\u{202e}#.wasm",
                "file:///a%20b/%C3%BC%3A%E2%80%AE%23.wasm",
            ),
            ("embedded:cart-v1", "embedded:cart-v1"),
            ("javascript:alert(1)", "javascript%3Aalert%281%29"),
        ] {
            assert_eq!(uri(path), wanted);
        }
    }
}
