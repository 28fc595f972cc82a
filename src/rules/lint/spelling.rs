//! Slips of writing that keep a script from being read at all: quotation marks, words for signs, braces. Looked for
//! only after the parser gave up, because its own message tells where it stopped, not what was meant.

use super::{Problem, Source};

/// Words that other languages use for what a rule writes otherwise.
const WORDS: &[(&str, &str)] = &[
    ("and", "write `&&` for and"),
    ("or", "write `||` for or"),
    ("not", "write `!` for not: `!access.privileged`, `!(access.grade == \"A\")`"),
    ("elif", "write `else if`"),
    ("elsif", "write `else if`"),
    ("elseif", "write `else if`"),
    ("then", "a condition is followed by `{`: `if access.privileged { … }`"),
    ("fun", "write `fn`"),
    ("func", "write `fn`"),
    ("function", "write `fn`"),
    ("def", "write `fn`"),
];

/// Signs that rules write otherwise.
const SIGNS: &[(&str, &str)] = &[
    ("===", "write `==` to compare"),
    ("!==", "write `!=`"),
    ("<>", "write `!=`"),
    ("=<", "write `<=`"),
    ("=>", "write `>=`"),
];

/// An opening brace, bracket or parenthesis.
struct Open {
    sign: char,
    at: (usize, usize),
    indent: usize,
}

/// Reads a script sign by sign.
struct Scanner<'a> {
    source: Source<'a>,
    letters: Vec<char>,
    at: usize,
    line: usize,
    column: usize,
    open: Vec<Open>,
    /// The innermost brace that something further out closed, by how lines are indented.
    unclosed: Option<(char, (usize, usize))>,
    balance: Option<Problem>,
    problems: Vec<Problem>,
}

/// The slips of a script that the parser refused, in order of place; empty when none is known.
pub(in crate::rules) fn slips(source: Source<'_>) -> Vec<Problem> {
    let mut scanner = Scanner {
        source,
        letters: source.text.chars().collect(),
        at: 0,
        line: 1,
        column: 1,
        open: Vec::new(),
        unclosed: None,
        balance: None,
        problems: Vec::new(),
    };
    while scanner.at < scanner.letters.len() {
        scanner.token();
    }
    scanner.finish()
}

impl Scanner<'_> {
    fn peek(&self, ahead: usize) -> char {
        self.letters.get(self.at + ahead).copied().unwrap_or('\n')
    }

    fn ended(&self) -> bool {
        self.at >= self.letters.len()
    }

    fn starts(&self, part: &str) -> bool {
        part.chars().enumerate().all(|(ahead, letter)| self.peek(ahead) == letter)
    }

    fn step(&mut self) {
        if self.peek(0) == '\n' {
            self.line += 1;
            self.column = 0;
        }
        self.at += 1;
        self.column += 1;
    }

    fn skip(&mut self, count: usize) {
        (0..count).for_each(|_| self.step());
    }

    fn place(&self) -> (usize, usize) {
        (self.line, self.column)
    }

    fn report(&mut self, at: (usize, usize), message: &str, hint: impl Into<String>) {
        self.problems.push(self.source.at(at.0, at.1, message).hint(hint));
    }

    fn token(&mut self) {
        match self.peek(0) {
            '/' if self.peek(1) == '/' => self.skip_while(|letter| letter != '\n'),
            '/' if self.peek(1) == '*' => self.comment(),
            '"' => self.text(),
            '`' => self.template(),
            '\'' => self.single(),
            '“' | '”' | '„' | '‟' | '‘' | '’' | '«' | '»' => self.curly(),
            '{' | '(' | '[' => self.opening(),
            '}' | ')' | ']' => self.closing(),
            letter if letter.is_alphabetic() || letter == '_' => self.word(),
            _ => self.sign(),
        }
    }

    fn skip_while(&mut self, go_on: impl Fn(char) -> bool) {
        while !self.ended() && go_on(self.peek(0)) {
            self.step();
        }
    }

    fn comment(&mut self) {
        self.skip(2);
        while !self.ended() && !self.starts("*/") {
            self.step();
        }
        self.skip(2);
    }

    /// A text; one that does not end on its line has lost its closing quotation mark.
    fn text(&mut self) {
        let at = self.place();
        self.step();
        let mut curly = false;
        while !self.ended() && !matches!(self.peek(0), '"' | '\n') {
            curly |= matches!(self.peek(0), '“' | '”');
            let wide = self.peek(0) == '\\';
            self.skip(if wide { 2 } else { 1 });
        }
        if !self.ended() && self.peek(0) == '"' {
            self.step();
        } else if curly {
            self.report(at, "this text ends with a typographic quotation mark", "write \" at both ends");
        } else {
            self.report(at, "this text has no closing quotation mark", "add \" where the text ends");
        }
    }

    fn template(&mut self) {
        self.step();
        self.skip_while(|letter| letter != '`');
        self.step();
    }

    fn single(&mut self) {
        let at = self.place();
        self.step();
        let rest = self.letters.get(self.at..).unwrap_or_default();
        let text: String = rest.iter().take_while(|letter| !matches!(letter, '\'' | '\n')).collect();
        self.skip(text.chars().count());
        if self.peek(0) == '\'' {
            self.step();
        }
        if text.chars().count() != 1 {
            self.report(at, "texts stand in double quotation marks", format!("write \"{text}\""));
        }
    }

    fn curly(&mut self) {
        let at = self.place();
        self.step();
        let rest = self.letters.get(self.at..).unwrap_or_default();
        let inside = |letter: &&char| !"“”„‟‘’«»\"\n".contains(**letter);
        let text: String = rest.iter().take_while(inside).collect();
        self.skip(text.chars().count());
        if "“”„‟‘’«»\"".contains(self.peek(0)) {
            self.step();
        }
        let message = "typographic quotation marks do not hold a text; a word processor puts them in";
        self.report(at, message, format!("write \"{text}\""));
    }

    fn word(&mut self) {
        let at = self.place();
        let start = self.at;
        self.skip_while(|letter| letter.is_alphanumeric() || letter == '_');
        let word: String = self.letters.get(start..self.at).unwrap_or_default().iter().collect();
        let after_dot = start > 0 && self.letters.get(start - 1) == Some(&'.');
        let lower = word.to_lowercase();
        let inside =
            after_dot || self.peek(0) == '-' || (start > 0 && self.letters.get(start - 1) == Some(&'-'));
        if let Some((_, hint)) = WORDS.iter().find(|(known, _)| !inside && *known == lower) {
            self.report(at, &format!("rules do not know the word `{word}`"), *hint);
        }
        if word == "fn" && at.1 == 1 {
            self.next_function(at.0);
        }
    }

    /// A function begins while something is open: that is what was not closed.
    fn next_function(&mut self, line: usize) {
        let found = self.unclosed.or_else(|| self.open.last().map(|open| (open.sign, open.at)));
        if let (Some((sign, at)), false, None) = (found, self.open.is_empty(), &self.balance) {
            let message = format!("`{sign}` is opened here and never closed");
            let hint = format!("add `{}` before the function in line {line}", partner(sign));
            self.balance = Some(self.source.at(at.0, at.1, message).hint(hint));
        }
        self.open.clear();
        self.unclosed = None;
    }

    fn sign(&mut self) {
        let at = self.place();
        let found = SIGNS.iter().find(|(sign, _)| self.starts(sign));
        match found {
            Some((sign, hint)) => {
                self.skip(sign.chars().count());
                self.report(at, &format!("rules do without the sign `{sign}`"), *hint);
            }
            None if ["==", "!=", "<=", ">="].iter().any(|sign| self.starts(sign)) => self.skip(2),
            None => self.step(),
        }
    }

    fn opening(&mut self) {
        let (sign, at) = (self.peek(0), self.place());
        let indent = self.indent();
        self.open.push(Open { sign, at, indent });
        self.step();
    }

    fn indent(&self) -> usize {
        let line = self.source.text.lines().nth(self.line - 1).unwrap_or_default();
        line.chars().take_while(|letter| letter.is_whitespace()).count()
    }

    fn closing(&mut self) {
        let (sign, at) = (self.peek(0), self.place());
        self.step();
        let Some(open) = self.open.pop() else {
            let message = format!("`{sign}` closes nothing");
            let hint = format!("remove it, or add `{}` where it should open", partner(sign));
            self.balance.get_or_insert(self.source.at(at.0, at.1, message).hint(hint));
            return;
        };
        if partner(open.sign) != sign {
            let message = format!("`{}` is opened here and not closed before the `{sign}`", open.sign);
            let hint = format!("add `{}` before the `{sign}` in line {}", partner(open.sign), at.0);
            self.balance.get_or_insert(self.source.at(open.at.0, open.at.1, message).hint(hint));
            if self.open.last().is_some_and(|outer| partner(outer.sign) == sign) {
                self.open.pop();
            }
        } else if sign == '}' && open.at.0 != at.0 && at.1 == self.indent() + 1 && at.1 <= open.indent {
            self.unclosed.get_or_insert((open.sign, open.at));
        }
    }

    fn finish(mut self) -> Vec<Problem> {
        if self.problems.is_empty() {
            let left = self.open.last().map(|open| (open.sign, open.at));
            if let (Some(left), None) = (left, &self.balance) {
                let (sign, at) = self.unclosed.unwrap_or(left);
                let message = format!("`{sign}` is opened here and never closed");
                let hint = format!("add the `{}` that belongs to it", partner(sign));
                self.balance = Some(self.source.at(at.0, at.1, message).hint(hint));
            }
            self.problems.extend(self.balance);
        }
        self.problems
    }
}

fn partner(sign: char) -> char {
    match sign {
        '{' => '}',
        '}' => '{',
        '(' => ')',
        ')' => '(',
        '[' => ']',
        _ => '[',
    }
}
