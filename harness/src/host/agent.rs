//! Which Golem agent a worker is: what its environment and `golem:agent/host` tell it about itself.

use std::sync::Arc;

use wasmtime::component::Val;

use super::draw::Draw;
use super::rpc::RemoteMethods;

/// The identity of a Golem agent, which it keeps all its life. An update sets another one only as far as the next version
/// writes the same identity in other types.
#[derive(Debug, Clone)]
pub struct AgentIdentity {
    /// The whole id, `CartAgent("ann")`.
    pub id: String,
    /// The name of the agent's type, `CartAgent`.
    pub agent_type: String,
    /// What `golem:agent/host.parse-agent-id` answers inside of `ok`: a tuple of the type's name, the constructor's
    /// parameters as they are on the wire, and the phantom's UUID. One that is not of the type that the component imports
    /// makes the call an unsupported one.
    pub parsed: Val,
    /// The number of the component's version.
    pub revision: u64,
    /// The component's agent types by name, as its `discover-agent-types` returned them.
    pub types: Arc<[(String, Val)]>,
    /// What is known of the agents that it calls; without, a call is only answered if the user says that it fails.
    pub remote_methods: Option<Arc<dyn RemoteMethods>>,
}

impl AgentIdentity {
    /// The environment variables that Golem sets.
    pub(super) fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("GOLEM_AGENT_ID", self.id.clone()),
            ("GOLEM_AGENT_TYPE", self.agent_type.clone()),
            ("GOLEM_WORKER_NAME", self.id.clone()),
            ("GOLEM_COMPONENT_ID", Uuid::of_component().to_string()),
            ("GOLEM_COMPONENT_REVISION", self.revision.to_string()),
        ]
    }
}

/// A UUID, as Golem's interfaces split it.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) struct Uuid {
    pub(super) high: u64,
    pub(super) low: u64,
}

impl Uuid {
    /// A random one, marked as such.
    pub(super) fn draw(draw: &mut Draw) -> Self {
        Self {
            high: draw.u64() & !0xf000 | 0x4000,
            low: draw.u64() >> 2 | 1 << 63,
        }
    }

    /// That of the component, all versions of which have the same one in every world.
    pub(super) fn of_component() -> Self {
        Self::draw(&mut Draw::constant(0, "the component's id"))
    }

    /// Reads one with or without hyphens, in braces, or as a URN.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let braced = text.strip_prefix('{').and_then(|it| it.strip_suffix('}'));
        let bare = text.strip_prefix("urn:uuid:").or(braced).unwrap_or(text);
        let digits: String = match bare.len() {
            32 if text.len() == 32 => bare.to_owned(),
            36 => {
                let groups: Vec<&str> = bare.split('-').collect();
                let lengths = groups.iter().map(|group| group.len());
                lengths.eq([8, 4, 4, 4, 12]).then(|| groups.concat())?
            }
            _ => return None,
        };
        let is_hex = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let number = u128::from_str_radix(&digits, 16).ok().filter(|_| is_hex)?;
        Some(Self {
            high: (number >> 64) as u64,
            low: number as u64,
        })
    }

    /// As `record uuid { high-bits: u64, low-bits: u64 }`.
    pub(super) fn value(self) -> Val {
        Val::Record(vec![
            ("high-bits".to_owned(), Val::U64(self.high)),
            ("low-bits".to_owned(), Val::U64(self.low)),
        ])
    }

    /// From such a record.
    pub(super) fn of(value: &Val) -> Option<Self> {
        let Val::Record(fields) = value else {
            return None;
        };
        match fields.as_slice() {
            [(_, Val::U64(high)), (_, Val::U64(low))] => Some(Self {
                high: *high,
                low: *low,
            }),
            _ => None,
        }
    }
}

/// As `record component-id { uuid: uuid }`.
pub(super) fn component_id() -> Val {
    Val::Record(vec![("uuid".to_owned(), Uuid::of_component().value())])
}

impl std::fmt::Display for Uuid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (high, low) = (self.high, self.low);
        write!(
            f,
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xffff,
            low >> 48,
            low & 0xffff_ffff_ffff
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_is_read_in_all_its_spellings_and_nothing_else_is() {
        let text = "67e55044-10b1-426f-9247-bb680e5fe0c8";
        let uuid = Uuid::parse(text).unwrap();
        assert_eq!(uuid.high, 0x67e5_5044_10b1_426f);
        assert_eq!(uuid.to_string(), text);
        assert_eq!(Uuid::of(&uuid.value()), Some(uuid));
        let plain = text.replace('-', "");
        for other in [
            format!("{{{text}}}"),
            format!("urn:uuid:{text}"),
            text.to_uppercase(),
            plain.clone(),
        ] {
            assert_eq!(Uuid::parse(&other), Some(uuid), "{other}");
        }
        for wrong in [
            "",
            "1",
            &plain[1..],
            &format!("+{}", &plain[1..]),
            "67e5-504410b1-426f-9247-bb680e5fe0c8",
            "67e55044-10b1-426f-9247-bb680e5fe0cg",
            "67e55044-10b1-426f-9247-bb680e5feü8",
        ] {
            assert_eq!(Uuid::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn the_component_has_the_uuid_of_a_random_one() {
        let text = Uuid::of_component().to_string();
        assert_eq!(text.len(), 36);
        assert_eq!(text.as_bytes()[14], b'4');
        assert!(b"89ab".contains(&text.as_bytes()[19]));
    }
}
