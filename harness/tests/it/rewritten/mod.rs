//! A component that was rewritten to record what happens in it behaves as the original, and a worker of it that is put back
//! into its initial state cannot be told from a new one.

mod changes;
mod records;
mod reports;
mod samples;

use handover::Snapshot;
use handover::component::{Probed, Runtime, SnapshotNames};
use handover::fuzz::Executor;
use handover::host::WorldSettings;
use handover::instrument::{Probes, Rewrite};
use test_guests::small_limits;

const PROBES: [Probes; 3] = [Probes::Edges, Probes::Blocks, Probes::Comparisons];

fn runtime() -> Runtime {
    let (limits, names) = (small_limits(), SnapshotNames::default());
    Runtime::new(limits, WorldSettings::default(), names).expect("an engine")
}

fn probed(runtime: &Runtime, label: &str, bytes: &[u8], probes: Probes, reset: bool) -> Probed {
    let rewrite = Rewrite { probes, reset };
    let probed = runtime.open_probed(label, bytes, rewrite);
    let probed = probed.expect("the component can be opened");
    assert!(
        !probed.component.records().is_empty(),
        "{:?}",
        probed.warnings
    );
    probed
}

/// What can be told of a run: the answer and the record.
fn told(executor: &mut Executor, input: &Snapshot) -> (String, Vec<Vec<u8>>) {
    let (answer, _) = executor.run_long(input);
    let records = executor.records().map(<[u8]>::to_vec).collect();
    (format!("{answer:?}"), records)
}

/// Runs the inputs on one executor, and each on a new one; answers how many workers the one started.
fn as_if_new(component: &handover::component::Component, inputs: &[Snapshot]) -> u64 {
    let executor = Executor::new(component, 3).expect("it exports load");
    let mut executor = executor.compare_every(1);
    for (number, input) in inputs.iter().enumerate() {
        let mut fresh = Executor::new(component, 3).expect("it exports load");
        let (observed, expected) = (told(&mut executor, input), told(&mut fresh, input));
        let starts = executor.started();
        assert_eq!(
            observed, expected,
            "input {number}, {input}, after {starts} starts"
        );
    }
    assert_eq!(executor.drifted(), 0, "it was not as a new one");
    executor.started()
}
