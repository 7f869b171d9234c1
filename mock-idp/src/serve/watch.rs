//! Takes over what changes in `idp.toml` while the provider runs.

use std::fs;
use std::io::{self, Write as _};
use std::iter;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::provider_file::{ProviderFile, ProviderFileError, ServedIssuer};
use crate::{Issuer, SignIn};

/// How often the files are looked at.
const PERIOD: Duration = Duration::from_millis(500);

/// Whose keys the issuers have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum KeysOf {
    /// The file's.
    File,
    /// Those of the command line, whatever the file says.
    CommandLine,
}

/// A file that is watched, and the first look at it.
pub(super) struct Watched {
    path: PathBuf,
    named: Vec<PathBuf>,
    first: Result<ProviderFile, ProviderFileError>,
    known: Stamps,
}

impl Watched {
    /// Looks at the file for the first time. It is to be done before anybody is told that the provider is there: a file that
    /// it names, and that is being written at the first look, cannot be read, and then it is not known which files to watch.
    pub(super) fn at(path: PathBuf) -> Self {
        let mut named = Vec::new();
        let (first, known) = read(&path, &mut named);
        Self { path, named, first, known }
    }

    /// Looks at the file, and at those that it names, for ever. `issuers`: those that run, with what they were started with.
    ///
    /// What was written after the start had read the file, and before the first look, is taken over at once.
    pub(super) async fn follow(self, keys: KeysOf, mut issuers: Vec<(Issuer, ServedIssuer)>) {
        let Self { path, mut named, first: mut file, mut known } = self;
        let mut is_first = true;
        loop {
            match file {
                Ok(file) if is_first && !is_another(&file.issuers, keys, &issuers) => {}
                Ok(file) => take_over(file.issuers, keys, &mut issuers),
                Err(error) => tell(&format!("{error}\nThe provider stays as it was.")),
            }
            is_first = false;
            changed(&path, &named, &known).await;
            (file, known) = read(&path, &mut named);
        }
    }
}

/// The state of the file and of those that it names: when each was written, and its length.
type Stamps = Vec<Option<(SystemTime, u64)>>;

/// What the file says, and the state of the files in which it says so: what is written meanwhile is a change.
fn read(path: &Path, named: &mut Vec<PathBuf>) -> (Result<ProviderFile, ProviderFileError>, Stamps) {
    loop {
        let known = stamps(path, named);
        match ProviderFile::read(path) {
            // These were read without a look at them before.
            Ok(file) if file.files != *named => *named = file.files,
            result => return (result, known),
        }
    }
}

/// Returns when the files are in another state, and stay in it for a period: a file that is being written may be read as
/// an empty one.
async fn changed(path: &Path, named: &[PathBuf], known: &Stamps) {
    let mut last = known.clone();
    loop {
        tokio::time::sleep(PERIOD).await;
        let now = stamps(path, named);
        if now != *known && now == last {
            return;
        }
        last = now;
    }
}

fn stamps(path: &Path, named: &[PathBuf]) -> Stamps {
    iter::once(path).chain(named.iter().map(PathBuf::as_path)).map(stamp).collect()
}

/// What changes when the file is written.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
}

/// Whether the file says something else than what the issuers were started with.
fn is_another(new: &[ServedIssuer], keys: KeysOf, issuers: &[(Issuer, ServedIssuer)]) -> bool {
    new.len() != issuers.len()
        || new.iter().zip(issuers).any(|(new, (_, old))| new.name != old.name || !changes(new, old, keys).is_empty())
}

fn take_over(new: Vec<ServedIssuer>, keys: KeysOf, issuers: &mut [(Issuer, ServedIssuer)]) {
    let names = |served: &ServedIssuer| served.name.clone();
    if !new.iter().map(names).eq(issuers.iter().map(|(_, served)| names(served))) {
        tell("The file has other issuers than those that run. They are there after the next start.");
        return;
    }
    for (new, (issuer, old)) in new.into_iter().zip(issuers) {
        apply(&new, keys, issuer, old);
        *old = new;
    }
    tell("The provider is as the changed file has it.");
}

/// On standard error, which nobody may read any more.
fn tell(message: &str) {
    let _ = writeln!(io::stderr(), "{message}");
}

/// A part of an issuer that a file can change while it runs, or after the next start.
enum Part {
    Registered,
    Policy,
    SignIn,
    Faults,
    Keys,
    Paths,
}

/// Which parts are others than before.
fn changes(new: &ServedIssuer, old: &ServedIssuer, keys: KeysOf) -> Vec<Part> {
    let registered = |served: &ServedIssuer| json!([served.config.clients, served.config.users, served.config.apis]);
    let (config, before) = (&new.config, &old.config);
    // Keys by what they are called: they cannot be compared.
    let keys = keys == KeysOf::File && format!("{:?}", new.keys) != format!("{:?}", old.keys);
    [
        (Part::Registered, registered(new) != registered(old)),
        (Part::Policy, config.policy != before.policy),
        (Part::SignIn, config.sign_in != before.sign_in),
        (Part::Faults, config.faults != before.faults),
        (Part::Keys, keys),
        (Part::Paths, config.paths != before.paths),
    ]
    .into_iter()
    .filter_map(|(part, is_another)| is_another.then_some(part))
    .collect()
}

/// A part that is the same as before is left alone, with what has become of it since.
fn apply(new: &ServedIssuer, keys: KeysOf, issuer: &Issuer, old: &ServedIssuer) {
    let config = &new.config;
    issuer.set_start(config.clone());
    for part in changes(new, old, keys) {
        match part {
            Part::Registered => issuer.replace_registered(config),
            Part::Policy => issuer.set_policy(config.policy),
            Part::SignIn => issuer.set_sign_in(SignIn::clone(&config.sign_in)),
            Part::Faults => {
                issuer.disarm_all();
                config.faults.iter().cloned().for_each(|fault| {
                    issuer.arm(fault);
                });
            }
            Part::Keys => issuer.set_keys(new.keys.clone().keys()),
            Part::Paths => tell(&format!("{}: its new paths are there after the next start.", issuer.identifier())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MockIdp;

    #[tokio::test]
    async fn what_is_written_between_the_start_and_the_first_look_is_taken_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("idp.toml");
        fs::write(&path, "[policy]\ncode-lifetime = 77").expect("it is written");
        let file = ProviderFile::read(&path).expect("it is right");
        let idp = MockIdp::builder().config(file.issuers[0].config.clone()).start().await.expect("a free port");
        let issuer = idp.issuer();

        fs::write(&path, "[policy]\ncode-lifetime = 8").expect("it is written");
        let running = vec![(issuer.clone(), file.issuers[0].clone())];
        tokio::select! {
            biased;
            () = Watched::at(path).follow(KeysOf::File, running) => {}
            () = std::future::ready(()) => {}
        }
        assert_eq!(issuer.policy().code_lifetime, 8);
    }
}
