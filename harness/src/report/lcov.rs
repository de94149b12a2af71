//! What load reached in the format of lcov, which `genhtml` and most editors read.

use std::fmt::{self, Write};

use super::foreign::foreign;
use crate::fuzz::load_coverage::{Function, Reach};

/// A record for each source file. Functions keep the names that the module gives them; those whose source is not known are
/// left out.
pub fn lcov(reach: &Reach) -> String {
    let mut text = String::new();
    for (path, lines) in &reach.files {
        let is_here = |it: &&Function| it.place.as_ref().is_some_and(|(file, _)| file == path);
        let functions: Vec<_> = reach.functions.iter().filter(is_here).collect();
        let lines: Vec<_> = lines.iter().map(|(line, count)| (*line, *count)).collect();
        // Writing to a string does not fail.
        let _ = file(&mut text, path, &functions, &lines);
    }
    text
}

fn file(
    out: &mut String,
    path: &str,
    functions: &[&Function],
    lines: &[(u32, u64)],
) -> fmt::Result {
    writeln!(out, "TN:load")?;
    writeln!(out, "SF:{}", foreign(path))?;
    for function in functions {
        if let Some((_, line)) = function.place {
            writeln!(out, "FN:{line},{}", symbol(function))?;
        }
    }
    for function in functions {
        writeln!(out, "FNDA:{},{}", function.entered, symbol(function))?;
    }
    let entered = functions.iter().filter(|it| it.entered > 0).count();
    writeln!(out, "FNF:{}\nFNH:{entered}", functions.len())?;
    for (line, count) in lines {
        writeln!(out, "DA:{line},{count}")?;
    }
    let reached = lines.iter().filter(|(_, count)| *count > 0).count();
    writeln!(out, "LF:{}\nLH:{reached}\nend_of_record", lines.len())
}

fn symbol(function: &Function) -> String {
    match &function.symbol {
        Some(symbol) => foreign(symbol),
        None => format!("module{}-function{}", function.module, function.number),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::fuzz::load_coverage::Inputs;

    #[test]
    fn each_file_has_its_functions_and_lines_and_their_sums() {
        let function = |number, place: Option<(&str, u32)>, entered| Function {
            module: 0,
            number,
            symbol: (number != 2).then(|| format!("name\n{number}")),
            place: place.map(|(path, line)| (path.to_owned(), line)),
            entered,
            blocks: 3,
            reached: 1,
        };
        let reach = Reach {
            inputs: Inputs::default(),
            functions: vec![
                function(1, Some(("a.rs", 4)), 7),
                function(2, Some(("a.rs", 9)), 0),
                function(3, Some(("b.rs", 1)), 1),
                function(4, None, 1),
            ],
            files: BTreeMap::from([
                ("a.rs".to_owned(), BTreeMap::from([(4, 7), (5, 0), (9, 0)])),
                ("b.rs".to_owned(), BTreeMap::from([(1, 1)])),
            ]),
        };
        let wanted = r"TN:load
SF:a.rs
FN:4,name\n1
FN:9,module0-function2
FNDA:7,name\n1
FNDA:0,module0-function2
FNF:2
FNH:1
DA:4,7
DA:5,0
DA:9,0
LF:3
LH:1
end_of_record
TN:load
SF:b.rs
FN:1,name\n3
FNDA:1,name\n3
FNF:1
FNH:1
DA:1,1
LF:1
LH:1
end_of_record
";
        assert_eq!(lcov(&reach), wanted);
    }
}
