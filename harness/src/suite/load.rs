//! Feature files → scenarios.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::LazyLock;

use cucumber::feature::Ext as _;
use cucumber::gherkin::{Background, Feature, GherkinEnv, Step};
use include_dir::{Dir, include_dir};

use super::edition::Edition;
use super::id::ScenarioId;
use super::outlines;
use super::scenario::{Scenario, Setting, Story};
use super::tags::{Clause, Debtor, Kind, Level};
use crate::steps;
use crate::terms::{Capability, Profile};

static FEATURES: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../features");

/// All that is built in. A fifth of a second in a development build, so it is read once.
static BUILT_IN: LazyLock<Result<Vec<Scenario>, LoadError>> = LazyLock::new(|| {
    let mut files = Vec::new();
    collect(&FEATURES, &mut files);
    load(files)
});

/// What is wrong with the feature files; every problem at once, each with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoadError(pub Vec<String>);

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("failed to load the scenarios:")?;
        self.0.iter().try_for_each(|problem| write!(f, "\n  {problem}"))
    }
}

impl std::error::Error for LoadError {}

/// The suite that is built in: the files of `features/`, but for what is played in each dialect alone.
///
/// # Errors
///
/// If a file is wrong; a test of this crate keeps that from happening.
pub fn built_in() -> Result<Vec<Scenario>, LoadError> {
    played(&Setting::Usual)
}

/// What is built in and is played in each dialect, in the order of a session.
///
/// # Errors
///
/// As for [`built_in`].
pub fn in_each_dialect() -> Result<Vec<Scenario>, LoadError> {
    played(&Setting::EachDialect)
}

fn played(setting: &Setting) -> Result<Vec<Scenario>, LoadError> {
    let all = BUILT_IN.as_ref().map_err(Clone::clone)?;
    Ok(all.iter().filter(|scenario| scenario.setting == *setting).cloned().collect())
}

/// The built-in scenario that is about one lawful trait of the provider.
#[must_use]
pub fn about(one: mock_idp::Trait) -> Option<ScenarioId> {
    let is_about = |scenario: &&Scenario| {
        scenario.setting == Setting::Usual && scenario.kind == Kind::Tolerate && scenario.plan.varied().eq([one])
    };
    BUILT_IN.as_ref().ok()?.iter().find(is_about).map(|scenario| scenario.id.clone())
}

fn collect(folder: &'static Dir<'static>, files: &mut Vec<(PathBuf, String)>) {
    for file in folder.files().filter(|file| is_feature(file.path())) {
        let text = file.contents_utf8().expect("feature files are UTF-8: they are part of the sources");
        files.push((Path::new("features").join(file.path()), text.to_owned()));
    }
    folder.dirs().for_each(|folder| collect(folder, files));
}

/// Scenarios of the user's own: files, or folders with `.feature` files in them.
///
/// # Errors
///
/// If a path cannot be read, holds no feature file, or a file is wrong.
pub fn from_paths(paths: &[PathBuf]) -> Result<Vec<Scenario>, LoadError> {
    load(read_features(paths)?)
}

/// The feature files of the user, and their texts: files, or folders with `.feature` files in them.
///
/// # Errors
///
/// If a path cannot be read, or holds no feature file.
pub fn read_features(paths: &[PathBuf]) -> Result<Vec<(PathBuf, String)>, LoadError> {
    let mut files = Vec::new();
    let mut problems = Vec::new();
    for path in paths {
        let before = files.len();
        if let Err(error) = read(path, &mut files) {
            problems.push(format!("{}: failed to read: {error}", path.display()));
        } else if files.len() == before {
            problems.push(format!("{}: holds no .feature file", path.display()));
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(LoadError(problems)) }
}

/// Scenarios of a feature file that is not on disk.
///
/// # Errors
///
/// If it is wrong; `path` is what messages call it.
pub fn from_text(path: PathBuf, text: String) -> Result<Vec<Scenario>, LoadError> {
    from_texts(vec![(path, text)])
}

/// Scenarios of feature files that have been read.
///
/// # Errors
///
/// If one of them is wrong.
pub fn from_texts(files: Vec<(PathBuf, String)>) -> Result<Vec<Scenario>, LoadError> {
    load(files)
}

fn read(path: &Path, files: &mut Vec<(PathBuf, String)>) -> std::io::Result<()> {
    if path.is_dir() {
        let mut entries =
            std::fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        entries.sort();
        for entry in entries.iter().filter(|entry| entry.is_dir() || is_feature(entry)) {
            read(entry, files)?;
        }
    } else {
        files.push((path.to_owned(), std::fs::read_to_string(path)?));
    }
    Ok(())
}

fn is_feature(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "feature")
}

fn load(files: Vec<(PathBuf, String)>) -> Result<Vec<Scenario>, LoadError> {
    let mut scenarios: Vec<Scenario> = Vec::new();
    let mut problems = Vec::new();
    for (path, text) in files {
        match parse(&path, &text) {
            Ok(feature)
                if feature.scenarios.is_empty() && feature.rules.iter().all(|rule| rule.scenarios.is_empty()) =>
            {
                problems.push(format!(
                    "{}: holds no scenario; write one, or `quintain list --steps` for the words to write it in",
                    path.display()
                ));
            }
            Ok(feature) => compile_feature(&path, &feature, &mut scenarios, &mut problems),
            Err(found) => problems.extend(found),
        }
    }
    let mut seen: HashMap<&ScenarioId, &str> = HashMap::new();
    for scenario in &scenarios {
        if let Some(first) = seen.insert(&scenario.id, &scenario.source) {
            problems.push(format!("{}: the id {} is taken already, by {first}", scenario.source, scenario.id));
        }
    }
    if problems.is_empty() { Ok(scenarios) } else { Err(LoadError(problems)) }
}

fn parse(path: &Path, text: &str) -> Result<Feature, Vec<String>> {
    let at = |problem: String| vec![format!("{}: {problem}", path.display())];
    // The grammar wants a line end at the end of the file.
    let feature = Feature::parse(format!("{text}\n"), GherkinEnv::default())
        .map_err(|error| at(format!("is no Gherkin: {error}")))?;
    let problems = outlines::check(&feature, path);
    if problems.is_empty() { feature.expand_examples().map_err(|error| at(error.to_string())) } else { Err(problems) }
}

fn compile_feature(path: &Path, feature: &Feature, scenarios: &mut Vec<Scenario>, problems: &mut Vec<String>) {
    let background = |background: &Option<Background>| background.as_ref().map_or(Vec::new(), |it| it.steps.clone());
    let outer = background(&feature.background);
    let plain = feature.scenarios.iter().map(|scenario| (feature.tags.clone(), outer.clone(), scenario));
    let ruled = feature.rules.iter().flat_map(|rule| {
        let tags = [feature.tags.clone(), rule.tags.clone()].concat();
        let steps = [outer.clone(), background(&rule.background)].concat();
        rule.scenarios.iter().map(move |scenario| (tags.clone(), steps.clone(), scenario))
    });
    for (tags, steps, scenario) in plain.chain(ruled) {
        let tags = [tags, scenario.tags.clone()].concat();
        let steps = [steps, scenario.steps.clone()].concat();
        let source = format!("{}:{}", path.display(), scenario.position.line);
        let story = Story::read(scenario.description.as_deref().unwrap_or_default());
        match compile(&scenario.name, &tags, &steps, story, &source, path) {
            Ok(scenario) => scenarios.push(scenario),
            Err(found) => problems.extend(found),
        }
    }
}

fn compile(
    name: &str,
    tags: &[String],
    steps: &[Step],
    story: Story,
    source: &str,
    path: &Path,
) -> Result<Scenario, Vec<String>> {
    let mut problems = Vec::new();
    let (id, title) = name.split_once(" - ").unwrap_or((name, ""));
    let id = ScenarioId::from_str(id).map_err(|problem| vec![format!("{source}: {problem}")])?;
    let mut at = |problem: String| problems.push(format!("{source}: {id}: {problem}"));

    let tags = Tags::read(tags, &mut at);
    if title.is_empty() {
        at("has no title; write `Scenario: area/fact - the fact in words`".to_owned());
    }
    let (Some(level), Some(kind)) = (tags.level, tags.kind) else {
        at("needs a level (@MUST, @SHOULD, @INTEROP, @MAY) and a kind (@refuse, @tolerate, @observe, @mechanism, @recover)"
            .to_owned());
        return Err(problems);
    };
    let plan = match steps::compile(steps, path) {
        Ok(plan) => plan,
        Err(found) => {
            problems.extend(found);
            return Err(problems);
        }
    };
    if plan.actions.is_empty() || plan.expectations.is_empty() {
        at("does nothing or claims nothing: it needs at least one When and one Then, or it could not fail".to_owned());
    }
    if let Some(browser) = plan.unused_browser() {
        at(format!("claims something of the {browser}'s browser, which no When uses: it would hold of any client"));
    }
    if plan.leaves_certificate_unseen() {
        at("claims a refusal where a certificate is wrong, and not that the client has seen it: add `Then the client is \
            shown the wrong certificate`, or a refusal of something else would do"
            .to_owned());
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    Ok(Scenario {
        id,
        title: title.to_owned(),
        kind,
        level,
        must_in: tags.must_in,
        since: tags.since.unwrap_or(Edition::FIRST),
        clauses: tags.clauses,
        defence: tags.defence,
        needs: tags.needs,
        owed_by: tags.owed_by,
        plan,
        story,
        setting: if tags.in_each_dialect { Setting::EachDialect } else { Setting::Usual },
        source: source.to_owned(),
        steps: steps.iter().map(as_written).collect(),
    })
}

/// A step with its text block, if it has one.
fn as_written(step: &Step) -> String {
    let line = format!("{} {}", step.keyword.trim(), step.value);
    match step.docstring.as_deref().map(|text| text.trim_matches('\n')) {
        Some(block) => format!("{line}\n  {}", block.replace('\n', "\n  ")),
        None => line,
    }
}

#[derive(Default)]
struct Tags {
    level: Option<Level>,
    kind: Option<Kind>,
    must_in: Vec<Profile>,
    since: Option<Edition>,
    clauses: Vec<Clause>,
    defence: Option<String>,
    needs: Vec<Capability>,
    owed_by: Vec<Debtor>,
    in_each_dialect: bool,
}

impl Tags {
    /// Later tags (the scenario's own) win over earlier ones (the feature's).
    fn read(tags: &[String], problem: &mut impl FnMut(String)) -> Self {
        let mut read = Self::default();
        for tag in tags {
            if let Some(level) = Level::from_tag(tag) {
                read.level = Some(level);
            } else if let Some(kind) = Kind::from_tag(tag) {
                read.kind = Some(kind);
            } else if tag == "in-each-dialect" {
                read.in_each_dialect = true;
            } else if let Some(since) = Edition::from_tag(tag) {
                match since {
                    Ok(edition) => read.since = Some(edition),
                    Err(error) => problem(error),
                }
            } else if let Some(profile) = Profile::from_tag(tag) {
                read.must_in.push(profile);
            } else if let Some(clause) = Clause::from_tag(tag) {
                read.clauses.push(clause);
            } else if let Some(defence) = tag.strip_prefix("defence:") {
                read.defence = Some(defence.to_owned());
            } else if let Some(need) = tag.strip_prefix("needs:") {
                match need.parse() {
                    Ok(capability) => read.needs.push(capability),
                    Err(error) => problem(error),
                }
            } else if let Some(debtor) = tag.strip_prefix("owed-by:") {
                match debtor.parse() {
                    Ok(debtor) => read.owed_by.push(debtor),
                    Err(error) => problem(error),
                }
            } else {
                problem(format!(
                    "unknown tag @{tag}; known are levels, kinds, clauses (@RFC6749-4.1.2), @MUST-in:PROFILE, @since:EDITION, @defence:NAME, @needs:CAPABILITY, @owed-by:CAPABILITY, @owed-by:comparing-iss and @in-each-dialect"
                ));
            }
        }
        read
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(text: &str) -> Vec<String> {
        load(vec![("my.feature".into(), text.to_owned())]).expect_err("the file is wrong").0
    }

    /// The one thing that is wrong with a file.
    fn problem(text: &str) -> String {
        let mut found = problems(text);
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    const HEAD: &str = "Feature: f\n  @MUST @refuse @RFC6749\n  Scenario: callback/mine - a fact\n";

    #[test]
    fn built_in_suite_is_well_formed() {
        let suite = built_in().expect("the built-in suite loads");
        assert!(suite.len() >= 40, "only {} scenarios", suite.len());
        for scenario in &suite {
            assert!(!scenario.clauses.is_empty(), "{}: {} cites no clause", scenario.source, scenario.id);
        }
    }

    #[test]
    fn step_that_matches_nothing_is_reported_with_its_line() {
        let found = problem(&format!("{HEAD}    When the user loggs in\n    Then the user is not logged in\n"));
        assert!(found.starts_with("my.feature:4: no step matches `When the user loggs in`"), "{found}");
        assert!(found.contains("the user logs in"), "the nearest step is offered: {found}");
    }

    #[test]
    fn when_after_a_then_is_refused() {
        let first = "    When the user logs in\n    Then the user is not logged in\n";
        let found = problem(&format!("{HEAD}{first}    When the client calls the API\n"));
        let told = "my.feature:6: `When the client calls the API` comes after the Then of line 5";
        assert!(found.starts_with(told), "{found}");
    }

    #[test]
    fn word_in_braces_that_is_no_placeholder_is_refused() {
        let steps = "    Given the ID token's claim \"nonce\" is \"{nonec}x\"\n    When the user logs in\n    Then the user is not \
                     logged in\n";
        let found = problem(&format!("{HEAD}{steps}"));
        assert!(found.starts_with("my.feature:4: `Given the ID token's claim"), "{found}");
        assert!(found.contains("{nonec} is no placeholder; the nearest is {nonce}; known are"), "{found}");
    }

    #[test]
    fn column_that_an_outline_does_not_have_is_refused() {
        let outline = "Feature: f\n  @MUST @refuse\n  Scenario Outline: a/b-<stat> - c\n    Given the API response is status \
                       <staus> with its body unchanged\n    When the user logs in\n    Then the user is not logged in\n";
        let table = "    Examples:\n      | stat | other |\n";
        let found = problems(&format!("{outline}{table}      | 429 | x |\n"));
        assert_eq!(
            found,
            ["my.feature:4: <staus> is no column of the Examples; the nearest is <stat>; known are <stat>, <other>"]
        );
        assert!(problems(&format!("{outline}{table}"))[0].contains("my.feature:7: the Examples have no row"));
        assert!(problems(outline)[0].contains("my.feature:3: an outline needs Examples"));
    }

    #[test]
    fn scenario_that_claims_nothing_is_refused() {
        let found = problems(&format!("{HEAD}    When the user logs in\n"));
        assert!(found[0].contains("claims nothing"), "{found:?}");
    }

    #[test]
    fn refusal_of_a_certificate_that_need_not_be_seen_is_none() {
        let sent_there = "    Given the metadata has \"token_endpoint\" set to \"{untrusted}oauth/token\"\n";
        let refused = "    When the user logs in\n    Then the attempt ends without success\n";
        let found = problems(&format!("{HEAD}{sent_there}{refused}"));
        assert!(found[0].contains("add `Then the client is shown the wrong certificate`"), "{found:?}");

        let seen = "    And the client is shown the wrong certificate\n";
        assert!(load(vec![("my.feature".into(), format!("{HEAD}{sent_there}{refused}{seen}"))]).is_ok());
        let found = problems(&format!("{HEAD}{refused}{seen}"));
        assert!(found[0].contains("no fault in the lines above names {untrusted} or {wrong_host}"), "{found:?}");
    }

    #[test]
    fn unknown_tag_is_refused() {
        let found = problems(&HEAD.replace("@refuse", "@refuse @MSUT"));
        assert!(found[0].contains("unknown tag @MSUT"), "{found:?}");
    }

    #[test]
    fn scenario_of_a_later_edition_warns_at_most() {
        let text = HEAD.replace("@refuse", "@refuse @since:2027-03 @MUST-in:strict-state")
            + "    When the user logs in\n    Then the user is not logged in\n";
        let scenario = || load(vec![("my.feature".into(), text.clone())]).expect("the file is right").remove(0);
        let level = |edition: &str| {
            scenario().in_edition(edition.parse().expect("it is an edition")).level_in(Profile::StrictState)
        };
        assert_eq!(level("2027-03"), Level::Must);
        assert_eq!(level("2026-11"), Level::May);
    }

    #[test]
    fn id_used_twice_is_refused() {
        let one =
            "  @MUST @refuse\n  Scenario: a/b - c\n    When the user logs in\n    Then the user is not logged in\n";
        let found = problems(&format!("Feature: f\n{one}{one}"));
        assert!(found[0].contains("taken already, by my.feature:3"), "{found:?}");
    }

    #[test]
    fn text_that_is_no_gherkin_is_refused() {
        assert!(problems("Scenario without a feature")[0].contains("is no Gherkin"));
    }
}
