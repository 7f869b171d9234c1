//! The step vocabulary: Gherkin lines → [`Plan`].
//!
//! A step does nothing but add to the plan, so lines are compiled when the file is loaded, and a plan can be run many
//! times, shown without running, and judged again at the end of a run. The lines are three tables, `given`, `when`
//! and `then`; the documentation of the vocabulary is printed from them.

mod further_claims;
mod given;
mod line;
mod parameters;
mod placeholders;
mod then;
mod when;
mod write;

use std::path::Path;
use std::sync::LazyLock;

use cucumber::gherkin::{Step, StepType};
use cucumber_expressions::Expression;
use regex::Regex;

pub(crate) use self::further_claims::further_claims;
pub use self::line::Line;
use self::parameters::Args;
pub use self::placeholders::placeholders;
pub use self::write::{fault_line, when_line, write};
use crate::plan::{Action, Arrangement, Plan};

/// Every line of the vocabulary with its keyword.
pub fn vocabulary() -> impl Iterator<Item = (&'static str, &'static Line)> {
    let table = |keyword, lines: &'static [Line]| lines.iter().map(move |line| (keyword, line));
    table("Given", given::LINES).chain(table("When", when::LINES)).chain(table("Then", then::LINES))
}

/// Compiles the steps of one scenario.
///
/// # Errors
///
/// One message per wrong line: file, line, what is wrong.
pub fn compile(steps: &[Step], path: &Path) -> Result<Plan, Vec<String>> {
    let mut plan = Plan::default();
    let mut problems = Vec::new();
    let mut claimed: Option<usize> = None;
    for (number, step) in steps.iter().enumerate() {
        let in_order = match (step.ty, claimed) {
            (StepType::When, Some(line)) => Err(format!(
                "`{{step}}` comes after the Then of line {line}, but every Then is checked after the last When: put this \
                 When above it, or write a second scenario"
            )),
            _ => Ok(()),
        };
        if step.ty == StepType::Then {
            claimed = claimed.or(Some(step.position.line));
        }
        if let Err(problem) = in_order.and_then(|()| compile_step(step, &mut plan)) {
            let text = format!("{} {}", step.keyword.trim(), step.value);
            problems.push(format!("{}:{}: {}", path.display(), step.position.line, problem.replace("{step}", &text)));
        }
        plan.arranged_by.resize(plan.arrangements.len(), number);
        plan.done_by.resize(plan.actions.len(), number);
    }
    if problems.is_empty() { Ok(plan) } else { Err(problems) }
}

/// What a line means, by the vocabulary; the line as it is written in a report, without its text block.
#[must_use]
pub fn meaning(line: &str) -> Option<&'static str> {
    // `And` goes on with whatever keyword came before: the text alone says which line it is.
    let (_, text) = line.lines().next()?.split_once(' ')?;
    let text = text.strip_prefix(FROM_NOW_ON).unwrap_or(text);
    MATCHERS.iter().find(|matcher| matcher.regex.is_match(text)).map(|matcher| matcher.line.about)
}

fn compile_step(step: &Step, plan: &mut Plan) -> Result<(), String> {
    let keyword = match step.ty {
        StepType::Given => "Given",
        StepType::When => "When",
        StepType::Then => "Then",
    };
    for text in [Some(step.value.as_str()), step.docstring.as_deref()].into_iter().flatten() {
        placeholders::check(text).map_err(|problem| format!("`{{step}}`: {problem}"))?;
    }
    match step.value.strip_prefix(FROM_NOW_ON).filter(|_| keyword == "When") {
        Some(arming) => compile_arming(arming, step, plan),
        None => compile_line(keyword, &step.value, step, plan),
    }
}

/// What goes before a line that arms a fault, where it is to hold from then on.
const FROM_NOW_ON: &str = "from now on ";

/// A When that arms what a Given would arm from the start.
fn compile_arming(line: &str, step: &Step, plan: &mut Plan) -> Result<(), String> {
    let mut armed = Plan::default();
    compile_line("Given", line, step, &mut armed)?;
    for arrangement in armed.arrangements {
        match arrangement {
            Arrangement::Fault(fault) => plan.actions.push(Action::Arm(fault)),
            _ => return Err(format!("`{{step}}`: what follows `{}` arms no fault", FROM_NOW_ON.trim_end())),
        }
    }
    Ok(())
}

fn compile_line(keyword: &str, text: &str, step: &Step, plan: &mut Plan) -> Result<(), String> {
    let matching: Vec<_> = MATCHERS
        .iter()
        .filter(|matcher| matcher.keyword == keyword && matcher.may_match(text))
        .filter_map(|matcher| matcher.regex.captures(text).map(|captures| (matcher.line, captures)))
        .collect();
    match matching.as_slice() {
        [(line, captures)] => {
            let args = Args::new(captures, step.docstring.as_deref());
            (line.build)(plan, &args).map_err(|problem| format!("`{{step}}`: {problem}"))
        }
        [] => Err(format!("no step matches `{{step}}`; the nearest is `{keyword} {}`", nearest(keyword, text))),
        [(one, _), (other, _), ..] => {
            Err(format!("`{{step}}` matches both `{}` and `{}`", one.expression, other.expression))
        }
    }
}

fn nearest(keyword: &str, line: &str) -> String {
    let lines = vocabulary().filter(|(known, _)| *known == keyword);
    let examples = lines.map(|(_, known)| parameters::example(known.expression));
    mock_idp::nearest(line, examples).unwrap_or_default()
}

struct Matcher {
    keyword: &'static str,
    line: &'static Line,
    /// With what every text that it matches begins and ends: a look at that is cheaper than the expression.
    ends: (&'static str, &'static str),
    regex: Regex,
}

impl Matcher {
    fn may_match(&self, text: &str) -> bool {
        text.starts_with(self.ends.0) && text.ends_with(self.ends.1)
    }
}

/// The texts before the first parameter of an expression and after its last one; none where it has optional parts or
/// alternatives.
fn ends(expression: &'static str) -> (&'static str, &'static str) {
    if expression.contains(['(', '/', '\\']) {
        return ("", "");
    }
    let (first, _) = expression.split_once('{').unwrap_or((expression, ""));
    let (_, last) = expression.rsplit_once('}').unwrap_or(("", expression));
    (first, last)
}

static MATCHERS: LazyLock<Vec<Matcher>> = LazyLock::new(|| {
    vocabulary()
        .map(|(keyword, line)| {
            let regex = Expression::regex_with_parameters(line.expression, &parameters::known())
                .unwrap_or_else(|error| panic!("the step `{}` is no cucumber expression: {error}", line.expression));
            Matcher { keyword, line, ends: ends(line.expression), regex }
        })
        .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_an_expression_with_known_parameters() {
        assert_eq!(MATCHERS.len(), vocabulary().count());
    }

    #[test]
    fn every_line_begins_and_ends_as_its_expression_does() {
        for matcher in MATCHERS.iter() {
            let example = parameters::example(matcher.line.expression);
            let text = matcher.ends != ("", "");
            assert!(matcher.may_match(&example) && (!text || matcher.regex.is_match(&example)), "{example}");
        }
        assert_eq!(ends("the {browser} logs in"), ("the ", " logs in"));
        assert_eq!(ends("the user logs out"), ("the user logs out", "the user logs out"));
        assert_eq!(ends("{number} login(s) begin/begins"), ("", ""));
    }

    #[test]
    fn every_line_says_what_it_means() {
        for (keyword, line) in vocabulary() {
            assert!(line.about.len() > 20, "{keyword} {}", line.expression);
        }
    }
}
