//! Who calls: the principals with which histories initialise and call agents.

use proptest::prelude::*;
use proptest::sample::select;

use super::wire::{filled, record, some, string};
use crate::value::{Val, WitType};

/// Of so many calls, one comes from somebody who is known.
const WEIGHT_ANONYMOUS: u32 = 4;
const WEIGHT_KNOWN: u32 = 1;

/// Values of a `principal` type: nobody most often, and a few people and agents; none if the type is none of a principal.
pub fn principals(ty: &WitType) -> Option<SBoxedStrategy<Val>> {
    let all = known_principals(ty)?;
    let anonymous = Val::Variant("anonymous".to_owned(), None);
    let is_known = |it: &&Val| **it != anonymous;
    let known: Vec<Val> = all.iter().filter(is_known).cloned().collect();
    if known.is_empty() || known.len() == all.len() {
        return (!all.is_empty()).then(|| select(all).sboxed());
    }
    let principals = prop_oneof![
        WEIGHT_ANONYMOUS => Just(anonymous),
        WEIGHT_KNOWN => select(known),
    ];
    Some(principals.sboxed())
}

/// The principals that calls are made with, nobody first; none if the type is none of a principal.
pub fn known_principals(ty: &WitType) -> Option<Vec<Val>> {
    let WitType::Variant(cases) = ty else {
        return None;
    };
    let content = |name: &str| {
        let found = cases.iter().find(|(case, _)| case == name);
        found.and_then(|(_, ty)| ty.as_ref())
    };
    let anonymous = cases
        .iter()
        .any(|(case, ty)| case == "anonymous" && ty.is_none());
    let mut principals = Vec::new();
    principals.extend(anonymous.then(|| Val::Variant("anonymous".to_owned(), None)));
    let mut add = |name: &str, value: Option<Val>| {
        let principal = value.map(|it| Val::Variant(name.to_owned(), Some(Box::new(it))));
        principals.extend(principal.filter(|it| ty.admits(it)));
    };
    for name in ["ann", "bob"] {
        add("oidc", content("oidc").and_then(|ty| person(ty, name)));
    }
    let user = record([("account-id", record([("uuid", uuid(7))]))]);
    add("golem-user", content("golem-user").map(|_| user));
    let agent = record([
        ("component-id", record([("uuid", uuid(11))])),
        ("agent-id", string("CallerAgent(\"a\")")),
    ]);
    let agent = record([("agent-id", agent)]);
    add("agent", content("agent").map(|_| agent));
    (!principals.is_empty()).then_some(principals)
}

/// Somebody whom an identity provider knows.
fn person(ty: &WitType, name: &str) -> Option<Val> {
    let issuer = string("https://issuer.example.com");
    let email = some(string(&format!("{name}@example.com")));
    let claims = string(&format!("{{\"sub\":\"{name}\"}}"));
    filled(
        ty,
        &[
            ("sub", string(name)),
            ("issuer", issuer),
            ("email", email),
            ("name", some(string(name))),
            ("email-verified", some(Val::Bool(true))),
            ("claims", claims),
        ],
    )
}

fn uuid(number: u64) -> Val {
    record([("high-bits", Val::U64(0)), ("low-bits", Val::U64(number))])
}
