//! What `handover init` writes. The test and the config file are compiled and parsed by the command's own tests, as they are.

/// What is in the folder.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A Rust package.
    Package,
    /// An app of Golem's that is no Rust package.
    App,
}

/// The two components.
#[derive(Clone, Copy)]
pub struct Names<'a> {
    pub old: &'a str,
    pub new: &'a str,
}

/// A file.
pub struct Written {
    /// Where it is, seen from the folder.
    pub path: &'static str,
    pub text: String,
    /// What its owner does next.
    pub next_step: Option<&'static str>,
}

/// The test runs on the sample pair here, and there on what the user names.
const TEST: &str = include_str!("files/update.rs");
const CONFIG: &str = include_str!("files/handover.toml");
const REGRESSIONS: &str = include_str!("files/regressions.md");
const WORKFLOW: &str = include_str!("files/workflow.yml");

/// The files of a folder of this kind.
pub fn files(kind: Kind, names: Names<'_>) -> Vec<Written> {
    let test = (kind == Kind::Package).then(|| Written {
        path: "tests/update.rs",
        text: test(names),
        next_step: Some(
            "cargo add --dev --git <repository> handover, and set OLD and NEW in tests/update.rs; then cargo test --test update",
        ),
    });
    let build = match kind {
        Kind::Package => {
            "rustup target add wasm32-wasip2 && cargo build --release --target wasm32-wasip2"
        }
        Kind::App => "golem build",
    };
    let rest = [
        Written {
            path: "handover.toml",
            text: CONFIG.to_owned(),
            next_step: Some("declare in handover.toml what changes on purpose, if anything does"),
        },
        Written {
            path: "regressions/README.md",
            text: REGRESSIONS.to_owned(),
            next_step: None,
        },
        Written {
            path: ".github/workflows/handover.yml",
            text: workflow(names, build),
            next_step: Some(
                "set HANDOVER, OLD, NEW and the build in .github/workflows/handover.yml",
            ),
        },
    ];
    test.into_iter().chain(rest).collect()
}

fn test(names: Names<'_>) -> String {
    TEST.replace("\"embedded:cart-v1\"", &format!("{:?}", names.old))
        .replace("\"embedded:cart-v2\"", &format!("{:?}", names.new))
        .replace("src/init/files/handover.toml", "handover.toml")
        .replace("CASES: usize = 2", "CASES: usize = 256")
}

fn workflow(names: Names<'_>, build: &str) -> String {
    // A text in JSON is one in YAML.
    let quoted = |it: &str| serde_json::Value::from(it).to_string();
    WORKFLOW
        .replace("OLD_COMPONENT", &quoted(names.old))
        .replace("NEW_COMPONENT", &quoted(names.new))
        .replace("BUILD_COMMAND", build)
}

#[cfg(test)]
mod tests {
    use handover::Config;

    use super::*;

    /// Lines of prose have a blank behind the `#`, keys have none.
    fn uncommented(text: &str) -> String {
        let lines = text.lines().map(|line| match line.strip_prefix('#') {
            Some(key) if !key.starts_with(' ') => key,
            _ => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_config_file_says_nothing_until_a_key_is_uncommented() {
        let config = Config::parse(CONFIG).expect("it is a config file");
        assert_eq!(config, Config::default());
        let config = Config::parse(&uncommented(CONFIG)).expect("each key is one");
        assert_eq!((config.same.len(), config.differs.len()), (1, 1));
        assert_eq!((config.weights.len(), config.http.len()), (1, 1));
        assert!(config.limits.fuel.is_some() && config.snapshot.load.is_some());
    }

    #[test]
    fn names_are_text_wherever_they_are_written() {
        let names = Names {
            old: "a\"; #.wasm",
            new: "b\\.wasm",
        };
        for kind in [Kind::Package, Kind::App] {
            let files = files(kind, names);
            assert_eq!(files.len(), 3 + usize::from(kind == Kind::Package));
            for file in files
                .iter()
                .filter(|it| it.path.contains("update") || it.path.contains("workflow"))
            {
                assert!(file.text.contains(r##""a\"; #.wasm""##), "{}", file.text);
                assert!(file.text.contains(r#""b\\.wasm""#), "{}", file.text);
                for left in [
                    "embedded:",
                    "src/init",
                    "_COMPONENT",
                    "BUILD_COMMAND",
                    "usize = 2;",
                ] {
                    assert!(!file.text.contains(left), "{left}: {}", file.text);
                }
            }
        }
    }
}
