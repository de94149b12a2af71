//! Functions that guests import.

/// `golem:api/host.oplog-commit`, which changes the world outside the worker.
pub const OPLOG_COMMIT: Import = Import {
    interface: "golem:api/host@1.1.0",
    function: "oplog-commit",
    wit: r#"(param "replicas" u8)"#,
    core: "(param i32)",
};
/// `golem:api/host.get-oplog-index`
pub const OPLOG_INDEX: Import = Import {
    interface: "golem:api/host@1.1.0",
    function: "get-oplog-index",
    wit: "(result u64)",
    core: "(result i64)",
};
/// `wasi:clocks/monotonic-clock.now`
pub const NOW: Import = Import {
    interface: "wasi:clocks/monotonic-clock@0.2.0",
    function: "now",
    wit: "(result u64)",
    core: "(result i64)",
};
/// `wasi:cli/exit.exit`
pub const EXIT: Import = Import {
    interface: "wasi:cli/exit@0.2.0",
    function: "exit",
    wit: r#"(param "status" (result))"#,
    core: "(param i32)",
};
/// A function that nobody answers.
pub const STOCK: Import = Import {
    interface: "shop:stock/levels@1.0.0",
    function: "level",
    wit: "(result u32)",
    core: "(result i32)",
};

/// A function that a guest imports; its parts call it as `$function`.
#[derive(Debug, Clone, Copy)]
pub struct Import {
    pub interface: &'static str,
    pub function: &'static str,
    /// Parameters and result as WIT types, in the component's text format.
    pub wit: &'static str,
    /// The same as core types.
    pub core: &'static str,
}
