//! Types and agents as a component writes them down.

use super::super::guest::Dialect;
use super::super::wire::{record, some, string, variant};
use crate::value::rules::{Decimal, Discriminator, Kind, QuantityRules};
use crate::value::{Val, WitType};

fn none() -> Val {
    Val::Option(None)
}

fn strings(texts: &[String]) -> Val {
    Val::List(texts.iter().map(|it| string(it)).collect())
}

fn optional(value: Option<Val>) -> Val {
    Val::Option(value.map(Box::new))
}

pub(super) fn no_metadata() -> Val {
    metadata(None, &[])
}

pub(super) fn metadata(role: Option<&str>, examples: &[&str]) -> Val {
    record([
        ("doc", none()),
        ("aliases", Val::List(vec![])),
        (
            "examples",
            Val::List(examples.iter().map(|it| string(it)).collect()),
        ),
        ("deprecated", none()),
        (
            "role",
            optional(role.map(|it| Val::Variant(it.to_owned(), None))),
        ),
    ])
}

/// A node of 2.0 with this body.
pub(super) fn schema_node(body: Val) -> Val {
    record([("body", body), ("metadata", no_metadata())])
}

/// A node of 1.5 without a name.
pub(super) fn wit_node(shape: Val) -> Val {
    record([("name", none()), ("owner", none()), ("type", shape)])
}

/// A list of type nodes that grows.
pub(super) struct Types {
    pub(super) dialect: Dialect,
    pub(super) nodes: Vec<Val>,
}

impl Types {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            nodes: Vec::new(),
        }
    }

    fn is_new(&self) -> bool {
        self.dialect == Dialect::V2_0
    }

    /// Adds a type, the root first.
    pub(super) fn add(&mut self, ty: &WitType) -> Val {
        let at = self.nodes.len();
        self.nodes.push(none());
        let body = self.body(ty);
        self.nodes[at] = match (self.is_new(), &*ty.kind()) {
            (true, Kind::Multimodal) => record([
                ("body", body),
                ("metadata", metadata(Some("multimodal"), &[])),
            ]),
            (true, _) => schema_node(body),
            (false, _) => wit_node(body),
        };
        Val::S32(i32::try_from(at).unwrap())
    }

    fn optional(&mut self, ty: &Option<WitType>) -> Val {
        optional(ty.as_ref().map(|ty| self.add(ty)))
    }

    fn body(&mut self, ty: &WitType) -> Val {
        let shape = ty.shape().into_owned();
        if let Some(primitive) = self.primitive(&shape, &ty.kind()) {
            return primitive;
        }
        if self.is_new()
            && let Some(body) = self.kind(&ty.kind(), &shape)
        {
            return body;
        }
        match &shape {
            WitType::List(item) => variant("list-type", self.add(item)),
            WitType::FixedLengthList(item, length) => {
                let element = self.add(item);
                let spec = record([("element", element), ("length", Val::U32(*length))]);
                variant("fixed-list-type", spec)
            }
            WitType::Option(item) => variant("option-type", self.add(item)),
            WitType::Tuple(types) => {
                let types = types.iter().map(|it| self.add(it)).collect();
                variant("tuple-type", Val::List(types))
            }
            WitType::Record(fields) => {
                let fields = fields.iter().map(|(name, ty)| match self.is_new() {
                    true => record([
                        ("name", string(name)),
                        ("body", self.add(ty)),
                        ("metadata", no_metadata()),
                    ]),
                    false => Val::Tuple(vec![string(name), self.add(ty)]),
                });
                variant("record-type", Val::List(fields.collect()))
            }
            WitType::Variant(cases) => {
                let cases = cases.iter().map(|(name, ty)| match self.is_new() {
                    true => record([
                        ("name", string(name)),
                        ("payload", self.optional(ty)),
                        ("metadata", no_metadata()),
                    ]),
                    false => Val::Tuple(vec![string(name), self.optional(ty)]),
                });
                variant("variant-type", Val::List(cases.collect()))
            }
            WitType::Enum(names) => variant("enum-type", strings(names)),
            WitType::Flags(names) => variant("flags-type", strings(names)),
            WitType::Result(types) => {
                let (ok, err) = (self.optional(&types.0), self.optional(&types.1));
                let types = match self.is_new() {
                    true => record([("ok", ok), ("err", err)]),
                    false => Val::Tuple(vec![ok, err]),
                };
                variant("result-type", types)
            }
            other => panic!("a test asks for {other}"),
        }
    }

    fn primitive(&self, ty: &WitType, kind: &Kind) -> Option<Val> {
        let plain = matches!(
            kind,
            Kind::Plain | Kind::Integers { .. } | Kind::Floats { .. }
        );
        let name = match ty {
            WitType::Bool | WitType::Char | WitType::String | WitType::U8 | WitType::S8 => ty,
            WitType::U16 | WitType::S16 | WitType::U32 | WitType::S32 => ty,
            WitType::U64 | WitType::S64 | WitType::F32 | WitType::F64 => ty,
            _ => return None,
        };
        if !plain {
            return None;
        }
        if !self.is_new() {
            return Some(Val::Variant(format!("prim-{name}-type"), None));
        }
        let name = format!("{name}-type");
        if matches!(ty, WitType::Bool | WitType::Char | WitType::String) {
            return Some(Val::Variant(name, None));
        }
        let bound = |number: &i128| match u64::try_from(*number) {
            Ok(number) => variant("unsigned", Val::U64(number)),
            Err(_) => variant("signed", Val::S64(i64::try_from(*number).unwrap())),
        };
        let float = |number: &f64| variant("float-bits", Val::U64(number.to_bits()));
        let range = match kind {
            Kind::Integers { min, max } => Some((bound(min), bound(max))),
            Kind::Floats { min, max } => Some((float(min), float(max))),
            _ => None,
        };
        let range = range
            .map(|(min, max)| record([("min", some(min)), ("max", some(max)), ("unit", none())]));
        Some(variant(&name, optional(range)))
    }

    fn kind(&mut self, kind: &Kind, shape: &WitType) -> Option<Val> {
        let texts = |texts: &Option<Vec<String>>| optional(texts.as_ref().map(|it| strings(it)));
        let number = |number: &Option<u32>| optional(number.map(Val::U32));
        Some(match (kind, shape) {
            (Kind::Uuid, _) => Val::Variant("uuid-type".to_owned(), None),
            (Kind::Datetime, _) => Val::Variant("datetime-type".to_owned(), None),
            (Kind::Duration, _) => Val::Variant("duration-type".to_owned(), None),
            (Kind::Text(rules), _) => {
                let pattern = rules.pattern.as_ref().map(|it| string(it.text()));
                let rules = record([
                    ("languages", texts(&rules.languages)),
                    ("min-length", number(&rules.min_length)),
                    ("max-length", number(&rules.max_length)),
                    ("regex", optional(pattern)),
                ]);
                variant("text-type", rules)
            }
            (Kind::Binary(rules), _) => {
                let rules = record([
                    ("mime-types", texts(&rules.mime_types)),
                    ("min-bytes", number(&rules.min_bytes)),
                    ("max-bytes", number(&rules.max_bytes)),
                ]);
                variant("binary-type", rules)
            }
            (Kind::Path { extensions }, _) => {
                let spec = record([
                    ("direction", Val::Enum("input".to_owned())),
                    ("kind", Val::Enum("file".to_owned())),
                    ("allowed-mime-types", none()),
                    ("allowed-extensions", texts(extensions)),
                ]);
                variant("path-type", spec)
            }
            (Kind::Url(rules), _) => {
                let rules = record([
                    ("allowed-schemes", texts(&rules.schemes)),
                    ("allowed-hosts", texts(&rules.hosts)),
                ]);
                variant("url-type", rules)
            }
            (Kind::Quantity(rules), _) => quantity(rules),
            (Kind::Map, WitType::List(entry)) => {
                let WitType::Tuple(types) = &**entry else {
                    return None;
                };
                let (key, value) = (self.add(&types[0]), self.add(&types[1]));
                variant("map-type", record([("key", key), ("value", value)]))
            }
            (Kind::Union(rules), WitType::Variant(cases)) => {
                let branches = cases.iter().zip(rules).map(|((tag, ty), (_, rule))| {
                    record([
                        ("tag", string(tag)),
                        ("body", self.add(ty.as_ref().unwrap())),
                        ("discriminator", discriminator(rule)),
                        ("metadata", no_metadata()),
                    ])
                });
                let branches = Val::List(branches.collect());
                variant("union-type", record([("branches", branches)]))
            }
            _ => return None,
        })
    }
}

fn quantity(rules: &QuantityRules) -> Val {
    let unit = || string(&rules.units[0]);
    let bound = |it: &Option<Decimal>| {
        optional(it.map(|it| {
            record([
                ("mantissa", Val::S64(it.mantissa)),
                ("scale", Val::S32(it.scale)),
                ("unit", unit()),
            ])
        }))
    };
    let spec = record([
        ("base-unit", unit()),
        ("allowed-suffixes", strings(&rules.units)),
        ("min", bound(&rules.min)),
        ("max", bound(&rules.max)),
    ]);
    variant("quantity-type", spec)
}

fn discriminator(rule: &Discriminator) -> Val {
    match rule {
        Discriminator::Prefix(text) => variant("prefix", string(text)),
        Discriminator::Suffix(text) => variant("suffix", string(text)),
        Discriminator::Contains(text) => variant("contains", string(text)),
        Discriminator::Pattern(pattern) => variant("regex", string(pattern.text())),
        Discriminator::FieldAbsent(name) => variant("field-absent", string(name)),
        Discriminator::FieldEquals(name, literal) => {
            let literal = optional(literal.as_ref().map(|it| string(it)));
            let rule = record([("field-name", string(name)), ("literal", literal)]);
            variant("field-equals", rule)
        }
    }
}

/// An agent type with one constructor parameter and one method that takes and returns a value.
pub(super) fn agent(dialect: Dialect, constructor: &WitType, method: &WitType) -> Val {
    match dialect {
        Dialect::V1_3 | Dialect::V1_5 => {
            let element = |ty: &WitType| element(dialect, ty);
            let input = |ty: &WitType| match &*ty.kind() {
                Kind::Multimodal => variant("multimodal", inputs(dialect, ty)),
                _ => variant("tuple", Val::List(vec![named("value", element(ty))])),
            };
            agent_of(
                "CartAgent",
                record([("input-schema", input(constructor)), ("name", none())]),
                vec![record([
                    ("name", string("put")),
                    ("description", string("Puts it.")),
                    ("input-schema", input(method)),
                    ("output-schema", input(method)),
                ])],
                none(),
            )
        }
        Dialect::V2_0 => {
            let mut types = Types::new(dialect);
            let (constructor, method) = (types.add(constructor), types.add(method));
            let methods = vec![method_of(
                "put",
                vec![parameter("value", method.clone())],
                Some(method),
            )];
            agent_of(
                "CartAgent",
                record([
                    (
                        "input-schema",
                        parameters(vec![parameter("value", constructor)]),
                    ),
                    ("name", none()),
                ]),
                methods,
                schema(types.nodes, vec![]),
            )
        }
    }
}

pub(super) fn agent_of(name: &str, constructor: Val, methods: Vec<Val>, schema: Val) -> Val {
    record([
        ("type-name", string(name)),
        ("description", string("A cart.")),
        ("schema", schema),
        ("constructor", constructor),
        ("methods", Val::List(methods)),
        ("mode", Val::Enum("durable".to_owned())),
        (
            "snapshotting",
            variant("enabled", Val::Variant("default".to_owned(), None)),
        ),
    ])
}

pub(super) fn schema(nodes: Vec<Val>, definitions: Vec<(&str, i32)>) -> Val {
    let definitions = definitions.into_iter().map(|(id, body)| {
        record([
            ("id", string(id)),
            ("name", none()),
            ("body", Val::S32(body)),
        ])
    });
    record([
        ("type-nodes", Val::List(nodes)),
        ("defs", Val::List(definitions.collect())),
        ("root", Val::S32(0)),
    ])
}

pub(super) fn parameters(them: Vec<Val>) -> Val {
    variant("parameters", Val::List(them))
}

pub(super) fn parameter(name: &str, node: Val) -> Val {
    record([
        ("name", string(name)),
        ("source", Val::Variant("user-supplied".to_owned(), None)),
        ("schema", node),
        ("metadata", no_metadata()),
    ])
}

pub(super) fn method_of(name: &str, input: Vec<Val>, output: Option<Val>) -> Val {
    let output = match output {
        Some(node) => variant("single", node),
        None => Val::Variant("unit".to_owned(), None),
    };
    record([
        ("name", string(name)),
        ("description", string("")),
        ("input-schema", parameters(input)),
        ("output-schema", output),
        ("read-only", none()),
    ])
}

pub(super) fn named(name: &str, value: Val) -> Val {
    Val::Tuple(vec![string(name), value])
}

/// An `element-schema` of 1.5.
pub(super) fn element(dialect: Dialect, ty: &WitType) -> Val {
    let restrictions = |allowed: &Option<Vec<String>>, name: &str| {
        let allowed = allowed.as_ref().map(|allowed| {
            Val::List(
                allowed
                    .iter()
                    .map(|it| record([(name, string(it))]))
                    .collect(),
            )
        });
        record([("restrictions", optional(allowed))])
    };
    match &*ty.kind() {
        Kind::UnstructuredText { languages } => variant(
            "unstructured-text",
            restrictions(languages, "language-code"),
        ),
        Kind::UnstructuredBinary { mime_types } => {
            variant("unstructured-binary", restrictions(mime_types, "mime-type"))
        }
        _ => {
            let mut types = Types::new(dialect);
            types.add(ty);
            variant(
                "component-model",
                record([("nodes", Val::List(types.nodes))]),
            )
        }
    }
}

fn inputs(dialect: Dialect, ty: &WitType) -> Val {
    let WitType::List(item) = ty.shape().into_owned() else {
        panic!("inputs of several types are a list");
    };
    let WitType::Variant(cases) = &*item else {
        panic!("inputs of several types are cases");
    };
    let cases = cases.iter();
    Val::List(
        cases
            .map(|(name, ty)| named(name, element(dialect, ty.as_ref().unwrap())))
            .collect(),
    )
}

/// What `discover-agent-types` returns.
pub(super) fn discovered(agents: Vec<Val>) -> Val {
    Val::Result(Ok(Some(Box::new(Val::List(agents)))))
}
