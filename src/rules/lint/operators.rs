//! Lint of comparisons and sums: both sides must be of one sort, and a text must be one that the field can hold.

use rhai::{Expr, FnCallExpr, Position};

use super::types::Type;
use super::walk::Walker;

impl Walker<'_> {
    /// An operator with one or two sides.
    pub(super) fn operator(&mut self, call: &FnCallExpr, position: Position) -> Type {
        match (call.name.as_str(), call.args.as_slice()) {
            ("!", [side]) => {
                self.condition(side);
                Type::Truth
            }
            ("-", [side]) => self.number(side),
            ("==" | "!=", [left, right]) => self.equality(left, right, position),
            ("<" | "<=" | ">" | ">=", [left, right]) => self.order(left, right, position),
            ("+", [left, right]) => self.sum(left, right, position),
            ("-" | "*" | "/" | "%", [left, right]) => {
                self.number(left);
                self.number(right)
            }
            (name, _) => {
                self.report(position, format!("rules do without the operator `{name}`"));
                Type::Unknown
            }
        }
    }

    fn number(&mut self, side: &Expr) -> Type {
        let kind = self.value(side);
        if !kind.agrees(Type::Number) {
            self.report(side.start_position(), format!("a number is needed here, this is {}", kind.words()));
        }
        Type::Number
    }

    fn equality(&mut self, left: &Expr, right: &Expr, position: Position) -> Type {
        let kinds = (self.value(left), self.value(right));
        self.sides_agree(kinds, "compared", position);
        match (kinds.0, kinds.1) {
            (Type::Text(values), _) if !values.is_empty() => self.possible(values, right),
            (_, Type::Text(values)) if !values.is_empty() => self.possible(values, left),
            _ => {}
        }
        Type::Truth
    }

    fn order(&mut self, left: &Expr, right: &Expr, position: Position) -> Type {
        let kinds = (self.value(left), self.value(right));
        if self.sides_agree(kinds, "compared", position) {
            let orderly = |kind| matches!(kind, Type::Number | Type::Text(_) | Type::Unknown);
            if !orderly(kinds.0) || !orderly(kinds.1) {
                self.report(position, format!("{} has no order", kinds.0.words()));
            }
        }
        Type::Truth
    }

    fn sum(&mut self, left: &Expr, right: &Expr, position: Position) -> Type {
        let kinds = (self.value(left), self.value(right));
        self.sides_agree(kinds, "added", position);
        if kinds.0 == Type::Unknown { kinds.1 } else { kinds.0 }
    }

    /// `text in list`, which the tree holds as a call of `contains` with the list first.
    pub(super) fn membership(&mut self, list: &Expr, member: &Expr) -> Type {
        let kinds = (self.value(list), self.value(member));
        if !kinds.1.agrees(Type::Text(&[])) {
            self.report(
                member.start_position(),
                format!("`in` looks for a text, this is {}", kinds.1.words()),
            );
        }
        match kinds.0 {
            Type::Texts(values) if !values.is_empty() => self.possible(values, member),
            Type::Texts(_) | Type::List | Type::Text(_) | Type::Unknown => {}
            other => {
                self.report(list.start_position(), format!("`in` needs a list, this is {}", other.words()))
            }
        }
        if let (Type::Text(values), Expr::Array(members, _)) = (kinds.1, list)
            && !values.is_empty()
        {
            members.iter().for_each(|member| self.possible(values, member));
        }
        Type::Truth
    }

    fn sides_agree(&mut self, kinds: (Type, Type), done: &str, position: Position) -> bool {
        let agree = kinds.0.agrees(kinds.1);
        if !agree {
            self.report(position, format!("{} and {} cannot be {done}", kinds.0.words(), kinds.1.words()));
        }
        agree
    }

    /// A text written out must be one of the values; the empty text stands for "none".
    fn possible(&mut self, values: &'static [&'static str], written: &Expr) {
        if let Expr::StringConstant(text, position) = written
            && !text.is_empty()
            && !values.contains(&text.as_str())
        {
            let problem = self.source.at_position(*position, format!("this can never be \"{text}\""));
            let hint = format!("it is one of: {}", values.join(", "));
            let problem = problem.hint(hint).nearest(text, values.iter().copied());
            self.problem(problem);
        }
    }
}
