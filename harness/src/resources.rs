//! What the harness needs of the system, so that a shortage of ours is never taken for a finding about the client.

use std::error::Error;
use std::io;

use nix::errno::Errno;
use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// What a run needs besides its scenarios: listeners, reports, the runtime's own files.
const FOR_THE_RUN: u64 = 96;

/// What one scenario at a time may hold open: both ends of its connections, pipes, the client's files.
const FOR_EACH_JOB: u64 = 24;

/// Lets this process open as many files as the system allows it to, and says how many those are. A socket is a file.
#[must_use]
pub fn raise_open_files() -> u64 {
    let Ok((soft, hard)) = getrlimit(Resource::RLIMIT_NOFILE) else { return u64::MAX };
    if soft < hard && setrlimit(Resource::RLIMIT_NOFILE, hard, hard).is_ok() { hard } else { soft }
}

/// Whether so many open files are enough for a run with so many scenarios side by side.
///
/// # Errors
///
/// If not, says what to do.
pub fn check_open_files(limit: u64, jobs: usize) -> Result<(), String> {
    let needed = FOR_THE_RUN + FOR_EACH_JOB * jobs as u64;
    if limit >= needed {
        return Ok(());
    }
    Err(format!(
        "this process may open {limit} files, and a run with --jobs {jobs} needs {needed}; raise `ulimit -n`, or use fewer jobs"
    ))
}

/// Whether something went wrong because this machine has run out of files or of disk; that says nothing about a client.
pub(crate) fn are_exhausted(error: &(dyn Error + 'static)) -> bool {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes
        .filter_map(|cause| cause.downcast_ref::<io::Error>()?.raw_os_error())
        .any(|code| [Errno::EMFILE, Errno::ENFILE, Errno::ENOSPC, Errno::EDQUOT].contains(&Errno::from_raw(code)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_raised_as_far_as_it_goes() {
        let limit = raise_open_files();
        let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("every process has a limit");
        assert_eq!((soft, limit), (hard, hard));
    }

    #[test]
    fn too_few_files_are_refused_before_anything_is_judged() {
        let error = check_open_files(72, 1).expect_err("it is not enough");
        assert!(error.contains("may open 72 files"), "{error}");
        check_open_files(1024, 8).expect("it is enough");
    }

    #[test]
    fn shortage_is_told_from_other_errors() {
        assert!(are_exhausted(&io::Error::from_raw_os_error(Errno::EMFILE as i32)));
        assert!(are_exhausted(&io::Error::from_raw_os_error(Errno::ENOSPC as i32)));
        assert!(!are_exhausted(&io::Error::from_raw_os_error(Errno::ECONNREFUSED as i32)));
    }
}
