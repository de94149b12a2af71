//! Where the basic blocks of a function begin and end, and which of its instructions nothing can reach.

use wasmparser::{BrTable, Catch, Handle, Operator, ResumeTable};

/// What an instruction is to the blocks beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Boundary {
    /// It is not the last of its block, or nothing reaches it.
    Inside,
    /// It is the last of its block, if it is in one; what follows begins a block.
    Begins,
    /// It is the last of its block; what follows cannot be reached from here.
    Ends,
}

/// Goes through a function, instruction by instruction.
pub(crate) struct Flow {
    /// The constructs that are open, innermost last; the function itself is the first.
    open: Vec<Construct>,
    /// Whether the next instruction can be reached.
    reachable: bool,
}

struct Construct {
    kind: Kind,
    /// Whether its beginning can be reached.
    entered: bool,
    /// Whether its end can be reached in another way than from the instruction before it.
    joined: bool,
}

#[derive(PartialEq, Eq)]
enum Kind {
    /// A jump goes to its end.
    Block,
    /// A jump goes to its beginning.
    Loop,
    /// An `if` whose `else` has not come yet.
    If,
}

impl Flow {
    /// Stands at the first instruction of a function.
    pub(crate) fn new() -> Self {
        let mut flow = Self {
            open: Vec::new(),
            reachable: true,
        };
        flow.open(Kind::Block);
        flow
    }

    /// Takes the next instruction.
    pub(crate) fn step(&mut self, operator: &Operator<'_>) -> Boundary {
        match operator {
            Operator::Block { .. } | Operator::Try { .. } => self.open(Kind::Block),
            Operator::TryTable { try_table } => {
                let labels = try_table.catches.iter().map(|it| match it {
                    Catch::One { label, .. }
                    | Catch::OneRef { label, .. }
                    | Catch::All { label }
                    | Catch::AllRef { label } => *label,
                });
                labels.for_each(|label| self.jump(label));
                self.open(Kind::Block)
            }
            Operator::Loop { .. } => {
                self.open(Kind::Loop);
                self.splits()
            }
            Operator::If { .. } => {
                self.open(Kind::If);
                self.splits()
            }
            Operator::Else | Operator::Catch { .. } | Operator::CatchAll => self.alternative(),
            Operator::End | Operator::Delegate { .. } => self.end(),
            Operator::BrIf { relative_depth }
            | Operator::BrOnNull { relative_depth }
            | Operator::BrOnNonNull { relative_depth }
            | Operator::BrOnCast { relative_depth, .. }
            | Operator::BrOnCastFail { relative_depth, .. }
            | Operator::BrOnCastDescEq { relative_depth, .. }
            | Operator::BrOnCastDescEqFail { relative_depth, .. } => {
                self.jump(*relative_depth);
                self.splits()
            }
            Operator::Resume { resume_table, .. }
            | Operator::ResumeThrow { resume_table, .. }
            | Operator::ResumeThrowRef { resume_table, .. } => self.resume(resume_table),
            Operator::Br { relative_depth } => {
                self.jump(*relative_depth);
                self.ends()
            }
            Operator::BrTable { targets } => self.jump_to_any(targets),
            Operator::Return
            | Operator::Unreachable
            | Operator::ReturnCall { .. }
            | Operator::ReturnCallIndirect { .. }
            | Operator::ReturnCallRef { .. }
            | Operator::Throw { .. }
            | Operator::ThrowRef
            | Operator::Rethrow { .. } => self.ends(),
            _ => Boundary::Inside,
        }
    }

    fn open(&mut self, kind: Kind) -> Boundary {
        self.open.push(Construct {
            kind,
            entered: self.reachable,
            joined: false,
        });
        Boundary::Inside
    }

    /// The other half of an `if` or `try`.
    fn alternative(&mut self) -> Boundary {
        let reachable = self.reachable;
        if let Some(construct) = self.open.last_mut() {
            construct.joined |= reachable;
            construct.kind = Kind::Block;
            self.reachable = construct.entered;
        }
        self.splits()
    }

    fn end(&mut self) -> Boundary {
        let Some(ended) = self.open.pop() else {
            return Boundary::Inside;
        };
        if self.open.is_empty() {
            return self.ends();
        }
        let joined = ended.joined || (ended.kind == Kind::If && ended.entered);
        self.reachable |= joined;
        match joined {
            true => Boundary::Begins,
            false => Boundary::Inside,
        }
    }

    fn resume(&mut self, table: &ResumeTable) -> Boundary {
        for handler in &table.handlers {
            if let Handle::OnLabel { label, .. } = handler {
                self.jump(*label);
            }
        }
        Boundary::Inside
    }

    fn jump_to_any(&mut self, targets: &BrTable<'_>) -> Boundary {
        self.jump(targets.default());
        targets
            .targets()
            .map_while(Result::ok)
            .for_each(|label| self.jump(label));
        self.ends()
    }

    fn jump(&mut self, label: u32) {
        let place = self.open.len().checked_sub(label as usize + 1);
        if let Some(target) = place.and_then(|it| self.open.get_mut(it)) {
            target.joined |= self.reachable && target.kind != Kind::Loop;
        }
    }

    fn splits(&self) -> Boundary {
        match self.reachable {
            true => Boundary::Begins,
            false => Boundary::Inside,
        }
    }

    fn ends(&mut self) -> Boundary {
        let was_reachable = std::mem::replace(&mut self.reachable, false);
        match was_reachable {
            true => Boundary::Ends,
            false => Boundary::Inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// For each instruction of a function with this body: `.` if it is inside of a block, `|` if it is the last of its block,
    /// `x` if nothing reaches it.
    fn drawn(body: &str) -> String {
        let text = format!("(module (tag $t) (func $f (param $n i32) {body}))");
        let bytes = wat::parse_str(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        let mut drawn = String::new();
        for payload in wasmparser::Parser::new(0).parse_all(&bytes) {
            let Ok(wasmparser::Payload::CodeSectionEntry(body)) = payload else {
                continue;
            };
            let mut flow = Flow::new();
            for operator in body.get_operators_reader().expect("operators") {
                let was_reachable = flow.reachable;
                let boundary = flow.step(&operator.expect("an operator"));
                drawn.push(match boundary {
                    Boundary::Begins | Boundary::Ends if was_reachable => '|',
                    _ if was_reachable => '.',
                    _ => 'x',
                });
            }
        }
        drawn
    }

    #[test]
    fn a_block_ends_where_the_flow_parts_or_joins() {
        for (body, wanted) in [
            ("", "|"),
            ("nop nop", "..|"),
            // Without a jump to its end, what follows a block is reached only from within.
            ("block nop end nop", "....|"),
            ("block local.get 0 br_if 0 nop end nop", "..|.|.|"),
            ("loop nop end nop", "|...|"),
            ("local.get 0 if nop end", ".|.||"),
            ("local.get 0 if nop else nop end", ".|.|.||"),
            ("local.get 0 if return else nop end", ".||x..|"),
            ("local.get 0 if nop else return end", ".|.||x|"),
            ("local.get 0 if return else return end nop", ".||x|xxx"),
            ("loop br 0 end nop", "||xxx"),
            ("unreachable loop local.get 0 br_if 0 end", "|xxxxx"),
            ("block return end nop", ".|xxx"),
            (
                "block block local.get 0 br_table 0 1 1 end nop end nop",
                "...|x.|.|",
            ),
            ("block try_table (catch $t 0) return end end nop", "..|xx.|"),
            ("return_call $f", "|x"),
            ("throw $t", "|x"),
        ] {
            assert_eq!(drawn(body), wanted, "{body}");
        }
    }
}
