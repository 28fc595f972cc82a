//! Lint of comparisons and sums: both sides must be of one sort, and a text must be one that the field can hold.

use rhai::{Expr, FnCallExpr, Position};

use super::nearest;
use super::same::{setting, spelled, start};
use super::types::{Held, Type};
use super::walk::Walker;
use crate::rules::settings::Setting;

impl Walker<'_> {
    /// An operator with one or two sides.
    pub(super) fn operator(&mut self, call: &FnCallExpr, position: Position) -> Type {
        if let [left, right] = call.args.as_slice() {
            self.settled(call.name.as_str(), left, right);
        }
        match (call.name.as_str(), call.args.as_slice()) {
            ("!", [side]) => self.opposite(side),
            ("-", [side]) => self.number(side),
            ("==" | "!=", [left, right]) => self.equality(left, right, position),
            ("<" | "<=" | ">" | ">=", [left, right]) => self.order(left, right, position),
            ("+", [left, right]) => self.sum(left, right, position),
            ("-" | "*" | "/" | "%", [left, right]) => {
                self.number(left);
                self.number(right)
            }
            (name, _) => {
                let problem =
                    self.source.at_position(position, format!("rules do without the operator `{name}`"));
                self.problem(match name {
                    "&" => problem.hint("write `&&` for and"),
                    "|" => problem.hint("write `||` for or"),
                    _ => problem,
                });
                Type::Unknown
            }
        }
    }

    /// `!side`. It binds more tightly than a comparison, so `!a == b` is not what it looks like.
    fn opposite(&mut self, side: &Expr) -> Type {
        let kind = self.value(side);
        if !kind.agrees(Type::Truth) {
            let message = format!("a condition must be true or false, this is {}", kind.words());
            let thing = spelled(side).unwrap_or_else(|| String::from("…"));
            let hint = format!("`!` turns true and false round; to compare write `{thing} != …`");
            let problem = self.source.at_position(start(side), message).hint(hint);
            self.problem(problem);
            return Type::Unknown;
        }
        Type::Truth
    }

    fn number(&mut self, side: &Expr) -> Type {
        let kind = self.value(side);
        if !kind.agrees(Type::Number) {
            self.report(start(side), format!("a number is needed here, this is {}", kind.words()));
        }
        Type::Number
    }

    fn equality(&mut self, left: &Expr, right: &Expr, position: Position) -> Type {
        let kinds = (self.value(left), self.value(right));
        let lists = kinds.0.is_list() && kinds.1.is_list();
        if lists || (self.sides_agree(kinds, (left, right), "compared", position) && !kinds.0.compares()) {
            let message = if lists {
                "lists cannot be compared".to_owned()
            } else {
                format!("{} cannot be compared", kinds.0.words())
            };
            let hint = "compare a member of it, or use `in`, `len()` or `is_empty()`";
            let problem = self.source.at_position(position, message).hint(hint);
            self.problem(problem);
        }
        self.with_itself(left, right, position);
        match (kinds.0, kinds.1) {
            (Type::Text(first), Type::Text(second)) if apart(first, second) => {
                let message = "these two never have the same value";
                let hint = format!("one is of: {}; the other of: {}", first.join(", "), second.join(", "));
                let problem = self.source.at_position(position, message).hint(hint);
                self.problem(problem);
            }
            (Type::Text(values), _) if !values.is_empty() => self.possible(values, right),
            (_, Type::Text(values)) if !values.is_empty() => self.possible(values, left),
            _ => {}
        }
        Type::Truth
    }

    fn order(&mut self, left: &Expr, right: &Expr, position: Position) -> Type {
        let kinds = (self.value(left), self.value(right));
        if self.sides_agree(kinds, (left, right), "compared", position) {
            let orderly = |kind| matches!(kind, Type::Number | Type::Text(_) | Type::Unknown);
            if !orderly(kinds.0) || !orderly(kinds.1) {
                self.report(position, format!("{} has no order", kinds.0.words()));
            }
        }
        self.with_itself(left, right, position);
        Type::Truth
    }

    fn sum(&mut self, left: &Expr, right: &Expr, position: Position) -> Type {
        let kinds = (self.value(left), self.value(right));
        self.sides_agree(kinds, (left, right), "added", position);
        if kinds.0 == Type::Unknown { kinds.1 } else { kinds.0 }
    }

    /// `text in list`, which the tree holds as a call of `contains` with the list first.
    pub(super) fn membership(&mut self, list: &Expr, member: &Expr) -> Type {
        let kinds = (self.value(list), self.value(member));
        if !kinds.1.agrees(Type::Text(&[])) {
            self.report(start(member), format!("`in` looks for a text, this is {}", kinds.1.words()));
        }
        match kinds.0 {
            Type::Texts(values) if !values.is_empty() => self.possible(values, member),
            Type::Text(_) => self.inside_text(list, member),
            Type::Texts(_) | Type::Unknown => {}
            Type::List(held) if held.agrees(Held::Texts(&[])) => {}
            Type::List(held) => {
                let message = format!("`in` looks for a text, this is {}", Type::List(held).words());
                self.report(start(list), message);
            }
            other => self.report(start(list), format!("`in` needs a list, this is {}", other.words())),
        }
        match (kinds.1, self.as_written(list)) {
            (Type::Text(values), Expr::Array(members, _)) if !values.is_empty() => {
                members.iter().for_each(|member| self.possible(values, member));
            }
            (Type::Text(values), written) if !values.is_empty() && setting(&written).is_some() => {
                self.possible(values, &written);
            }
            _ => {}
        }
        Type::Truth
    }

    /// `access.kind in "read or write"` looks for a part of that text and is nearly always meant as a list.
    fn inside_text(&mut self, text: &Expr, member: &Expr) {
        let (Expr::StringConstant(held, _), false) =
            (self.as_written(text), matches!(self.as_written(member), Expr::StringConstant(..)))
        else {
            return;
        };
        let words = held.split([' ', ',', ';', '|', '/']).filter(|word| !matches!(*word, "" | "or" | "and"));
        let list: Vec<String> = words.map(|word| format!("\"{word}\"")).collect();
        let thing = spelled(member).unwrap_or_else(|| String::from("…"));
        let message =
            format!("`in` looks here for a part of the text \"{held}\", not for one of several texts");
        let problem = self.source.at_position(start(text), message);
        self.problem(problem.hint(format!("write a list: `{thing} in [{}]`", list.join(", "))));
    }

    fn sides_agree(&mut self, kinds: (Type, Type), sides: (&Expr, &Expr), done: &str, at: Position) -> bool {
        let agree = kinds.0.agrees(kinds.1);
        if !agree {
            let message = format!("{} and {} cannot be {done}", kinds.0.words(), kinds.1.words());
            let problem = self.source.at_position(at, message);
            self.problem(
                match mismatch_hint(kinds, sides).or_else(|| mismatch_hint(turned(kinds), turned(sides))) {
                    Some(hint) => problem.hint(hint),
                    None => problem,
                },
            );
        }
        agree
    }

    /// A text written out, or named, or set in settings.toml, must be one of the values; the empty text stands for
    /// "none".
    fn possible(&mut self, values: &'static [&'static str], value: &Expr) {
        let written = self.as_written(value);
        if let Some(name) = setting(&written) {
            let texts: Vec<String> = match self.settings.get(name) {
                Some(Setting::Text(text)) => vec![text.clone()],
                Some(Setting::Texts(texts)) => texts.clone(),
                _ => Vec::new(),
            };
            let place = start(value);
            texts.iter().for_each(|text| self.impossible(values, text, place, &format!("settings.{name}: ")));
        } else if let Expr::StringConstant(text, position) = &written {
            self.impossible(values, text, *position, "");
        }
    }

    fn impossible(&mut self, values: &[&str], text: &str, position: Position, origin: &str) {
        if !text.is_empty() && !values.contains(&text) {
            let problem = self.source.at_position(position, format!("{origin}this can never be \"{text}\""));
            let all = format!("it is one of: {}", values.join(", "));
            let hint = match nearest(text, values.iter().copied()) {
                Some(near) if strsim::damerau_levenshtein(near, text) < 2 => {
                    format!("did you mean `{near}`?")
                }
                Some(near) => format!("did you mean `{near}`? {all}"),
                None => all,
            };
            self.problem(problem.hint(hint));
        }
    }
}

fn turned<T>(pair: (T, T)) -> (T, T) {
    (pair.1, pair.0)
}

/// Whether two closed sets of values share none.
fn apart(first: &[&str], second: &[&str]) -> bool {
    !first.is_empty() && !second.is_empty() && !first.iter().any(|value| second.contains(value))
}

/// What to write instead, for the first side of a comparison.
fn mismatch_hint(kinds: (Type, Type), sides: (&Expr, &Expr)) -> Option<String> {
    let thing = spelled(sides.0).unwrap_or_else(|| String::from("…"));
    match (kinds.0, kinds.1, sides.1) {
        (Type::Truth, Type::Text(_), Expr::StringConstant(..)) => {
            Some(format!("it is true or false by itself: write `{thing}` or `!{thing}`"))
        }
        (Type::Number, Type::Text(_), Expr::StringConstant(text, _)) if text.parse::<i64>().is_ok() => {
            Some(format!("write the number without quotation marks: {text}"))
        }
        (Type::Number, Type::Text(_), side) => {
            let name = setting(side)?;
            Some(format!(
                "settings.toml gives `{name}` as text; a number stands there without quotation marks"
            ))
        }
        (Type::Texts(_), Type::Text(_), Expr::StringConstant(text, _)) => {
            Some(format!("write `\"{text}\" in {thing}`"))
        }
        (Type::Texts(_), Type::Text(_), side) => Some(format!("write `{} in {thing}`", spelled(side)?)),
        _ => None,
    }
}
