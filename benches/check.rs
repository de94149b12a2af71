//! Cases per second of `upgrade-equivalence`, and the main job as a whole.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use handover::verdict::Status;
use handover::{Config, Options, Pair, check, properties};

const OLD: &str = "embedded:cart-v1";
const NEW: &str = "embedded:cart-v2";

fn bench(criterion: &mut Criterion) {
    let config = Config::default();
    let pair = Pair::open(OLD, NEW, &config).expect("the embedded carts open");
    let options = Options {
        properties: properties::named("upgrade-equivalence")
            .into_iter()
            .collect(),
        ..Options::default()
    };
    let mut group = criterion.benchmark_group("check");
    group
        .sample_size(10)
        .throughput(Throughput::Elements(options.cases as u64));
    group.bench_function("upgrade-equivalence", |bencher| {
        bencher.iter(|| passes(&pair, &options));
    });
    group.bench_function("every property, compilation included", |bencher| {
        bencher.iter(|| {
            let pair = Pair::open(OLD, NEW, &config).expect("the embedded carts open");
            passes(&pair, &Options::default());
        });
    });
    group.bench_function("compilation", |bencher| {
        bencher.iter(|| Pair::open(OLD, NEW, &config).expect("the embedded carts open"));
    });
}

fn passes(pair: &Pair, options: &Options) {
    let report = check(pair, options, &()).expect("the carts start");
    assert_eq!(report.verdict(), Status::Pass);
    assert!(report.properties.iter().all(|property| property.cases > 0));
}

criterion_group!(checks, bench);
criterion_main!(checks);
