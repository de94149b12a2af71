//! Between the exported `jobs` interface and `zoo_state::jobs`.

use crate::{
    Component,
    exports::zoo::services::jobs::{Guest, Job, Priority},
    state,
    zoo_glue::with,
};

impl Guest for Component {
    fn submit(name: String, priority: Priority, not_before: u64, payload: String) -> u64 {
        let priority = match priority {
            Priority::Low => state::Priority::Low,
            Priority::Normal => state::Priority::Normal,
            Priority::Urgent => state::Priority::Urgent,
        };
        with(|jobs| jobs.submit(name, priority, not_before, payload))
    }

    fn take(worker: String) -> Option<u64> {
        with(|jobs| jobs.take(worker))
    }

    fn finish(id: u64, code: i32) -> bool {
        with(|jobs| jobs.finish(id, code))
    }

    fn fail(id: u64) -> Option<u32> {
        with(|jobs| jobs.fail(id))
    }

    fn relay(id: u64, hops: u8) -> Option<u32> {
        with(|jobs| jobs.relay(id, hops))
    }

    fn tag(id: u64, key: String, value: String) -> Option<String> {
        with(|jobs| jobs.tag(id, key, value))
    }

    fn tags(id: u64) -> Vec<(String, String)> {
        with(|jobs| jobs.tags(id))
    }

    fn look(id: u64) -> Option<Job> {
        with(|jobs| jobs.look(id)).map(Job::from)
    }

    fn waiting() -> Vec<u64> {
        with(|jobs| jobs.waiting())
    }

    fn code(id: u64) -> Option<i32> {
        with(|jobs| jobs.code(id))
    }

    fn recent() -> Vec<u64> {
        with(|jobs| jobs.recent())
    }

    fn set_retries(retries: Option<Option<u32>>) -> Option<Option<u32>> {
        with(|jobs| jobs.set_retries(retries))
    }

    fn measure(seconds: f64) -> f64 {
        with(|jobs| jobs.measure(seconds))
    }

    fn mean() -> f64 {
        with(|jobs| jobs.mean())
    }
}

impl From<state::Job> for Job {
    fn from(job: state::Job) -> Self {
        Self {
            name: job.name,
            priority: match job.priority {
                state::Priority::Low => Priority::Low,
                state::Priority::Normal => Priority::Normal,
                state::Priority::Urgent => Priority::Urgent,
            },
            not_before: job.not_before,
            payload: job.payload,
            relays: job.relays,
            attempts: job.attempts,
            worker: job.worker,
        }
    }
}
