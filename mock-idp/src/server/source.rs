//! TLS of the served provider.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::tls::{Authority, Identity};
use crate::random;

/// Where the certificate of the provider comes from.
#[derive(Clone, Debug)]
pub enum TlsSource {
    /// An authority of this run issues it. Its own certificate is written to this file; without one, to a new file in the
    /// folder for temporary files.
    Generated(Option<PathBuf>),
    /// This one.
    Given(Identity),
}

impl TlsSource {
    /// The certificate, and the file that holds the authority's. `hosts`: what else than this machine it is for.
    pub(crate) fn identity(self, hosts: &[String]) -> Result<(Identity, Option<PathBuf>), (PathBuf, io::Error)> {
        let path = match self {
            Self::Given(identity) => return Ok((identity, None)),
            Self::Generated(path) => path,
        };
        let authority = Authority::new();
        let pem = authority.certificate_pem();
        let path = match path {
            Some(path) => fs::write(&path, pem).map(|()| path.clone()).map_err(|error| (path, error))?,
            None => {
                let path = std::env::temp_dir().join(format!("quintain-ca-{}.pem", random::short()));
                write_new(&path, &pem).map(|()| path.clone()).map_err(|error| (path, error))?
            }
        };
        Ok((authority.issue_also_for(hosts), Some(path)))
    }
}

/// Others may write to the folder for temporary files: nothing that is there already is followed.
fn write_new(path: &Path, text: &str) -> io::Result<()> {
    OpenOptions::new().write(true).create_new(true).open(path)?.write_all(text.as_bytes())
}
