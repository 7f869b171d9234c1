//! Dialects: the document that lists them.

use std::fmt::Write as _;

use mock_idp::{Dialect, Mark};

use crate::docs::{current, read};

const BEGIN: &str = "<!-- dialects: begin -->";
const END: &str = "<!-- dialects: end -->";

#[test]
fn document_of_the_dialects_says_what_their_files_say() {
    let file = "docs/dialects.md";
    let chapter = read(file);
    let (before, rest) = chapter.split_once(BEGIN).expect("the chapter marks where the dialects begin");
    let (_, after) = rest.split_once(END).expect("the chapter marks where the dialects end");
    current(file, &format!("{before}{BEGIN}\n\n{}{END}{after}", described()));
}

fn described() -> String {
    let mut text = String::from("| dialect | provider | OpenID Connect |\n|---|---|---|\n");
    let others = || Dialect::built_in().filter(|dialect| *dialect != Dialect::PLAIN);
    for dialect in others() {
        let speaks = match dialect.unfit() {
            _ if !dialect.speaks_openid_connect() => "no: for `serve` alone",
            Some(_) => "yes, but for one thing",
            None => "yes",
        };
        let _ = writeln!(text, "| [`{dialect}`](#{dialect}) | {} | {speaks} |", dialect.title());
    }
    for dialect in others() {
        let _ = writeln!(text, "\n### {dialect}\n\n| {} | mark |\n|---|:---:|", dialect.title());
        for fact in dialect.facts() {
            let mark = match fact.mark {
                Some(Mark::Documented) => "D",
                Some(Mark::Fixture) => "F",
                Some(Mark::Reported) | None => "C",
            };
            let _ = writeln!(text, "| {} | {mark} |", fact.what.replace('|', "\\|"));
        }
        if let Some(why) = dialect.unfit() {
            let _ = writeln!(text, "\nNo client that keeps to OpenID Connect can log in: {why}.");
        }
        let _ = writeln!(text, "\nSources: {}.", dialect.sources().join("; "));
    }
    text + "\n"
}
