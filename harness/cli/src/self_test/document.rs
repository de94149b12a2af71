//! A self-test as JSON.

use serde_json::{Value, json};

use super::catch::{Caught, FaultRow, SelfTest};

/// The same as the table, without times, and with each seed by itself.
pub fn document(test: &SelfTest) -> Value {
    let pairs = test.pairs.iter().map(|row| {
        let failed = row.failed.iter();
        let failed = failed.map(|(seed, property)| json!({"seed": seed, "property": property}));
        json!({"name": row.pair.name, "failed": failed.collect::<Vec<_>>()})
    });
    json!({
        "seeds": test.seeds,
        "as_expected": test.is_as_expected(),
        "faults": test.faults.iter().map(fault).collect::<Vec<_>>(),
        "pairs": pairs.collect::<Vec<_>>(),
    })
}

fn fault(row: &FaultRow) -> Value {
    let caught = |it: &Caught| {
        json!({
            "property": it.property,
            "blame": it.blame,
            "operations": it.operations,
            "replays": it.replays,
        })
    };
    let seeds = row.caught.iter().map(|it| it.as_ref().map(caught));
    json!({
        "name": row.fault.name,
        "property": row.fault.property,
        "blame": row.fault.blame,
        "as_expected": row.is_as_expected(),
        "caught": seeds.collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use handover::judging::verdict::Blame;
    use sample_component::faults::stalls;

    use super::*;
    use crate::self_test::catch::PairRow;

    #[test]
    fn each_seed_is_told_by_itself_and_no_time_is() {
        let fault = &stalls::PAIR.faults[0];
        let caught = Caught {
            property: fault.property,
            blame: Blame::Load,
            operations: 3,
            replays: true,
        };
        let pair = &stalls::PAIR.suspicious[0];
        let test = |seconds| SelfTest {
            seeds: 2,
            faults: vec![FaultRow {
                fault,
                caught: vec![Some(caught.clone()), None],
                time: Duration::from_secs(seconds),
            }],
            pairs: vec![PairRow {
                pair,
                failed: vec![(1, "resave")],
                time: Duration::from_secs(seconds),
            }],
        };
        let told = document(&test(1));
        assert_eq!(told, document(&test(2)));
        assert_eq!(told["as_expected"], false);
        assert_eq!(told["faults"][0]["name"], fault.name);
        let caught = &told["faults"][0]["caught"];
        assert_eq!(caught[0]["blame"], "load");
        assert_eq!(caught[1], Value::Null);
        let failed = json!([{"seed": 1, "property": "resave"}]);
        assert_eq!(told["pairs"][0]["failed"], failed);
    }
}
