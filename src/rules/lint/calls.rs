//! Lint of names: fields, members, settings and functions, with the nearest name where one is unknown.

use rhai::{Expr, FnCallExpr, Position};

use super::types::{Held, Type};
use super::walk::{Given, Walker};
use crate::rules::api::{FIELDS, FUNCTIONS, Field, FunctionFacts, Kind, Level, Shape};

impl Walker<'_> {
    /// What follows a dot: a field, a member, a setting or a method; chains nest to the right.
    pub(super) fn chain(&mut self, object: Type, rest: &Expr) -> Type {
        match rest {
            Expr::Property(parts, position) => self.member(object, parts.2.as_str(), *position),
            Expr::MethodCall(call, position) => self.call(call, Some(object), *position),
            Expr::Dot(parts, ..) => {
                let object = self.chain(object, &parts.lhs);
                self.chain(object, &parts.rhs)
            }
            Expr::Index(parts, flags, _) => {
                let list = self.chain(object, &parts.lhs);
                self.indexed(list, &parts.rhs, *flags, parts.lhs.start_position())
            }
            other => self.value(other),
        }
    }

    fn member(&mut self, object: Type, name: &str, position: Position) -> Type {
        match object {
            Type::Unknown => Type::Unknown,
            Type::Access => self.field(name, position),
            Type::Settings => self.setting(name, position),
            _ => {
                let members = object.members().unwrap_or_default();
                match members.iter().find(|member| member.name == name) {
                    Some(member) => {
                        if let Kind::List(list) = member.kind {
                            self.found.lists.insert(list);
                        }
                        Type::of_kind(member.kind, member.values)
                    }
                    None => {
                        let message = format!("{} has no member `{name}`", object.words());
                        let problem = self.source.at_position(position, message);
                        self.problem(problem.nearest(name, members.iter().map(|member| member.name)));
                        Type::Unknown
                    }
                }
            }
        }
    }

    fn field(&mut self, name: &str, position: Position) -> Type {
        if let Some(field) = Field::named(name) {
            self.found.fields.insert(field);
            let facts = field.facts();
            if facts.level == Level::Row {
                self.found.rows.entry(field).or_insert(position);
            }
            return Type::of_kind(facts.kind, facts.values);
        }
        let problem = self.source.at_position(position, format!("access has no field `{name}`"));
        self.problem(problem.nearest(name, FIELDS.iter().map(|facts| facts.name)));
        Type::Unknown
    }

    fn setting(&mut self, name: &str, position: Position) -> Type {
        self.found.settings.entry(name.to_owned()).or_insert(position);
        if let Some(setting) = self.settings.get(name) {
            return Type::of_setting(setting);
        }
        let problem = self.source.at_position(position, format!("settings.toml has no key `{name}`"));
        let problem = problem.hint("add it to settings.toml, with a comment above it");
        self.problem(problem.nearest(name, self.settings.iter().map(|(known, _)| known)));
        Type::Unknown
    }

    /// A call, as `name(…)` or as a method of an object.
    pub(super) fn call(&mut self, call: &FnCallExpr, object: Option<Type>, position: Position) -> Type {
        if call.op_token.is_some() {
            return self.operator(call, position);
        }
        let name = call.name.as_str();
        if object.is_none() && self.functions.contains_key(name) {
            return self.script_call(call, position);
        }
        match (name, object, call.args.as_slice()) {
            ("contains", None, [list, member]) => return self.membership(list, member),
            ("push", None, [list, member]) => return self.push(list, member, position),
            ("push", Some(Type::Objects(_) | Type::Texts(_)), [_]) => {
                let problem =
                    self.source.at_position(position, "only a list that the rule made takes a push");
                self.problem(problem.hint("begin with `let answers = [];` and push into that"));
                return Type::Nothing;
            }
            _ => {}
        }
        let mut kinds: Vec<Type> = object.into_iter().collect();
        if object.is_some_and(|object| matches!(object, Type::Access | Type::Settings)) {
            self.report(
                position,
                format!("{} has no function `{name}`", kinds.first().map_or("", |kind| kind.words())),
            );
            return Type::Unknown;
        }
        let named: Vec<&FunctionFacts> = FUNCTIONS.iter().filter(|facts| facts.name == name).collect();
        for (place, argument) in call.args.iter().enumerate() {
            let about = named.iter().any(|facts| {
                facts.takes.len() == call.args.len() && facts.takes.get(place) == Some(&Shape::Subject)
            });
            kinds.push(if about { self.subject(argument) } else { self.value(argument) });
        }
        match named.iter().find(|facts| accepts(facts, &kinds)) {
            Some(facts) => {
                self.cause(facts, call);
                gives(facts.gives)
            }
            None => self.unfit(name, &named, &kinds, position),
        }
    }

    fn script_call(&mut self, call: &FnCallExpr, position: Position) -> Type {
        let name = call.name.as_str();
        let given = |argument: &Expr| Given::new(self.expression(argument), Some(self.as_written(argument)));
        let kinds: Vec<Given> = call.args.iter().map(given).collect();
        let parameters =
            self.functions.get(name).map(|function| function.params.join(", ")).unwrap_or_default();
        let wanted = self.functions.get(name).map_or(0, |function| function.params.len());
        if wanted != kinds.len() {
            self.visited.insert(name.to_owned());
            let message = format!("`{name}` takes {wanted} values, here it gets {}", kinds.len());
            let problem = self.source.at_position(position, message);
            self.problem(problem.hint(format!("it is written {name}({parameters})")));
            return Type::Unknown;
        }
        self.function(name, &kinds, position)
    }

    fn cause(&mut self, facts: &FunctionFacts, call: &FnCallExpr) {
        if facts.takes.first() != Some(&Shape::Cause) {
            return;
        }
        match call.args.first() {
            Some(Expr::StringConstant(cause, position)) => {
                self.found.causes.entry(cause.to_string()).or_insert(*position);
            }
            Some(other) => {
                let message = "write the cause out as a text, so that its words can be looked up";
                let problem = self.source.at_position(other.start_position(), message);
                self.problem(
                    problem.hint(format!("write {}, for example {}", facts.signature, facts.example)),
                );
            }
            None => {}
        }
    }

    fn unfit(&mut self, name: &str, named: &[&FunctionFacts], kinds: &[Type], position: Position) -> Type {
        let problem = match named {
            [] => {
                let known: Vec<&str> =
                    FUNCTIONS.iter().map(|facts| facts.name).chain(self.function_names()).collect();
                let message = format!("no function `{name}` is offered to rules");
                let problem = self.source.at_position(position, message).nearest(name, known);
                match name.to_lowercase().as_str() {
                    "not" => problem.hint("write `!` for not: `!access.privileged`"),
                    "and" => problem.hint("write `&&` for and"),
                    "or" => problem.hint("write `||` for or"),
                    _ => problem,
                }
            }
            [first, ..] if first.takes.first() == Some(&Shape::Cause) && kinds.is_empty() => self
                .source
                .at_position(position, format!("`{name}` needs a cause"))
                .hint(format!("write {}, for example {}", first.signature, first.example)),
            _ => {
                let given: Vec<&str> = kinds.iter().map(|kind| kind.words()).collect();
                let message = format!("`{name}` does not take ({})", given.join(", "));
                let written: Vec<&str> = named.iter().map(|facts| facts.signature).collect();
                self.source
                    .at_position(position, message)
                    .hint(format!("it is written {}", written.join(" or ")))
            }
        };
        self.problem(problem);
        Type::Unknown
    }
}

fn accepts(facts: &FunctionFacts, kinds: &[Type]) -> bool {
    facts.takes.len() == kinds.len() && facts.takes.iter().zip(kinds).all(|(shape, kind)| fits(*shape, *kind))
}

fn fits(shape: Shape, kind: Type) -> bool {
    match (shape, kind) {
        (Shape::Any, _) => kind != Type::Nothing,
        (_, Type::Unknown) => true,
        (Shape::Text | Shape::Cause, Type::Text(_)) => true,
        (Shape::List, Type::List(_) | Type::Texts(_) | Type::Objects(_)) => true,
        (Shape::Subject, Type::Object(_)) => true,
        (shape, kind) => gives(shape) == kind,
    }
}

fn gives(shape: Shape) -> Type {
    match shape {
        Shape::Text | Shape::Cause => Type::Text(&[]),
        Shape::Truth => Type::Truth,
        Shape::Number => Type::Number,
        Shape::List => Type::List(Held::Unknown),
        Shape::Any | Shape::Subject => Type::Unknown,
        Shape::Answer => Type::Answer,
        Shape::Finding => Type::Finding,
        Shape::Nothing => Type::Nothing,
    }
}
