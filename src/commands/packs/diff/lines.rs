//! Lines that two scripts do not share. Comes in: two texts. Goes out: the lines of each that the other lacks, with
//! their numbers.

/// Lines of the first that the second lacks, and the other way round, by the longest common sequence.
pub(super) fn differing(a: &str, b: &str) -> (String, String) {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.lines().collect(), b.lines().collect());
    // length[i][j]: longest common sequence of the lines from i and from j on.
    let mut length = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    let at = |length: &[Vec<u32>], i: usize, j: usize| {
        length.get(i).and_then(|row| row.get(j)).copied().unwrap_or(0)
    };
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            let longest = if a.get(i) == b.get(j) {
                at(&length, i + 1, j + 1) + 1
            } else {
                at(&length, i + 1, j).max(at(&length, i, j + 1))
            };
            if let Some(cell) = length.get_mut(i).and_then(|row| row.get_mut(j)) {
                *cell = longest;
            }
        }
    }
    let (mut i, mut j) = (0, 0);
    let (mut gone, mut come) = (String::new(), String::new());
    while i < a.len() || j < b.len() {
        let (left, right) = (a.get(i), b.get(j));
        if left.is_some() && left == right {
            (i, j) = (i + 1, j + 1);
        } else if let Some(line) =
            left.filter(|_| right.is_none() || at(&length, i + 1, j) >= at(&length, i, j + 1))
        {
            i += 1;
            gone.push_str(&format!("{i}: {line}\n"));
        } else {
            j += 1;
            come.push_str(&format!("{j}: {}\n", right.copied().unwrap_or_default()));
        }
    }
    (gone, come)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_are_not_shared_are_told() {
        assert_eq!(differing("a\nb\nc\n", "a\nc\n"), ("2: b\n".to_owned(), String::new()));
        assert_eq!(differing("a\nx\nc", "a\ny\nc\nd"), ("2: x\n".to_owned(), "2: y\n4: d\n".to_owned()));
        assert_eq!(differing("", "a"), (String::new(), "1: a\n".to_owned()));
    }
}
