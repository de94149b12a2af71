//! What an instruction changes that must be put back.

use wasm_encoder::ValType;
use wasmparser::Operator;

/// What makes it impossible to know of all calls of imported functions.
pub(crate) const REFERENCE: &str = "a reference to an imported function";

/// What a store writes.
pub(crate) struct StoreOf {
    pub(crate) offset: u64,
    pub(crate) value: ValType,
}

/// What an instruction does to what must be put back.
pub(crate) enum Effect {
    /// Nothing, or to locals, the stack and globals only.
    None,
    /// It writes to the memory at the address below the value.
    Store(StoreOf),
    /// It writes to the memory: address, something, and length are on the stack.
    Bulk,
    /// It asks for the size of the memory.
    Size,
    /// It grows the memory.
    Grow,
    /// It calls this function, which the module imports from outside.
    Import(Import),
    /// It changes something that cannot be put back.
    Leaves,
    /// It is not known what it changes.
    Unknown(&'static str),
}

/// A function that a module imports.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Import {
    /// Whether another module answers it, which notes itself what it does.
    pub(crate) is_inner: bool,
    /// Whether nothing is left of a call that cannot be put back, unless the host knows of it.
    pub(crate) is_harmless: bool,
    /// Whether its last parameter may tell where its results are to be written.
    pub(crate) returns_through_memory: bool,
}

/// The effect of an instruction in a module with these imports.
pub(crate) fn effect(operator: &Operator<'_>, imports: &[Import]) -> Effect {
    let outer = |function: u32| {
        let import = imports.get(function as usize).copied();
        import.filter(|it| !it.is_inner)
    };
    let store = |memarg: &wasmparser::MemArg, value| {
        Effect::Store(StoreOf {
            offset: memarg.offset,
            value,
        })
    };
    match operator {
        Operator::I32Store { memarg }
        | Operator::I32Store8 { memarg }
        | Operator::I32Store16 { memarg } => store(memarg, ValType::I32),
        Operator::I64Store { memarg }
        | Operator::I64Store8 { memarg }
        | Operator::I64Store16 { memarg }
        | Operator::I64Store32 { memarg } => store(memarg, ValType::I64),
        Operator::F32Store { memarg } => store(memarg, ValType::F32),
        Operator::F64Store { memarg } => store(memarg, ValType::F64),
        Operator::V128Store { memarg }
        | Operator::V128Store8Lane { memarg, .. }
        | Operator::V128Store16Lane { memarg, .. }
        | Operator::V128Store32Lane { memarg, .. }
        | Operator::V128Store64Lane { memarg, .. } => store(memarg, ValType::V128),
        Operator::MemoryFill { .. } | Operator::MemoryCopy { .. } | Operator::MemoryInit { .. } => {
            Effect::Bulk
        }
        Operator::MemorySize { .. } => Effect::Size,
        Operator::MemoryGrow { .. } => Effect::Grow,
        Operator::Call { function_index } => match outer(*function_index) {
            Some(import) => Effect::Import(import),
            None => Effect::None,
        },
        Operator::ReturnCall { function_index } if outer(*function_index).is_some() => {
            Effect::Leaves
        }
        Operator::RefFunc { function_index } if outer(*function_index).is_some() => {
            Effect::Unknown(REFERENCE)
        }
        Operator::TableSet { .. }
        | Operator::TableGrow { .. }
        | Operator::TableFill { .. }
        | Operator::TableCopy { .. }
        | Operator::TableInit { .. }
        | Operator::ElemDrop { .. }
        | Operator::DataDrop { .. } => Effect::Leaves,
        _ => match proposal(operator) {
            "mvp"
            | "sign_extension"
            | "saturating_float_to_int"
            | "bulk_memory"
            | "reference_types"
            | "tail_call"
            | "simd"
            | "relaxed_simd"
            | "exceptions"
            | "legacy_exceptions"
            | "function_references"
            | "wide_arithmetic" => Effect::None,
            other => Effect::Unknown(other),
        },
    }
}

/// The name of the proposal that an instruction belongs to.
fn proposal(operator: &Operator<'_>) -> &'static str {
    macro_rules! names {
        ($( @$proposal:ident $op:ident $({ $($arg:ident: $ty:ty),* })? => $visit:ident ($($ann:tt)*))*) => {
            match operator {
                $( Operator::$op { .. } => stringify!($proposal), )*
                _ => "an unknown instruction",
            }
        };
    }
    wasmparser::for_each_operator!(names)
}
