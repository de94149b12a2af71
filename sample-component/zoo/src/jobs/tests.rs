use super::*;
use crate::testing::{Accepted, Shown};

const LATER: u64 = 9_000;
const CORRECT: &[Mode] = &[Mode::TagsInHashOrder, Mode::UnpackedLater];

fn history() -> State {
    let mut jobs = State::default();
    for (name, priority) in [
        ("mow", Priority::Low),
        ("äsen", Priority::Urgent),
        ("", Priority::Normal),
    ] {
        let id = jobs.submit(
            name.to_owned(),
            priority,
            u64::MAX - 1,
            "payload ß".to_owned(),
        );
        jobs.tag(id, "name".to_owned(), name.to_owned());
        jobs.tag(id, "b".to_owned(), "2".to_owned());
        jobs.relay(id, 3);
    }
    assert_eq!(jobs.take("Ann".to_owned()), Some(1));
    assert_eq!(jobs.fail(1), Some(1));
    jobs.set_retries(Some(None));
    for code in 0..7 {
        let id = jobs.submit("short".to_owned(), Priority::Urgent, 0, String::new());
        while jobs.take("Bob".to_owned()) != Some(id) {}
        assert!(jobs.finish(id, code));
    }
    jobs.measure(0.1);
    jobs.measure(f64::INFINITY);
    jobs
}

fn observed(mut jobs: State) -> String {
    let looks: Vec<_> = (0..12)
        .map(|id| (jobs.look(id), jobs.tags(id), jobs.code(id)))
        .collect();
    format!(
        "{looks:?} {:?} {:?} {:?}",
        jobs.waiting(),
        jobs.recent(),
        jobs.retries
    )
}

fn one_job() -> State {
    let mut jobs = State::default();
    jobs.submit("mow".to_owned(), Priority::Urgent, 1, "lawn".to_owned());
    jobs.tag(0, "where".to_owned(), "garden".to_owned());
    jobs
}

const FAULTS: &[Shown<Mode, State>] = &[
    (
        Mode::UnlimitedRetriesLost,
        || {
            let mut it = State::default();
            it.set_retries(Some(None));
            it
        },
        |it| format!("{:?}", it.set_retries(None)),
    ),
    (
        Mode::NanMeanIsNull,
        || {
            let mut it = State::default();
            it.measure(f64::INFINITY);
            it.measure(f64::INFINITY);
            it
        },
        |it| it.mean().to_string(),
    ),
    (
        Mode::RelaysNested,
        || {
            let mut it = one_job();
            it.relay(0, 150);
            it
        },
        |it| format!("{:?}", it.look(0)),
    ),
    (
        Mode::TagsFlattened,
        || {
            let mut it = one_job();
            it.tag(0, "name".to_owned(), "x".to_owned());
            it
        },
        |it| format!("{:?}", it.look(0)),
    ),
    (
        Mode::FinishedById,
        || {
            let mut it = State::default();
            for _ in 0..5 {
                it.submit(String::new(), Priority::Low, 0, String::new());
                it.take(String::new());
            }
            for id in [4, 0, 1, 2, 3] {
                it.finish(id, 7);
            }
            it
        },
        |it| {
            it.submit(String::new(), Priority::Low, 0, String::new());
            it.take(String::new());
            it.finish(5, 0);
            format!("{:?}", it.recent())
        },
    ),
    (
        Mode::SaveIsStale,
        || {
            let mut it = one_job();
            v1::save(&mut it, Mode::SaveIsStale, &Still(0));
            it.tag(0, "a".to_owned(), "b".to_owned());
            it
        },
        |it| format!("{:?}", it.tags(0)),
    ),
    (
        Mode::ThriceTroubledLosesTags,
        || {
            let mut it = one_job();
            it.take(String::new());
            it.fail(0);
            it.relay(0, 1);
            it
        },
        |it| format!("{:?}", it.tags(0)),
    ),
    (
        Mode::DateThroughAFloat,
        || {
            let mut it = State::default();
            it.submit(String::new(), Priority::Low, (1 << 53) + 1, String::new());
            it
        },
        |it| format!("{:?}", it.look(0)),
    ),
];

const UNCHECKED: &[Accepted<Mode, State>] = &[
    (Mode::NextIdUnchecked, || State {
        next_id: 0,
        ..one_job()
    }),
    (Mode::WaitingUnchecked, || State {
        waiting: [3].into(),
        ..one_job()
    }),
];

const ELSEWHERE: &[Mode] = &[];

round_trips!();

#[test]
fn a_job_is_tried_again_until_its_retries_are_used_up() {
    let mut jobs = State::default();
    let id = jobs.submit(String::new(), Priority::Low, 0, String::new());
    for attempts in 1..=RETRIES + 1 {
        assert_eq!(jobs.take(String::new()), Some(id));
        assert_eq!(jobs.fail(id), Some(attempts));
    }
    assert_eq!(jobs.take(String::new()), None);
    assert_eq!(jobs.code(id), Some(-1));
}
