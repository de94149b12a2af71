//! Components with changed bytes, and components made of bytes, opened, rewritten, checked and fed.

use handover::{Config, fuzz};
use handover_fuzz::Generator;

fn main() -> std::process::ExitCode {
    let samples = ["embedded:cart-v1", "embedded:clock-v1"];
    let generator = match Generator::new() {
        Ok(generator) => generator,
        Err(error) => {
            eprintln!("error: {error}");
            return std::process::ExitCode::from(2);
        }
    };
    let target = Config::parse(fuzz::SMALL).and_then(|small| fuzz::Hostile::open(&samples, small));
    fuzz::drive(target.map(|it| it.generating(move |bytes| generator.component(bytes))))
}
