//! A component around a module and around what the specification's modules import, as the rewriter takes it; and its modules again.

use wasm_encoder::{Component, ComponentSectionId, InstanceSection, ModuleArg, RawSection};
use wasmparser::{Parser, Payload};

/// What the specification's modules may import.
pub fn spectest() -> Vec<u8> {
    wat::parse_str(
        r#"(module
            (global (export "global_i32") i32 (i32.const 666))
            (global (export "global_i64") i64 (i64.const 666))
            (global (export "global_f32") f32 (f32.const 666.6))
            (global (export "global_f64") f64 (f64.const 666.6))
            (table (export "table") 10 20 funcref)
            (table (export "table64") i64 10 20 funcref)
            (memory (export "memory") 1 2)
            (func (export "print"))
            (func (export "print_i32") (param i32))
            (func (export "print_i64") (param i64))
            (func (export "print_f32") (param f32))
            (func (export "print_f64") (param f64))
            (func (export "print_i32_f32") (param i32 f32))
            (func (export "print_f64_f64") (param f64 f64)))"#,
    )
    .expect("it is a module")
}

/// A component in which `spectest` and the module are instantiated; none if the module imports anything of others.
pub fn of(module: &[u8]) -> Option<Vec<u8>> {
    let mut imports = false;
    for payload in Parser::new(0).parse_all(module) {
        if let Ok(Payload::ImportSection(section)) = payload {
            for import in section.into_imports() {
                imports = true;
                if import.ok()?.module != SPECTEST {
                    return None;
                }
            }
        }
    }
    let mut component = Component::new();
    let mut instances = InstanceSection::new();
    if imports {
        append(&mut component, &spectest());
        instances.instantiate(0, Vec::<(&str, ModuleArg)>::new());
        instances.instantiate(1, [(SPECTEST, ModuleArg::Instance(0))]);
    } else {
        instances.instantiate(0, Vec::<(&str, ModuleArg)>::new());
    }
    append(&mut component, module);
    component.section(&instances);
    Some(component.finish())
}

const SPECTEST: &str = "spectest";

/// A component that has the module, whatever it is, and does nothing with it.
pub fn around(module: &[u8]) -> Vec<u8> {
    let mut component = Component::new();
    append(&mut component, module);
    component.finish()
}

fn append(component: &mut Component, module: &[u8]) {
    component.section(&RawSection {
        id: ComponentSectionId::CoreModule.into(),
        data: module,
    });
}

/// The modules of a component, in order.
pub fn modules(component: &[u8]) -> Vec<Vec<u8>> {
    let payloads = Parser::new(0).parse_all(component);
    let ranges = payloads.filter_map(|it| match it {
        Ok(Payload::ModuleSection {
            unchecked_range, ..
        }) => Some(unchecked_range),
        _ => None,
    });
    ranges.map(|it| component[it].to_vec()).collect()
}
