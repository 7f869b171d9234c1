//! What a program that has failed has to say, out of all that it has printed as errors.

/// The message: of an exception if a stack trace is what the program ends with, the last line otherwise.
pub(super) fn last_words(printed: &str) -> Option<String> {
    let lines: Vec<_> = printed.lines().collect();
    python(&lines).or_else(|| javascript(&lines)).or_else(|| {
        let last = lines.iter().rfind(|line| !line.trim().is_empty())?;
        Some(last.trim().to_owned())
    })
}

/// A traceback of Python: the exception is below the frames, which are indented. Its message may have several lines.
fn python(lines: &[&str]) -> Option<String> {
    let start = lines.iter().rposition(|line| line.starts_with("Traceback (most recent call last):"))?;
    let is_frame = |line: &&str| line.is_empty() || line.starts_with(' ');
    Some(joined(lines[start + 1..].iter().copied().skip_while(is_frame))).filter(|words| !words.is_empty())
}

/// A stack trace of Node.js: the message is above the frames, each of which begins with `at`, and below an empty line.
fn javascript(lines: &[&str]) -> Option<String> {
    let is_frame = |line: &str| line.starts_with("    at ");
    let last = lines.iter().rposition(|line| is_frame(line))?;
    let first = lines[..last].iter().rposition(|line| !is_frame(line)).map_or(0, |before| before + 1);
    let message = lines[..first].iter().rev().take_while(|line| !line.trim().is_empty()).collect::<Vec<_>>();
    Some(joined(message.into_iter().rev().copied())).filter(|words| !words.is_empty())
}

fn joined<'a>(lines: impl Iterator<Item = &'a str>) -> String {
    lines.map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_of_an_exception_is_whole_and_without_a_stack_trace_the_last_line_is_it() {
        let rows = [
            ("starting\nit failed\n\n", "it failed"),
            (
                "Traceback (most recent call last):\n  File \"app.py\", line 3, in <module>\n    main()\n\
                 jwt.Unknown: there is no key\nwith kid='1' in the metadata\n",
                "jwt.Unknown: there is no key with kid='1' in the metadata",
            ),
            (
                "file:///app.mjs:3\n  throw new Error(text)\n        ^\n\nError: no key\nwith this kid\n    at main (file:///app.mjs:3:9)\n    \
                 at run (file:///app.mjs:9:1)\n\nNode.js v20.20.2\n",
                "Error: no key with this kid",
            ),
            ("Traceback (most recent call last):\n  File \"app.py\", line 3\n", "File \"app.py\", line 3"),
        ];
        for (printed, words) in rows {
            assert_eq!(last_words(printed).as_deref(), Some(words), "{printed}");
        }
        assert_eq!(last_words(" \n"), None);
    }
}
