//! The part of a type graph that is needed. An agent of Golem 1.6 asks for its constructor's parameters in every call, and gets their
//! types with them: the graph of a whole agent, with all its methods, would cost more than the call itself.

use std::collections::BTreeSet;

use crate::component::agent::wire::{case, field};
use crate::value::Val;

/// The nodes and definitions that these roots need. Nodes keep their numbers: in the place of one that nothing needs stands one that
/// something needs.
pub(super) fn pruned(
    nodes: &[Val],
    definitions: &[Val],
    roots: Vec<usize>,
) -> (Vec<Val>, Vec<Val>) {
    let mut needed = BTreeSet::new();
    let mut open = roots;
    while let Some(at) = open.pop() {
        let Some(body) = nodes.get(at).and_then(|node| field(node, "body")) else {
            continue;
        };
        if let Ok(("ref-type", _)) = case(body) {
            // A definition may be recursive, and mention any other.
            return (nodes.to_vec(), definitions.to_vec());
        }
        if needed.insert(at) {
            numbers(body, &mut open);
        }
    }
    let Some((first, last)) = needed.first().zip(needed.last()) else {
        return (Vec::new(), Vec::new());
    };
    let kept = (0..=*last).map(|at| match needed.contains(&at) {
        true => nodes[at].clone(),
        false => nodes[*first].clone(),
    });
    (kept.collect(), Vec::new())
}

/// All numbers in the body of a node that may be those of other nodes; some are lengths or bounds, which does no harm.
fn numbers(value: &Val, found: &mut Vec<usize>) {
    match value {
        Val::S32(number) => found.extend(usize::try_from(*number)),
        Val::U32(number) => found.extend(usize::try_from(*number)),
        Val::List(items) | Val::FixedLengthList(items) | Val::Tuple(items) => {
            items.iter().for_each(|it| numbers(it, found));
        }
        Val::Record(fields) => fields.iter().for_each(|(_, it)| numbers(it, found)),
        Val::Variant(_, Some(payload))
        | Val::Option(Some(payload))
        | Val::Result(Ok(Some(payload)) | Err(Some(payload))) => numbers(payload, found),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::component::agent::wire::{record, variant};

    fn node(case: &str, payload: Option<Val>) -> Val {
        let body = match payload {
            Some(payload) => variant(case, payload),
            None => Val::Variant(case.to_owned(), None),
        };
        record([("body", body)])
    }

    fn nodes() -> Vec<Val> {
        vec![
            node("string-type", None),
            node("list-type", Some(Val::S32(3))),
            node("u8-type", None),
            node("bool-type", None),
            node("ref-type", Some(Val::S32(0))),
            node("char-type", None),
        ]
    }

    #[test]
    fn what_nothing_needs_is_left_out_and_numbers_stay() {
        let (kept, definitions) = pruned(&nodes(), &[Val::Bool(true)], vec![1]);
        let all = nodes();
        assert_eq!(kept, [&all[1], &all[1], &all[1], &all[3]].map(Clone::clone));
        assert!(definitions.is_empty());
        let (kept, _) = pruned(&nodes(), &[], Vec::new());
        assert!(kept.is_empty());
    }

    #[test]
    fn with_a_definition_all_is_kept() {
        let (kept, definitions) = pruned(&nodes(), &[Val::Bool(true)], vec![4, 0]);
        assert_eq!(kept, nodes());
        assert_eq!(definitions, [Val::Bool(true)]);
    }

    #[test]
    fn a_root_that_is_no_node_needs_nothing() {
        assert!(pruned(&nodes(), &[], vec![99]).0.is_empty());
    }
}
