//! Files appear whole or not at all.

use std::fmt;
use std::fs::Permissions;
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// A file could not be written.
#[derive(Debug)]
pub struct WriteError {
    path: PathBuf,
    source: io::Error,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, folder) = (self.path.display(), folder_of(&self.path).display());
        write!(f, "failed to write {path}: ")?;
        match self.source.kind() {
            ErrorKind::NotFound => write!(f, "there is no folder {folder}; create it, or name another file"),
            ErrorKind::NotADirectory => write!(f, "{folder} is no folder; name another file"),
            ErrorKind::IsADirectory => f.write_str("it is a folder; name a file in it"),
            ErrorKind::PermissionDenied => {
                write!(f, "no file may be created in {folder}; see its permissions, or name another file")
            }
            _ => write!(f, "{}; nothing of it was written", self.source),
        }
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.source)
    }
}

/// Writes a file by way of a temporary one beside it. What is no file (a pipe, `/dev/stdout`) is written to as it is.
///
/// # Errors
///
/// If the folder does not exist or cannot be written to; an older file of that name is then still there.
pub fn write_atomically(path: &Path, content: impl AsRef<[u8]>) -> Result<(), WriteError> {
    let write = || match Target::of(path)? {
        Target::Stream => std::fs::OpenOptions::new().write(true).open(path)?.write_all(content.as_ref()),
        Target::File(path) => {
            let mut file = open_beside(&path)?;
            file.write_all(content.as_ref())?;
            file.persist(path).map(drop).map_err(|error| error.error)
        }
    };
    write().map_err(|source| WriteError { path: path.to_owned(), source })
}

/// Checks before a run that a report can be written after it.
///
/// # Errors
///
/// As [`write_atomically`].
pub(crate) fn check_writable(path: &Path) -> Result<(), WriteError> {
    let check = || match Target::of(path)? {
        Target::Stream => Ok(()),
        Target::File(path) => open_beside(&path).map(drop),
    };
    check().map_err(|source| WriteError { path: path.to_owned(), source })
}

/// What a path stands for.
enum Target {
    /// A file, which may not exist yet; links are followed, not replaced.
    File(PathBuf),
    /// Something that bytes are sent to.
    Stream,
}

impl Target {
    fn of(path: &Path) -> io::Result<Self> {
        match path.metadata() {
            Ok(found) if found.is_dir() => Err(ErrorKind::IsADirectory.into()),
            Ok(found) if found.is_file() => path.canonicalize().map(Self::File),
            Ok(_) => Ok(Self::Stream),
            Err(error) if error.kind() == ErrorKind::NotFound && path.file_name().is_some() => {
                Ok(Self::File(path.to_owned()))
            }
            Err(error) => Err(error),
        }
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// With the permissions that any new file gets: those who collect reports have to read them.
fn open_beside(path: &Path) -> io::Result<NamedTempFile> {
    tempfile::Builder::new().permissions(Permissions::from_mode(0o666)).tempfile_in(folder_of(path))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().expect("a folder can be made")
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).expect("the folder can be read");
        entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn file_is_replaced_whole_and_nothing_else_is_left() {
        let folder = folder();
        let file = folder.path().join("result.json");
        write_atomically(&file, "a longer first text").expect("it can be written");
        write_atomically(&file, "second").expect("it can be written again");
        assert_eq!(std::fs::read_to_string(&file).expect("it can be read"), "second");
        assert_eq!(names(folder.path()), ["result.json"]);
    }

    #[test]
    fn check_leaves_nothing_behind() {
        let folder = folder();
        check_writable(&folder.path().join("result.json")).expect("it could be written");
        assert_eq!(names(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn others_may_read_a_report_as_they_may_any_new_file() {
        let folder = folder();
        let (report, plain) = (folder.path().join("report"), folder.path().join("plain"));
        write_atomically(&report, "").expect("it can be written");
        std::fs::write(&plain, "").expect("it can be written");
        let mode = |path: &Path| path.metadata().expect("it exists").permissions().mode();
        assert_eq!(mode(&report), mode(&plain));
    }

    #[test]
    fn link_stays_a_link() {
        let folder = folder();
        let (link, target) = (folder.path().join("latest.json"), folder.path().join("run-1.json"));
        std::fs::write(&target, "old").expect("it can be written");
        std::os::unix::fs::symlink(&target, &link).expect("a link can be made");
        write_atomically(&link, "new").expect("it can be written");
        assert!(link.is_symlink());
        assert_eq!(std::fs::read_to_string(&target).expect("it can be read"), "new");
    }

    #[test]
    fn device_is_written_to_and_not_replaced() {
        check_writable(Path::new("/dev/null")).expect("it can be written to");
        write_atomically(Path::new("/dev/null"), "text").expect("it can be written to");
        assert!(!Path::new("/dev/null").metadata().expect("it exists").is_file());
    }

    #[test]
    fn missing_folder_is_named() {
        let folder = folder();
        let error = check_writable(&folder.path().join("no/such/result.json")).expect_err("there is no such folder");
        assert!(error.to_string().contains("no/such; create it"), "{error}");
    }

    #[test]
    fn folder_is_no_file() {
        let folder = folder();
        let error = check_writable(folder.path()).expect_err("it is a folder");
        assert!(error.to_string().ends_with("it is a folder; name a file in it"), "{error}");
    }
}
