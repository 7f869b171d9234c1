Feature: Responses that this browser did not ask for

  Attacker and victim have separate browsers and different subjects: identity decides, not a status code.

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: callback/csrf-login-property - the attacker's response does not log the victim in
    The attacker begins a login, keeps the response, and has the victim's browser deliver it, by a link for instance. A
    client that accepts it logs the victim in as the attacker, and what the victim then enters lands in the attacker's
    account. `state`, nonce or PKCE may stop it, but one of them must.
    Fix: in the callback, look the `state` up in this browser's own session, and stop before the code is redeemed if it
    is not there.
    When the attacker starts a login
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no access token of mallory is ever used

  @MUST @refuse @RFC6749-10.12
  Scenario: callback/csrf-no-pending-login - a response out of the blue does not log anybody in
    The victim has not begun a login at all. The attacker's link carries a code that is bound to neither challenge nor
    nonce, and a `state` that nobody has issued. A client that compares only what it has stored finds nothing to
    compare, and logs the victim in as the attacker.
    Fix: in the callback, refuse a response if this browser has no pending login; a missing stored `state` is a failed
    check, not a skipped one.
    When the attacker starts a login without "code_challenge, code_challenge_method, nonce"
    And the attacker's authorization response arrives in the victim's browser with the "state" "invented-by-the-attacker"
    Then the victim is not logged in
    And no access token of mallory is ever used

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: callback/csrf-empty-state - nor does one with an empty state
    As before, with an empty `state`. Where no login was begun, cookies and sessions answer with an empty text instead of
    nothing. A client that compares this with the `state` of the response finds them equal.
    Fix: in the callback, look for the pending login of this browser first, and refuse if there is none or if its
    `state` is empty.
    When the attacker starts a login without "code_challenge, code_challenge_method, nonce"
    And the attacker's authorization response arrives in the victim's browser with the "state" ""
    Then the victim is not logged in
    And no access token of mallory is ever used

  @SHOULD @refuse @RFC9700-2.1 @RFC6749-10.12
  Scenario: callback/csrf-without-pkce - nor does the attacker's response where PKCE does nothing
    The provider does not announce PKCE, and ignores it. A client that binds the response to the browser by PKCE alone is
    safe only at a provider that verifies it, and here it logs the victim in as the attacker.
    Fix: send a `state` or a nonce with each login, whatever the metadata say, and compare it; or refuse a provider
    whose metadata do not announce PKCE.
    Given a client that makes a metadata request
    And the provider does not announce PKCE
    And the provider does not verify PKCE
    When the attacker starts a login
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no access token of mallory is ever used

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: callback/bare-response-no-pending-login - a response without state out of the blue logs nobody in
    The attacker's link carries a code that is bound to nothing, and no `state`. The victim has not begun a login, so
    that the client has no `state` either. A client that compares the two finds them equal, nothing and nothing; one
    that sends no `state` at all may have nothing else that says whether this browser has begun a login.
    Fix: in the callback, look for the pending login of this browser first, and refuse if there is none; compare only
    values that are there.
    When the attacker starts a login without "code_challenge, code_challenge_method, nonce, state"
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in
    And no access token of mallory is ever used

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: callback/bare-response-pending-login - nor does it when a login is under way
    As before, in a browser that has begun a login. What that login has sent, `state`, nonce or challenge, is missing
    from the attacker's, and one of them has to be missed: a value that was sent and does not come back is a failed
    check, not a skipped one.
    Fix: in the callback, demand every value that the pending login has sent: the `state` in the response, the nonce in
    the ID token, and send the verifier along in any case.
    When the attacker starts a login without "code_challenge, code_challenge_method, nonce, state"
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no access token of mallory is ever used

  @SHOULD @refuse @RFC9700-2.1 @RFC6749-10.12
  Scenario: callback/bare-response-without-pkce - nor does it where PKCE does nothing
    As before, at a provider that does not announce PKCE, and ignores it. A client that compares `state` and nonce only
    where they are there leaves all the work to PKCE. Here it logs the victim in as the attacker, who has left both out.
    Fix: in the callback, demand the `state` that the pending login has sent, and the nonce in the ID token; what does
    not come back is a failed check, not a skipped one.
    Given a client that makes a metadata request
    And the provider does not announce PKCE
    And the provider does not verify PKCE
    When the attacker starts a login without "code_challenge, code_challenge_method, nonce, state"
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no access token of mallory is ever used

  @SHOULD @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-list - a state that is a list is no state
    Many frameworks make a list of `state[]=x` in a query, and some comparisons then mean something else: a list may
    equal nothing, or make a function return nothing where it should say that two texts differ. A client that takes the
    result for equality has no check.
    Fix: in the callback, demand that `state` is one text before it is compared, and refuse anything else.
    Given a client that sends "state" in the authorization request
    And the authorization response has the members:
      """
      {"state": null, "state[]": "another"}
      """
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9700-2.1.1 @RFC9700-4.5
  Scenario: callback/code-injection-property - the victim's code does not open the victim's account to the attacker
    The attacker has found the victim's code, in a log for instance, and puts it into their own login, so that the
    `state` is right. The client redeems it with its own credentials. Unless the code is bound to the login that asked
    for it, the attacker is now in the victim's account.
    Fix: use PKCE, with the verifier of this browser's pending login in the token request; or compare the nonce where
    the ID token is validated, before any token is used.
    When the victim starts a login
    And the attacker starts a login
    And the victim's authorization response arrives in the attacker's browser with its own "state"
    Then the attacker is not logged in as alice
    And no access token of alice is ever used

  @SHOULD @mechanism @RFC9700-2.1 @RFC9700-4.7.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-mismatch - an altered state is refused
    This `state` is the right one behind a character more. A client that looks only whether there is one, or takes any
    response for the answer to the browser's latest login, has no check at all. PKCE or the nonce may still protect its
    users, but `state` does not.
    Fix: in the callback, compare the whole value with the one that was stored for this browser, and stop at any
    difference before the token request.
    Given a client that sends "state" in the authorization request
    And the authorization response has "state" set to "x{state}"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @mechanism @RFC9700-4.7.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-mismatch-walls-down - a foreign state is refused where neither PKCE nor nonce helps
    The provider accepts any verifier here and echoes whatever nonce is waited for, so that `state` alone stands between
    the attacker's response and the victim's browser. A client that leaves CSRF to PKCE and never compares `state` is
    open at every provider that does not enforce PKCE.
    Fix: compare `state` in the callback even if PKCE is used, and rely on PKCE alone only with a provider that is known
    to enforce it.
    Given a client that sends "state" in the authorization request
    And the provider binds codes to nothing
    When the attacker starts a login
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no authorization code of mallory is ever redeemed

  @SHOULD @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-missing - a response without state is refused
    An attacker who does not know the right value leaves it out. A client that compares `state` only if it is there, or
    falls back to the latest login of the browser, accepts every response without one.
    Fix: in the callback, treat a missing `state` like a wrong one whenever one was sent.
    Given a client that sends "state" in the authorization request
    And the authorization response has no "state"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-empty - a response with an empty state is refused
    An empty text slips through checks that stop a wrong value: it counts as false in a condition, or it equals a
    session field that was never set. A client with such a check can be given any response, if only its `state` is
    empty.
    Fix: in the callback, compare the received text with the stored one, without asking first whether it is empty, and
    refuse if nothing is stored.
    Given a client that sends "state" in the authorization request
    And the authorization response has "state" set to ""
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @refuse @RFC9700-4.2.4 @defence:state @MUST-in:strict-state
  Scenario: callback/state-replayed - a spent state does not admit another code
    A `state` has done its work when the first response with it arrives. A client that leaves it in the session accepts
    a second one. An attacker who has read the callback's URL, in a log or a `Referer` header, can then send that
    browser their own code.
    Fix: in the callback, take the pending login out of the session before the code is redeemed, whether the login
    succeeds or not.
    Given a client that sends "state" in the authorization request
    And the provider binds codes to nothing
    When the attacker starts a login
    And the user starts a login
    And the user's authorization response arrives
    And the attacker's authorization response arrives in the user's browser with its own "state"
    Then the user is not logged in as mallory
    And no authorization code of mallory is ever redeemed
    And no access token of mallory is ever used

  @MUST @tolerate @RFC6749-10.12
  Scenario: callback/parallel-users - two browsers that interleave their logins each get their own person
    Two people log in at the same time. A client that keeps `state`, nonce or verifier in a global variable, or in a
    shared object with room for one login, gives one of them an error, or the account of the other.
    Fix: store each pending login with the browser that began it, in its session or in a cookie, and keep nothing about
    a login in objects that requests share.
    When alice starts a login in the victim's browser
    And bob starts a login in the user's browser
    And the victim's authorization response arrives
    And the user's authorization response arrives
    Then the victim is logged in as alice
    And the user is logged in as bob

  @MUST @recover @RFC6749-10.12 @RFC6749-10.3
  Scenario: callback/two-users-at-once - two people whose logins end at the same moment each get their own account
    While the provider still works on the code of one person, the response of another arrives. A client that has room for
    one exchange, or keeps the tokens of the latest login in an HTTP session that all requests share, logs one person in
    to the account of the other. It may refuse one of the two.
    Fix: keep code, verifier, tokens and claims of a login in variables of its own request, until they go into the session
    of its own browser. Keep none of them in an object that requests share.
    Given the token response waits 1000 milliseconds at most for a second request
    When bob starts a login in the user's browser
    And the victim starts a login
    And the authorization responses of the user and the victim arrive at once
    Then the user is logged in as nobody but bob
    And the victim is logged in as nobody but alice

  @INTEROP @tolerate @RFC6749-10.12 @RFC9700-4.7.1
  Scenario Outline: callback/two-tabs-<slug> - two tabs of one browser each finish their login (<slug>)
    A user opens the application in two tabs, and both lead to the provider. A client with room for one pending login in a
    browser refuses the tab that was opened first, or both, and a user with several tabs from yesterday cannot get in.
    A client may lead the second tab to the session that the first one has made.
    Fix: let each start of a login create a separate record in the browser's session, or a separate cookie, found by
    `state`; at the end of a login remove that one alone.
    When the user starts a login in the first tab
    And the user starts a login in the second tab
    And the user's authorization response arrives in the <one> tab
    And the user's authorization response arrives in the <other> tab
    Then the client goes on
    And the user is logged in as alice

    Examples:
      | slug          | one    | other  |
      | in-order      | first  | second |
      | other-order   | second | first  |

  @INTEROP @observe @RFC7636-4.5 @RFC9700-2.1.1
  Scenario Outline: callback/two-tabs-own-values-<slug> - each tab's login has its own values (<slug>)
    Two logins are under way in two tabs of one browser. A client that stores one verifier for a browser sends for one
    tab what belongs to the other, and the provider refuses the code: the user has done nothing wrong and cannot get in.
    Nobody else gets in either. A client may rely on PKCE alone against forged responses (RFC 9700 §2.1) and then has
    nothing to tell the tabs apart by, so this is not a MUST. The client may refuse one of the two, or both, before it
    asks for tokens; the last login, in a separate browser, shows that the client works.
    Fix: store `state`, nonce and verifier of a login together in one record, look it up by the `state` of the response,
    and take every value from that record.
    Given a client that sends "code_challenge" in the authorization request
    When the user starts a login in the first tab
    And the user starts a login in the second tab
    And the user's authorization response arrives in the <one> tab
    And the user's authorization response arrives in the <other> tab
    And the victim logs in
    Then "code_challenge" differs in every authorization request
    And the code_verifier matches the code_challenge of its authorization request

    Examples:
      | slug          | one    | other  |
      | in-order      | first  | second |
      | other-order   | second | first  |

  @INTEROP @recover @RFC9110-9.2.1 @RFC8252-7.3
  Scenario: callback/stray-requests - what else reaches the redirect URI does not end the login
    While the user is at the provider, the redirect URI gets requests that are not responses: a browser asks for its
    icon or looks ahead, a scanner of the machine connects and says nothing. A client that takes the first request for
    the answer gives up, and the user's own response finds nobody.
    Fix: answer requests without `code` and `error` with an error page, and go on waiting; close a loopback port only when
    a response with the right `state` has arrived, or in time.
    When the user starts a login
    And stray requests reach the redirect URI of the user
    And the user's authorization response arrives
    Then the user is logged in as alice

  @SHOULD @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-other-browser - the state of one browser is no good in another
    The victim's own login has failed, and now the attacker's response arrives, with a `state` that the client did
    issue, to the attacker's browser. A client that looks pending logins up by `state` alone finds it, with the right
    verifier and nonce beside it. The victim is logged in as the attacker.
    Fix: bind each pending login to the browser that began it, by its session or by a separate cookie, and check in the
    callback that the two belong together.
    Given a client that sends "state" in the authorization request
    When the victim starts a login
    And the attacker starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no authorization code of mallory is ever redeemed

  @MAY @mechanism @RFC9700-4.5.3.2 @defence:nonce @needs:openid
  Scenario: callback/code-injection-nonce-only - the nonce alone stops an injected code
    The provider does not verify PKCE here, so that the nonce has to stop an injected code alone. The attacker brings
    the victim's code into their own login, and the ID token comes back with the victim's nonce. A client that sends a
    nonce and does not compare it logs the attacker in as the victim.
    Fix: where the ID token is validated, compare its `nonce` with the one of this browser's pending login, and stop
    before any token is stored or used.
    Given a client that sends "nonce" in the authorization request
    And the provider does not verify PKCE
    When the victim starts a login
    And the attacker starts a login
    And the victim's authorization response arrives in the attacker's browser with its own "state"
    Then the attacker is not logged in as alice
    And no access token of alice is ever used

  @MUST @refuse @RFC9207-2.4 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers
  Scenario: callback/iss-wrong-unadvertised - another issuer is refused although none was promised
    This provider has not announced `iss`, and still the response carries one, of somebody else. A client that looks at
    `iss` only where the metadata promise it walks past the one sign that another provider has answered. It then sends
    the code to the wrong token endpoint.
    Fix: in the callback, compare `iss` whenever it is there, and use the metadata only to decide whether it may be
    missing.
    Given the authorization response has "iss" set to "https://attacker.example/"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed
