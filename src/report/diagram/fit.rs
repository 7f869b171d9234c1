//! Text that has to fit: SVG breaks no lines.

/// The width of a character of the diagram's typeface, which is a monospaced one, at its size; the widest in use.
const CHARACTER: usize = 73;

/// How many pixels a line takes.
pub(super) fn width(line: &str) -> usize {
    line.chars().count() * CHARACTER / 10
}

/// Breaks a text into lines that fit, between words where that is possible. A no-break space is part of a word.
pub(super) fn lines(text: &str, pixels: usize) -> Vec<String> {
    let most = (pixels * 10 / CHARACTER).max(8);
    let mut lines: Vec<String> = Vec::new();
    for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        let fits = |line: &&mut String| line.chars().count() + 1 + word.chars().count() <= most;
        match lines.last_mut().filter(fits) {
            Some(line) => *line = format!("{line} {word}"),
            None => lines.extend(pieces(word, most)),
        }
    }
    lines
}

fn pieces(word: &str, most: usize) -> impl Iterator<Item = String> {
    let characters: Vec<_> = word.chars().collect();
    characters.chunks(most).map(|piece| piece.iter().collect()).collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_within_those_that_are_too_long() {
        assert_eq!(lines("one two three", 74), ["one two", "three"]);
        assert_eq!(lines("abcdefghijklmnop", 74), ["abcdefghij", "klmnop"]);
        assert_eq!(lines("one two\u{a0}three", 88), ["one", "two\u{a0}three"]);
        assert_eq!(lines("", 74), Vec::<String>::new());
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let text = "code state iss code_challenge_method=S256 ünïcödé".repeat(3);
        assert!(lines(&text, 150).iter().all(|line| width(line) <= 150));
    }
}
