//! TLS for a run: an authority, and the files by which a client learns of it.

use std::fs::{OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::path::Path;

use mock_idp::Authority;
use tempfile::TempDir;

use super::setup_error::SetupError;
use crate::config::Placeholders;

/// The authority of a run. Its files are gone when the run is over.
pub(in crate::driver) struct Trust {
    /// Certifies the providers.
    pub(in crate::driver) authority: Authority,
    folder: TempDir,
}

const CA: &str = "ca.pem";
const CERTIFICATE: &str = "certificate.pem";
const KEY: &str = "key.pem";

impl Trust {
    /// A new authority, and a certificate for a client that serves https itself.
    ///
    /// # Errors
    ///
    /// If its files cannot be written.
    pub(in crate::driver) fn new() -> Result<Self, SetupError> {
        Self::written().map_err(|error| {
            SetupError::new("write the certificates of the run", error.to_string(), "see that TMPDIR can be written to")
        })
    }

    fn written() -> io::Result<Self> {
        let (authority, folder) = (Authority::new(), tempfile::tempdir()?);
        let (certificate, key) = authority.issue_pem();
        for (name, text) in [(CA, authority.certificate_pem()), (CERTIFICATE, certificate), (KEY, key)] {
            write(&folder.path().join(name), &text)?;
        }
        Ok(Self { authority, folder })
    }

    /// Fills in `{ca_file}`, `{certificate_file}` and `{key_file}`.
    pub(in crate::driver) fn tell(&self, values: &mut Placeholders) {
        let path = |name| self.folder.path().join(name).to_string_lossy().into_owned();
        values.ca_file = path(CA);
        values.certificate_file = path(CERTIFICATE);
        values.key_file = path(KEY);
    }
}

/// A key is nobody else's business.
fn write(file: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mut opened = OpenOptions::new().write(true).create_new(true).open(file)?;
    opened.set_permissions(Permissions::from_mode(0o600))?;
    opened.write_all(text.as_bytes())
}
