//! Chromium as the user agent: for apps whose pages need JavaScript.
//!
//! It is operated by the protocol of its developer tools. Each user agent is its own browser context: cookies and
//! storage are shared by its tabs and by nobody else. Every request for a page is looked at before it is sent, so that none
//! of the provider's is opened; and no request leaves this machine.

mod browser;
mod context;
mod cookies;
mod events;
mod pipe;
mod progress;
mod tab;
#[cfg(test)]
mod tests;

pub(in crate::driver::web_app) use self::browser::Chromium;
