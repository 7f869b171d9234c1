//! When: what the people and their browsers do.

use super::line::Line;
use crate::plan::{Action, Plan};
use crate::terms::{Browser, Person, Provider};

/// The lines, plain ones first.
pub(super) const LINES: &[Line] = &[
    Line {
        expression: "the {browser} logs in",
        about: "A login from start to end: the user and the victim sign in as alice, the attacker as mallory.",
        build: |plan, args| {
            let browser = args.browser(0);
            act(plan, log_in(browser, browser.owner(), Provider::First))
        },
    },
    Line {
        expression: "{person} logs in in the {browser}'s browser",
        about: "A login from start to end, by a person of your choice.",
        build: |plan, args| act(plan, log_in(args.browser(1), args.person(0), Provider::First)),
    },
    Line {
        expression: "the {browser} logs in by a link that returns to {text}",
        about: "A login by a link that names where to go after it, after one by a link to a page of the client; {client} is what its URLs begin with, {tab} a tab.",
        build: |plan, args| {
            let (browser, target) = (args.browser(0), args.text(1).replace("{tab}", "\t"));
            act(plan, Action::LogInReturning { browser, target })
        },
    },
    Line {
        expression: "the {browser} starts a login",
        about: "Goes as far as the authorization response, which is kept.",
        build: |plan, args| {
            let browser = args.browser(0);
            act(plan, begin(browser, browser.owner(), Provider::First))
        },
    },
    Line {
        expression: "the {browser} starts a login without {text}",
        about: "As before, with these parameters taken out of the authorization request: anybody who controls the browser can do that.",
        build: |plan, args| {
            let browser = args.browser(0);
            act(
                plan,
                Action::Begin { browser, person: browser.owner(), provider: Provider::First, without: args.list(1) },
            )
        },
    },
    Line {
        expression: "{person} starts a login in the {browser}'s browser",
        about: "Goes as far as the authorization response, by a person of your choice.",
        build: |plan, args| act(plan, begin(args.browser(1), args.person(0), Provider::First)),
    },
    Line {
        expression: "the {browser} starts a login in the {tab} tab",
        about: "As before, in one of two tabs of that browser: they share its cookies, and each response is kept for its own tab.",
        build: |plan, args| act(plan, Action::BeginInTab { browser: args.browser(0), tab: args.tab(1) }),
    },
    Line {
        expression: "the {browser} logs in at the second provider",
        about: "As at the first one; the second provider is at another port of the same host and has users with the same subjects.",
        build: |plan, args| {
            let browser = args.browser(0);
            act(plan, log_in(browser, browser.owner(), Provider::Second))
        },
    },
    Line {
        expression: "{person} logs in at the second provider in the {browser}'s browser",
        about: "As before, by a person of your choice.",
        build: |plan, args| act(plan, log_in(args.browser(1), args.person(0), Provider::Second)),
    },
    Line {
        expression: "the {browser} starts a login at the second provider",
        about: "Goes as far as the authorization response of the second provider, which is kept.",
        build: |plan, args| {
            let browser = args.browser(0);
            act(plan, begin(browser, browser.owner(), Provider::Second))
        },
    },
    Line {
        expression: "the {browser} starts a login at the {provider} provider, and the {provider} provider answers it for {person}",
        about: "Mix-up: the request goes on to the other provider, with the client_id that the client has there, and to the first one with the redirect URI; the response is kept.",
        build: |plan, args| {
            let (asked, answers) = (args.provider(1), args.provider(2));
            if asked == answers {
                return Err("these are one provider, so nothing is mixed up".to_owned());
            }
            act(plan, Action::BeginMixedUp { browser: args.browser(0), person: args.person(3), asked, answers })
        },
    },
    Line {
        expression: "the {browser}'s authorization response arrives",
        about: "Delivers the kept response to the browser that it belongs to.",
        build: |plan, args| {
            let browser = args.browser(0);
            deliver(plan, browser, browser, Vec::new(), Vec::new())
        },
    },
    Line {
        expression: "the {browser}'s authorization response arrives in the {browser}'s browser",
        about: "Delivers the response kept for one browser to another.",
        build: |plan, args| deliver(plan, args.browser(0), args.browser(1), Vec::new(), Vec::new()),
    },
    Line {
        expression: "the {browser}'s authorization response arrives in the {browser}'s browser with its own {text}",
        about: "As before, with these parameters taken from the response kept for the receiving browser.",
        build: |plan, args| deliver(plan, args.browser(0), args.browser(1), args.list(2), Vec::new()),
    },
    Line {
        expression: "the {browser}'s authorization response arrives in the {browser}'s browser with the {text} {text}",
        about: "As before, with one parameter replaced by an invented value.",
        build: |plan, args| {
            deliver(plan, args.browser(0), args.browser(1), Vec::new(), vec![(args.text(2), args.text(3))])
        },
    },
    Line {
        expression: "the {browser}'s authorization response arrives in the {tab} tab",
        about: "Delivers the response that was kept for this tab to it.",
        build: |plan, args| {
            let (browser, tab) = (args.browser(0), args.tab(1));
            if !plan.actions.contains(&Action::BeginInTab { browser, tab }) {
                return Err("no login was started in that tab in the lines above".to_owned());
            }
            act(plan, Action::DeliverInTab { browser, tab })
        },
    },
    Line {
        expression: "the {browser}'s authorization response arrives twice at once",
        about: "Delivers the kept response two times in parallel: a double click, an impatient browser.",
        build: |plan, args| {
            let browser = args.browser(0);
            begun(plan, browser)?;
            act(plan, Action::DeliverTwice(browser))
        },
    },
    Line {
        expression: "the authorization responses of the {browser} and the {browser} arrive at once",
        about: "Delivers the kept responses of two people in parallel, each in its own browser.",
        build: |plan, args| {
            let browsers = vec![args.browser(0), args.browser(1)];
            browsers.iter().try_for_each(|browser| begun(plan, *browser))?;
            act(plan, Action::DeliverTogether(browsers))
        },
    },
    Line {
        expression: "a forged response {text} arrives in the {browser}'s browser",
        about: "Delivers a response that no provider has sent, written as a query: \"error=access_denied&state=x\".",
        build: |plan, args| {
            let params = url::form_urlencoded::parse(args.text(0).as_bytes()).into_owned().collect();
            act(plan, Action::Forge { to: args.browser(1), params })
        },
    },
    Line {
        expression: "the same authorization response arrives again in the {browser}'s browser",
        about: "Repeats the last delivery to this browser to the byte: reload, back button, replay.",
        build: |plan, args| act(plan, Action::Replay(args.browser(0))),
    },
    Line {
        expression: "the client calls the API",
        about: "Makes the client call the protected API for the user.",
        build: |plan, _| act(plan, Action::CallApi(Browser::User)),
    },
    Line {
        expression: "the client calls the API for the {browser}",
        about: "Makes the client call the protected API for the person in this browser.",
        build: |plan, args| act(plan, Action::CallApi(args.browser(0))),
    },
    Line {
        expression: "the client calls the API {number} times at once",
        about: "Parallel calls for one session.",
        build: |plan, args| act(plan, Action::CallApiAtOnce { browser: Browser::User, calls: args.number(0)? }),
    },
    Line {
        expression: "the client calls the API for the {browser} and the {browser} at once",
        about: "One call for each of two people, in parallel.",
        build: |plan, args| act(plan, Action::CallApiTogether(vec![args.browser(0), args.browser(1)])),
    },
    Line {
        expression: "the client refreshes its access token",
        about: "Makes the client use its refresh token, whether it needs to or not.",
        build: |plan, _| act(plan, Action::Refresh(Browser::User)),
    },
    Line {
        expression: "the client refreshes its access token for the {browser}",
        about: "As before, for the person in this browser.",
        build: |plan, args| act(plan, Action::Refresh(args.browser(0))),
    },
    Line {
        expression: "the {browser} logs out",
        about: "Uses the client's own logout.",
        build: |plan, args| act(plan, Action::LogOut(args.browser(0))),
    },
    Line {
        expression: "the {browser}'s cookies are planted in the {browser}'s browser",
        about: "Puts all cookies that one browser has of the client into another, beside its own. It proves nothing unless somebody logs in there afterwards.",
        build: |plan, args| {
            let (of, to) = (args.browser(0), args.browser(1));
            if of == to {
                return Err("these are one browser, so nothing is planted".to_owned());
            }
            if !plan.actions.iter().any(|action| action.browsers().contains(&of)) {
                return Err("nothing was done in the first browser in the lines above, so it has no cookies".to_owned());
            }
            act(plan, Action::PlantCookies { of, to })
        },
    },
    Line {
        expression: "the {browser}'s cookies are taken to the {browser}'s browser",
        about: "The second browser gets all cookies of the first, and is logged in by them; a client whose cookies alone do not log anybody in is left out.",
        build: |plan, args| {
            let (of, to) = (args.browser(0), args.browser(1));
            if of == to {
                return Err("these are one browser, so nobody gets anything".to_owned());
            }
            if !plan.actions.iter().any(|action| action.browsers().contains(&of)) {
                return Err("nothing was done in the first browser in the lines above, so it has no cookies".to_owned());
            }
            act(plan, Action::TakeCookies { of, to })
        },
    },
    Line {
        expression: "the {browser}'s cookies are sent under the names of the {browser}'s cookies",
        about: "Tries each value of the first browser under each name of the second, where somebody is logged in. A client that logs nobody in by a single cookie, or that has no two names, is left out.",
        build: |plan, args| {
            let (of, like) = (args.browser(0), args.browser(1));
            if of == like {
                return Err("these are one browser; the names have to be of one where somebody is logged in".to_owned());
            }
            if ![of, like].iter().all(|it| plan.actions.iter().any(|action| action.browsers().contains(it))) {
                return Err(
                    "nothing was done in one of the browsers in the lines above, so it has no cookies".to_owned()
                );
            }
            act(plan, Action::RenameCookies { of, like })
        },
    },
    Line {
        expression: "{number} logins are completed",
        about: "Logins from start to end by alice, each in a separate browser.",
        build: |plan, args| act(plan, Action::CompleteLogins(args.number(0)?)),
    },
    Line {
        expression: "{number} logins are started",
        about: "Starts logins, every second one in a separate browser, and abandons them at the provider.",
        build: |plan, args| act(plan, Action::StartLogins(args.number(0)?)),
    },
    Line {
        expression: "{number} logins are abandoned in the {browser}'s browser",
        about: "Starts logins in that browser, and goes no further than the provider with any of them.",
        build: |plan, args| act(plan, Action::AbandonLogins { browser: args.browser(1), count: args.number(0)? }),
    },
    Line {
        expression: "stray requests reach the redirect URI of the {browser}",
        about: "What else asks there: a browser for its icon, a preview by HEAD, a scan that connects and says nothing, a visit without parameters.",
        build: |plan, args| act(plan, Action::Stray(args.browser(0))),
    },
    Line {
        expression: "the access token expires",
        about: "Moves the provider's clock, and the client's where it can be moved, past the token's lifetime.",
        build: |plan, _| act(plan, Action::ExpireAccessToken),
    },
    Line {
        expression: "{number} seconds pass",
        about: "Moves the clocks of the provider and of the client; a client whose clock cannot be moved is left out.",
        build: |plan, args| act(plan, Action::PassTime(args.number(0)?)),
    },
    Line {
        expression: "the API stops accepting the access token",
        about: "From now on: 401 invalid_token for every access token issued so far.",
        build: |plan, _| act(plan, Action::RevokeAccessTokens),
    },
    Line {
        expression: "the provider revokes the refresh token",
        about: "From now on: invalid_grant for every refresh token issued so far.",
        build: |plan, _| act(plan, Action::RevokeRefreshTokens),
    },
    Line {
        expression: "the provider replaces its keys",
        about: "The next key of the key set becomes the current one, and a new next one is published.",
        build: |plan, _| act(plan, Action::RotateKeys),
    },
    Line {
        expression: "from now on …",
        about: "In place of the dots, any line of the vocabulary that arms a fault of the first provider: it holds from here on.",
        build: |_, _| Err("write a line that arms a fault after `from now on`, without its `Given`".to_owned()),
    },
    Line {
        expression: "the provider is honest again",
        about: "Takes all faults back.",
        build: |plan, _| act(plan, Action::Disarm),
    },
    Line {
        expression: "{person} logs in in the same browser",
        about: "A further login in the user's browser, by another person.",
        build: |plan, args| act(plan, log_in(Browser::User, args.person(0), Provider::First)),
    },
];

fn log_in(browser: Browser, person: Person, provider: Provider) -> Action {
    Action::LogIn { browser, person, provider }
}

fn begin(browser: Browser, person: Person, provider: Provider) -> Action {
    Action::Begin { browser, person, provider, without: Vec::new() }
}

#[expect(clippy::unnecessary_wraps, reason = "every line of the vocabulary is built by a function that can fail")]
fn act(plan: &mut Plan, action: Action) -> Result<(), String> {
    plan.actions.push(action);
    Ok(())
}

/// There must be a response to deliver.
fn begun(plan: &Plan, browser: Browser) -> Result<(), String> {
    let begins = |action: &Action| match action {
        Action::Begin { browser: it, .. } | Action::BeginMixedUp { browser: it, .. } => *it == browser,
        _ => false,
    };
    let begun = plan.actions.iter().any(begins);
    if begun { Ok(()) } else { Err("no login was started in that browser in the lines above".to_owned()) }
}

fn deliver(
    plan: &mut Plan,
    of: Browser,
    to: Browser,
    with_own: Vec<String>,
    replaced: Vec<(String, String)>,
) -> Result<(), String> {
    begun(plan, of)?;
    if !with_own.is_empty() {
        begun(plan, to)?;
    }
    act(plan, Action::Deliver { of, to, with_own, replaced })
}
