//! The functions offered to rules: names, parameters, result, words and example. Lint knows no others, so a rule
//! that calls anything else is refused before it runs.

/// What a function takes or gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A text.
    Text,
    /// True or false.
    Truth,
    /// A whole number.
    Number,
    /// A list, of texts or of anything a rule collects.
    List,
    /// Anything.
    Any,
    /// A cause: a text written out in the rule, so that lint can look up its words.
    Cause,
    /// `run`, or an object of one of its lists, such as a coverage strip.
    Subject,
    /// An answer about an access.
    Answer,
    /// An answer about a subject.
    Finding,
    /// Nothing.
    Nothing,
}

/// What is known about a function.
#[derive(Debug, Clone, Copy)]
pub struct FunctionFacts {
    /// Name in scripts.
    pub name: &'static str,
    /// Parameters; a method takes its object first.
    pub takes: &'static [Shape],
    /// Result.
    pub gives: Shape,
    /// How it is written.
    pub signature: &'static str,
    /// What it does.
    pub words: &'static str,
    /// An example.
    pub example: &'static str,
}

macro_rules! functions {
    ($($name:literal [$($takes:ident)*] $gives:ident $signature:literal $words:literal $example:literal)*) => {
        /// Every function.
        pub const FUNCTIONS: &[FunctionFacts] = &[
            $(FunctionFacts {
                name: $name,
                takes: &[$(Shape::$takes),*],
                gives: Shape::$gives,
                signature: $signature,
                words: $words,
                example: $example,
            },)*
        ];
    };
}

functions! {
    "conforming" [] Answer
        "conforming()"
        "The access is as it should be."
        "if access.grade == \"A\" { conforming() } else { exception(\"shared-identity\") }"
    "exception" [Cause] Answer
        "exception(cause)"
        "The access contradicts the test; the cause is explained in control.toml under [causes]."
        "exception(\"shared-identity\")"
    "undetermined" [Cause] Answer
        "undetermined(cause)"
        "The records do not decide; the cause is explained in control.toml under [causes]."
        "undetermined(\"named-only\")"
    "conforming" [Subject] Finding
        "conforming(subject)"
        "In judge(run): the object of a list of run, or run itself, is as it should be."
        "conforming(strip)"
    "exception" [Cause Subject] Finding
        "exception(cause, subject)"
        "In judge(run): the object of a list of run, or run itself, contradicts the test."
        "exception(\"logging-stopped\", strip)"
    "undetermined" [Cause Subject] Finding
        "undetermined(cause, subject)"
        "In judge(run): the records do not decide about the object of a list of run, or about run itself."
        "undetermined(\"not-delivered\", strip)"
    "starts_with" [Text Text] Truth
        "text.starts_with(part)"
        "The text begins with the part; letter case counts."
        "access.operation.starts_with(\"Delete\")"
    "ends_with" [Text Text] Truth
        "text.ends_with(part)"
        "The text ends with the part; letter case counts."
        "access.object.ends_with(\"-archive\")"
    "contains" [Text Text] Truth
        "text.contains(part)"
        "The text holds the part; letter case counts."
        "access.object.contains(\"card\")"
    "contains" [List Text] Truth
        "text in list"
        "The list holds exactly this text; also written list.contains(text)."
        "\"ddb.data\" in access.groups"
    "is_empty" [Text] Truth
        "text.is_empty()"
        "The text has no characters."
        "access.key.is_empty()"
    "is_empty" [List] Truth
        "list.is_empty()"
        "The list has no members."
        "run.bursts.is_empty()"
    "len" [Text] Number
        "text.len()"
        "How many characters the text has."
        "access.key.len() > 12"
    "len" [List] Number
        "list.len()"
        "How many members the list has."
        "run.bursts.len()"
    "push" [List Any] Nothing
        "list.push(member)"
        "Puts a member at the end of a list that the rule itself made."
        "answers.push(conforming(strip))"
}
