use super::super::principal::{known_principals, principals};
use crate::value::rules::Kind;
use crate::value::{Val, WitType};

/// The principal of golem:agent 1.5 and 2.0.
pub(super) fn ty() -> WitType {
    let uuid = Kind::Uuid.ty().unwrap().shape().into_owned();
    let id = WitType::record([("uuid", uuid)]);
    let text = || WitType::option(WitType::String);
    let oidc = WitType::record([
        ("sub", WitType::String),
        ("issuer", WitType::String),
        ("email", text()),
        ("name", text()),
        ("email-verified", WitType::option(WitType::Bool)),
        ("given-name", text()),
        ("family-name", text()),
        ("picture", text()),
        ("preferred-username", text()),
        ("claims", WitType::String),
    ]);
    let agent_id = WitType::record([("component-id", id.clone()), ("agent-id", WitType::String)]);
    WitType::variant([
        ("oidc", Some(oidc)),
        ("agent", Some(WitType::record([("agent-id", agent_id)]))),
        ("golem-user", Some(WitType::record([("account-id", id)]))),
        ("anonymous", None),
    ])
}

#[test]
fn there_are_a_few_principals_of_every_kind_and_nobody_comes_first() {
    let ty = ty();
    let all = known_principals(&ty).unwrap();
    assert_eq!(all[0], Val::Variant("anonymous".to_owned(), None));
    let kinds: Vec<&str> = all
        .iter()
        .map(|it| match it {
            Val::Variant(name, _) => name.as_str(),
            _ => panic!("a principal is a variant"),
        })
        .collect();
    assert_eq!(kinds, ["anonymous", "oidc", "oidc", "golem-user", "agent"]);
    assert!(all.iter().all(|it| ty.admits(it)));
    let mut anonymous = 0;
    let strategy = principals(&ty).unwrap();
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    for _ in 0..100 {
        let tree = proptest::strategy::Strategy::new_tree(&strategy, &mut runner).unwrap();
        let principal = proptest::strategy::ValueTree::current(&tree);
        anonymous += usize::from(principal == all[0]);
    }
    assert!((60..95).contains(&anonymous), "{anonymous}");
}

#[test]
fn what_is_no_principal_has_none() {
    assert!(principals(&WitType::String).is_none());
    assert!(principals(&WitType::variant([("other", None)])).is_none());
    let only = WitType::variant([("anonymous", None)]);
    assert_eq!(known_principals(&only).unwrap().len(), 1);
    assert!(principals(&only).is_some());
}
