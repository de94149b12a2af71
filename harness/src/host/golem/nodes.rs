//! Parameters of an agent's constructor as an id shows them.

use wasmtime::component::Val;

use crate::host::describe::describe;

/// The parameters, separated by commas: those that are one number or text as people write them, all else in a form that is
/// equal only if the values are.
pub(super) fn text(input: &Val) -> String {
    let parameters = match input {
        // `data-value` of 1.5.
        Val::Variant(kind, Some(payload)) if kind == "tuple" => match &**payload {
            Val::List(elements) => elements.iter().map(element).collect(),
            _ => None,
        },
        // `schema-value-tree` of 2.0.
        Val::Record(fields) => tree(fields),
        _ => None,
    };
    match parameters {
        Some(parameters) => parameters.join(","),
        None => describe(std::slice::from_ref(input)).into(),
    }
}

fn element(element: &Val) -> Option<String> {
    if let Val::Variant(_, Some(payload)) = element
        && let Val::Record(fields) = &**payload
        && let [(_, Val::List(nodes))] = fields.as_slice()
        && let [node] = nodes.as_slice()
        && let Some(single) = single(node)
    {
        return Some(single);
    }
    Some(describe(std::slice::from_ref(element)).into())
}

/// None unless all parameters are single values: the others hang together in one tree.
fn tree(fields: &[(String, Val)]) -> Option<Vec<String>> {
    let [(_, Val::List(nodes)), (_, Val::S32(root))] = fields else {
        return None;
    };
    let node = |index: i32| nodes.get(usize::try_from(index).ok()?);
    let Val::Variant(_, Some(children)) = node(*root)? else {
        return None;
    };
    let Val::List(children) = &**children else {
        return None;
    };
    let child = |child: &Val| match child {
        Val::S32(index) => single(node(*index)?),
        _ => None,
    };
    children.iter().map(child).collect()
}

/// A node that is a number or a text.
fn single(node: &Val) -> Option<String> {
    let Val::Variant(_, Some(payload)) = node else {
        return None;
    };
    let is_single = !matches!(
        **payload,
        Val::List(_)
            | Val::Record(_)
            | Val::Tuple(_)
            | Val::Option(_)
            | Val::Result(_)
            | Val::Variant(..)
    );
    is_single.then(|| describe(std::slice::from_ref(&**payload)).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variant(name: &str, payload: Val) -> Val {
        Val::Variant(name.to_owned(), Some(Box::new(payload)))
    }

    fn record(fields: &[(&str, Val)]) -> Val {
        let fields = fields.iter();
        Val::Record(
            fields
                .map(|(name, it)| ((*name).to_owned(), it.clone()))
                .collect(),
        )
    }

    #[test]
    fn simple_parameters_are_shown_as_people_write_them() {
        let node = |node: Val| {
            variant(
                "component-model",
                record(&[("nodes", Val::List(vec![node]))]),
            )
        };
        let ann = node(variant("prim-string", Val::String("ann".to_owned())));
        let seven = node(variant("prim-u32", Val::U32(7)));
        let input = variant("tuple", Val::List(vec![ann, seven]));
        assert_eq!(text(&input), r#""ann",7"#);
        let nodes = Val::List(vec![
            variant("record-value", Val::List(vec![Val::S32(1), Val::S32(2)])),
            variant("string-value", Val::String("ann".to_owned())),
            variant("bool-value", Val::Bool(true)),
        ]);
        let tree = record(&[("value-nodes", nodes), ("root", Val::S32(0))]);
        assert_eq!(text(&tree), r#""ann",true"#);
    }

    #[test]
    fn trees_that_point_nowhere_or_at_themselves_are_shown_too() {
        for (root, child) in [(0, 0), (0, 9), (-1, 0), (7, 0)] {
            let nodes = vec![variant("record-value", Val::List(vec![Val::S32(child)]))];
            let tree = record(&[("value-nodes", Val::List(nodes)), ("root", Val::S32(root))]);
            assert!(text(&tree).contains("record-value"), "{root} {child}");
        }
    }
}
