//! The variables of a rule: what each holds, whether anybody reads it, and what a list holds after each push.

use rhai::{BinaryExpr, Expr, Position, Stmt};

use super::same::{constant, start};
use super::types::{Held, Type};
use super::walk::Walker;

/// Where a name comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// A parameter of a function.
    Parameter,
    /// A `let`.
    Let,
    /// A loop.
    Loop,
}

/// A name that a rule gives to a value.
#[derive(Debug, Clone)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) kind: Type,
    /// The value as written, while the name holds just that.
    written: Option<Expr>,
    origin: Origin,
    place: Position,
    read: bool,
    pushed: Option<Position>,
}

impl Named {
    pub(super) fn new(name: &str, kind: Type, origin: Origin, place: Position) -> Self {
        Named { name: name.to_owned(), kind, written: None, origin, place, read: false, pushed: None }
    }

    /// Adds the value as written, if it is written out.
    pub(super) fn written(mut self, value: Option<&Expr>) -> Self {
        self.written = value.filter(|value| constant(value)).cloned();
        self
    }
}

impl Walker<'_> {
    fn named(&mut self, name: &str) -> Option<&mut Named> {
        self.names.iter_mut().rev().find(|known| known.name == name)
    }

    /// The type of a name that is read.
    pub(super) fn variable(&mut self, name: &str) -> Type {
        match self.named(name) {
            Some(known) => {
                known.read = true;
                known.kind
            }
            None if name == crate::rules::engine::SETTINGS => Type::Settings,
            None => Type::Unknown,
        }
    }

    /// What an expression was written as: itself, or the value that its name still holds.
    pub(super) fn as_written(&self, expression: &Expr) -> Expr {
        let Expr::Variable(parts, ..) = expression else {
            return expression.clone();
        };
        let known = self.names.iter().rev().find(|known| known.name == parts.1.as_str());
        known.and_then(|known| known.written.clone()).unwrap_or_else(|| expression.clone())
    }

    /// Forgets the names of a block and tells of variables that nobody read.
    pub(super) fn leave(&mut self, depth: usize) {
        for known in self.names.split_off(depth) {
            if known.origin == Origin::Let && !known.read && !known.name.starts_with('_') {
                let message = format!("nobody reads the variable `{}`", known.name);
                let problem = self.source.at_position(known.place, message);
                let problem = match known.kind {
                    Type::List(_) if known.pushed.is_some() => {
                        problem.hint("give the list back at the end, or remove it")
                    }
                    _ => problem.hint("use it, or remove it").note(),
                };
                self.problem(problem);
            }
        }
    }

    /// Tells of parameters of a helper that it never reads, and of lists it fills for nobody.
    pub(super) fn parameters(&mut self, function: &str, gives_list: bool) {
        for known in std::mem::take(&mut self.names) {
            if let (Some(position), false) = (known.pushed, gives_list) {
                let message = format!("`{}` is a copy here: what is pushed into it is lost", known.name);
                let hint = "give the list back from the function, or push where the list was made";
                let problem = self.source.at_position(position, message).hint(hint);
                self.problem(problem);
            } else if !known.read && !known.name.starts_with('_') {
                let message = format!("`{function}` does not use its parameter `{}`", known.name);
                let hint = "use it, or remove it here and where the function is called";
                let problem = self.at_parameter(function, &known.name, message).hint(hint).note();
                self.problem(problem);
            }
        }
    }

    fn at_parameter(&self, function: &str, parameter: &str, message: String) -> super::Problem {
        let text = self.source.text;
        let head = text.match_indices(function).find(|(at, _)| {
            let before = text.get(..*at).unwrap_or_default().trim_end();
            let after = text.get(at + function.len()..).unwrap_or_default().trim_start();
            before.ends_with("fn") && after.starts_with('(')
        });
        let start = head.map_or(0, |(at, _)| at + function.len());
        let rest = text.get(start..).unwrap_or_default();
        let words = rest.match_indices(parameter).find(|(at, _)| {
            let letter = |letter: char| letter.is_alphanumeric() || letter == '_';
            let before = rest.get(..*at).unwrap_or_default();
            let after = rest.get(at + parameter.len()..).unwrap_or_default();
            !before.ends_with(letter) && !after.starts_with(letter)
        });
        self.source.at_offset(start + words.map_or(0, |(at, _)| at), message)
    }

    /// `list.push(member)`: from here on the list holds such a member.
    pub(super) fn push(&mut self, list: &Expr, member: &Expr, position: Position) -> Type {
        let kind = self.value(member);
        let name = match list {
            Expr::Variable(parts, ..) => parts.1.to_string(),
            _ => String::new(),
        };
        match self.named(&name).map(|known| known.kind) {
            Some(Type::List(held)) => self.pushed(&name, held, kind, position),
            Some(Type::Unknown) => {}
            _ => {
                let other = self.expression(list);
                let message =
                    format!("only a list that the rule made takes a push, this is {}", other.words());
                let hint = "begin with `let answers = [];` and push into that";
                let problem = self.source.at_position(position, message).hint(hint);
                self.problem(problem);
            }
        }
        Type::Nothing
    }

    fn pushed(&mut self, name: &str, held: Held, kind: Type, position: Position) {
        let one = Held::one(kind);
        if kind == Type::Nothing {
            self.report(position, format!("nothing is pushed into `{name}`: this gives no value"));
        } else if !held.agrees(one) {
            let (has, gets) = (Type::List(held).words(), kind.words());
            let problem =
                self.source.at_position(position, format!("`{name}` is {has}, here it gets {gets}"));
            self.problem(problem.hint("a list holds one sort of thing"));
        }
        if let Some(known) = self.named(name) {
            known.kind = Type::List(held.either(one));
            known.written = None;
            if known.origin == Origin::Parameter || known.origin == Origin::Let {
                known.pushed = Some(position);
            }
        }
    }

    /// `name = value` and `name += value`.
    pub(super) fn assignment(
        &mut self,
        parts: &(rhai::OpAssignment, BinaryExpr),
        position: Position,
    ) -> Type {
        let (target, value) = (&parts.1.lhs, &parts.1.rhs);
        let kind = self.value(value);
        let Expr::Variable(named, ..) = target else {
            let problem = self.source.at_position(position, "a rule can set its own variables only");
            self.problem(problem.hint("write `==` to compare"));
            return Type::Unknown;
        };
        let Some(known) = self.named(named.1.as_str()) else {
            return Type::Nothing;
        };
        known.written = None;
        let (name, holds) = (known.name.clone(), known.kind);
        if holds == Type::Nothing {
            known.kind = kind;
            return Type::Nothing;
        }
        known.kind = holds.either(kind);
        if !holds.agrees(kind) {
            let message = format!("`{name}` is {}, here it gets {}", holds.words(), kind.words());
            let problem = self.source.at_position(start(value), message);
            self.problem(problem.hint("a variable keeps one sort of value; use another name"));
        } else if parts.0.is_op_assignment() && !matches!(kind, Type::Number | Type::Text(_) | Type::Unknown)
        {
            let message = format!("a number is needed here, this is {}", kind.words());
            self.report(start(value), message);
        }
        Type::Nothing
    }

    /// A `let`.
    pub(super) fn declared(&mut self, statement: &Stmt) {
        if let Stmt::Var(parts, _, _) = statement {
            let kind = self.value(&parts.1);
            let value = self.as_written(&parts.1);
            let named = Named::new(&parts.0.name, kind, Origin::Let, parts.0.pos);
            self.names.push(named.written(Some(&value)));
        }
    }
}
