//! One exported function of an instance, ready to be called. An `async func` is driven to its end here: the simulated
//! world answers at once, so that there is nothing to wait for.

use std::pin::pin;
use std::task::{Context, Poll, Waker};

use wasmtime::component::{ComponentNamedList, Func, Lift, Lower, Val};
use wasmtime::{Result, Store, bail, format_err};

use super::pool::Body;
use crate::component::Function;
use crate::host::World;

/// How often a task may yield before it counts as one that waits for what cannot come.
const MAX_POLLS: usize = 10_000;

pub(super) struct Target {
    function: Func,
    is_async: bool,
}

impl Target {
    pub(super) fn new(body: &mut Body, function: &Function) -> Result<Self> {
        let number = body.component.number_of(function);
        let export = number.and_then(|number| body.build.export(number));
        let found = export.and_then(|export| body.instance.get_func(&mut body.store, export));
        Ok(Self {
            function: found
                .ok_or_else(|| format_err!("the instance does not export {}", function.name))?,
            is_async: function.is_async,
        })
    }

    /// Calls it with values whose types are only known now.
    pub(super) fn call(
        &self,
        store: &mut Store<World>,
        arguments: &[Val],
        results: &mut [Val],
    ) -> Result<()> {
        match self.is_async {
            false => self.function.call(store, arguments, results),
            true => to_the_end(self.function.call_async(store, arguments, results))?,
        }
    }

    /// Calls it with values of Rust types.
    pub(super) fn call_typed<P, R>(&self, store: &mut Store<World>, arguments: P) -> Result<R>
    where
        P: ComponentNamedList + Lower + Sync,
        R: ComponentNamedList + Lift + Sync + 'static,
    {
        let typed = self.function.typed::<P, R>(&*store)?;
        match self.is_async {
            false => typed.call(store, arguments),
            true => to_the_end(typed.call_async(store, arguments))?,
        }
    }
}

fn to_the_end<F: Future>(future: F) -> Result<F::Output> {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..MAX_POLLS {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return Ok(output);
        }
    }
    bail!("the task waits for something that cannot come")
}
