//! The browser that a native app opens: a program in its environment that hands the URL over to the harness.

use std::ffi::OsString;
use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::{Path, PathBuf};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};

use crate::text::quoted;

/// The longest URL that is taken over, in bytes.
const LONGEST_URL: u64 = 64 << 10;
/// What programs and libraries start where they do not go by `BROWSER`.
const OTHER_NAMES: [&str; 5] = ["open", "sensible-browser", "www-browser", "x-www-browser", "xdg-open"];

/// Waits for the URL that one login opens.
pub(super) struct HandOff {
    folder: PathBuf,
    listener: UnixListener,
}

impl HandOff {
    /// In its own folder, which is made.
    pub(super) fn new(folder: PathBuf) -> io::Result<Self> {
        // An app may tidy up more than it should.
        fs::create_dir_all(&folder)?;
        let socket = folder.join("url");
        let listener = UnixListener::bind(&socket)?;
        let this = std::env::current_exe()?;
        let script = format!(
            "#!/bin/sh\nexec {} hand-over {} -- \"$@\"\n",
            quoted(&this.to_string_lossy()),
            quoted(&socket.to_string_lossy())
        );
        let browser = folder.join("browser");
        fs::write(&browser, script)?;
        fs::set_permissions(&browser, Permissions::from_mode(0o700))?;
        OTHER_NAMES.into_iter().try_for_each(|name| symlink("browser", folder.join(name)))?;
        Ok(Self { folder, listener })
    }

    /// `BROWSER`
    pub(super) fn browser(&self) -> OsString {
        self.folder.join("browser").into()
    }

    /// `PATH`, on which every browser is this one.
    pub(super) fn path(&self) -> OsString {
        let mut path = OsString::from(&self.folder);
        if let Some(inherited) = std::env::var_os("PATH") {
            path.push(":");
            path.push(inherited);
        }
        path
    }

    /// The URL, once it has been opened.
    pub(super) async fn url(&self) -> io::Result<String> {
        let (stream, _) = self.listener.accept().await?;
        let mut url = String::new();
        stream.take(LONGEST_URL).read_to_string(&mut url).await?;
        Ok(url)
    }
}

/// Hands over to the harness that listens there what a browser was started with. The options before a URL are the
/// browser's; everything else is what is opened, even if it is one word, no URL or an option itself.
///
/// # Errors
///
/// If nobody listens.
pub async fn hand_over(socket: &Path, words: &[String]) -> io::Result<()> {
    let before_last = &words[..words.len().saturating_sub(1)];
    let options = before_last.iter().take_while(|word| word.starts_with('-')).count();
    let url = words[options..].join(" ");
    let mut stream = UnixStream::connect(socket).await?;
    stream.write_all(url.as_bytes()).await?;
    stream.shutdown().await
}
