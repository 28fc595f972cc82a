//! Follows every branch of a script, reached or not, with the types that the text shows. Collects the fields, causes
//! and settings in use; `access` may only be used as `access.field`, so the set of fields is exact.

use std::collections::{BTreeMap, BTreeSet};

use rhai::{AST, ASTNode, Expr, FlowControl, Position, Stmt};

use super::types::{RUN, Type};
use super::{Problem, Source};
use crate::rules::api::Field;
use crate::rules::run::List;
use crate::rules::settings::Settings;

/// What a function of a script uses, its helpers included.
#[derive(Debug, Clone, Default)]
pub(in crate::rules) struct Use {
    pub(in crate::rules) fields: BTreeSet<Field>,
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

/// Walks the functions of one script.
pub(in crate::rules) struct Walker<'a> {
    pub(super) source: Source<'a>,
    pub(super) settings: &'a Settings,
    pub(super) functions: BTreeMap<String, Function>,
    pub(super) found: Use,
    problems: BTreeSet<Problem>,
    visited: BTreeSet<String>,
    /// Calls of this entry that are checked already: function, argument types, result.
    known: Vec<(String, Vec<Type>, Type)>,
    active: Vec<String>,
    names: Vec<(String, Type)>,
    returns: Vec<(Type, Position)>,
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
        let given = self.function(name, &[parameter], function.start);
        if !given.agrees(must_give) && given != Type::Nothing {
            let message = format!("`{name}` must give {}, it gives {}", must_give.words(), given.words());
            self.report(function.start, message);
        }
        Some(self.found.clone())
    }

    /// Names of the functions, for suggestions.
    pub(in crate::rules) fn function_names(&self) -> impl Iterator<Item = &str> {
        self.functions.keys().map(String::as_str)
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

    /// The type that a call of a script function gives, after checking its body with these argument types.
    pub(super) fn function(&mut self, name: &str, arguments: &[Type], position: Position) -> Type {
        if self.active.iter().any(|active| active == name) {
            self.report(position, format!("`{name}` calls itself; a rule must end"));
            return Type::Unknown;
        }
        let checked = self.known.iter().find(|(known, kinds, _)| known == name && kinds == arguments);
        if let Some((_, _, given)) = checked {
            return *given;
        }
        let Some(function) = self.functions.get(name).cloned() else {
            return Type::Unknown;
        };
        self.visited.insert(name.to_owned());
        self.active.push(name.to_owned());
        let names = function.params.iter().cloned().zip(arguments.iter().copied()).collect();
        let outer_names = std::mem::replace(&mut self.names, names);
        let outer_returns = std::mem::take(&mut self.returns);
        let mut given = self.block(&function.body, function.start);
        given.append(&mut self.returns);
        self.names = outer_names;
        self.returns = outer_returns;
        self.active.pop();
        let given = self.settle(name, &given);
        self.known.push((name.to_owned(), arguments.to_vec(), given));
        given
    }

    fn settle(&mut self, name: &str, given: &[(Type, Position)]) -> Type {
        for (_, position) in given.iter().filter(|(kind, _)| *kind == Type::Nothing) {
            self.problem(
                self.source
                    .at_position(*position, format!("`{name}` gives nothing when it ends here"))
                    .hint("end every path with a value: add the missing `else`, or the answer"),
            );
        }
        let mut kinds = given.iter().map(|(kind, _)| *kind);
        let first = kinds.next().unwrap_or(Type::Unknown);
        kinds.fold(first, Type::either)
    }

    /// What a block gives, with the place of each way to end; empty when all ways return.
    fn block(&mut self, statements: &[Stmt], start: Position) -> Vec<(Type, Position)> {
        let depth = self.names.len();
        let mut given = vec![(Type::Nothing, start)];
        let mut live = statements.iter().filter(|statement| !matches!(statement, Stmt::Noop(_))).peekable();
        while let Some(statement) = live.next() {
            given = self.statement(statement);
            if live.peek().is_some() {
                self.dropped(&given);
            }
        }
        self.names.truncate(depth);
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

    fn statement(&mut self, statement: &Stmt) -> Vec<(Type, Position)> {
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
            Stmt::Var(parts, _, _) => {
                let kind = self.value(&parts.1);
                self.names.push((parts.0.name.to_string(), kind));
                vec![(Type::Nothing, position)]
            }
            Stmt::For(parts, _) => {
                self.each(&parts.0.name, parts.1.as_ref().map(|name| name.name.to_string()), &parts.2)
            }
            Stmt::While(flow, _) | Stmt::Do(flow, ..) => {
                if !matches!(flow.expr, Expr::Unit(_)) {
                    self.condition(&flow.expr);
                }
                self.looped(flow)
            }
            Stmt::Assignment(parts) => self.assignment(&parts.1.lhs, &parts.1.rhs, position),
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

    fn branches(&mut self, flow: &FlowControl, position: Position) -> Vec<(Type, Position)> {
        self.condition(&flow.expr);
        let mut given = self.block(flow.body.statements(), flow.body.position());
        let otherwise = flow.branch.statements();
        if otherwise.is_empty() {
            given.push((Type::Nothing, position));
        } else {
            given.extend(self.block(otherwise, flow.branch.position()));
        }
        given
    }

    fn each(&mut self, name: &str, counter: Option<String>, flow: &FlowControl) -> Vec<(Type, Position)> {
        let member = match self.value(&flow.expr) {
            Type::Objects(place) => Type::Object(place),
            Type::Texts(values) => Type::Text(values),
            Type::Unknown | Type::List => Type::Unknown,
            other => {
                self.report(
                    flow.expr.start_position(),
                    format!("`for` needs a list, this is {}", other.words()),
                );
                Type::Unknown
            }
        };
        let depth = self.names.len();
        self.names.push((name.to_owned(), member));
        self.names.extend(counter.map(|counter| (counter, Type::Number)));
        let given = self.looped(flow);
        self.names.truncate(depth);
        given
    }

    fn looped(&mut self, flow: &FlowControl) -> Vec<(Type, Position)> {
        let given = self.block(flow.body.statements(), flow.body.position());
        self.dropped(&given);
        vec![(Type::Nothing, flow.body.position())]
    }

    fn assignment(&mut self, target: &Expr, value: &Expr, position: Position) -> Vec<(Type, Position)> {
        let kind = self.value(value);
        if let Expr::Variable(parts, ..) = target {
            let known = self.names.iter_mut().rev().find(|(name, _)| *name == parts.1.as_str());
            if let Some((_, known)) = known {
                *known = known.either(kind);
            }
        } else {
            self.problem(
                self.source
                    .at_position(position, "a rule can set its own variables only")
                    .hint("write `==` to compare"),
            );
        }
        vec![(Type::Nothing, position)]
    }

    /// What an expression gives where a statement stands: each branch of an `if` by itself.
    fn ending(&mut self, expression: &Expr) -> Vec<(Type, Position)> {
        match expression {
            Expr::Stmt(block) => self.block(block.statements(), block.position()),
            other => vec![(self.value(other), other.start_position())],
        }
    }

    /// A condition must be true or false.
    pub(super) fn condition(&mut self, expression: &Expr) {
        let kind = self.value(expression);
        if !kind.agrees(Type::Truth) {
            let message = format!("a condition must be true or false, this is {}", kind.words());
            self.report(expression.start_position(), message);
        }
    }

    /// The type of an expression; `access` by itself is refused, and so is `run`: what a rule reads of them is exact.
    pub(super) fn value(&mut self, expression: &Expr) -> Type {
        let kind = self.expression(expression);
        if matches!(kind, Type::Access | Type::Settings | Type::Object(RUN)) {
            let words = kind.words();
            self.report(expression.start_position(), format!("`{words}` can only be used as `{words}.name`"));
            return Type::Unknown;
        }
        kind
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
            Expr::Array(members, _) => {
                self.values(members);
                Type::List
            }
            Expr::And(parts, _) | Expr::Or(parts, _) => {
                parts.iter().for_each(|part| self.condition(part));
                Type::Truth
            }
            Expr::FnCall(call, position) => self.call(call, None, *position),
            Expr::Dot(parts, ..) => {
                let object = self.expression(&parts.lhs);
                self.chain(object, &parts.rhs)
            }
            Expr::Index(parts, ..) => self.index(&parts.lhs, &parts.rhs),
            Expr::Stmt(block) => {
                let given = self.block(block.statements(), block.position());
                given.iter().map(|(kind, _)| *kind).reduce(Type::either).unwrap_or(Type::Unknown)
            }
            Expr::DynamicConstant(value, _) if value.is_array() => Type::List,
            other => {
                self.report(other.start_position(), "rules do without this kind of expression");
                Type::Unknown
            }
        }
    }

    fn variable(&self, name: &str) -> Type {
        match self.names.iter().rev().find(|(known, _)| known == name) {
            Some((_, kind)) => *kind,
            None if name == crate::rules::engine::SETTINGS => Type::Settings,
            None => Type::Unknown,
        }
    }

    fn index(&mut self, list: &Expr, place: &Expr) -> Type {
        let kind = self.value(list);
        self.value(place);
        match kind {
            Type::Unknown | Type::List => {}
            other => {
                self.report(list.start_position(), format!("{} has no numbered members here", other.words()))
            }
        }
        Type::Unknown
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
