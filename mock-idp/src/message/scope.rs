//! The scope of a request (RFC 6749 §3.3).

use crate::Note;
use crate::terms::Tolerance;

/// The tokens of a scope that is not of the form that RFC 6749 §3.3 demands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Malformed;

/// `scope-token *( SP scope-token )`. If another form is accepted, the note says so.
pub(crate) fn scope_tokens(scope: &str, malformed: Tolerance) -> Result<(Vec<String>, Option<Note>), Malformed> {
    let is_well_formed = scope.is_empty() || scope.split(' ').all(is_token);
    if !is_well_formed && malformed == Tolerance::Refused {
        return Err(Malformed);
    }
    let tokens = scope.split(' ').filter(|token| !token.is_empty()).map(str::to_owned);
    Ok((tokens.collect(), (!is_well_formed).then_some(Note::ScopeMalformed)))
}

/// `1*( %x21 / %x23-5B / %x5D-7E )`.
fn is_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5B | 0x5D..=0x7E))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_tokens_with_one_space_between_them() {
        for good in ["", "openid", "openid read:contacts https://api.example/all"] {
            let (tokens, note) = scope_tokens(good, Tolerance::Refused).expect("a scope");
            assert_eq!((tokens.join(" ").as_str(), note), (good, None));
        }
        for bad in [" ", " openid", "openid ", "a  b", "a\tb", "\"a\"", "a\\b", "\u{e9}"] {
            assert_eq!(scope_tokens(bad, Tolerance::Refused), Err(Malformed), "{bad}");
            let (tokens, note) = scope_tokens(bad, Tolerance::Accepted).expect("it is accepted");
            assert_eq!(note, Some(Note::ScopeMalformed));
            assert!(tokens.iter().all(|token| !token.is_empty()));
        }
    }
}
