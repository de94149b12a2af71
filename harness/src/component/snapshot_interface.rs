//! Finds save and load among a component's exports, by name and by type: the same version number has had two shapes.

use anyhow::{Result, bail};

use super::function::{Function, Signature};
use crate::value::WitType;

/// The names under which to look for save and load: `namespace:package/interface.function`, or `function` alone for
/// one that the component exports itself. Versions are not part of the names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotNames {
    /// Name of save.
    pub save: String,
    /// Name of load.
    pub load: String,
}

impl Default for SnapshotNames {
    /// Golem's names, the same in every version of `golem:api`.
    fn default() -> Self {
        Self {
            save: "golem:api/save-snapshot.save".to_owned(),
            load: "golem:api/load-snapshot.load".to_owned(),
        }
    }
}

/// How the snapshot travels through save and load.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `list<u8>`
    Bytes,
    /// `record { payload: list<u8>, mime-type: string }`
    Payload,
    /// `record { data: list<u8>, mime-type: string }`
    Data,
}

impl Shape {
    fn of(ty: &WitType) -> Option<Self> {
        let is_bytes = |ty: &WitType| matches!(ty, WitType::List(item) if **item == WitType::U8);
        match ty {
            ty if is_bytes(ty) => Some(Self::Bytes),
            WitType::Record(fields) => match &**fields {
                [(bytes, list), (mime, WitType::String)]
                    if is_bytes(list) && mime == "mime-type" =>
                {
                    match bytes.as_str() {
                        "payload" => Some(Self::Payload),
                        "data" => Some(Self::Data),
                        _ => None,
                    }
                }
                _ => None,
            },
            _ => None,
        }
    }
}

/// A save or a load that was found.
#[derive(Debug, Clone)]
pub struct SnapshotFunction {
    /// The exported function.
    pub function: Function,
    /// The type of the snapshot in it.
    pub shape: Shape,
}

/// Finds save; none if the component does not export it.
///
/// # Errors
/// A function of that name has a type that save cannot have.
pub(super) fn find_save(functions: &[Function], name: &str) -> Result<Option<SnapshotFunction>> {
    find(functions, name, "save", "func() -> SNAPSHOT", |function| {
        if !function.parameters.is_empty() {
            return None;
        }
        Shape::of(function.result.as_ref()?)
    })
}

/// Finds load; none if the component does not export it.
///
/// # Errors
/// A function of that name has a type that load cannot have.
pub(super) fn find_load(functions: &[Function], name: &str) -> Result<Option<SnapshotFunction>> {
    let expected = "func(SNAPSHOT) -> result<_, string>";
    find(functions, name, "load", expected, |function| {
        match (function.parameters.as_slice(), &function.result) {
            ([(_, snapshot)], Some(WitType::Result(result)))
                if **result == (None, Some(WitType::String)) =>
            {
                Shape::of(snapshot)
            }
            _ => None,
        }
    })
}

fn find(
    functions: &[Function],
    name: &str,
    role: &str,
    expected: &str,
    shape: impl Fn(&Function) -> Option<Shape>,
) -> Result<Option<SnapshotFunction>> {
    let mut named: Vec<&Function> = functions
        .iter()
        .filter(|function| function.name.to_string() == name)
        .collect();
    // A component may export several versions of the interface: take the newest whose type is known.
    named.sort_by_key(|function| {
        function
            .version
            .as_deref()
            .and_then(|version| semver::Version::parse(version).ok())
    });
    let found = named
        .iter()
        .rev()
        .find_map(|function| shape(function).map(|shape| (*function, shape)));
    match (found, named.last()) {
        (Some((function, shape)), _) => Ok(Some(SnapshotFunction {
            function: function.clone(),
            shape,
        })),
        (None, None) => Ok(None),
        (None, Some(function)) => bail!(
            "{name} has the type `{}`, but {role} is `{expected}`, where SNAPSHOT is `list<u8>`, \
             `record {{ payload: list<u8>, mime-type: string }}` or `record {{ data: list<u8>, mime-type: string }}`",
            Signature(function)
        ),
    }
}
