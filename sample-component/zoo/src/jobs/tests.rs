use super::*;

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
