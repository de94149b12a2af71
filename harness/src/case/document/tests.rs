use super::node::Number;
use super::*;
use crate::case::runner;

const JSON: &str = r#"{"next":3,"lines":[{"id":1,"sku":"tea","price":2.50},{"id":2,"sku":"é","price":1e3}],"note":null,"big":340282366920938463463374607431768211455,"twice":1,"twice":2}"#;

fn octets(bytes: impl Into<Vec<u8>>) -> Document {
    let snapshot = Snapshot::octets(bytes);
    recognise(&snapshot).unwrap_or_else(|| panic!("not recognised: {snapshot}"))
}

fn paths(document: &Document) -> Vec<String> {
    document
        .leaves()
        .iter()
        .map(|(path, _)| path.to_string())
        .collect()
}

fn with(document: &Document, wanted: &str, leaf: &Leaf) -> Option<Vec<u8>> {
    let leaves = document.leaves().into_iter();
    let (path, _) = leaves
        .into_iter()
        .find(|(path, _)| path.to_string() == wanted)?;
    document.with_leaf(&path, leaf)
}

/// What comes out of many mutations.
fn mutations(document: &Document, other: Option<&Document>) -> Vec<Vec<u8>> {
    some_mutations(document, other, 600)
}

fn some_mutations(document: &Document, other: Option<&Document>, count: usize) -> Vec<Vec<u8>> {
    let one = |number| document.mutated(runner(1, "document", number).rng(), other);
    (0..count).map(one).collect()
}

#[test]
fn what_means_the_same_is_one_field_whichever_record_it_is_in() {
    let fields = |json: &str| {
        let document = octets(json);
        let places = document.places();
        let values = places.iter().filter(|it| it.node.parts() == 0);
        let fields: std::collections::BTreeSet<u64> = values.map(|it| it.field).collect();
        fields.len()
    };
    assert_eq!(fields(r#"{"a":1,"b":2}"#), 4);
    // The keys and the values of two fields in a list, and the list's own name.
    let lines = r#"{"lines":[{"id":1,"sku":"a"},{"id":2,"sku":"b"},{"id":3,"sku":"c"}]}"#;
    assert_eq!(fields(lines), 5);
    // Ids, and names of records that are all alike, are no names of fields.
    assert_eq!(fields(r#"{"B-1":{"n":1},"B-2":{"n":2},"B-3":{"n":2}}"#), 3);
    assert_eq!(fields(r#"{"ann":{"n":1},"bo":{"n":2}}"#), 3);
    // Of a list of unlike values, each place has its meaning; of others, none has.
    assert_eq!(fields(r#"[[1,"a"],[2,"b"]]"#), 2);
    assert_eq!(fields("[1,2,3]"), 1);
}

#[test]
fn a_field_of_which_there_is_one_value_is_changed_beside_those_that_have_many() {
    let item = |id: u32| format!(r#"{{"id":{id},"sku":"tea","quantity":{}}}"#, id * 10);
    let items: Vec<String> = (1..=100).map(item).collect();
    let document = octets(format!(r#"{{"limit":77,"items":[{}]}}"#, items.join(",")));
    let is_limit = |bytes: &Vec<u8>| !String::from_utf8_lossy(bytes).contains(r#""limit":77,"#);
    let changed = mutations(&document, None);
    let changed = changed.iter().filter(|it| is_limit(it)).count();
    // One of 300 values would be changed twice.
    assert!(changed > 12, "{changed} of 600");
}

#[test]
fn a_reference_comes_to_be_one_to_itself() {
    let comment = |id: u32| format!(r#"{{"id":{id},"parent":null,"text":"t{id}"}}"#);
    let comments: Vec<String> = (11..=30).map(comment).collect();
    let document = octets(format!("[{}]", comments.join(",")));
    let is_own = |bytes: &Vec<u8>| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        (11..=30).any(|id| text.contains(&format!(r#"{{"id":{id},"parent":{id},"#)))
    };
    let changed = some_mutations(&document, None, 1_200);
    assert!(changed.iter().any(is_own));
}

#[test]
fn json_is_written_as_it_was_read() {
    let document = octets(JSON);
    assert_eq!(document.format(), Format::Json);
    assert_eq!(String::from_utf8_lossy(&document.to_bytes()), JSON);
    let wanted = ["next", "lines[0].id", "lines[0].sku", "lines[0].price"];
    assert_eq!(paths(&document)[..4], wanted);
}

/// The same as CBOR and as MessagePack, with what only they have.
fn tree() -> Node {
    let text = |it: &str| Node::Text(it.to_owned());
    let line = |id| {
        Node::Map(vec![
            (text("id"), Node::Integer(id)),
            (text("sku"), text("tea")),
        ])
    };
    Node::Map(vec![
        (text("lines"), Node::List(vec![line(1), line(2)])),
        (text("next"), Node::Integer(3)),
        (text("price"), Node::Double(2.5)),
        (text("raw"), Node::Bytes(vec![0, 1, 2])),
        (text("least"), Node::Integer(i64::MIN.into())),
        (text("most"), Node::Integer(u64::MAX.into())),
        (Node::Integer(7), Node::Bool(true)),
    ])
}

#[test]
fn cbor_and_message_pack_are_told_apart_and_written_as_they_were_read() {
    for format in [Format::Cbor, Format::MessagePack] {
        let bytes = write_value(format, &tree());
        let document = octets(bytes.clone());
        assert_eq!(document.format(), format);
        assert_eq!(document.to_bytes(), bytes);
        assert_eq!(document.pieces, [Piece::Value(format, tree())]);
        assert!(paths(&document).contains(&"lines[1].sku".to_owned()));
    }
    let single = Node::List(vec![Node::Single(0.1), Node::Extension(5, vec![1])]);
    let bytes = write_value(Format::MessagePack, &single);
    assert_eq!(
        octets(bytes).pieces,
        [Piece::Value(Format::MessagePack, single)]
    );
}

/// A magic number, a version, what `around` writes of the document's length, the document, its CRC.
fn framed(body: &[u8]) -> Vec<u8> {
    let mut bytes = b"CART\x02".to_vec();
    bytes.extend((body.len() as u32).to_le_bytes());
    bytes.extend(body);
    let crc = crc::Crc::<u32>::new(&crc::CRC_32_ISO_HDLC).checksum(&bytes);
    bytes.extend(crc.to_be_bytes());
    bytes
}

#[test]
fn what_stands_around_a_document_stays_right() {
    for format in [Format::Json, Format::Cbor, Format::MessagePack] {
        let bytes = framed(&write_value(format, &tree()));
        let document = octets(bytes.clone());
        assert_eq!(document.format(), format);
        assert_eq!(document.to_bytes(), bytes);
        let changed = with(&document, "next", &Leaf::Integer(70_000));
        let Node::Map(mut entries) = tree() else {
            panic!("a map");
        };
        entries[1].1 = Node::Integer(70_000);
        assert_eq!(
            changed,
            Some(framed(&write_value(format, &Node::Map(entries))))
        );
    }
}

const PRINCIPAL: &str = r#"{"tag":"oidc","sub":"ann"}"#;

fn with_principal(state: &[u8]) -> Vec<u8> {
    let mut bytes = vec![2];
    bytes.extend((PRINCIPAL.len() as u32).to_be_bytes());
    bytes.extend(PRINCIPAL.bytes());
    bytes.extend(state);
    bytes
}

fn multipart(state: &str) -> Vec<u8> {
    let head = "Content-Disposition: attachment; name=";
    format!(
        "--b0unDary\r\n{head}\"state\"\r\nContent-Type: application/json\r\n\r\n{state}\r\n\
         --b0unDary\r\n{head}\"db\"\r\nContent-Type: application/x-sqlite3\r\n\r\n\0\u{1}raw\r\n\
         --b0unDary--\r\n"
    )
    .into_bytes()
}

/// Whether bytes are a whole document.
type IsWhole<'a> = Box<dyn Fn(&[u8]) -> bool + 'a>;

#[test]
fn an_envelope_keeps_its_outside_most_of_the_time() {
    let automatic = format!(r#"{{"principal":{PRINCIPAL},"state":{JSON},"version":1}}"#);
    let outside = |bytes: &[u8]| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        text.starts_with(&automatic[..automatic.find("next").unwrap_or_default() - 2])
            && text.ends_with(r#","version":1}"#)
    };
    let cbor = write_value(Format::Cbor, &tree());
    let by_hand = with_principal(&cbor);
    let parts = multipart(JSON);
    let cases: [(Vec<u8>, Format, IsWhole<'_>); 3] = [
        (
            automatic.clone().into_bytes(),
            Format::Json,
            Box::new(outside),
        ),
        (
            by_hand,
            Format::Cbor,
            Box::new(|bytes| bytes.starts_with(&with_principal(b""))),
        ),
        (
            parts,
            Format::Json,
            Box::new(|bytes| {
                bytes.starts_with(&multipart("")[..93]) && bytes.ends_with(b"\r\n--b0unDary--\r\n")
            }),
        ),
    ];
    for (bytes, format, is_right_outside) in cases {
        let document = octets(bytes.clone());
        assert_eq!(document.format(), format);
        assert_eq!(document.to_bytes(), bytes);
        let mutations = mutations(&document, None);
        let other = mutations.iter().filter(|it| **it != bytes).count();
        assert!(other > 500, "{other} changed {format:?}");
        let right = mutations.iter().filter(|it| is_right_outside(it)).count();
        assert!(
            (480..600).contains(&right),
            "{right} are right outside of {format:?}"
        );
    }
}

#[test]
fn the_state_in_an_envelope_has_paths_of_its_own() {
    let document = octets(with_principal(&write_value(Format::Cbor, &tree())));
    let paths = paths(&document);
    assert_eq!(paths[..2], ["principal.tag", "principal.sub"]);
    assert!(
        paths.contains(&"state.lines[0].sku".to_owned()),
        "{paths:?}"
    );
    let document = octets(multipart(JSON));
    assert!(self::paths(&document).contains(&"state.lines[0].id".to_owned()));
    let changed = with(&document, "state.note", &Leaf::Text("a".to_owned()));
    assert_eq!(changed, Some(multipart(&JSON.replace("null", "\"a\""))));
}

/// Names with their ages behind a count, as postcard, bincode and borsh write them.
fn binary(number: Number, people: &[(&str, u32)]) -> Vec<u8> {
    let mut bytes = number.write(people.len() as u64);
    for (name, age) in people {
        bytes.extend(number.write(name.len() as u64));
        bytes.extend(name.bytes());
        bytes.extend(age.to_le_bytes());
    }
    bytes.extend([9, 0]);
    bytes
}

#[test]
fn lengths_and_counts_follow_what_they_speak_of() {
    for number in [
        Number::Little(8),
        Number::Big(4),
        Number::Little(2),
        Number::Leb128,
    ] {
        let bytes = binary(number, &[("anna", 7), ("bertil", 70), ("cæsar", 700)]);
        let document = octets(bytes.clone());
        assert_eq!(document.format(), Format::Plain);
        assert_eq!(document.to_bytes(), bytes, "{number:?}");
        let text = document
            .leaves()
            .into_iter()
            .find(|(_, leaf)| *leaf == Leaf::Text("bertil".to_owned()));
        let path = text.map(|(path, _)| path).unwrap_or_default();
        let longer = "bertil the younger".repeat(20);
        assert_eq!(
            document.with_leaf(&path, &Leaf::Text(longer.clone())),
            Some(binary(
                number,
                &[("anna", 7), (&longer, 70), ("cæsar", 700)]
            )),
        );
        let mutations = mutations(&document, None);
        let without = binary(number, &[("anna", 7), ("cæsar", 700)]);
        assert!(mutations.contains(&without), "{number:?}");
    }
}

#[test]
fn mutations_are_of_the_format_and_of_every_kind() {
    let ids = |ids: &[i128]| Node::List(ids.iter().map(|id| Node::Integer(*id)).collect());
    let text = |it: &str| Node::Text(it.to_owned());
    let state = |list: Node, next| {
        Node::Map(vec![
            (text("ids"), list),
            (text("next"), Node::Integer(next)),
        ])
    };
    for format in [Format::Json, Format::Cbor, Format::MessagePack] {
        let written = |node: &Node| write_value(format, node);
        let document = octets(written(&state(ids(&[1, 2, 3]), 4)));
        let other = octets(written(&state(ids(&[7, 8, 9, 10]), 11)));
        let mutations = mutations(&document, Some(&other));
        for bytes in &mutations {
            let snapshot = Snapshot::octets(bytes.clone());
            let read = recognise(&snapshot).map(|it| it.format());
            // What became a single value is taken for nothing, and a deep nest is not looked into.
            let is_other = bytes.len() < 12 || bytes.len() > 100;
            assert!(read == Some(format) || is_other, "{format:?}: {snapshot}");
        }
        let mutations = some_mutations(&document, Some(&other), 3_000);
        for (what, wanted) in [
            ("a next id that was given", state(ids(&[1, 2, 3]), 3)),
            ("a dropped item", state(ids(&[1, 3]), 4)),
            ("a doubled id", state(ids(&[1, 2, 2]), 4)),
            ("an emptied list", state(ids(&[]), 4)),
            ("a large number", state(ids(&[1, 2, 3]), 1_000_000_000)),
            ("a part of another snapshot", state(ids(&[7, 8, 9, 10]), 4)),
            (
                "a removed key",
                Node::Map(vec![(text("ids"), ids(&[1, 2, 3]))]),
            ),
            ("null", state(Node::Null, 4)),
        ] {
            assert!(mutations.contains(&written(&wanted)), "{format:?}: {what}");
        }
    }
}

#[test]
fn documents_within_documents_are_taken_apart() {
    let inner = write_value(Format::Cbor, &tree());
    let outer = Node::Map(vec![
        (Node::Text("body".to_owned()), Node::Bytes(inner)),
        (
            Node::Text("text".to_owned()),
            Node::Text(r#"{"a":[1]}"#.to_owned()),
        ),
    ]);
    let bytes = write_value(Format::Cbor, &outer);
    let document = octets(bytes.clone());
    assert_eq!(document.to_bytes(), bytes);
    let paths = paths(&document);
    assert!(paths.contains(&"body.lines[1].id".to_owned()), "{paths:?}");
    assert!(paths.contains(&"text.a[0]".to_owned()), "{paths:?}");
}

#[test]
fn every_leaf_can_be_set_by_its_path() {
    let documents = [
        octets(JSON),
        octets(write_value(Format::MessagePack, &tree())),
        octets(framed(&write_value(Format::Cbor, &tree()))),
        octets(with_principal(JSON.as_bytes())),
        octets(binary(Number::Leb128, &[("anna", 7), ("bertil", 70)])),
    ];
    for document in documents {
        let leaves = document.leaves();
        assert!(leaves.len() > 4);
        for (index, (path, leaf)) in leaves.iter().enumerate() {
            // A key that stands twice leads to the first of its values.
            if leaves[..index].iter().any(|(earlier, _)| earlier == path) {
                continue;
            }
            let same = document.with_leaf(path, leaf);
            let again = same.map(|bytes| octets(bytes).leaves());
            assert_eq!(again.as_ref(), Some(&leaves), "{path}");
        }
    }
}

#[test]
fn a_shape_knows_new_kinds_and_sizes_but_no_values() {
    let shape = |json: &str| octets(json).shape();
    let base = shape(r#"{"a":[{"id":40,"of":57}],"n":"ab"}"#);
    assert_eq!(shape(r#"{"a":[{"id":41,"of":58}],"n":"xy"}"#), base);
    for other in [
        r#"{"a":[{"id":40,"of":57},{"id":40,"of":57}],"n":"ab"}"#,
        r#"{"a":[{"id":40,"of":40}],"n":"ab"}"#,
        r#"{"a":[{"id":40000,"of":57}],"n":"ab"}"#,
        r#"{"a":[{"id":40,"of":null}],"n":"ab"}"#,
        r#"{"a":[],"n":"ab"}"#,
        r#"{"a":[{"id":40,"of":57}],"n":"é"}"#,
    ] {
        assert_ne!(shape(other), base, "{other}");
    }
}

#[test]
fn no_bytes_are_too_odd_to_be_looked_at() {
    let mut runner = runner(3, "odd", 0);
    let rng = runner.rng();
    let bases = [
        JSON.as_bytes().to_vec(),
        write_value(Format::Cbor, &tree()),
        framed(&write_value(Format::MessagePack, &tree())),
        multipart(JSON),
        with_principal(JSON.as_bytes()),
        binary(Number::Leb128, &[("anna", 7), ("bertil", 70)]),
        [vec![b'['; 40_000], vec![b']'; 40_000]].concat(),
        vec![0x81; 40_000],
        vec![0x91; 40_000],
        vec![0xdd, 0xff, 0xff, 0xff, 0xff],
        vec![0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        vec![0x5b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
    ];
    for base in bases {
        for _ in 0..200 {
            let mut bytes = base.clone();
            crate::case::mutate::edit(&mut bytes, &base, 50_000, rng);
            if let Some(document) = recognise(&Snapshot::octets(bytes)) {
                document.leaves();
                document.shape();
                document.mutated(rng, Some(&document));
            }
        }
    }
}

#[test]
fn every_part_can_be_taken_away_and_every_value_made_simple() {
    let document = octets(r#"{"a":[1,2],"b":{"c":"x"}}"#);
    let without = |number| {
        document
            .without(number)
            .map(|it| String::from_utf8_lossy(&it).into_owned())
    };
    assert_eq!(document.nodes(), 9);
    assert_eq!(without(0), None);
    assert_eq!(without(1).as_deref(), Some(r#"{"b":{"c":"x"}}"#));
    assert_eq!(without(4).as_deref(), Some(r#"{"a":[1],"b":{"c":"x"}}"#));
    assert_eq!(without(8).as_deref(), Some(r#"{"a":[1,2],"b":{}}"#));
    assert_eq!(without(9), None);
    let simplest = document.with_simplest(8);
    assert_eq!(simplest, Some(br#"{"a":[1,2],"b":{"c":""}}"#.to_vec()));
}
