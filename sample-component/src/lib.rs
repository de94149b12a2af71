//! The sample components, embedded: a shopping cart in three versions, a faulty one, a stamp machine whose answers depend on
//! the host, market stalls that are faulty on request, and a vault whose load has planted faults. `README.md` says what each
//! is for.
//!
//! `HANDOVER_SAMPLES=<folder>` at build time embeds the components in that folder (absolute, or relative to the
//! repository's root) instead of the checked-in ones.

pub mod agents;
pub mod faults;

include!(concat!(env!("OUT_DIR"), "/components.rs"));

/// The component with this name.
pub fn component(name: &str) -> Option<&'static [u8]> {
    COMPONENTS
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, bytes)| *bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_component_is_found_by_its_name() {
        assert!(NAMES.contains(&"cart-v1"));
        for name in NAMES {
            assert!(
                component(name).is_some_and(|bytes| bytes.starts_with(b"\0asm")),
                "{name}"
            );
        }
        assert_eq!(component("cart-v0"), None);
    }
}
