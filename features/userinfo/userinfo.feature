Feature: UserInfo

  @SHOULD @observe @RFC6750-2.1 @OIDC-Core-5.3.1
  Scenario: userinfo/bearer-in-header - the access token travels in the Authorization header
    A token in a URL is kept in access logs and proxies, where people can read it who must not have it. The header is
    the place that providers support in any case and that most logs leave out.
    Fix: in the UserInfo request, send `Authorization: Bearer` and the token, with one space between, and no
    `access_token` parameter.
    Given a client that makes a UserInfo request
    When the user logs in
    Then the UserInfo request carries the access token in the Authorization header only

  @MUST @refuse @OIDC-Core-5.3.2 @needs:openid
  Scenario: userinfo/sub-mismatch - an answer about another user is not used
    If an access token has been exchanged for another one, UserInfo speaks of another person. A client that does not
    compare the subjects logs that person in, or writes foreign data into the user's profile.
    Fix: where the UserInfo response is parsed, compare its `sub` with the one of the ID token, and use nothing of the
    response if they differ.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"sub": "{bob}", "name": "marker-of-bob", "nickname": "marker-of-bob", "preferred_username": "marker-of-bob", "email": "marker-of-bob@example.com", "picture": "https://marker-of-bob.example/a.png", "website": "https://marker-of-bob.example/"}
      """
    When the user logs in
    Then the user is not logged in as bob
    And the client never shows "marker-of-bob"

  @MUST @refuse @OIDC-Core-5.3.2 @needs:openid
  Scenario Outline: userinfo/sub-<slug> - an answer about nobody makes the user nobody else (<slug>)
    The UserInfo response names no subject that one could compare, and its other claims are another person's. A client
    that compares only texts that are there takes that person's name and address over, and, where it finds accounts by
    them, that person's account.
    Fix: make `sub` a required text where the UserInfo response is parsed, compare it with the one of the ID token, and
    use nothing of the response if it is missing, empty or of another type.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"sub": <sub>, "name": "{bob_name}", "nickname": "{bob_nickname}", "preferred_username": "{bob_nickname}", "email": "{bob_email}", "email_verified": true}
      """
    When the victim logs in
    Then the victim is not logged in as bob
    And the client never shows "{bob_email}"
    And the client never shows "{bob_name}"
    And the victim is logged in as nobody but alice

    Examples:
      | slug    | sub  |
      | missing | null |
      | empty   | ""   |
      | number  | 7    |

  @INTEROP @recover @OIDC-Core-5.3.3
  Scenario: userinfo/status-500 - an outage of UserInfo harms at most one login
    UserInfo is down for a moment. Whether the client goes on with the claims of the ID token or lets this login fail is
    its own choice; but the failure must not stay, in a cache or a spoilt session, and keeps others out.
    Fix: where UserInfo is called, catch errors for this login alone, store nothing of them, and start the next login
    afresh.
    Given a client that makes a UserInfo request
    And the UserInfo response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the provider is honest again
    And the victim logs in
    Then the victim is logged in as alice

  @SHOULD @refuse @OIDC-Core-5.3.3
  Scenario: userinfo/failed-login-tokens-unused - the tokens of a login that UserInfo made fail are not used later
    UserInfo is down, and the client lets the login fail, which it may. A client that has stored the tokens before it
    asks UserInfo shows an error, has nobody logged in, and still calls the API with what it has stored.
    Fix: in the callback, store tokens and user in one step, after the last answer that the login needs, and nothing
    where one of them fails.
    Given a client that makes a UserInfo request
    And the UserInfo response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the provider is honest again
    And the client calls the API
    Then no API call is made for anybody but the person who is logged in

  @INTEROP @recover @OIDC-Core-5.3.3 @RFC6750-3.1
  Scenario: userinfo/status-401-invalid-token - a token that UserInfo does not like is not presented for ever
    UserInfo refuses an access token that has just been issued. A client that asks again without end, or fetches one new
    token after the other, keeps the user waiting and floods the provider.
    Fix: where UserInfo is called, allow one refresh and one repetition after a 401, then go on without the claims or
    let the login fail.
    Given a client that makes a UserInfo request
    And the UserInfo response is status 401 with the challenge "Bearer error='invalid_token'"
    When the user logs in
    Then the client sends at most 2 UserInfo requests
    And the client sends at most 2 token requests

  @INTEROP @tolerate @OIDC-Core-5.3.1 @OIDC-Core-5.3.4
  Scenario: userinfo/honest - what UserInfo adds reaches the application
    Some claims are in the UserInfo response only. A client that fetches it and drops what it says gains nothing from
    the request, and its application shows users without the data that they agreed to share.
    Fix: after the subjects have been compared, merge the claims of the UserInfo response into the user's session,
    without replacing `sub`; present the access token there, and not the ID token.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"website": "https://only-in-userinfo.example/"}
      """
    When the user logs in
    Then the user is logged in as alice
    And the UserInfo request carries an access token and no ID token
    And the client shows the claim "only-in-userinfo"

  @MUST @refuse @OIDC-Core-5.3.2 @OIDC-Core-2 @needs:shows-claims @needs:openid
  Scenario: userinfo/sub-case-differs - subjects are compared with regard to case
    Two subjects that differ in case are two users. A client that compares them in lower case, or leaves it to a
    database that does, may take one person's claims for another's.
    Fix: where the UserInfo response is parsed, compare `sub` to the byte; give the column that holds subjects a
    collation that knows upper and lower case.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"sub": "{alice_in_capitals}", "name": "marker-of-upper-case", "nickname": "marker-of-upper-case", "preferred_username": "marker-of-upper-case", "email": "marker-of-upper-case@example.com", "picture": "https://marker-of-upper-case.example/a.png", "website": "https://marker-of-upper-case.example/"}
      """
    When the user logs in
    Then the client never shows "marker-of-upper-case"

  @SHOULD @tolerate @OIDC-Core-5.1.2 @OIDC-Core-5.3.2
  Scenario: userinfo/extra-claims - unknown claims of every JSON type are ignored
    Providers add their own claims to the UserInfo response, and some are objects, lists or numbers. A client that takes
    every claim for a text, or knows a fixed set only, crashes in the middle of a login.
    Fix: where the UserInfo response is parsed, read the claims that you know, and keep the others as raw JSON or drop
    them.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"https://claims.example/object": {"a": [1, null]}, "list": [], "flag": false, "number": 1.5}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-5.3.2
  Scenario: userinfo/requested-claim-absent - claims that were asked for may be missing
    A provider may leave out claims that were asked for: the user has none, or does not wish to share them. This is no
    error, and a client that counts on a name or an e-mail address crashes for exactly these users.
    Fix: make every claim but `sub` optional where the UserInfo response is parsed, and have a substitute for display.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"name": null, "nickname": null, "updated_at": null, "email_verified": null}
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @refuse @OIDC-Core-5.3.2
  Scenario Outline: userinfo/<slug> - a body that is no JSON is not shown and logs in nobody else (<slug>)
    A gateway answers with a page, or the response breaks off in the middle. A client that searches such a text for
    claims may find those of another user, and one that shows it lets a foreign server write into its own pages.
    Fix: where the UserInfo response is parsed, check the media type, parse the whole body as JSON, and on failure use
    nothing of it and show nothing of it.
    Given a client that makes a UserInfo request
    And the UserInfo response is status 200 as "<type>":
      """
      <body>
      """
    When the user logs in
    Then the user is not logged in as bob
    And the client never shows "marker-5e0f"

    Examples:
      | slug              | type             | body                                            |
      | content-type-html | text/html        | <p>{bob}</p><p>marker-5e0f</p>               |
      | bad-json          | application/json | {"sub": "{bob}", "website": "marker-5e0f" |

  @INTEROP @tolerate @OIDC-Core-5.1
  Scenario: userinfo/types-drift - a time stamp as text and a truth value as text break no login
    In deployments `updated_at` comes as a date in text, and `email_verified` as a text, although the specification has
    a number and a boolean there. A client with strict types lets nobody log in; one with loose types may take the text
    "false" for true.
    Fix: where the UserInfo response is parsed, let a claim of the wrong type count as absent, or convert the known
    variants explicitly; never let a text decide whether an address is verified by being there.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"updated_at": "2026-01-01T00:00:00.000Z", "email_verified": "true"}
      """
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @OIDC-Core-5.3.2
  Scenario: userinfo/claims-null - a claim that is null is one that is not there
    A claim that the provider does not know should be left out, and some providers write null instead. A client that
    demands a text crashes on the answer, or shows a user by the name of null.
    Fix: where the claims are parsed, take null for a claim that is not there.
    Given a client that makes a UserInfo request
    And the UserInfo response has "picture" set to null
    And the UserInfo response has "email_verified" set to null
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @refuse @OIDC-Core-5.3.3 @RFC6750-3.1
  Scenario Outline: userinfo/error-<status> - the body of an error is about nobody (<status>)
    UserInfo answers with an error, and the body of the error is JSON with the user's subject. Servers put all kinds of
    things there: what was asked for, a cached answer, a message. A client that parses the body without a look at the
    status takes an error for the user's claims, and an error without a subject for a user without one.
    Fix: where UserInfo is called, look at the status first, and read claims from a success alone.
    Given a client that makes a UserInfo request
    And the UserInfo response is status <status> as "application/json":
      """
      {"sub": "{alice}", "error": "server_error", "name": "marker-of-an-error", "nickname": "marker-of-an-error", "preferred_username": "marker-of-an-error", "email": "marker-of-an-error@example.com", "picture": "https://marker-of-an-error.example/a.png", "website": "https://marker-of-an-error.example/"}
      """
    When the user logs in
    Then the client never shows "marker-of-an-error" of somebody who is logged in

    Examples:
      | status |
      | 401    |
      | 403    |
      | 500    |
