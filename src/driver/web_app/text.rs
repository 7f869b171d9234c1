//! What a client prints and shows, made fit for our console and our reports.

use mock_idp::Issuer;

/// Without terminal control: a client must not colour, move or clear what its user reads of it.
pub(crate) fn plain(text: &str) -> String {
    let visible = |character: &char| !character.is_control() || matches!(character, '\n' | '\t');
    console::strip_ansi_codes(text).chars().filter(visible).collect()
}

/// Without the credentials of this run.
pub(crate) fn redacted(text: &str, issuer: &Issuer, client_secret: &str) -> String {
    let credentials = issuer.journal().credentials().into_iter().map(|credential| credential.value);
    // Short values are words that occur anywhere.
    let secrets = credentials.chain([client_secret.to_owned()]).filter(|value| value.len() >= 8);
    secrets.fold(
        text.to_owned(),
        |text, secret| if text.contains(&secret) { text.replace(&secret, "[redacted]") } else { text },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminal_control_is_taken_out() {
        let printed = "\u{1b}[31mred\u{1b}[0m \u{1b}]0;title\u{7}\u{1b}[2J\u{1b}[Hgone\r\n\u{8}\u{9b}31mok\ttab\u{0}";
        assert_eq!(plain(printed), "red gone\n31mok\ttab");
    }

    #[test]
    fn sequence_that_never_ends_hides_nothing() {
        assert_eq!(plain("\u{1b}]0;the reason\nis here"), "]0;the reason\nis here");
        assert_eq!(plain("\u{1b}P the reason"), "P the reason");
    }
}
