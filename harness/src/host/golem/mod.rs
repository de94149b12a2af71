//! What Golem offers beside WASI: its API for workers, what an agent asks about itself and others, and its smaller services.
//!
//! The versions of an interface differ in types more than in names, so answers are made from the WIT type of the result
//! wherever two versions differ in it.

mod agent;
mod host;
mod nodes;
mod uuid;

use super::interfaces::Interface;

pub(super) const INTERFACES: &[&[Interface]] =
    &[agent::INTERFACES, host::INTERFACES, uuid::INTERFACES];
