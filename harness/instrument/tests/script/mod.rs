//! A script of the specification's, played with two workers for each module: of it as it is, and of it as it is rewritten.

mod component;
mod side;

use std::collections::{BTreeMap, HashMap};

use handover_instrument::{Rewrite, Warning, instrument};
use wast::lexer::Lexer;
use wast::parser::{self, ParseBuffer};
use wast::token::Id;
use wast::{QuoteWat, Wast, WastDirective, WastExecute, WastInvoke, Wat};

use side::{Did, Side};

/// What a script came to.
#[derive(Debug, Default)]
pub struct Came {
    /// Modules that ran on both sides.
    pub modules: usize,
    /// Calls, and globals that were read, on both sides.
    pub calls: usize,
    /// Modules that are invalid, before and after.
    pub refused: usize,
    /// Why others were not run, with how many.
    pub left_out: BTreeMap<String, usize>,
    /// Where the two sides differ, as sentences.
    pub differences: Vec<String>,
}

impl Came {
    /// Both together.
    pub fn and(mut self, other: Self) -> Self {
        self.modules += other.modules;
        self.calls += other.calls;
        self.refused += other.refused;
        for (reason, count) in other.left_out {
            *self.left_out.entry(reason).or_default() += count;
        }
        self.differences.extend(other.differences);
        self
    }
}

/// What is made of a rewritten module before it runs.
type Hook<'h> = &'h dyn Fn(&[u8]) -> Vec<u8>;

/// A script, and how its modules are rewritten.
pub struct Script<'s> {
    label: &'s str,
    text: &'s str,
    rewrite: Rewrite,
    hook: Option<Hook<'s>>,
}

impl<'s> Script<'s> {
    pub fn of(label: &'s str, text: &'s str, rewrite: Rewrite) -> Self {
        Self {
            label,
            text,
            rewrite,
            hook: None,
        }
    }

    /// The same, where `hook` changes each rewritten module.
    pub fn rewriting(self, hook: Hook<'s>) -> Self {
        Self {
            hook: Some(hook),
            ..self
        }
    }

    /// Plays it.
    pub fn run(&self) -> Came {
        let mut lexer = Lexer::new(self.text);
        lexer.allow_confusing_unicode(true);
        let buffer = ParseBuffer::new_with_lexer(lexer).expect("the script has tokens");
        let script: Wast<'_> = match parser::parse(&buffer) {
            Ok(script) => script,
            Err(error) => {
                let reason = format!("the script {}: {}", self.label, error.message());
                return Came {
                    left_out: BTreeMap::from([(reason, 1)]),
                    ..Came::default()
                };
            }
        };
        let mut playing = Playing {
            script: self,
            sides: None,
            current: None,
            named: HashMap::new(),
            came: Came::default(),
        };
        for directive in script.directives {
            playing.directive(directive);
        }
        playing.end_module();
        playing.came
    }
}

/// The number of a module that runs on both sides; none of one that does not.
type Number = Option<usize>;

struct Playing<'s> {
    script: &'s Script<'s>,
    /// The module as it is, and as it is rewritten.
    sides: Option<[Side; 2]>,
    current: Number,
    named: HashMap<String, Number>,
    came: Came,
}

impl Playing<'_> {
    fn directive(&mut self, directive: WastDirective<'_>) {
        match directive {
            WastDirective::Module(module) => self.module(module),
            WastDirective::ModuleDefinition(_)
            | WastDirective::ModuleInstance { .. }
            | WastDirective::Thread(_) => {
                self.end_module();
                self.leave_out("a module that is defined apart from its instances");
            }
            WastDirective::AssertInvalid { module, .. }
            | WastDirective::AssertMalformed { module, .. } => self.invalid(module),
            WastDirective::Invoke(invoke) => self.invoke(&invoke),
            WastDirective::AssertTrap { exec, .. }
            | WastDirective::AssertReturn { exec, .. }
            | WastDirective::AssertException { exec, .. } => self.execute(exec),
            WastDirective::AssertExhaustion { call, .. } => self.invoke(&call),
            _ => {}
        }
    }

    fn execute(&mut self, exec: WastExecute<'_>) {
        match exec {
            WastExecute::Invoke(invoke) => self.invoke(&invoke),
            WastExecute::Get { module, global, .. } => {
                self.both(module, global, |side, number| side.global(number, global));
            }
            // Its start traps; the module before it goes on.
            WastExecute::Wat(Wat::Module(module)) => {
                let current = self.current;
                self.module(QuoteWat::Wat(Wat::Module(module)));
                self.current = current;
            }
            WastExecute::Wat(Wat::Component(_)) => {}
        }
    }

    fn invoke(&mut self, invoke: &WastInvoke<'_>) {
        self.both(invoke.module, invoke.name, |side, number| {
            side.call(number, invoke.name, &invoke.args)
        });
    }

    /// Does something on both sides.
    fn both(&mut self, module: Option<Id<'_>>, what: &str, act: impl Fn(&mut Side, usize) -> Did) {
        let number = match module {
            Some(id) => self.named.get(id.name()).copied().flatten(),
            None => self.current,
        };
        let (Some(number), Some([plain, rewritten])) = (number, &mut self.sides) else {
            return self.leave_out("something of a module that is not run");
        };
        match (act(plain, number), act(rewritten, number)) {
            (Did::Nothing(reason), _) => self.leave_out(reason),
            (expected, observed) => {
                self.came.calls += 1;
                if expected != observed {
                    self.differ(&format!("{what}: {observed:?} in place of {expected:?}"));
                }
            }
        }
    }

    fn module(&mut self, mut module: QuoteWat<'_>) {
        self.end_module();
        let name = module.name().map(|it| it.name().to_owned());
        self.current = match module.encode() {
            Ok(bytes) => self.start(&bytes),
            Err(_) => {
                self.leave_out("a module that this text format does not know");
                None
            }
        };
        if let Some(name) = name {
            self.named.insert(name, self.current);
        }
    }

    /// Starts the module on both sides.
    fn start(&mut self, bytes: &[u8]) -> Number {
        let rewritten = match self.rewritten(bytes) {
            Ok(rewritten) => rewritten,
            Err(reason) => {
                self.leave_out(&reason);
                return None;
            }
        };
        let sides = self.sides.get_or_insert_with(|| {
            let spectest = component::spectest();
            let changed = component::of(&spectest)
                .and_then(|it| instrument(&it, self.script.rewrite).ok())
                .map(|it| component::modules(&it.bytes));
            let changed = changed.expect("spectest can be rewritten");
            [Side::new(&spectest), Side::new(&changed[0])]
        });
        let [plain, other] = sides.each_mut();
        match (plain.start(bytes), other.start(&rewritten)) {
            (Err(Did::Nothing(reason)), _) => {
                self.leave_out(reason);
                None
            }
            (Ok(number), Ok(_)) => {
                self.came.modules += 1;
                Some(number)
            }
            (expected, observed) => {
                self.came.modules += 1;
                if expected != observed {
                    self.differ(&format!("the start: {observed:?} in place of {expected:?}"));
                }
                None
            }
        }
    }

    /// The module as it is rewritten, or why it is not.
    fn rewritten(&self, bytes: &[u8]) -> Result<Vec<u8>, String> {
        let whole = component::of(bytes).ok_or("a module with imports of others")?;
        let changed = instrument(&whole, self.script.rewrite);
        let changed = changed.map_err(|it| format!("refused: {it}"))?;
        if let Some(reason) = changed.warnings.iter().find_map(unchanged) {
            return Err(format!("unchanged: {reason}"));
        }
        let module = component::modules(&changed.bytes).pop();
        let module = module.ok_or("unchanged: it is gone")?;
        Ok(match self.script.hook {
            Some(hook) => hook(&module),
            None => module,
        })
    }

    /// A module that is invalid must not become valid.
    fn invalid(&mut self, mut module: QuoteWat<'_>) {
        // Text that is malformed is nobody's module.
        let Ok(bytes) = module.encode() else {
            return;
        };
        if side::is_valid(&bytes) {
            return self.leave_out("a module that is invalid without what the engine knows");
        }
        let whole = component::around(&bytes);
        match instrument(&whole, self.script.rewrite) {
            Err(_) => self.came.refused += 1,
            Ok(changed) => {
                let modules = component::modules(&changed.bytes);
                match modules.last().is_some_and(|it| side::is_valid(it)) {
                    true => self.differ("an invalid module is valid once it is rewritten"),
                    false => self.came.refused += 1,
                }
            }
        }
    }

    /// Compares what the module left behind.
    fn end_module(&mut self) {
        let Some(number) = self.current.take() else {
            return;
        };
        let Some([plain, rewritten]) = &mut self.sides else {
            return;
        };
        let (expected, observed) = (plain.left(number), rewritten.left(number));
        let differs = expected
            .into_iter()
            .find(|(name, it)| observed.get(name) != Some(it));
        if let Some((name, expected)) = differs {
            let observed = observed.get(&name);
            self.differ(&format!("{name}: {observed:?} in place of {expected:?}"));
        }
    }

    fn differ(&mut self, what: &str) {
        let label = self.script.label;
        self.came.differences.push(format!("{label}: {what}"));
    }

    fn leave_out(&mut self, reason: &str) {
        *self.came.left_out.entry(reason.to_owned()).or_default() += 1;
    }
}

/// Why a module is as it was, if that is what the warning says.
fn unchanged(warning: &Warning) -> Option<String> {
    match warning {
        Warning::Unchanged { reason, .. } => Some(reason.to_string()),
        _ => None,
    }
}
