//! Save, and load into a fresh worker, by the size of the snapshot.

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use handover::component::{Component, Runtime};
use handover::worker::Worker;
use handover::{Config, Snapshot};

fn bench(criterion: &mut Criterion) {
    let component = cart();
    let (Some(save), Some(load)) = (component.save(), component.load()) else {
        panic!("the cart exports save and load");
    };
    for kib in [1, 16, 256, 4 << 10, 16 << 10] {
        let snapshot = Snapshot::octets(benches::snapshot(kib << 10));
        let size = snapshot.bytes.len();
        let mut group = criterion.benchmark_group(format!("{kib} KiB"));
        group
            .throughput(Throughput::Bytes(size as u64))
            .sample_size(10);
        group.bench_function(BenchmarkId::new("start", size), |bencher| {
            bencher
                .iter(|| black_box(Worker::start(&component, 0).map(|worker| worker.fuel_spent())));
        });
        group.bench_function(BenchmarkId::new("start and load", size), |bencher| {
            bencher.iter(|| {
                let loaded = Worker::start(&component, 0)
                    .and_then(|mut worker| worker.load(load, &snapshot, 0, 0));
                assert_eq!(loaded, Ok(Ok(())));
            });
        });
        let mut worker = Worker::start(&component, 0).expect("the cart starts");
        assert_eq!(worker.load(load, &snapshot, 0, 0), Ok(Ok(())));
        group.bench_function(BenchmarkId::new("save", size), |bencher| {
            bencher.iter(|| {
                let saved = worker.save(save, 0).map(|saved| saved.bytes.len());
                assert_eq!(saved, Ok(size));
            });
        });
    }
}

/// With limits that the largest state needs: decoding 16 MiB takes more than a hang is granted.
fn cart() -> Component {
    let config = Config::default();
    let limits = handover::limits::Limits {
        fuel: u64::MAX,
        memory: 2 << 30,
        ..config.limits()
    };
    Runtime::new(limits, config.world(), config.snapshot_names())
        .and_then(|runtime| runtime.open("embedded:cart-v1"))
        .expect("the embedded cart opens")
}

criterion_group!(save_load, bench);
criterion_main!(save_load);
