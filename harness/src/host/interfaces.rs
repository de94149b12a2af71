//! Which interfaces the world answers, and who answers a function.

use super::WorldSettings;
use super::call::Handler;
use super::record::Effect;
use super::{cli, clocks, files, golem, http, io, random, services, sockets, stores};

/// Who answers an import.
#[derive(Debug, Copy, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Answerer {
    /// The simulated world.
    World,
    /// A value made from the function's WIT type.
    Synthesized,
    /// Nobody: a call stops the worker.
    Nobody,
}

/// An interface that the world answers, or a part of one.
pub(super) struct Interface {
    /// Without a version.
    pub(super) name: &'static str,
    pub(super) functions: &'static [Function],
    /// What becomes of the functions that are not listed.
    pub(super) others: Others,
}

/// A function's name without the brackets that mark methods, its effect, and what answers it.
pub(super) struct Function(
    pub(super) &'static str,
    pub(super) Effect,
    pub(super) Handler,
);

/// The functions of an interface that its table does not list.
#[derive(Debug, Copy, Clone, PartialEq, Eq)]
pub(super) enum Others {
    Unknown,
    /// They all need a handle that this world never gives, so no guest gets to call them.
    OutOfReach,
}

fn tables() -> impl Iterator<Item = &'static Interface> {
    let wasi = [
        cli::INTERFACES,
        clocks::INTERFACES,
        files::INTERFACES,
        http::INTERFACES,
        io::INTERFACES,
        random::INTERFACES,
        services::INTERFACES,
        sockets::INTERFACES,
    ];
    let groups = [golem::INTERFACES, stores::INTERFACES].into_iter();
    let groups = groups.flatten().copied();
    wasi.into_iter().chain(groups).flatten()
}

/// What the tables say about a function.
pub(super) enum Known {
    Function(&'static Function),
    OutOfReach,
    Unknown,
}

/// Looks a function up by the names without version and brackets.
pub(super) fn look_up(interface: &str, function: &str) -> Known {
    let mut known = Known::Unknown;
    for table in tables().filter(|table| table.name == interface) {
        if let Some(found) = table.functions.iter().find(|known| known.0 == function) {
            return Known::Function(found);
        }
        if table.others == Others::OutOfReach {
            known = Known::OutOfReach;
        }
    }
    known
}

/// Who answers a function, named as the component imports it.
pub fn answerer(interface: &str, function: &str, settings: &WorldSettings) -> Answerer {
    match look_up(without_version(interface), &plain(function)) {
        Known::Function(_) | Known::OutOfReach => Answerer::World,
        Known::Unknown if settings.synthesize_unknown => Answerer::Synthesized,
        Known::Unknown => Answerer::Nobody,
    }
}

/// `wasi:io/poll` for `wasi:io/poll@0.2.3`.
pub(super) fn without_version(interface: &str) -> &str {
    interface
        .split_once('@')
        .map_or(interface, |(name, _)| name)
}

/// `fields.get` for `[method]fields.get`, `fields.constructor` for `[constructor]fields`.
pub(super) fn plain(function: &str) -> String {
    match function
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some(("constructor", resource)) => format!("{resource}.constructor"),
        Some((_, name)) => name.to_owned(),
        None => function.to_owned(),
    }
}
#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_function_is_listed_twice() {
        let mut names = HashSet::new();
        for table in tables() {
            for function in table.functions {
                assert!(names.insert((table.name, function.0)), "{}", function.0);
            }
        }
    }

    #[test]
    fn versions_and_brackets_do_not_matter() {
        let settings = WorldSettings::default();
        for interface in [
            "wasi:http/types",
            "wasi:http/types@0.2.0",
            "wasi:http/types@0.2.12",
        ] {
            for function in ["fields.get", "[method]fields.get", "[constructor]fields"] {
                assert_eq!(answerer(interface, function, &settings), Answerer::World);
            }
        }
    }

    #[test]
    fn what_no_table_has_is_answered_by_nobody_unless_the_user_asks() {
        let mut settings = WorldSettings::default();
        let lookup =
            |settings: &WorldSettings| answerer("wasi:keyvalue/watch@0.2.0", "open", settings);
        assert_eq!(lookup(&settings), Answerer::Nobody);
        settings.synthesize_unknown = true;
        assert_eq!(lookup(&settings), Answerer::Synthesized);
    }
}
