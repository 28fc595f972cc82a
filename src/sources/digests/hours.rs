//! Coverage of each stream by hour (cloudtrail-integrity §9 step 10). Comes in: what a stream attests, and which digests
//! list a file that is not fine. Goes out: a state for each hour of the window. It judges nothing.

use std::collections::BTreeSet;

use super::chains::Stream;
use super::reading::Node;
use super::signing::Checked;
use super::window::Window;
use crate::clock::{HOUR, Seconds};

/// What is attested of an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// All of it, and what was delivered is here as it was delivered.
    Attested,
    /// All of it, and nothing was delivered.
    AttestedEmpty,
    /// A part of it, or not all that was delivered is here as it was.
    Partial,
    /// Logging or validation was off.
    Stopped,
    /// Digests are lost or failed.
    Lost,
    /// No digest speaks of it.
    NotAttested,
    /// Neither digests nor log files are here.
    Absent,
}

impl State {
    /// The word.
    pub fn word(self) -> &'static str {
        match self {
            State::Attested => "attested",
            State::AttestedEmpty => "attested-empty",
            State::Partial => "partial",
            State::Stopped => "stopped",
            State::Lost => "lost",
            State::NotAttested => "not-attested",
            State::Absent => "absent",
        }
    }

    /// The state of hours together.
    fn and(self, other: State) -> State {
        let whole = |state: State| matches!(state, State::Attested | State::AttestedEmpty);
        match (self, other) {
            (one, other) if one == other => one,
            (one, other) if whole(one) && whole(other) => State::Attested,
            (one, other) if whole(one) || whole(other) => State::Partial,
            (State::Partial, _) | (_, State::Partial) => State::Partial,
            (one, other) => one.max(other).min(State::NotAttested),
        }
    }
}

/// Hours of one state, one behind another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// Start, on the hour unless the window begins later.
    pub from: Seconds,
    /// End.
    pub to: Seconds,
    /// Their state.
    pub state: State,
}

/// A valid hourly digest.
struct Piece {
    from: Seconds,
    to: Seconds,
    empty: bool,
    fine: bool,
}

/// Runs of hours of the window with one state each.
pub(super) fn runs(
    stream: &Stream,
    nodes: &[Node],
    checked: &[Checked],
    window: Window,
    unfine: &BTreeSet<usize>,
) -> Vec<Run> {
    let valid = |number: &&usize| checked.get(**number).is_some_and(Checked::is_valid);
    let piece = |number: &usize| {
        let node = nodes.get(*number)?;
        let (from, to) = node.span();
        let empty = node.digest().is_some_and(|digest| digest.logs.is_empty());
        Some(Piece { from, to, empty, fine: !unfine.contains(number) })
    };
    let pieces: Vec<Piece> = stream.hourly.iter().filter(valid).filter_map(piece).collect();
    let failed = stream.hourly.iter().filter(|number| !valid(number)).filter_map(|number| nodes.get(*number));
    let mut lost: Vec<(Seconds, Seconds)> = failed.map(Node::span).collect();
    lost.extend(
        stream
            .missing
            .iter()
            .filter(|missing| !missing.backfill)
            .map(|missing| (missing.end - HOUR, missing.end)),
    );
    let longest = pieces.iter().map(|piece| piece.to - piece.from).max().unwrap_or(0);
    let mut edges: Vec<Seconds> = pieces.iter().flat_map(|piece| [piece.from, piece.to]).collect();
    edges.extend(lost.iter().flat_map(|(from, to)| [*from, *to]));
    edges.extend(stream.gaps.iter().flat_map(|gap| [gap.from, gap.to]));
    split(window, &edges, |from, to| {
        let begin = pieces.partition_point(|piece| piece.from + longest <= from);
        let near: Vec<&Piece> = pieces
            .iter()
            .skip(begin)
            .take_while(|piece| piece.from < to)
            .filter(|piece| piece.to > from)
            .collect();
        state(from, to, &near).unwrap_or_else(|| outside(stream, &lost, from, to))
    })
}

/// The whole window in one state.
pub(super) fn all(window: Window, state: State) -> Vec<Run> {
    split(window, &[], |_, _| state)
}

/// Asks for the state of each hour with an edge in it, and of the hours between those together.
fn split(window: Window, edges: &[Seconds], mut state: impl FnMut(Seconds, Seconds) -> State) -> Vec<Run> {
    let hour = |time: Seconds| time.div_euclid(HOUR) * HOUR;
    let inside = |time: &Seconds| window.from < *time && *time < window.to;
    let mut cuts: Vec<Seconds> =
        edges.iter().flat_map(|edge| [hour(*edge), hour(*edge + HOUR - 1)]).collect();
    cuts.retain(inside);
    cuts.extend([window.from, window.to]);
    cuts.extend([hour(window.from) + HOUR, hour(window.to)].iter().filter(|time| inside(time)));
    cuts.sort_unstable();
    cuts.dedup();
    let mut runs: Vec<Run> = Vec::new();
    for (from, to) in cuts.iter().copied().zip(cuts.iter().copied().skip(1)) {
        let state = state(from, to);
        match runs.last_mut().filter(|run| run.state == state) {
            Some(run) => run.to = to,
            None => runs.push(Run { from, to, state }),
        }
    }
    runs
}

/// State of a time that digests touch; `None` when none does.
fn state(from: Seconds, to: Seconds, near: &[&Piece]) -> Option<State> {
    let (mut reached, mut covered) = (from, 0);
    for piece in near {
        let (begin, end) = (piece.from.max(reached), piece.to.min(to));
        covered += (end - begin).max(0);
        reached = reached.max(end);
    }
    if covered == 0 {
        None
    } else if covered < to - from || near.iter().any(|piece| !piece.fine) {
        Some(State::Partial)
    } else if near.iter().all(|piece| piece.empty) {
        Some(State::AttestedEmpty)
    } else {
        Some(State::Attested)
    }
}

/// Why no valid digest speaks of a time.
fn outside(stream: &Stream, lost: &[(Seconds, Seconds)], from: Seconds, to: Seconds) -> State {
    let meets = |(start, end): (Seconds, Seconds)| start < to && end > from;
    let gap = stream.gaps.iter().find(|gap| meets((gap.from, gap.to)));
    match gap {
        Some(gap) if gap.restart => State::Stopped,
        Some(_) => State::Lost,
        None if lost.iter().any(|span| meets(*span)) => State::Lost,
        None => State::NotAttested,
    }
}

/// States by day, in order.
pub(super) fn days(runs: &[Run]) -> Vec<(String, State)> {
    let mut days: Vec<(String, State)> = Vec::new();
    for run in runs {
        let mut from = run.from;
        while from < run.to {
            let day = crate::clock::day(from);
            match days.last_mut().filter(|(last, _)| *last == day) {
                Some((_, state)) => *state = state.and(run.state),
                None => days.push((day, run.state)),
            }
            from = (from.div_euclid(crate::clock::DAY) + 1) * crate::clock::DAY;
        }
    }
    days
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_tell_the_worst_of_their_hours() {
        let run = |from: i64, to: i64, state| Run { from: from * HOUR, to: to * HOUR, state };
        let told = |runs: &[Run]| {
            days(runs).into_iter().map(|(day, state)| format!("{day} {}", state.word())).collect::<Vec<_>>()
        };
        assert_eq!(
            told(&[run(0, 12, State::Attested), run(12, 50, State::AttestedEmpty), run(50, 72, State::Lost)]),
            ["1970-01-01 attested", "1970-01-02 attested-empty", "1970-01-03 partial"]
        );
        assert_eq!(told(&[run(0, 12, State::Stopped), run(12, 24, State::Lost)]), ["1970-01-01 lost"]);
        assert_eq!(told(&[run(0, 24, State::Absent)]), ["1970-01-01 absent"]);
    }
}
