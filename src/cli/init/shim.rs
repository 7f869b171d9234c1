//! The templates of shims: the files of `examples/shims`, which are run on real libraries.

/// What a shim is written in.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(super) enum Language {
    /// Go; the template drives golang.org/x/oauth2
    Go,
    /// Java; the template drives google-oauth-client
    Java,
    /// JavaScript; the template drives openid-client
    Node,
    /// PHP; the template drives php-openid-client
    Php,
    /// Python; the template drives Authlib
    Python,
    /// Ruby; the template drives `openid_connect`
    Ruby,
}

/// A file of a template: its name and its text.
pub(super) type File = (&'static str, &'static str);

macro_rules! template {
    ($folder:literal: $($file:literal),+) => {
        &[$(($file, include_str!(concat!("../../../examples/shims/", $folder, "/", $file)))),+]
    };
}

impl Language {
    /// Its folder in `examples/shims`.
    pub(super) fn folder(self) -> &'static str {
        match self {
            Self::Go => "go",
            Self::Java => "java",
            Self::Node => "node",
            Self::Php => "php",
            Self::Python => "python",
            Self::Ruby => "ruby",
        }
    }

    /// Everything that a template needs; `quintain.toml` is among it.
    pub(super) fn files(self) -> &'static [File] {
        match self {
            Self::Go => template!("go": ".gitignore", "install", "quintain.toml", "shim.go"),
            Self::Java => template!("java": ".gitignore", "Shim.java", "install", "java.args", "quintain.toml"),
            Self::Node => {
                template!("node": ".npmrc", "install", "package.json", "package-lock.json", "quintain.toml", "shim.mjs")
            }
            Self::Php => template!("php": ".gitignore", "install", "quintain.toml", "shim.php"),
            Self::Python => template!("python": "install", "quintain.toml", "requirements.txt", "shim.py"),
            Self::Ruby => template!("ruby": "install", "quintain.toml", "shim.rb"),
        }
    }
}
