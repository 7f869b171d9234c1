//! The token by which programs on other machines are let in to the control API.

use std::fs::{OpenOptions, read_to_string};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use crate::random;

/// A shorter one could be guessed.
const SHORTEST: usize = 16;

/// The token that a file holds; a new one is written where there is no file, for the owner alone.
pub(super) fn of_file(path: &Path) -> io::Result<String> {
    match read_to_string(path) {
        Ok(text) => checked(text.trim()),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let token = random::token();
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{token}")?;
            Ok(token)
        }
        Err(error) => Err(error),
    }
}

fn checked(token: &str) -> io::Result<String> {
    let is_visible = token.bytes().all(|byte| byte.is_ascii_graphic());
    if token.len() < SHORTEST || !is_visible {
        let why = format!("it holds no token: at least {SHORTEST} visible ASCII characters, and no blank");
        return Err(io::Error::new(ErrorKind::InvalidData, why));
    }
    Ok(token.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn token_is_made_once_for_its_owner_alone_and_read_from_then_on() {
        let file = std::env::temp_dir().join(format!("control-token-{}", random::short()));
        let token = of_file(&file).expect("it can be written");
        assert_eq!(of_file(&file).expect("it can be read"), token);
        assert_eq!(file.metadata().expect("it is there").permissions().mode() & 0o777, 0o600);
        std::fs::write(&file, "short\n").expect("it can be written");
        assert!(of_file(&file).expect_err("it is too short").to_string().contains("at least 16"));
        std::fs::remove_file(file).expect("it is there");
    }
}
