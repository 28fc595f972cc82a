//! Compares expressions by what they say, not by where they stand.

use rhai::{Expr, Position};

/// Whether two expressions say the same.
pub(super) fn same(left: &Expr, right: &Expr) -> bool {
    match (left, right) {
        (Expr::StringConstant(left, _), Expr::StringConstant(right, _)) => left == right,
        (Expr::IntegerConstant(left, _), Expr::IntegerConstant(right, _)) => left == right,
        (Expr::BoolConstant(left, _), Expr::BoolConstant(right, _)) => left == right,
        (Expr::Variable(left, ..), Expr::Variable(right, ..)) => left.1 == right.1,
        (Expr::Property(left, _), Expr::Property(right, _)) => left.2 == right.2,
        (Expr::Dot(left, ..), Expr::Dot(right, ..)) | (Expr::Index(left, ..), Expr::Index(right, ..)) => {
            same(&left.lhs, &right.lhs) && same(&left.rhs, &right.rhs)
        }
        (Expr::MethodCall(left, _), Expr::MethodCall(right, _))
        | (Expr::FnCall(left, _), Expr::FnCall(right, _)) => {
            left.name == right.name && all_same(&left.args, &right.args)
        }
        (Expr::Array(left, _), Expr::Array(right, _)) => all_same(left, right),
        (Expr::And(left, _), Expr::And(right, _)) | (Expr::Or(left, _), Expr::Or(right, _)) => {
            all_same(left, right)
        }
        _ => false,
    }
}

fn all_same(left: &[Expr], right: &[Expr]) -> bool {
    left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same(left, right))
}

/// Whether a value is written out, or is one of the settings, so that it is known wherever its name stands.
pub(super) fn constant(value: &Expr) -> bool {
    match value {
        Expr::StringConstant(..) | Expr::IntegerConstant(..) | Expr::BoolConstant(..) => true,
        Expr::Array(members, _) => members.iter().all(constant),
        _ => setting(value).is_some(),
    }
}

/// The name in `settings.name`.
pub(super) fn setting(value: &Expr) -> Option<&str> {
    let Expr::Dot(parts, ..) = value else {
        return None;
    };
    match (&parts.lhs, &parts.rhs) {
        (Expr::Variable(object, ..), Expr::Property(member, _))
            if object.1.as_str() == crate::rules::engine::SETTINGS =>
        {
            Some(member.2.as_str())
        }
        _ => None,
    }
}

/// A name with its members as written: `access.grade`.
pub(super) fn spelled(value: &Expr) -> Option<String> {
    match value {
        Expr::Variable(parts, ..) => Some(parts.1.to_string()),
        Expr::Property(parts, _) => Some(parts.2.to_string()),
        Expr::Dot(parts, ..) => Some(format!("{}.{}", spelled(&parts.lhs)?, spelled(&parts.rhs)?)),
        Expr::MethodCall(call, _) if call.args.is_empty() => Some(format!("{}()", call.name)),
        _ => None,
    }
}

/// The two sides of a comparison with this operator.
pub(super) fn sides<'a>(value: &'a Expr, operator: &str) -> Option<(&'a Expr, &'a Expr)> {
    match value {
        Expr::FnCall(call, _) if call.op_token.is_some() && call.name == operator => {
            match call.args.as_slice() {
                [left, right] => Some((left, right)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// Where an expression begins: a comparison at its left side, not at its sign.
pub(super) fn start(value: &Expr) -> Position {
    match value {
        Expr::FnCall(call, position) => match (call.op_token.is_some(), call.args.first()) {
            (true, Some(first)) if call.args.len() == 2 => start(first),
            _ => *position,
        },
        Expr::Dot(parts, ..) | Expr::Index(parts, ..) => start(&parts.lhs),
        Expr::And(parts, _) | Expr::Or(parts, _) => parts.first().map_or(value.start_position(), start),
        other => other.start_position(),
    }
}
