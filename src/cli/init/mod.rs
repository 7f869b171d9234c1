//! `quintain init`: files to start from.

use std::fs::File;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::{fail, say};
use crate::exit_code::Exit;

/// Options of `quintain init`.
#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Writes a quintain.toml for a web app, with every step explained
    WebApp(Place),
    /// Prints a job for GitHub Actions
    Ci,
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The folder to write into
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// What the client is called in reports; the name of the folder unless given
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

const WEB_APP: &str = include_str!("web-app.toml");
const GITHUB_ACTIONS: &str = include_str!("github-actions.yml");

pub(super) fn run(args: &Args) -> Exit {
    match &args.what {
        What::WebApp(place) => written(web_app(place)),
        What::Ci => {
            say(GITHUB_ACTIONS);
            Exit::Clean
        }
    }
}

fn written(result: Result<String, String>) -> Exit {
    match result {
        Ok(next_steps) => {
            say(&next_steps);
            Exit::Clean
        }
        Err(error) => fail(Exit::Usage, &error),
    }
}

fn web_app(place: &Place) -> Result<String, String> {
    let command = start_command(&place.folder);
    let text = WEB_APP.replacen("\"my-app\"", &quoted(&place.name()), 1).replacen(
        r#"["npm", "start"]"#,
        command.unwrap_or(START_COMMANDS[0].1),
        1,
    );
    let here = place.folder == Path::new(".");
    let file = if here { PathBuf::from("quintain.toml") } else { place.folder.join("quintain.toml") };
    create(&file, &text)?;
    let guess = match command {
        Some(command) => format!("that it starts the app by {command} is a guess: see whether it is right"),
        None => "it has to be told how the app is started: command".to_owned(),
    };
    let config = if here { String::new() } else { format!(" --config {}", file.display()) };
    Ok(format!(
        "{} is written; {guess}
next:
  1. go through the file from top to bottom: the command, the variables that the app reads, its routes
  2. let the set-up be checked, until nothing is missing
       quintain doctor{config}
  3. run the scenarios; what is red comes with its evidence
       quintain verify{config}
  4. write down what is known, so that from then on only news is red
       quintain verify{config} --write-expected
  5. let CI do it: a job for GitHub Actions
       quintain init ci",
        file.display()
    ))
}

impl Place {
    fn name(&self) -> String {
        let folder = || self.folder.canonicalize().ok()?.file_name()?.to_str().map(str::to_owned);
        self.name.clone().or_else(folder).unwrap_or_else(|| "my-app".to_owned())
    }
}

/// As a TOML string.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// How an app is usually started, by a file that shows what it is written in.
const START_COMMANDS: [(&str, &str); 7] = [
    ("package.json", r#"["npm", "start"]"#),
    ("manage.py", r#"["python3", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}"]"#),
    ("app.py", r#"["python3", "app.py"]"#),
    ("go.mod", r#"["go", "run", "."]"#),
    ("Cargo.toml", r#"["cargo", "run", "--release", "--quiet"]"#),
    ("config.ru", r#"["bundle", "exec", "rackup", "--host", "127.0.0.1", "--port", "{port}"]"#),
    ("composer.json", r#"["php", "-S", "127.0.0.1:{port}", "-t", "public"]"#),
];

fn start_command(folder: &Path) -> Option<&'static str> {
    START_COMMANDS.iter().find(|(file, _)| folder.join(file).is_file()).map(|(_, command)| *command)
}

/// What is there is never written over.
fn create(file: &Path, text: &str) -> Result<(), String> {
    let result = File::create_new(file).and_then(|mut opened| opened.write_all(text.as_bytes()));
    result.map_err(|error| {
        let failed = |problem: &str| format!("failed to write {}: {problem}", file.display());
        match error.kind() {
            ErrorKind::AlreadyExists => failed("it is there already; move it away, or name another folder"),
            ErrorKind::NotFound => failed("there is no such folder; create it, or name another one"),
            ErrorKind::NotADirectory => failed("that is no folder; name one"),
            ErrorKind::PermissionDenied => failed("it may not be written; see the permissions of the folder"),
            _ => failed(&error.to_string()),
        }
    })
}
