//! What is said where no client is named: a run in the wrong folder must not be green.

use std::fmt::Write as _;
use std::fs::DirEntry;
use std::path::{Path, PathBuf};

/// How far below a folder it is looked for configurations: `examples/clients/shop/quintain.toml` is found.
const DEPTH: usize = 3;

/// How many configurations are named.
const NAMED: usize = 8;

/// How many folders are opened at most: a home directory may be large.
const FOLDERS: usize = 2_000;

/// Why nothing runs, and what to do.
pub(super) fn message(folder: &Path) -> String {
    let mut text = "there is no quintain.toml in this folder, so there is no client to test".to_owned();
    let found = below(folder);
    for file in found.iter().take(NAMED) {
        let file = file.strip_prefix(folder).unwrap_or(file).display();
        let _ = write!(text, "\n  a client below it: --config {file}");
    }
    if found.len() > NAMED {
        let _ = write!(text, "\n  and {} more", found.len() - NAMED);
    }
    text + "\n  a client without one: `quintain init` writes it\n  the built-in reference client: --reference"
}

/// The configurations below a folder, the nearest ones first.
fn below(folder: &Path) -> Vec<PathBuf> {
    let (mut found, mut opened) = (Vec::new(), 0);
    let mut level = vec![folder.to_owned()];
    for _ in 0..DEPTH {
        let mut next = Vec::new();
        for folder in level {
            opened += 1;
            if opened > FOLDERS {
                return found;
            }
            next.extend(folders_in(&folder));
        }
        next.sort();
        found.extend(next.iter().map(|folder| folder.join("quintain.toml")).filter(|file| file.is_file()));
        level = next;
    }
    found
}

/// The folders in a folder; not the ones that are hidden or hold what others have written.
fn folders_in(folder: &Path) -> Vec<PathBuf> {
    let is_folder = |entry: &DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let is_of_interest = |entry: &DirEntry| {
        let name = entry.file_name();
        !name.to_string_lossy().starts_with('.') && name != "node_modules" && name != "target"
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|entry| is_folder(entry) && is_of_interest(entry)).map(|entry| entry.path()).collect()
}
