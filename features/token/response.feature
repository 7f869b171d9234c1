Feature: The token response

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/access-token-missing - a response without access token is no success
    A token response that succeeds holds an access token; one without it is broken. A careless client logs the user in
    anyway, and later sends something like `Bearer undefined` to the API.
    Fix: where the token response is parsed, make `access_token` a required text, and let the login fail without it.
    Given a client that may have no API
    And the token response has no "access_token"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used
    And nothing but an access token of the provider is presented

  @MUST @tolerate @RFC6749-5.1
  Scenario Outline: token-response/token-type-case-<case> - the case of the token type does not matter (<type>)
    The token type is compared without regard to case, and providers write it in more than one way. A client that looks
    for one spelling refuses honest logins; one that copies the received spelling into its requests may be refused by
    the API.
    Fix: where the token response is parsed, compare `token_type` with `bearer` without regard to case; in API requests
    write `Bearer` yourself.
    Given a client that may have no API
    And the token response has "token_type" set to "<type>"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries the access token in the Authorization header only

    Examples:
      | case  | type   |
      | lower | bearer |
      | upper | BEARER |
      | mixed | bEaReR |

  @MUST @refuse @RFC6749-7.1
  Scenario: token-response/token-type-unknown - a token of an unknown type is not used
    The type says how a token is presented; another type than bearer may want the proof of a key with each request. A
    client that sends any token as a bearer token sends it without the intended protection.
    Fix: where the token response is parsed, refuse each `token_type` that the client does not implement, before the
    token is stored or used for UserInfo.
    Given a client that may have no API
    And the token response has "token_type" set to "x-custom-proof"
    When the user logs in
    And the client calls the API
    Then the access token is never used

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/expires-in-absent - a response without expires_in is accepted
    The lifetime is recommended in a token response, and not required. A client that insists on it refuses honest
    providers; one that reads its absence as zero may drop a session that has just begun.
    Fix: make `expires_in` optional where the token response is parsed; without it, use the access token until the API
    refuses it.
    Given a client that may have no API
    And the provider says the lifetime of access tokens in responses alone
    And the token response has no "expires_in"
    When the user logs in
    And the client calls the API
    Then the client goes on

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/unknown-members - unknown members are ignored
    Providers add their own members to the token response, and new ones without notice. A client that parses the
    response into a closed type lets nobody log in from the day on which one appears.
    Fix: where the token response is parsed, read the members that you know and ignore the others; do not let the JSON
    library reject unknown ones.
    Given the provider varies in "token-response-member"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-5.1 @needs:offline-access
  Scenario: token-response/no-refresh-token - a response without refresh token is accepted
    Whether there is a refresh token is up to the provider, even if the client has asked for one. A client that counts
    on it refuses the login, or later sends a refresh request with nothing in it.
    Fix: make `refresh_token` optional where the token response is parsed; if there is none, start a new authorization
    request when the access token has expired.
    Given a client that may have no API
    And the token response has no "refresh_token"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends no refresh request

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/media-type-charset - a media type may have parameters
    The specification's own example reads `application/json;charset=UTF-8`. A client that compares the whole header with
    `application/json` fails when a gateway or an update writes a charset after it.
    Fix: where the token response is parsed, use a media type parser, or compare what comes before the semicolon,
    trimmed and without regard to case.
    Given the provider varies in "token-response-charset"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC9110-8.3.1
  Scenario: token-response/media-type-case - a media type may be written in any case
    Type and subtype are read without regard to case. A client that compares them as they stand fails when a gateway
    or an update writes `Application/JSON`.
    Fix: where the token response is parsed, use a media type parser, or compare without regard to case.
    Given the token response has the header "content-type" set to "Application/JSON"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC9110-5.6.6
  Scenario: token-response/media-type-space - a space may stand before the parameters of a media type
    White space may surround the semicolon of a parameter. A client that takes what comes before the semicolon as it
    stands finds `application/json` with a space behind it, and refuses the answer.
    Fix: where the token response is parsed, use a media type parser, or trim what comes before the semicolon.
    Given the token response has the header "content-type" set to "application/json ; charset=UTF-8"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC6749-5.1 @needs:offline-access
  Scenario: token-response/refresh-token-null - a refresh token that is null is none
    Some servers write members that have no value as `null`. A client that demands a text crashes on the answer, or
    keeps the word "null" for a refresh token.
    Fix: where the token response is parsed, take null for a member that is not there.
    Given the token response has "refresh_token" set to null
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/malformed-json - truncated JSON is no success
    The response breaks off within the ID token, as after a crash or behind a proxy with a limit. A client that picks
    out what it can find gets an access token, goes on without an ID token, and has nothing that says who has logged in.
    Fix: parse the whole body with a strict JSON parser before any member is read, and let the login fail if that fails.
    Given the token response is status 200 as "application/json":
      """
      {"access_token":"{access_token}","token_type":"Bearer","id_token":
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used
    And nothing but an access token of the provider is presented

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/html-200 - an HTML page is no success, and is not shown
    A gateway in front of the provider answers with its own page and status 200. A client that trusts the status carries
    on without tokens; one that passes the page on shows foreign markup under its own origin.
    Fix: where the token response is parsed, demand JSON, and on anything else show your own error page; what was
    received belongs into the log at most.
    Given the token response is status 200 as "text/html":
      """
      <html><body>down for maintenance, marker-7f3a</body></html>
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And nothing but an access token of the provider is presented
    And the client never shows "marker-7f3a"

  @MUST @refuse @RFC6749-5.2 @RFC6749-4.1.2
  Scenario: token-response/error-invalid-grant - a refused code is reported once
    The code has expired, is spent, or was issued to another client; nothing will make it valid again. A client that
    presents it once more uses a code twice, and one that does so in a loop is throttled or locked out.
    Fix: end the login on `invalid_grant`, tell the user, and offer a new login; keep the token request out of all retry
    logic.
    Given the token response is status 400 with the error "invalid_grant"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the client sends 1 token request

  @INTEROP @refuse @RFC6749-5.2 @Auth0
  Scenario: token-response/error-invalid-grant-403 - a refused code is recognised under another status
    The error code says what has happened, and Auth0 sends `invalid_grant` under status 403. A client that looks for it
    under 400 only takes the refusal for an outage and presents the code again.
    Fix: where the token response is parsed, read `error` from the body of any status that is not a success, and decide
    by its value.
    Given the token response is status 403 with the error "invalid_grant"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the client sends 1 token request

  @MUST @refuse @RFC6749-5.1 @RFC6749-5.2
  Scenario: token-response/error-with-tokens - an error status is an error although the body looks like success
    The provider refuses with status 400, and yet the body holds tokens. A client that looks for an access token before
    it looks at the status turns a refusal into a login.
    Fix: check the status of the token response before its body is parsed, and take tokens from status 200 only.
    Given the token response is status 400 with its body unchanged
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used

  @INTEROP @recover @RFC6749-5.2
  Scenario: token-response/server-error-5xx - an outage fails one login, not the next
    The token endpoint is down for a moment. A client that remembers the failure, in a broken connection, in a circuit
    that stays open or in a spoilt session, keeps users out long after the provider is back.
    Fix: let this login fail with a page that offers another try, drop its pending state, and let the next login start
    from nothing.
    Given the token response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-3.1.3.3 @needs:openid
  Scenario: token-response/id-token-missing - a login without ID token is no login
    The ID token is the part of the response that says who has logged in, at which provider and for which client. A
    client that does without it has to guess, and an access token that was issued for something else can then become a
    login.
    Fix: if the authorization request had the scope `openid`, make `id_token` a required member where the token response
    is parsed.
    Given the token response has no "id_token"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @OIDC-Core-3.1.3.3 @needs:openid
  Scenario: token-response/id-token-list - an ID token is a text, and not a list of one text
    The ID token is a text. A client that converts what it finds takes a list of one token for the token. A client that
    counts on a text, and calls a function of texts, can end with an error that nobody handles, and takes the sessions
    of all users with it.
    Fix: where the token response is parsed, demand a JSON string for `id_token`, convert nothing, and let the login
    fail on everything else.
    Given the token response has the members:
      """
      {"id_token": ["{id_token}"]}
      """
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC6749-5.1
  Scenario Outline: token-response/access-token-<slug> - an access token is a text (<value>)
    The access token is a text of at least one character. A client that turns a number or an object into a text sends
    nonsense to the API, and one that accepts an empty token believes that it has a token when it has none.
    Fix: where the token response is parsed, demand a JSON string that is not empty, and convert nothing.
    Given a client that may have no API
    And the token response has the members:
      """
      {"access_token": <value>}
      """
    And the provider puts no at_hash into ID tokens
    When the user logs in
    And the client calls the API
    Then the access token is never used
    And nothing but an access token of the provider is presented
    And the attempt ends without success

    Examples:
      | slug   | value            |
      | number | 12345            |
      | object | {"value": "abc"} |
      | empty  | ""               |

  @MUST @refuse @RFC6749-7.1
  Scenario: token-response/token-type-missing - a token without type is not used
    Without a type the client does not know how the token is to be presented. To assume bearer is to hand out a token
    that may have been meant for a scheme with more protection.
    Fix: make `token_type` a required member where the token response is parsed, without a default.
    Given a client that may have no API
    And the token response has no "token_type"
    When the user logs in
    And the client calls the API
    Then the access token is never used

  @INTEROP @tolerate @RFC6749-3.3 @RFC6749-5.1 @needs:offline-access
  Scenario: token-response/scope-narrowed - less scope than was asked for is accepted
    The provider or the user may grant less than was asked for, and the response then says what was granted. A client
    that insists on all of it refuses a good login, or starts the login again and again.
    Fix: store the granted scope with the tokens, complete the login, and switch off only the functions that lack their
    scope.
    Given the token response has "scope" set to "{first_scope}"
    When the user logs in
    Then the user is logged in as alice
    And the client sends 1 authorization request

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/scope-absent - a response without scope is accepted
    A provider that grants what was asked for may leave `scope` out. A client that demands the member, or that reads its
    absence as no rights at all, refuses an honest response.
    Fix: where the token response is parsed, let a missing `scope` stand for the scope of the authorization request.
    Given a client that may have no API
    And the token response has no "scope"
    When the user logs in
    And the client calls the API
    Then the client goes on

  @SHOULD @tolerate @RFC6749-5.1
  Scenario: token-response/long-token - an access token of 6,000 characters reaches the API unchanged
    No specification limits the length of an access token, and those with many claims grow to thousands of characters. A
    column, a buffer or a cookie that is too short cuts it off, and the API then refuses users with many rights.
    Fix: store access tokens where there is no limit on their length, in the session on the server for instance, and
    fail loudly rather than truncate.
    Given a client that may have no API
    And the provider issues access tokens of 6000 characters
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries the access token in the Authorization header only

  @INTEROP @refuse @RFC6749-5.2 @RFC6749-5.1
  Scenario: token-response/error-with-200 - an error is an error although the status says otherwise
    Some providers report errors under status 200. If such a response holds tokens as well, it contradicts itself, and a
    client that looks only at the status, or only for tokens, logs somebody in after a refusal.
    Fix: where the token response is parsed, look for `error` first, whatever the status is, and let the login fail if
    it is there.
    Given the token response has the members:
      """
      {"error": "invalid_grant"}
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/empty-body - a response without body is no success
    A status of success with nothing in it comes from gateways and from crashed servers. A client that reads it as an
    empty object, and treats each member as optional, logs in a user about whom it knows nothing.
    Fix: treat an empty body as malformed JSON where the token response is parsed, and make the required members
    required.
    Given the token response is status 200 as "application/json":
      """
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And nothing but an access token of the provider is presented

  @MUST @refuse @RFC6749-5.2 @RFC6749-4.1.2
  Scenario: token-response/error-invalid-client - a client that is not recognised does not try again
    The provider does not accept the client's credentials: a secret was mistyped or replaced. A client that tries again
    presents the code a second time, and one that tries another place for its secret may give it away in a URL.
    Fix: on `invalid_client`, let the login fail and alert the operator; neither repeat the request nor fall back to
    another way of authenticating.
    Given the token response is status 401 with the error "invalid_client"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the client sends 1 token request
    And the client secret is seen at the token endpoint only

  @INTEROP @refuse @RFC6749-5.2
  Scenario Outline: token-response/error-shape-<slug> - an error of another shape is an error (<slug>)
    Gateways and older providers answer errors with a nested object, a number, a list or plain text. A client that takes
    `error` for a text without looking crashes in its error handling, and the user gets an internal error.
    Fix: in the error branch of the token response, let the status alone decide that the login has failed, and read the
    body only as a hint that may be missing.
    Given the token response is status 400 as "<type>":
      """
      <body>
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And nothing but an access token of the provider is presented

    Examples:
      | slug   | type             | body                                 |
      | object | application/json | {"error": {"code": 17, "type": "x"}} |
      | number | application/json | {"error": 400}                       |
      | text   | text/plain       | bad request                          |
      | array  | application/json | [{"error": "invalid_grant"}]         |

  @INTEROP @recover @RFC6585-4
  Scenario: token-response/rate-limited-429 - a provider that is busy is not hammered, and the next login works
    The provider asks the client to slow down. A client that repeats the request at once makes things worse for
    everybody, and one that never recovers keeps users out long after the limit is lifted.
    Fix: let this login fail with a hint to try later, repeat at most once and not before `Retry-After` has passed, and
    start the next login afresh.
    Given the token response is status 429 as "application/json":
      """
      {"error": "too_many_requests", "error_description": "Rate limit exceeded."}
      """
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice
    And the client sends at most 3 token requests
