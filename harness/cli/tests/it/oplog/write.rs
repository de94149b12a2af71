//! Writes oplogs as `golem agent oplog ID --format json` prints them, from what Golem's sources say of the three formats.

use serde_json::{Value, json};

/// Which Golem printed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Golem {
    /// Exported functions, in an array.
    V1_2,
    /// Agents, in an array; values as plain JSON beside their types.
    V1_5,
    /// Agents, in a stream; values as trees.
    V1_6,
}

/// A value that a call takes or returns.
#[derive(Debug, Clone)]
pub enum Is<'t> {
    Text(&'t str),
    U32(u32),
    U64(u64),
    Nothing,
    Some(Box<Is<'t>>),
    Record(Vec<(&'t str, Is<'t>)>),
}

impl<'t> Is<'t> {
    pub fn some(self) -> Self {
        Self::Some(Box::new(self))
    }

    fn plain(&self) -> Value {
        match self {
            Self::Text(text) => json!(text),
            Self::U32(number) => json!(number),
            Self::U64(number) => json!(number),
            Self::Nothing => Value::Null,
            Self::Some(inner) => inner.plain(),
            Self::Record(fields) => {
                let fields = fields.iter();
                Value::Object(
                    fields
                        .map(|(name, it)| ((*name).to_owned(), it.plain()))
                        .collect(),
                )
            }
        }
    }

    fn tree(&self) -> Value {
        let (kind, value) = match self {
            Self::Text(text) => ("string", json!(text)),
            Self::U32(number) => ("u32", json!(number)),
            Self::U64(number) => ("u64", json!(number)),
            Self::Nothing => ("option", json!({ "inner": null })),
            Self::Some(inner) => ("option", json!({ "inner": inner.tree() })),
            Self::Record(fields) => {
                let fields: Vec<Value> = fields.iter().map(|(_, it)| it.tree()).collect();
                ("record", json!({ "fields": fields }))
            }
        };
        json!({ "kind": kind, "value": value })
    }

    fn typed(&self) -> Value {
        json!({ "typ": { "type": "of no consequence" }, "value": self.plain() })
    }
}

/// An oplog that is being written.
#[derive(Debug, Clone)]
pub struct Oplog {
    golem: Golem,
    entries: Vec<Value>,
}

impl Oplog {
    /// Of a worker that exports functions.
    pub fn of_worker() -> Self {
        let create = json!({ "workerId": { "componentId": "c", "workerName": "one" } });
        Self {
            golem: Golem::V1_2,
            entries: Vec::new(),
        }
        .entry("Create", create)
    }

    /// Of an agent that is made with one text.
    pub fn of_agent(golem: Golem, ty: &str, founding: &str) -> Self {
        let id = format!("{ty}(\"{founding}\")");
        let create = match golem {
            Golem::V1_6 => json!({ "agentId": { "componentId": "c", "agentId": id } }),
            _ => json!({ "workerId": { "componentId": "c", "workerName": id } }),
        };
        let oplog = Self {
            golem,
            entries: Vec::new(),
        };
        let parameters = oplog.input(&[Is::Text(founding)]);
        let made = oplog.output(None);
        let made = json!({ "type": "AgentInitialization", "output": made });
        oplog
            .entry("Create", create)
            .invoked(json!({ "type": "AgentInitialization", "constructorParameters": parameters }))
            .entry("AgentInvocationFinished", json!({ "result": made }))
    }

    /// How many entries it has, which is the index of the last.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// An entry of any type.
    pub fn entry(mut self, ty: &str, fields: Value) -> Self {
        let mut entry = json!({ "type": ty, "timestamp": "2026-01-01T00:00:00.000Z" });
        if let (Value::Object(entry), Value::Object(fields)) = (&mut entry, fields) {
            entry.extend(fields);
        }
        self.entries.push(entry);
        self
    }

    fn invoked(self, invocation: Value) -> Self {
        let mut invocation = invocation;
        invocation["idempotencyKey"] = json!("k");
        self.entry(
            "AgentInvocationStarted",
            json!({ "invocation": invocation }),
        )
    }

    /// A call and what it returned: two entries.
    pub fn call(self, name: &str, arguments: &[Is<'_>], returned: Option<&Is<'_>>) -> Self {
        if self.golem == Golem::V1_2 {
            let arguments: Vec<Value> = arguments.iter().map(Is::typed).collect();
            let invoked = json!({ "functionName": name, "request": arguments });
            let response = returned.map(Is::typed);
            return self
                .entry("ExportedFunctionInvoked", invoked)
                .entry("ExportedFunctionCompleted", json!({ "response": response }));
        }
        let input = self.input(arguments);
        let output = self.output(returned);
        let result = json!({ "type": "AgentMethod", "output": output });
        self.invoked(
            json!({ "type": "AgentMethodInvocation", "methodName": name, "functionInput": input }),
        )
        .entry("AgentInvocationFinished", json!({ "result": result }))
    }

    /// A snapshot, as it was saved.
    pub fn snapshot(self, bytes: &[u8], mime: &str) -> Self {
        let data = json!({ "type": "Raw", "data": bytes, "mimeType": mime });
        self.entry("Snapshot", json!({ "data": data }))
    }

    fn input(&self, arguments: &[Is<'_>]) -> Value {
        match self.golem {
            Golem::V1_6 => {
                let fields = arguments.iter().map(|it| ("", it.clone()));
                json!({ "graph": {}, "value": Is::Record(fields.collect()).tree() })
            }
            _ => {
                let element =
                    |it: &Is<'_>| json!({ "type": "ComponentModel", "value": it.typed() });
                let elements: Vec<Value> = arguments.iter().map(element).collect();
                json!({ "type": "Tuple", "elements": elements })
            }
        }
    }

    fn output(&self, returned: Option<&Is<'_>>) -> Value {
        match (self.golem, returned) {
            (Golem::V1_6, Some(returned)) => json!({ "graph": {}, "value": returned.tree() }),
            (_, returned) => self.input(returned.cloned().as_slice()),
        }
    }

    /// What Golem prints.
    pub fn text(&self) -> String {
        let numbered = self.entries.iter().zip(1..);
        if self.golem == Golem::V1_6 {
            let view = |(entry, index): (&Value, u64)| {
                json!({ "$type": "agent.oplog", "index": index, "entry": entry }).to_string() + "\n"
            };
            return numbered.map(view).collect();
        }
        let pairs: Vec<Value> = numbered
            .map(|(entry, index)| json!([index, entry]))
            .collect();
        serde_json::to_string_pretty(&pairs).expect("it can be printed")
    }
}
