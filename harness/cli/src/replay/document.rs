//! Replays as JSON.

use std::path::Path;

use anyhow::Error;
use serde_json::{Value, json};

use handover::Replay;
use handover::report::foreign::shortened;

use super::exit;
use crate::exit_code::Exit;

/// One failure file, and what came out.
pub fn failure(path: &Path, property: Option<&str>, ended: Result<&Replay, &Error>) -> Value {
    let path = path.display().to_string();
    let replayed = match ended {
        Ok(replayed) => replayed,
        Err(error) => {
            let result = word(Exit::CouldNotRun);
            let error = format!("{error:#}");
            return json!({"path": path, "property": property, "result": result, "error": error});
        }
    };
    let steps = replayed.steps.iter().map(|step| {
        json!({
            "action": shortened(&step.action),
            "worker": shortened(&step.worker),
            "twin": step.twin.as_deref().map(shortened),
        })
    });
    let (finding, discarded) = match &replayed.outcome {
        Ok(finding) => (finding.as_ref(), None),
        Err(reason) => (None, Some(reason)),
    };
    json!({
        "path": path,
        "property": property,
        "result": word(exit(replayed)),
        "discarded": discarded,
        "message": finding.map(|(it, _)| shortened(&it.message)),
        "expected": finding.and_then(|(it, _)| it.expected.as_deref().map(shortened)),
        "observed": finding.and_then(|(it, _)| it.observed.as_deref().map(shortened)),
        "blame": finding.map(|(_, blame)| blame),
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// All of them, and the worst result.
pub fn whole(worst: Exit, failures: &[Value]) -> Value {
    json!({"result": word(worst), "failures": failures})
}

fn word(exit: Exit) -> &'static str {
    match exit {
        Exit::Passed => "pass",
        Exit::Failed => "fail",
        Exit::NotExercised => "not-exercised",
        Exit::CouldNotRun | Exit::Interrupted => "error",
    }
}
