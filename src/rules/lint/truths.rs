//! Lint of conditions: those that are always true or never, that stand twice, or that an earlier one already took.

use rhai::{Expr, FlowControl, Position, Stmt};

use super::same::{same, sides, spelled, start};
use super::types::Type;
use super::walk::Walker;

impl Walker<'_> {
    /// The parts of `a && b` or `a || b`.
    pub(super) fn joined(&mut self, parts: &[Expr], both: bool) -> Type {
        for (at, part) in parts.iter().enumerate() {
            let before = parts.get(..at).unwrap_or_default();
            self.condition(part);
            self.decided(part);
            if before.iter().any(|other| same(other, part)) {
                let problem = self.source.at_position(start(part), "this stands twice in one condition");
                self.problem(problem.hint("remove one, or write what was meant instead of it"));
            }
            self.contradiction(before, part, both);
        }
        Type::Truth
    }

    /// `x == "a" && x == "b"` is never true, `x != "a" || x != "b"` always.
    fn contradiction(&mut self, before: &[Expr], part: &Expr, both: bool) {
        let operator = if both { "==" } else { "!=" };
        let Some((thing, value)) = sides(part, operator).filter(|(_, value)| literal(value)) else {
            return;
        };
        let other = before
            .iter()
            .filter_map(|other| sides(other, operator))
            .find(|(other, its)| same(other, thing) && literal(its) && !same(its, value));
        if other.is_some() {
            let thing = spelled(thing).unwrap_or_else(|| String::from("it"));
            let (message, hint) = if both {
                (format!("this is never true: `{thing}` has one value at a time"), "write `||` for or")
            } else {
                (format!("this is always true: `{thing}` differs from one of them"), "write `&&` for and")
            };
            let problem = self.source.at_position(start(part), message).hint(hint);
            self.problem(problem);
        }
    }

    /// A condition that its own text decides.
    pub(super) fn decided(&mut self, condition: &Expr) {
        if let Some(truth) = always(condition) {
            self.always(truth, condition);
        }
    }

    /// A comparison that its own text decides.
    pub(super) fn settled(&mut self, operator: &str, left: &Expr, right: &Expr) {
        if let Some(truth) = compared(operator, left, right) {
            self.always(truth, left);
        }
    }

    fn always(&mut self, truth: bool, place: &Expr) {
        let message = if truth { "this condition is always true" } else { "this condition is never true" };
        let problem = self.source.at_position(start(place), message);
        self.problem(problem.hint("compare something of the access or the run, or remove it"));
    }

    /// An `else if` whose condition an earlier one of the same chain already took.
    pub(super) fn chain_of_branches(&mut self, flow: &FlowControl) {
        let (mut taken, mut next) = (Vec::new(), Some(flow));
        while let Some(flow) = next {
            if taken.iter().any(|earlier: &&Expr| same(earlier, &flow.expr)) {
                let message = "this branch is never reached: the same condition stands above";
                let problem = self.source.at_position(start(&flow.expr), message);
                self.problem(problem.hint("write what was meant instead, or remove the branch"));
            }
            taken.push(&flow.expr);
            next = only_branch(flow.branch.statements());
        }
    }

    /// Both sides of a comparison say the same.
    pub(super) fn with_itself(&mut self, left: &Expr, right: &Expr, position: Position) {
        if same(left, right) && !literal(left) {
            let thing = spelled(left).map_or_else(|| String::from("this"), |thing| format!("`{thing}`"));
            let problem = self.source.at_position(position, format!("{thing} is compared with itself"));
            self.problem(problem.hint("write the value that is meant on one side"));
        }
    }
}

/// The `if` that is all there is in an `else`.
fn only_branch(statements: &[Stmt]) -> Option<&FlowControl> {
    match statements {
        [Stmt::If(flow, _)] => Some(flow),
        _ => None,
    }
}

fn literal(value: &Expr) -> bool {
    matches!(value, Expr::StringConstant(..) | Expr::IntegerConstant(..) | Expr::BoolConstant(..))
}

/// What a condition is by its text alone.
fn always(condition: &Expr) -> Option<bool> {
    match condition {
        Expr::BoolConstant(truth, _) => Some(*truth),
        Expr::FnCall(call, _) if call.op_token.is_some() => match call.args.as_slice() {
            [side] if call.name == "!" => always(side).map(|truth| !truth),
            [left, right] => compared(call.name.as_str(), left, right),
            _ => None,
        },
        _ => None,
    }
}

fn compared(operator: &str, left: &Expr, right: &Expr) -> Option<bool> {
    let order = match (left, right) {
        (Expr::StringConstant(left, _), Expr::StringConstant(right, _)) => left.cmp(right),
        (Expr::IntegerConstant(left, _), Expr::IntegerConstant(right, _)) => left.cmp(right),
        (Expr::BoolConstant(left, _), Expr::BoolConstant(right, _)) => left.cmp(right),
        (Expr::Dot(parts, ..), Expr::IntegerConstant(0, _)) if is_length(&parts.rhs) => {
            return match operator {
                ">=" => Some(true),
                "<" => Some(false),
                _ => None,
            };
        }
        _ => return None,
    };
    match operator {
        "==" => Some(order.is_eq()),
        "!=" => Some(order.is_ne()),
        "<" => Some(order.is_lt()),
        "<=" => Some(order.is_le()),
        ">" => Some(order.is_gt()),
        ">=" => Some(order.is_ge()),
        _ => None,
    }
}

fn is_length(member: &Expr) -> bool {
    match member {
        Expr::MethodCall(call, _) => call.name == "len",
        Expr::Dot(parts, ..) => is_length(&parts.rhs),
        _ => false,
    }
}
