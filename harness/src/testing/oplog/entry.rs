//! An entry of an oplog as Golem prints it → what a history needs of it. Entries are tagged with their `type`, and their fields are
//! in camelCase (golem-common, `base_model/oplog`; the names before Golem 1.5 are `ExportedFunctionInvoked` and so on).

use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::worker::snapshot::Snapshot;

/// What an entry of an oplog says, as far as a history needs it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Entry {
    /// The worker was made.
    Created {
        /// The worker's name; of an agent its id, `CartAgent("ann")`.
        worker: Option<String>,
    },
    /// An agent was made, with these arguments, as Golem prints them.
    Founded(Value),
    /// A method of an agent was called.
    Method {
        /// The method's name.
        name: String,
        /// The arguments, as Golem prints them.
        input: Value,
    },
    /// An exported function was called.
    Function {
        /// Its name as Golem writes it, `shop:cart/api.{checkout}`.
        name: String,
        /// The arguments, as Golem prints them.
        arguments: Vec<Value>,
    },
    /// The call returned, with this value if it has one, as Golem prints it.
    Returned(Option<Value>),
    /// The worker was saved.
    Snapshot(Snapshot),
    /// The worker was saved, but the oplog does not hold the bytes as they were.
    OtherSnapshot,
    /// The worker runs another version from here on.
    Updated,
    /// The entries from the first to the last index, both included, count no more: a jump or a revert.
    Dropped(u64, u64),
    /// The worker called a host function.
    HostCall,
    /// Nothing that a history needs.
    Other,
}

/// What [`entry`] made of a text.
pub(super) enum Read {
    Known(Entry),
    /// An entry of this type is unknown, or has another shape.
    Unknown(String),
}

#[derive(Deserialize)]
struct Tag<'t> {
    #[serde(borrow, rename = "type")]
    ty: std::borrow::Cow<'t, str>,
}

/// What the text of an entry says.
///
/// # Errors
/// It is no entry at all: it has no `type`.
pub(super) fn entry(text: &RawValue) -> serde_json::Result<Read> {
    let Tag { ty } = serde_json::from_str(text.get())?;
    let known = known(&ty, text.get());
    Ok(match known {
        Some(Ok(entry)) => Read::Known(entry),
        Some(Err(_)) => Read::Unknown(format!("{ty} of another shape")),
        None => Read::Unknown(ty.into_owned()),
    })
}

fn known(ty: &str, text: &str) -> Option<serde_json::Result<Entry>> {
    Some(match ty {
        "Create" => from::<Create>(text),
        "AgentInvocationStarted" => from::<Started>(text),
        "AgentInvocationFinished" => from::<Finished>(text),
        "ExportedFunctionInvoked" => from::<Invoked>(text),
        "ExportedFunctionCompleted" => from::<Completed>(text),
        "PendingUpdate" => from::<PendingUpdate>(text),
        "Snapshot" => from::<TakenSnapshot>(text),
        "Jump" => from::<Jump>(text),
        "Revert" => from::<Revert>(text),
        "SuccessfulUpdate" => Ok(Entry::Updated),
        "HostCall" | "ImportedFunctionInvoked" | "Start" => Ok(Entry::HostCall),
        _ if OTHERS.contains(&ty) => Ok(Entry::Other),
        _ => return None,
    })
}

/// Types of entries that a history does not need, of Golem 1.1 to 1.6.
const OTHERS: [&str; 39] = [
    "ActivatePlugin",
    "BeginAtomicRegion",
    "BeginRemoteTransaction",
    "BeginRemoteWrite",
    "CancelInvocation",
    "CancelPendingInvocation",
    "Cancelled",
    "ChangePersistenceLevel",
    "ChangeRetryPolicy",
    "CommittedRemoteTransaction",
    "CompletionDiscarded",
    "CreateResource",
    "DeactivatePlugin",
    "DescribeResource",
    "DropResource",
    "End",
    "EndAtomicRegion",
    "EndRemoteWrite",
    "Error",
    "Exited",
    "FailedUpdate",
    "FilesystemStorageUsageUpdate",
    "FinishSpan",
    "GrowMemory",
    "Interrupted",
    "Log",
    "NoOp",
    "PendingAgentInvocation",
    "PendingWorkerInvocation",
    "PreCommitRemoteTransaction",
    "PreRollbackRemoteTransaction",
    "RemoveRetryPolicy",
    "Restart",
    "RolledBackRemoteTransaction",
    "SetRetryPolicy",
    "SetSpanAttribute",
    "StartSpan",
    "StorageUsageUpdate",
    "Suspend",
];

fn from<'t, T: Deserialize<'t> + Into<Entry>>(text: &'t str) -> serde_json::Result<Entry> {
    serde_json::from_str::<T>(text).map(Into::into)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Create {
    #[serde(alias = "workerId")]
    agent_id: Option<WorkerId>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum WorkerId {
    Parts {
        #[serde(rename = "agentId", alias = "workerName")]
        name: String,
    },
    Other(serde::de::IgnoredAny),
}

impl From<Create> for Entry {
    fn from(create: Create) -> Self {
        Self::Created {
            worker: match create.agent_id {
                Some(WorkerId::Parts { name }) => Some(name),
                Some(WorkerId::Other(_)) | None => None,
            },
        }
    }
}

#[derive(Deserialize)]
struct Started {
    invocation: Invocation,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Invocation {
    #[serde(rename = "AgentInitialization")]
    Initialization { constructor_parameters: Value },
    #[serde(rename = "AgentMethodInvocation")]
    Method {
        method_name: String,
        function_input: Value,
    },
    #[serde(other)]
    Other,
}

impl From<Started> for Entry {
    fn from(started: Started) -> Self {
        match started.invocation {
            Invocation::Initialization {
                constructor_parameters,
            } => Self::Founded(constructor_parameters),
            Invocation::Method {
                method_name: name,
                function_input: input,
            } => Self::Method { name, input },
            Invocation::Other => Self::Other,
        }
    }
}

#[derive(Deserialize)]
struct Finished {
    result: Outcome,
}

#[derive(Deserialize)]
#[serde(tag = "type")]
enum Outcome {
    AgentMethod {
        #[serde(default)]
        output: Option<Value>,
    },
    SaveSnapshot {
        snapshot: Data,
    },
    #[serde(other)]
    Other,
}

impl From<Finished> for Entry {
    fn from(finished: Finished) -> Self {
        match finished.result {
            Outcome::AgentMethod { output } => Self::Returned(output),
            Outcome::SaveSnapshot { snapshot } => snapshot.into(),
            Outcome::Other => Self::Other,
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Invoked {
    function_name: String,
    request: Vec<Value>,
}

impl From<Invoked> for Entry {
    fn from(invoked: Invoked) -> Self {
        Self::Function {
            name: invoked.function_name,
            arguments: invoked.request,
        }
    }
}

#[derive(Deserialize)]
struct Completed {
    #[serde(default)]
    response: Option<Value>,
}

impl From<Completed> for Entry {
    fn from(completed: Completed) -> Self {
        Self::Returned(completed.response)
    }
}

#[derive(Deserialize)]
struct PendingUpdate {
    description: Description,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Description {
    SnapshotBased {
        payload: Vec<u8>,
        mime_type: Option<String>,
    },
    #[serde(other)]
    Other,
}

impl From<PendingUpdate> for Entry {
    fn from(update: PendingUpdate) -> Self {
        match update.description {
            Description::SnapshotBased { payload, mime_type } => Self::Snapshot(Snapshot {
                mime: mime_type.unwrap_or_else(|| Snapshot::octets([]).mime),
                bytes: payload,
            }),
            Description::Other => Self::Other,
        }
    }
}

#[derive(Deserialize)]
struct TakenSnapshot {
    data: Data,
}

impl From<TakenSnapshot> for Entry {
    fn from(taken: TakenSnapshot) -> Self {
        taken.data.into()
    }
}

/// Bytes that Golem takes apart where it can: JSON is printed as JSON.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all_fields = "camelCase")]
enum Data {
    Raw {
        data: Vec<u8>,
        mime_type: String,
    },
    Json {
        data: Value,
    },
    #[serde(other)]
    Other,
}

impl From<Data> for Entry {
    fn from(data: Data) -> Self {
        match data {
            Data::Raw {
                data: bytes,
                mime_type: mime,
            } => Self::Snapshot(Snapshot { bytes, mime }),
            Data::Json { data } => Self::Snapshot(Snapshot {
                bytes: data.to_string().into_bytes(),
                mime: "application/json".to_owned(),
            }),
            Data::Other => Self::OtherSnapshot,
        }
    }
}

#[derive(Deserialize)]
struct Region {
    start: u64,
    end: u64,
}

impl From<Region> for Entry {
    fn from(Region { start, end }: Region) -> Self {
        Self::Dropped(start, end)
    }
}

#[derive(Deserialize)]
struct Jump {
    jump: Region,
}

impl From<Jump> for Entry {
    fn from(jump: Jump) -> Self {
        jump.jump.into()
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Revert {
    dropped_region: Region,
}

impl From<Revert> for Entry {
    fn from(revert: Revert) -> Self {
        revert.dropped_region.into()
    }
}
