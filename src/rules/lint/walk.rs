//! Follows every branch of a script, reached or not, with the types that the text shows. Collects the fields, causes
//! and settings in use; `access` may only be used as `access.field`, so the set of fields is exact.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTFlags, ASTNode, Expr, FlowControl, Position, Stmt};

use super::names::{Named, Origin};
use super::same::{constant, same, spelled, start};
use super::types::{Held, RUN, Type};
use super::{Problem, Source};
use crate::rules::api::Field;
use crate::rules::run::List;
use crate::rules::settings::Settings;

/// What a function of a script uses, its helpers included.
#[derive(Debug, Clone, Default)]
pub(in crate::rules) struct Use {
    pub(in crate::rules) fields: BTreeSet<Field>,
    /// Fields that differ from access to access, with the place that reads them first.
    pub(in crate::rules) rows: BTreeMap<Field, Position>,
    pub(in crate::rules) lists: BTreeSet<List>,
    pub(in crate::rules) causes: BTreeMap<String, Position>,
    pub(in crate::rules) settings: BTreeMap<String, Position>,
}

/// A function of the script: its parameters and statements.
#[derive(Debug, Clone)]
pub(super) struct Function {
    pub(super) params: Vec<String>,
    start: Position,
    body: Vec<Stmt>,
}

/// What a function is given in one place: the type, and the value where it is written out.
#[derive(Debug, Clone)]
pub(super) struct Given {
    pub(super) kind: Type,
    written: Option<Expr>,
}

impl Given {
    pub(super) fn new(kind: Type, written: Option<Expr>) -> Self {
        Given { kind, written: written.filter(constant) }
    }

    fn same(&self, other: &Given) -> bool {
        let written = match (&self.written, &other.written) {
            (None, None) => true,
            (Some(left), Some(right)) => same(left, right),
            _ => false,
        };
        written && self.kind == other.kind
    }
}

/// Every way in which a block ends: what it gives, and where.
type Ways = Vec<(Type, Position)>;

/// Walks the functions of one script.
pub(in crate::rules) struct Walker<'a> {
    pub(super) source: Source<'a>,
    pub(super) settings: &'a Settings,
    pub(super) functions: BTreeMap<String, Function>,
    pub(super) found: Use,
    problems: BTreeSet<Problem>,
    pub(super) visited: BTreeSet<String>,
    /// Calls of this entry that are checked already: function, argument types, result.
    known: Vec<(String, Vec<Given>, Type)>,
    active: Vec<String>,
    pub(super) names: Vec<Named>,
    returns: Ways,
}

impl<'a> Walker<'a> {
    /// Prepares the functions of a script.
    pub(in crate::rules) fn new(source: Source<'a>, ast: &AST, settings: &'a Settings) -> Self {
        let mut walker = Walker {
            source,
            settings,
            functions: functions(ast),
            found: Use::default(),
            problems: BTreeSet::new(),
            visited: BTreeSet::new(),
            known: Vec::new(),
            active: Vec::new(),
            names: Vec::new(),
            returns: Vec::new(),
        };
        if let Some(statement) = ast.statements().iter().find(|statement| !matches!(statement, Stmt::Noop(_)))
        {
            walker.report(statement.position(), "a control holds functions only; this stands outside of one");
        }
        walker
    }

    /// Checks a function that a test names and tells what it uses.
    pub(in crate::rules) fn entry(&mut self, name: &str, parameter: Type, must_give: Type) -> Option<Use> {
        let function = self.functions.get(name)?.clone();
        self.found = Use::default();
        self.known.clear();
        if function.params.len() != 1 {
            let message = format!("`{name}` must take one parameter: {}", parameter.words());
            self.report(function.start, message);
        }
        let ways = self.ways(name, &function, &[Given::new(parameter, None)]);
        self.names.clear();
        for (given, position) in ways {
            if given == Type::Nothing {
                self.gives_nothing(name, position);
            } else if !given.agrees(must_give) {
                let message = format!("`{name}` must give {}, it gives {}", must_give.words(), given.words());
                let problem = self.source.at_position(position, message);
                self.problem(match answer_hint(given, must_give) {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                });
            }
        }
        Some(self.found.clone())
    }

    /// Names of the functions, for suggestions.
    pub(in crate::rules) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
    }

    /// The problems found so far, when only some functions of the script are of interest.
    pub(in crate::rules) fn found(self) -> BTreeSet<Problem> {
        self.problems
    }

    /// Every problem, in order of place; functions that no test reaches among them.
    pub(in crate::rules) fn finish(mut self) -> BTreeSet<Problem> {
        let unused: Vec<(String, Position)> = self
            .functions
            .iter()
            .filter(|(name, _)| !self.visited.contains(*name))
            .map(|(name, function)| (name.clone(), function.start))
            .collect();
        for (name, position) in unused {
            self.report(position, format!("function `{name}` is used by no test"));
        }
        self.problems
    }

    pub(super) fn report(&mut self, position: Position, message: impl Into<String>) {
        let problem = self.source.at_position(position, message);
        self.problem(problem);
    }

    pub(super) fn problem(&mut self, problem: Problem) {
        self.problems.insert(problem);
    }

    /// The type that a call of a script function gives, after checking its body with these arguments.
    pub(super) fn function(&mut self, name: &str, arguments: &[Given], position: Position) -> Type {
        if self.active.iter().any(|active| active == name) {
            self.report(position, format!("`{name}` calls itself; a rule must end"));
            return Type::Unknown;
        }
        let alike = |known: &[Given]| known.iter().zip(arguments).all(|(known, given)| known.same(given));
        let checked = self.known.iter().find(|(known, given, _)| known == name && alike(given));
        if let Some((_, _, given)) = checked {
            return *given;
        }
        let Some(function) = self.functions.get(name).cloned() else {
            return Type::Unknown;
        };
        let outer = std::mem::take(&mut self.names);
        let ways = self.ways(name, &function, arguments);
        let given = self.settle(name, &ways);
        self.parameters(name, matches!(given, Type::List(_) | Type::Unknown));
        self.names = outer;
        self.known.push((name.to_owned(), arguments.to_vec(), given));
        given
    }

    /// Every way in which a function ends. Its parameters stay in `names`.
    fn ways(&mut self, name: &str, function: &Function, arguments: &[Given]) -> Ways {
        self.visited.insert(name.to_owned());
        self.active.push(name.to_owned());
        let parameter = |(name, given): (&String, &Given)| {
            Named::new(name, given.kind, Origin::Parameter, function.start).written(given.written.as_ref())
        };
        self.names = function.params.iter().zip(arguments).map(parameter).collect();
        let outer_returns = std::mem::take(&mut self.returns);
        let mut ways = self.block(&function.body, function.start);
        ways.append(&mut self.returns);
        self.returns = outer_returns;
        self.active.pop();
        ways
    }

    fn gives_nothing(&mut self, name: &str, position: Position) {
        let problem = self.source.at_position(position, format!("`{name}` gives nothing when it ends here"));
        self.problem(problem.hint("end every path with a value: add the missing `else`, or the answer"));
    }

    /// The type of a helper that ends in these ways.
    fn settle(&mut self, name: &str, ways: &[(Type, Position)]) -> Type {
        let pushes_only = ways.iter().all(|(kind, _)| *kind == Type::Nothing);
        for (_, position) in ways.iter().filter(|(kind, _)| *kind == Type::Nothing && !pushes_only) {
            self.gives_nothing(name, *position);
        }
        self.agreed(ways, &format!("`{name}`"))
    }

    /// The one type that all ways give; ways that differ are told.
    fn agreed(&mut self, ways: &[(Type, Position)], what: &str) -> Type {
        let mut whole = ways.iter().map(|(kind, _)| *kind).find(|kind| *kind != Type::Nothing);
        for (kind, position) in ways.iter().filter(|(kind, _)| *kind != Type::Nothing) {
            let first = whole.unwrap_or(Type::Unknown);
            if !first.agrees(*kind) {
                let message = format!("{what} gives {} here and {} elsewhere", kind.words(), first.words());
                let problem = self.source.at_position(*position, message);
                self.problem(problem.hint("every path gives the same sort of value"));
            }
            whole = Some(first.either(*kind));
        }
        whole.unwrap_or(if ways.is_empty() { Type::Unknown } else { Type::Nothing })
    }

    /// What a block gives, with the place of each way to end; empty when all ways return.
    fn block(&mut self, statements: &[Stmt], start: Position) -> Ways {
        let depth = self.names.len();
        let mut given = vec![(Type::Nothing, start)];
        let mut live = statements.iter().filter(|statement| !matches!(statement, Stmt::Noop(_))).peekable();
        while let Some(statement) = live.next() {
            given = self.statement(statement);
            if live.peek().is_some() {
                self.dropped(&given);
            }
        }
        self.leave(depth);
        given
    }

    /// A value that is not the last of its block is lost: say so.
    fn dropped(&mut self, given: &[(Type, Position)]) {
        for (kind, position) in given {
            if !matches!(kind, Type::Nothing | Type::Unknown) {
                self.problem(
                    self.source
                        .at_position(*position, format!("this gives {} that nobody uses", kind.words()))
                        .hint("put `return` before it, or make what follows the `else`"),
                );
            }
        }
    }

    fn statement(&mut self, statement: &Stmt) -> Ways {
        let position = statement.position();
        match statement {
            Stmt::If(flow, _) => self.branches(flow, position),
            Stmt::Block(block) => self.block(block.statements(), position),
            Stmt::Expr(expression) => self.ending(expression),
            Stmt::FnCall(call, _) => vec![(self.call(call, None, position), position)],
            Stmt::Return(value, _, _) => {
                let kind = value.as_ref().map_or(Type::Nothing, |value| self.value(value));
                self.returns.push((kind, position));
                Vec::new()
            }
            Stmt::Var(..) => {
                self.declared(statement);
                vec![(Type::Nothing, position)]
            }
            Stmt::For(parts, _) => {
                self.each(&parts.0.name, parts.1.as_ref().map(|name| name.name.as_str()), &parts.2)
            }
            Stmt::While(flow, _) | Stmt::Do(flow, ..) => {
                if !matches!(flow.expr, Expr::Unit(_)) {
                    self.condition(&flow.expr);
                    self.decided(&flow.expr);
                }
                self.looped(flow)
            }
            Stmt::Assignment(parts) => {
                vec![(self.assignment(parts, position), position)]
            }
            Stmt::BreakLoop(value, ..) => {
                let _kind = value.as_ref().map(|value| self.value(value));
                Vec::new()
            }
            _ => {
                self.report(position, "rules do without this kind of statement");
                vec![(Type::Unknown, position)]
            }
        }
    }

    fn branches(&mut self, flow: &FlowControl, position: Position) -> Ways {
        self.condition(&flow.expr);
        self.decided(&flow.expr);
        self.chain_of_branches(flow);
        let mut given = self.block(flow.body.statements(), flow.body.position());
        let otherwise = flow.branch.statements();
        if otherwise.is_empty() {
            given.push((Type::Nothing, position));
        } else {
            given.extend(self.block(otherwise, flow.branch.position()));
        }
        given
    }

    fn each(&mut self, name: &str, counter: Option<&str>, flow: &FlowControl) -> Ways {
        let member = match self.value(&flow.expr) {
            Type::Objects(place) => Type::Object(place),
            Type::Texts(values) => Type::Text(values),
            Type::List(held) => held.member(),
            Type::Unknown => Type::Unknown,
            other => {
                self.report(start(&flow.expr), format!("`for` needs a list, this is {}", other.words()));
                Type::Unknown
            }
        };
        let depth = self.names.len();
        let place = start(&flow.expr);
        self.names.push(Named::new(name, member, Origin::Loop, place));
        self.names.extend(counter.map(|counter| Named::new(counter, Type::Number, Origin::Loop, place)));
        let given = self.looped(flow);
        self.leave(depth);
        given
    }

    /// The body of a loop, twice where the first time changed what a variable is.
    fn looped(&mut self, flow: &FlowControl) -> Ways {
        let before: Vec<Type> = self.names.iter().map(|known| known.kind).collect();
        let mut given = self.block(flow.body.statements(), flow.body.position());
        if self.names.iter().map(|known| known.kind).ne(before) {
            given = self.block(flow.body.statements(), flow.body.position());
        }
        self.dropped(&given);
        vec![(Type::Nothing, flow.body.position())]
    }

    /// What an expression gives where a statement stands: each branch of an `if` by itself.
    fn ending(&mut self, expression: &Expr) -> Ways {
        match expression {
            Expr::Stmt(block) => self.block(block.statements(), block.position()),
            other => vec![(self.value(other), start(other))],
        }
    }

    /// A condition must be true or false.
    pub(super) fn condition(&mut self, expression: &Expr) {
        let kind = self.value(expression);
        if !kind.agrees(Type::Truth) {
            let message = format!("a condition must be true or false, this is {}", kind.words());
            let problem = self.source.at_position(start(expression), message);
            self.problem(match spelled(expression) {
                Some(thing) => problem.hint(format!("compare it: `{thing} == …`")),
                None => problem,
            });
        }
    }

    /// The type of an expression; `access` by itself is refused, and so is `run`: what a rule reads of them is exact.
    pub(super) fn value(&mut self, expression: &Expr) -> Type {
        let kind = self.expression(expression);
        if matches!(kind, Type::Access | Type::Settings | Type::Object(RUN)) {
            let words = kind.words();
            self.report(start(expression), format!("`{words}` can only be used as `{words}.name`"));
            return Type::Unknown;
        }
        kind
    }

    /// The type of what an answer is about: the one place where `run` may stand by itself, for it reads nothing there.
    pub(super) fn subject(&mut self, expression: &Expr) -> Type {
        match expression {
            Expr::Variable(..) => match self.expression(expression) {
                run @ Type::Object(RUN) => run,
                _ => self.value(expression),
            },
            other => self.value(other),
        }
    }

    fn values(&mut self, parts: &[Expr]) {
        for part in parts {
            self.value(part);
        }
    }

    /// The type of an expression.
    pub(super) fn expression(&mut self, expression: &Expr) -> Type {
        match expression {
            Expr::BoolConstant(..) => Type::Truth,
            Expr::IntegerConstant(..) => Type::Number,
            Expr::StringConstant(..) => Type::Text(&[]),
            Expr::Unit(_) => Type::Nothing,
            Expr::Variable(parts, ..) => self.variable(parts.1.as_str()),
            Expr::InterpolatedString(parts, _) => {
                self.values(parts);
                Type::Text(&[])
            }
            Expr::Array(members, _) => self.array(members),
            Expr::And(parts, _) => self.joined(parts, true),
            Expr::Or(parts, _) => self.joined(parts, false),
            Expr::FnCall(call, position) => self.call(call, None, *position),
            Expr::Dot(parts, ..) => match &parts.rhs {
                Expr::MethodCall(call, position) if call.name == "push" && call.args.len() == 1 => {
                    self.push(&parts.lhs, call.args.first().unwrap_or(&parts.rhs), *position)
                }
                rest => {
                    let object = self.expression(&parts.lhs);
                    self.chain(object, rest)
                }
            },
            Expr::Index(parts, flags, _) => {
                let list = self.value(&parts.lhs);
                self.indexed(list, &parts.rhs, *flags, start(&parts.lhs))
            }
            Expr::Stmt(block) => {
                let ways = self.block(block.statements(), block.position());
                self.branch_values(&ways)
            }
            Expr::DynamicConstant(value, _) if value.is_array() => Type::List(Held::Unknown),
            other => self.foreign(other),
        }
    }

    /// An `if` that gives a value must give one on every path.
    fn branch_values(&mut self, ways: &[(Type, Position)]) -> Type {
        let kind = self.agreed(ways, "this `if`");
        if kind != Type::Nothing {
            for (_, position) in ways.iter().filter(|(kind, _)| *kind == Type::Nothing) {
                let problem = self.source.at_position(*position, "this gives no value on one of its paths");
                self.problem(problem.hint("add the missing `else { … }`"));
            }
        }
        kind
    }

    fn array(&mut self, members: &[Expr]) -> Type {
        let mut held = Held::Nothing;
        for member in members {
            let one = Held::one(self.value(member));
            if !held.agrees(one) {
                let message =
                    format!("{} cannot go on with {}", Type::List(held).words(), one.member().words());
                let problem = self.source.at_position(start(member), message);
                self.problem(problem.hint("a list holds one sort of thing"));
            }
            held = held.either(one);
        }
        Type::List(held)
    }

    fn foreign(&mut self, other: &Expr) -> Type {
        let position = other.start_position();
        if let Expr::CharConstant(letter, _) = other {
            let problem = self.source.at_position(position, "texts stand in double quotation marks");
            self.problem(problem.hint(format!("write \"{letter}\"")));
            return Type::Text(&[]);
        }
        let problem = self.source.at_position(position, "rules do without this kind of expression");
        self.problem(match other {
            Expr::FloatConstant(..) => problem.hint("numbers are whole: 1, 90, 2160"),
            _ => problem,
        });
        Type::Unknown
    }

    /// What `list[place]` and the chain behind it give; the tree hangs the rest of a chain on the place.
    pub(super) fn indexed(&mut self, list: Type, place: &Expr, flags: ASTFlags, at: Position) -> Type {
        let member = self.member_of(list, at);
        match place {
            Expr::Dot(parts, ..) if !flags.contains(ASTFlags::BREAK) => {
                self.value(&parts.lhs);
                self.chain(member, &parts.rhs)
            }
            Expr::Index(parts, inner, _) if !flags.contains(ASTFlags::BREAK) => {
                self.value(&parts.lhs);
                self.indexed(member, &parts.rhs, *inner, at)
            }
            other => {
                self.value(other);
                member
            }
        }
    }

    /// What stands at a number of a list.
    fn member_of(&mut self, list: Type, position: Position) -> Type {
        match list {
            Type::List(held) => held.member(),
            Type::Objects(place) => Type::Object(place),
            Type::Unknown => Type::Unknown,
            other => {
                self.report(position, format!("{} has no numbered members here", other.words()));
                Type::Unknown
            }
        }
    }
}

/// What an answer of the wrong sort lacks.
fn answer_hint(given: Type, must_give: Type) -> Option<&'static str> {
    match (given, must_give) {
        (Type::List(Held::Answers), Type::List(_)) => Some(
            "in judge(run) each answer names its subject: `conforming(strip)`, `exception(\"cause\", strip)`",
        ),
        (Type::List(_), Type::List(_)) => Some("push `conforming(strip)` or `exception(\"cause\", strip)`"),
        (Type::Answer | Type::Finding, Type::List(_)) => {
            Some("begin with `let answers = [];`, push each answer, and end with `answers`")
        }
        (Type::Finding, Type::Answer) => {
            Some("an answer about an access has no subject: `conforming()`, `exception(\"cause\")`")
        }
        (Type::Truth, Type::Answer) => Some("give `conforming()` or `exception(\"cause\")`"),
        (Type::Answer, Type::Truth) => {
            Some("a population is true or false; answers come from the other function")
        }
        _ => None,
    }
}

/// The type that `judge` takes.
pub(in crate::rules) const WHOLE_RUN: Type = Type::Object(RUN);

/// The functions of a script. The tree gives statements without their function, so they are matched by place.
fn functions(ast: &AST) -> BTreeMap<String, Function> {
    let mut statements: Vec<Stmt> = Vec::new();
    ast.walk(&mut |path: &[ASTNode<'_>]| {
        if let [ASTNode::Stmt(statement)] = path {
            statements.push((*statement).clone());
        }
        true
    });
    let mut found = BTreeMap::new();
    for (_, _, name, _, script) in ast.shared_lib().iter_script_fn_info() {
        let (start, end) = (script.body.start_position(), script.body.end_position());
        let body =
            statements.iter().filter(|statement| (start..=end).contains(&statement.position())).cloned();
        let params = script.params.iter().map(ToString::to_string).collect();
        found.insert(name.to_owned(), Function { params, start, body: body.collect() });
    }
    found
}
