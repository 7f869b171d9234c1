//! The files of the page, which are carried in the program.

/// A file of the page.
pub(crate) struct File {
    pub(crate) media_type: &'static str,
    pub(crate) text: &'static str,
}

/// Nothing from elsewhere, nothing inline, and no text is ever taken for markup.
pub(crate) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types 'none'";

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// `path`: below `/_mock/`.
pub(crate) fn file(path: &str) -> Option<File> {
    let (media_type, text) = match path {
        "" => (HTML, include_str!("files/index.html")),
        "explorer/look.css" => (CSS, crate::page::STYLE),
        "explorer/explorer.css" => (CSS, include_str!("files/explorer.css")),
        "explorer/main.js" => (SCRIPT, include_str!("files/main.js")),
        "explorer/dom.js" => (SCRIPT, include_str!("files/dom.js")),
        "explorer/control.js" => (SCRIPT, include_str!("files/control.js")),
        "explorer/timeline.js" => (SCRIPT, include_str!("files/timeline.js")),
        "explorer/message.js" => (SCRIPT, include_str!("files/message.js")),
        "explorer/faults.js" => (SCRIPT, include_str!("files/faults.js")),
        "explorer/provider.js" => (SCRIPT, include_str!("files/provider.js")),
        "explorer/app.js" => (SCRIPT, include_str!("files/app.js")),
        "explorer/recording.js" => (SCRIPT, include_str!("files/recording.js")),
        _ => return None,
    };
    Some(File { media_type, text })
}
