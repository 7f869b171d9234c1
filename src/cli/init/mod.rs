//! `quintain init`: files to start from.

mod shim;
mod start;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use clap::Subcommand;

use self::shim::Language;
use crate::cli::output::{fail, say};
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
    /// Writes a quintain.toml for a native app or a command line tool, with every step explained
    Command(Place),
    /// Writes a quintain.toml and a shim for a library: a small program that speaks the stdio protocol
    Stdio(Shim),
    /// Prints a job for a CI system
    Ci(Ci),
}

#[derive(Debug, clap::Args)]
struct Ci {
    /// Which CI system
    #[arg(long = "for", value_enum, default_value_t)]
    system: System,
    /// The folder of the client in the repository
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    working_directory: String,
}

#[derive(Debug, Clone, Copy, Default, clap::ValueEnum)]
enum System {
    #[default]
    Github,
    Gitlab,
    Jenkins,
}

impl Ci {
    /// The job, in the words of the system.
    fn job(&self) -> String {
        let template = match self.system {
            System::Github => GITHUB_ACTIONS,
            System::Gitlab => GITLAB_CI,
            System::Jenkins => JENKINSFILE,
        };
        template.replace("WORKING_DIRECTORY", self.working_directory.trim_end_matches('/'))
    }
}

#[derive(Debug, clap::Args)]
struct Place {
    /// The folder to write into
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// The name of the client in reports; the default is the name of the folder
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

#[derive(Debug, clap::Args)]
struct Shim {
    /// The folder to write into
    #[arg(value_name = "FOLDER", default_value = ".")]
    folder: PathBuf,
    /// The language of the library
    #[arg(long, value_enum)]
    language: Language,
}

const WEB_APP: &str = include_str!("web-app.toml");
const COMMAND: &str = include_str!("command.toml");
const GITHUB_ACTIONS: &str = include_str!("github-actions.yml");
const GITLAB_CI: &str = include_str!("gitlab-ci.yml");
const JENKINSFILE: &str = include_str!("Jenkinsfile");

pub(super) fn run(args: &Args) -> Exit {
    match &args.what {
        What::WebApp(place) => written(web_app(place)),
        What::Command(place) => written(command(place)),
        What::Stdio(shim) => written(stdio(shim)),
        What::Ci(ci) => {
            say(&ci.job());
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
    let guessed = start::guess(&place.folder);
    let text = match &guessed {
        Some(guess) => WEB_APP.replacen(r#"["npm", "start"]"#, &guess.toml(), 1),
        None => WEB_APP.to_owned(),
    };
    let guess = match &guessed {
        Some(guess) => {
            format!("that it starts the app by {} is a guess, by {}: see whether it is right", guess.toml(), guess.by)
        }
        None => "fill in how the app is started: command".to_owned(),
    };
    let steps = "go through the file from top to bottom: the command, the variables that the app reads, its routes";
    configuration(place, &text, &guess, steps)
}

fn command(place: &Place) -> Result<String, String> {
    let guess = "fill in the commands of the app: [command]";
    let steps = "go through the file from top to bottom: the commands, the variables that the app reads";
    configuration(place, COMMAND, guess, steps)
}

/// Writes a quintain.toml, and says what comes next.
fn configuration(place: &Place, text: &str, guess: &str, steps: &str) -> Result<String, String> {
    let text = text.replacen("\"my-app\"", &quoted(&place.name()), 1);
    let here = place.folder == Path::new(".");
    let file = if here { PathBuf::from("quintain.toml") } else { place.folder.join("quintain.toml") };
    create(&file, &text)?;
    let config = if here { String::new() } else { format!(" --config {}", file.display()) };
    Ok(format!(
        "{} is written; {guess}
next:
  1. {steps}
  2. check the set-up, until nothing is missing
       quintain doctor{config}
  3. run the scenarios; red results come with their evidence
       quintain verify{config}
  4. record the known findings; after that, only new findings turn the run red
       quintain verify{config} --write-expected
  5. run it in CI: a job for GitHub Actions; --for gitlab or jenkins for another system
       quintain init ci",
        file.display()
    ))
}

fn stdio(shim: &Shim) -> Result<String, String> {
    let files = shim.language.files();
    let path = |name: &str| if shim.folder == Path::new(".") { name.into() } else { shim.folder.join(name) };
    // All of them or none.
    if let Some(there) = files.iter().map(|(name, _)| path(name)).find(|file| file.symlink_metadata().is_ok()) {
        return Err(failed(&there, &ErrorKind::AlreadyExists.into()));
    }
    for (name, text) in files {
        // In the repository, the template says where it is.
        create(&path(name), &text.replace(&format!("examples/shims/{}/", shim.language.folder()), ""))?;
    }
    let written: Vec<_> = files.iter().map(|(name, _)| *name).collect();
    let here = shim.folder == Path::new(".");
    let enter = if here { String::new() } else { format!("cd {} && ", shim.folder.display()) };
    let is_program = |name: &&&str| name.to_ascii_lowercase().starts_with("shim.");
    let program = written.iter().find(is_program).copied().unwrap_or("the shim");
    Ok(format!(
        "{} are written: a working shim for a known library
next:
  1. {enter}./install
  2. check that it works
       quintain doctor
  3. put your own library into {program}, and its version where the others are; the protocol is in docs/stdio.md
  4. run the scenarios; red results come with their evidence
       quintain verify
  5. record the known findings; after that, only new findings turn the run red
       quintain verify --write-expected
  6. run it in CI: a job for GitHub Actions; --for gitlab or jenkins for another system
       quintain init ci",
        written.join(", "),
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

/// What is there is never written over.
fn create(file: &Path, text: &str) -> Result<(), String> {
    let is_program = text.starts_with("#!");
    let mode = if is_program { 0o777 } else { 0o666 };
    let opened: io::Result<File> = OpenOptions::new().write(true).create_new(true).mode(mode).open(file);
    opened.and_then(|mut opened| opened.write_all(text.as_bytes())).map_err(|error| failed(file, &error))
}

fn failed(file: &Path, error: &io::Error) -> String {
    let problem = match error.kind() {
        ErrorKind::AlreadyExists => "it is there already; move it away, or name another folder".to_owned(),
        ErrorKind::NotFound => "there is no such folder; create it, or name another one".to_owned(),
        ErrorKind::NotADirectory => "that is no folder; name one".to_owned(),
        ErrorKind::PermissionDenied => "it may not be written; see the permissions of the folder".to_owned(),
        _ => error.to_string(),
    };
    format!("failed to write {}: {problem}", file.display())
}
