//! What a text holds in encodings that hide nothing from anybody.

use std::io::Read as _;

use base64::Engine as _;
use base64::prelude::{BASE64_STANDARD_NO_PAD, BASE64_URL_SAFE_NO_PAD};
use flate2::read::ZlibDecoder;

/// In characters: what is shorter is taken for a word.
const SHORTEST: usize = 16;

/// A page of Bokeh has the cookies of its request in base64, in JSON, compressed, in base64, in JSON.
const DEEPEST: usize = 4;

/// In bytes, of all that is decoded of one text: enough for a page with the state of a session in it.
const MOST: usize = 4 << 20;

/// The text, and what its parts say that are base64, compressed or not, and what is in those in turn: a session that is
/// signed and not encrypted is in clear.
pub(super) fn unpacked(text: &str) -> Vec<String> {
    let mut texts = vec![text.to_owned()];
    let (mut done, mut budget) = (0, MOST);
    for _ in 0..DEEPEST {
        let inner: Vec<_> = texts[done..].iter().flat_map(|text| decoded(text, &mut budget)).collect();
        done = texts.len();
        texts.extend(inner);
    }
    texts
}

fn decoded(text: &str, budget: &mut usize) -> Vec<String> {
    let is_of_base64 = |character: char| character.is_ascii_alphanumeric() || "+/-_".contains(character);
    let parts = text.split(|character| !is_of_base64(character)).filter(|part| part.len() > SHORTEST);
    parts
        .filter_map(|part| {
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(part).or_else(|_| BASE64_STANDARD_NO_PAD.decode(part)).ok()?;
            let text = String::from_utf8(inflated(&bytes, *budget).unwrap_or(bytes)).ok()?;
            *budget = budget.checked_sub(text.len())?;
            Some(text)
        })
        .collect()
}

/// What was compressed by zlib, as the frameworks Flask and Django do with sessions in cookies that are long.
fn inflated(bytes: &[u8], most: usize) -> Option<Vec<u8>> {
    let mut inflated = Vec::new();
    ZlibDecoder::new(bytes).take(most as u64).read_to_end(&mut inflated).ok()?;
    Some(inflated)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::prelude::BASE64_STANDARD;
    use flate2::Compression;
    use flate2::write::ZlibEncoder;

    use super::*;

    const VALUE: &str = "a-value/that+nobody=guesses";

    fn compressed(text: &str) -> Vec<u8> {
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(text.as_bytes()).expect("it is in memory");
        zlib.finish().expect("it is in memory")
    }

    fn tells(text: &str) -> bool {
        unpacked(text).iter().any(|it| it.contains(VALUE))
    }

    #[test]
    fn session_in_a_cookie_is_read_whether_it_is_compressed_or_not() {
        let session = format!("{{\"token\":\"{VALUE}\"}}");
        let plain = BASE64_URL_SAFE_NO_PAD.encode(&session);
        let short = format!(".{}", BASE64_URL_SAFE_NO_PAD.encode(compressed(&session)));
        for cookie in [plain, short] {
            let field = format!("session={cookie}.c2lnbmF0dXJl; Path=/");
            assert!(tells(&field), "{field}");
        }
    }

    #[test]
    fn cookie_in_the_state_of_a_page_is_read() {
        let cookie = format!("2|1:0|10:1764500000|12:access_token|36:{}|6f2a", BASE64_STANDARD.encode(VALUE));
        let state = BASE64_STANDARD.encode(compressed(&format!("{{\"cookies\":{{\"access_token\":\"{cookie}\"}}}}")));
        let token = BASE64_URL_SAFE_NO_PAD.encode(format!("{{\"session_id\":\"x\",\"zlib\":\"{state}\"}}"));
        assert!(tells(&format!("<script>const render_items = [{{\"token\":\"{token}.c2lnbmF0dXJl\"}}];</script>")));
    }

    #[test]
    fn what_is_decoded_is_bounded() {
        let bomb = BASE64_URL_SAFE_NO_PAD.encode(compressed(&"a ".repeat(64 << 20)));
        let sizes: usize = unpacked(&format!("{bomb} {bomb} {bomb}")).iter().map(String::len).sum();
        assert!(sizes < 2 * MOST, "{sizes}");
    }
}
