//! How the app in a folder is probably started, by the files that say what it is written in.

use std::path::Path;

use serde_json::Value;

/// A guess, and what it rests on.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Guess {
    /// Program and arguments.
    pub(super) command: Vec<String>,
    /// The file, and what of it.
    pub(super) by: String,
}

impl Guess {
    fn new(command: &[&str], by: impl Into<String>) -> Self {
        Self { command: command.iter().map(|word| (*word).to_owned()).collect(), by: by.into() }
    }

    /// The command as TOML.
    pub(super) fn toml(&self) -> String {
        let words: Vec<_> = self.command.iter().map(|word| toml::Value::from(word.as_str()).to_string()).collect();
        format!("[{}]", words.join(", "))
    }
}

/// Looks at what is in the folder. The first file that says something decides.
pub(super) fn guess(folder: &Path) -> Option<Guess> {
    let read = |name: &str| std::fs::read_to_string(folder.join(name)).ok();
    let is_there = |name: &str| folder.join(name).is_file();
    let by_name = |name: &str, command: &[&str]| is_there(name).then(|| Guess::new(command, name));
    read("package.json")
        .map(|text| of_package_json(&text, is_there))
        .or_else(|| by_name("manage.py", &["python3", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}"]))
        .or_else(|| read("pyproject.toml").and_then(|text| of_pyproject(&text, is_there("app.py"))))
        .or_else(|| by_name("app.py", &["python3", "app.py"]))
        .or_else(|| by_name("go.mod", &["go", "run", "."]))
        .or_else(|| by_name("Cargo.toml", &["cargo", "run", "--release", "--quiet"]))
        .or_else(|| read("Gemfile").and_then(|text| of_gemfile(&text, is_there("config.ru"))))
        .or_else(|| by_name("config.ru", &["bundle", "exec", "rackup", "--host", "127.0.0.1", "--port", "{port}"]))
        .or_else(|| by_name("app.rb", &["ruby", "app.rb"]))
        .or_else(|| by_name("composer.json", &["php", "-S", "127.0.0.1:{port}", "-t", "public"]))
}

/// A script that starts something, else the main file: `npm init` names an `index.js` that need not be there.
fn of_package_json(text: &str, is_there: impl Fn(&str) -> bool) -> Guess {
    let package: Value = serde_json::from_str(text).unwrap_or_default();
    let script = ["start", "serve", "dev"].into_iter().find(|name| package["scripts"][name].is_string());
    let main = package["main"].as_str();
    let folders = ["", "src/"].into_iter();
    let usual = folders.flat_map(|folder| ["app", "server", "index", "main"].map(|name| format!("{folder}{name}")));
    let mut usual = usual.flat_map(|name| ["js", "mjs", "cjs"].map(|ending| format!("{name}.{ending}")));
    match (script, main) {
        (Some("start"), _) => Guess::new(&["npm", "start"], "the script start of package.json"),
        (Some(script), _) => Guess::new(&["npm", "run", script], format!("the script {script} of package.json")),
        (None, Some(main)) if is_there(main) => Guess::new(&["node", main], "main of package.json"),
        (None, _) => match (usual.find(|name| is_there(name)), main) {
            (Some(file), _) => Guess::new(&["node", &file], file.clone()),
            (None, Some(main)) => Guess::new(&["node", main], "main of package.json"),
            (None, None) => Guess::new(&["npm", "start"], "package.json"),
        },
    }
}

/// A script of the project, else what its framework is started by.
fn of_pyproject(text: &str, has_app: bool) -> Option<Guess> {
    let project: toml::Table = text.parse().ok()?;
    let first = |table: Option<&toml::Value>| table?.as_table()?.keys().next().cloned();
    let tool = project.get("tool").and_then(|tool| tool.get("poetry"));
    if let Some(script) = first(project.get("project").and_then(|project| project.get("scripts"))) {
        return Some(Guess::new(&[&script], format!("the script {script} of pyproject.toml")));
    }
    if let Some(script) = first(tool.and_then(|poetry| poetry.get("scripts"))) {
        return Some(Guess::new(&["poetry", "run", &script], format!("the script {script} of pyproject.toml")));
    }
    let module = if has_app { "app" } else { "main" };
    let frameworks = [
        ("flask", vec!["flask".to_owned(), "run".to_owned(), "--port".to_owned(), "{port}".to_owned()]),
        ("fastapi", uvicorn(module)),
        ("starlette", uvicorn(module)),
        ("uvicorn", uvicorn(module)),
    ];
    let lower = text.to_lowercase();
    let (name, command) = frameworks.into_iter().find(|(name, _)| lower.contains(name))?;
    Some(Guess { command, by: format!("{name} in pyproject.toml") })
}

fn uvicorn(module: &str) -> Vec<String> {
    ["uvicorn".to_owned(), format!("{module}:app"), "--port".to_owned(), "{port}".to_owned()].into()
}

/// Rails has its own server; what has a `config.ru` is served by rackup.
fn of_gemfile(text: &str, has_rackup: bool) -> Option<Guess> {
    let has = |gem: &str| {
        let quoted = [format!("'{gem}'"), format!("\"{gem}\"")];
        text.lines().map(str::trim).any(|line| line.starts_with("gem") && quoted.iter().any(|it| line.contains(it)))
    };
    if has("rails") {
        let command = ["bundle", "exec", "rails", "server", "--binding", "127.0.0.1", "--port", "{port}"];
        return Some(Guess::new(&command, "rails in the Gemfile"));
    }
    (has("sinatra") && !has_rackup).then(|| Guess::new(&["bundle", "exec", "ruby", "app.rb"], "sinatra in the Gemfile"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The guess for a folder with these files.
    fn guessed(files: &[(&str, &str)]) -> Option<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in files {
            std::fs::write(folder.path().join(name), text).expect("a file");
        }
        guess(folder.path()).map(|guess| guess.command.join(" "))
    }

    #[test]
    fn scripts_come_before_the_main_file() {
        let of = |text: &str| guessed(&[("package.json", text)]).expect("a guess");
        assert_eq!(of(r#"{"scripts": {"start": "node x", "dev": "vite"}}"#), "npm start");
        assert_eq!(of(r#"{"scripts": {"dev": "vite", "test": "x"}}"#), "npm run dev");
        assert_eq!(of(r#"{"main": "server.js", "scripts": {"test": "x"}}"#), "node server.js");
        assert_eq!(of("no JSON"), "npm start");
    }

    #[test]
    fn main_file_that_is_not_there_is_no_guess_where_another_is() {
        let main = ("package.json", r#"{"main": "index.js"}"#);
        assert_eq!(guessed(&[main, ("app.mjs", "")]).as_deref(), Some("node app.mjs"));
        assert_eq!(guessed(&[main, ("app.mjs", ""), ("index.js", "")]).as_deref(), Some("node index.js"));
    }

    #[test]
    fn python_projects_are_started_by_their_script_or_their_framework() {
        let of = |text: &str| guessed(&[("pyproject.toml", text)]);
        assert_eq!(of("[project.scripts]\nshop = \"shop:main\"").as_deref(), Some("shop"));
        assert_eq!(of("[tool.poetry.scripts]\nshop = \"shop:main\"").as_deref(), Some("poetry run shop"));
        assert_eq!(of("[project]\ndependencies = [\"Flask>=3\"]").as_deref(), Some("flask run --port {port}"));
        assert_eq!(of("[project]\ndependencies = [\"fastapi\"]").as_deref(), Some("uvicorn main:app --port {port}"));
        assert_eq!(of("[project]\nname = \"shop\""), None);
        let django = guessed(&[("pyproject.toml", "[project.scripts]\nx = \"y\""), ("manage.py", "")]);
        assert_eq!(django.as_deref(), Some("python3 manage.py runserver --noreload 127.0.0.1:{port}"));
    }

    #[test]
    fn rails_is_told_from_what_rack_serves() {
        let rails = "bundle exec rails server --binding 127.0.0.1 --port {port}";
        assert_eq!(guessed(&[("Gemfile", "gem 'rails', '~> 8'"), ("config.ru", "")]).as_deref(), Some(rails));
        let rack = "bundle exec rackup --host 127.0.0.1 --port {port}";
        assert_eq!(guessed(&[("Gemfile", "gem \"sinatra\""), ("config.ru", "")]).as_deref(), Some(rack));
        assert_eq!(guessed(&[("Gemfile", "gem \"sinatra\"")]).as_deref(), Some("bundle exec ruby app.rb"));
    }

    #[test]
    fn folder_that_says_nothing_gives_no_guess() {
        assert_eq!(guessed(&[("README.md", "rails")]), None);
    }
}
