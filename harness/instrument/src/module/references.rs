//! Whether a function can be called through a table or a global.

use wasmparser::{
    ConstExpr, ElementItems, ElementSectionReader, GlobalSectionReader, Operator, Result,
};

/// Whether a global starts as a reference to any of these functions.
pub(super) fn in_globals(
    section: GlobalSectionReader<'_>,
    functions: impl Fn(u32) -> bool,
) -> Result<bool> {
    for global in section {
        if in_expression(&global?.init_expr, &functions)? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a segment of a table has a reference to any of these functions.
pub(super) fn in_elements(
    section: ElementSectionReader<'_>,
    functions: impl Fn(u32) -> bool,
) -> Result<bool> {
    for element in section {
        match element?.items {
            ElementItems::Functions(items) => {
                for function in items {
                    if functions(function?) {
                        return Ok(true);
                    }
                }
            }
            ElementItems::Expressions(_, expressions) => {
                for expression in expressions {
                    if in_expression(&expression?, &functions)? {
                        return Ok(true);
                    }
                }
            }
        }
    }
    Ok(false)
}

fn in_expression(expression: &ConstExpr<'_>, functions: &impl Fn(u32) -> bool) -> Result<bool> {
    for operator in expression.get_operators_reader() {
        if let Operator::RefFunc { function_index } = operator?
            && functions(function_index)
        {
            return Ok(true);
        }
    }
    Ok(false)
}
