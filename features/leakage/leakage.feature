Feature: Credentials stay where they belong

  @SHOULD @observe @RFC6750-5.3 @RFC9700-4.2 @RFC9700-4.3
  Scenario: leakage/code-and-tokens-not-in-urls - no credential travels in a URL but the code in its own callback
    URLs are kept in the browser's history and in the logs of servers and proxies, and can travel on in the `Referer`
    header. A token in a URL is in all of these places. The code in the callback is the one exception that the protocol
    makes, and it is spent at once.
    Fix: send the access token in the `Authorization` header, redirect from the callback to a
    URL without parameters of the login, and hand nothing to the front end in a query.
    When the user logs in
    Then the client goes on
    And no credential is in a URL

  @SHOULD @observe @RFC6749-10.3 @RFC9700-4.9
  Scenario: leakage/html-and-scripts - pages hold no token, no verifier and no secret
    A web app with its own server has no need to give tokens to the browser. In a page they are within reach of every
    script that gets in, and of caches and extensions. Anybody who copies one can use it from elsewhere.
    Fix: keep tokens in the session on the server, give the browser a session cookie and nothing else, and let the
    server call the API.
    When the user logs in
    Then the user is logged in as alice
    And no credential is shown to a browser

  @SHOULD @observe @RFC6749-10.3 @RFC9700-4.9 @OWASP-ASVS
  Scenario: leakage/credential-on-page - in the whole run no page shows a credential
    Pages for developers, error pages above all, show what they have: the session, the token response, the request with
    its code. This scenario looks at every page of every scenario that was run, and names one. A client that runs in the
    browser has its tokens there by design. A page that is meant to show the access token, to learn from, is a finding
    as well: it is one that must not go into production.
    Fix: keep tokens in the session on the server, let no error handler print a session or a response, and switch debug
    pages off.
    When the user logs in
    Then the user is logged in as alice
    And no page of the run shows a credential

  @SHOULD @observe @RFC6749-10.3 @RFC9700-4.2 @RFC9700-4.9
  Scenario: leakage/credential-in-header - in the whole run no header holds a credential
    Redirects, `Refresh` and cookies go through the browser, and through the logs of proxies. A token in a cookie in
    clear, or in one that is signed and not encrypted, can be read by everybody who gets hold of the cookie, and used
    elsewhere. This scenario looks at every header field of every scenario that was run.
    Fix: keep tokens in the session on the server, or encrypt the cookie that holds the session.
    When the user logs in
    Then the user is logged in as alice
    And no header of the run holds a credential

  @SHOULD @observe @RFC6749-10.3 @OWASP-ASVS
  Scenario: leakage/credential-in-output - in the whole run the client prints no credential
    What a client prints ends up in log files, and those in other systems, where many people and programs can read them.
    A token in a log works for anybody who finds it, until it expires, and a secret works until it is replaced. This
    scenario looks at what the client has printed in every scenario that was run; a code may be in the URL of its own
    callback, as access logs have it.
    Fix: log the fact and not the value: no request bodies, no responses of the token endpoint, no headers, no sessions.
    When the user logs in
    Then the user is logged in as alice
    And no output of the run holds a credential

  @SHOULD @observe @RFC6749-10.3 @RFC6749-10.5 @OWASP-ASVS
  Scenario Outline: leakage/error-pages-<slug> - a page about an error holds no credential (<slug>)
    Error handlers show what they have: the request with its code and secret, or the answer that came back, which quotes
    the code here. A client that prints such details gives them to everybody who sees the page, or a screenshot of it.
    Fix: where the token response is parsed, turn a failure into an error of your own that holds no body. Show a general
    page with a reference number, and switch debug pages off.
    Given the token response is status <status> as "<type>":
      """
      <body>
      """
    When the user logs in
    Then the attempt ends without success
    And no credential is shown to a browser

    Examples:
      | slug          | status | type             | body                                                                         |
      | invalid-grant | 400    | application/json | {"error": "invalid_grant", "error_description": "the code {code} is no good"} |
      | outage        | 500    | text/html        | <h1>cannot redeem {code}</h1>                                                |

  @MUST @observe @RFC6749-2.3.1 @RFC6749-10.1 @needs:offline-access
  Scenario: leakage/secret-only-to-token-endpoint - the secret goes to the token endpoint only, over the whole life of a session
    The secret proves the client to the provider, and is nobody else's business. A client that sends it to the API as
    well, from an HTTP client with default headers for instance, gives it to a party that can then pose as the client.
    Fix: set the client authentication where a token request is built, not on the HTTP client that is also used for the
    API, for UserInfo and for the metadata.
    Given a client that has just been started
    When the user logs in
    And the client calls the API
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the client secret is seen at the token endpoint only

  @SHOULD @observe @RFC7636-7.1 @RFC9700-2.1.1 @defence:pkce
  Scenario: leakage/verifier-in-front-channel - the verifier is seen at the token endpoint only
    PKCE works because a person who steals the code does not know the verifier. A client that uses it as its `state`,
    too, or puts it into a URL or a page, delivers the proof to the place where the code can be stolen.
    Fix: where a login starts, make `state`, nonce and verifier from separate random values, and keep the verifier in
    the session on the server or in an encrypted cookie.
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then the user is logged in as alice
    And the code_verifier is seen at the token endpoint only
