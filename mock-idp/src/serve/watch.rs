//! Takes over what changes in `idp.toml` while the provider runs.

use std::fs;
use std::io::{self, Write as _};
use std::iter;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::json;

use crate::provider_file::{ProviderFile, ServedIssuer};
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

/// Looks at the file, and at those that it names, for ever. `issuers`: those that run, with what they were started with.
pub(super) async fn watch(path: &Path, keys: KeysOf, mut issuers: Vec<(Issuer, ServedIssuer)>) {
    let mut named = ProviderFile::read(path).map(|file| file.files).unwrap_or_default();
    let stamps = |named: &[PathBuf]| {
        let named = named.iter().map(PathBuf::as_path);
        iter::once(path).chain(named).map(stamp).collect::<Vec<_>>()
    };
    let (mut known, mut last) = (stamps(&named), stamps(&named));
    loop {
        tokio::time::sleep(PERIOD).await;
        let now = stamps(&named);
        // A file that is being written may be read as an empty one, so it has to stay the same for a while.
        let is_settled = now == last;
        last.clone_from(&now);
        if now == known || !is_settled {
            continue;
        }
        known = now;
        match ProviderFile::read(path) {
            Ok(file) => {
                take_over(file.issuers, keys, &mut issuers);
                if file.files != named {
                    named = file.files;
                    (known, last) = (stamps(&named), stamps(&named));
                }
            }
            Err(error) => tell(&format!("{error}\nThe provider stays as it was.")),
        }
    }
}

/// What changes when the file is written.
fn stamp(path: &Path) -> Option<(SystemTime, u64)> {
    let metadata = fs::metadata(path).ok()?;
    Some((metadata.modified().ok()?, metadata.len()))
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

/// A part that is the same as before is left alone, with what has become of it since.
fn apply(new: &ServedIssuer, keys: KeysOf, issuer: &Issuer, old: &ServedIssuer) {
    let registered = |served: &ServedIssuer| json!([served.config.clients, served.config.users, served.config.apis]);
    if registered(new) != registered(old) {
        issuer.replace_registered(&new.config);
    }
    if new.config.policy != old.config.policy {
        issuer.set_policy(new.config.policy);
    }
    if new.config.sign_in != old.config.sign_in {
        issuer.set_sign_in(SignIn::clone(&new.config.sign_in));
    }
    if new.config.faults != old.config.faults {
        issuer.disarm_all();
        new.config.faults.iter().cloned().for_each(|fault| {
            issuer.arm(fault);
        });
    }
    issuer.set_start(new.config.clone());
    // By what they are called: keys cannot be compared.
    if keys == KeysOf::File && format!("{:?}", new.keys) != format!("{:?}", old.keys) {
        issuer.set_keys(new.keys.clone().keys());
    }
    if new.config.paths != old.config.paths {
        tell(&format!("{}: its new paths are there after the next start.", issuer.identifier()));
    }
}
