Feature: The API call

  @SHOULD @observe @RFC6750-2.1
  Scenario: api/bearer-header-form - the access token is presented as Authorization: Bearer
    Resource servers have to support the Authorization header; the other two ways are optional and leak more easily. A
    token that is sent without its scheme, or with characters changed, is refused, or accepted by a lax server only.
    Fix: where API requests are built, set `Authorization` to `Bearer`, one space and the access token as it was
    received, and put it nowhere else.
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries the access token in the Authorization header only

  @MUST @observe @RFC9700-4.3.2 @RFC6750-2.3 @RFC6750-5.3
  Scenario: api/never-in-query - the access token is no parameter of the API request
    URLs are written into logs, kept in histories and handed on as referrers. Anybody who reads one with an access token
    in it can use the API as the user until the token expires.
    Fix: where API requests are built, send the access token in the Authorization header alone, and remove any
    `access_token` parameter from the URL.
    When the user logs in
    And the client calls the API
    Then the API request has no "access_token"

  @MUST @observe @RFC6749-7 @OIDC-Core-3.1.3.3
  Scenario: api/access-token-not-id-token - the API gets the access token, not the ID token
    An ID token tells the client who has logged in; it is not made for an API and says nothing about rights there. A
    client that sends it hands personal data to a third party, and teaches APIs to accept tokens that were meant for
    somebody else.
    Fix: where API requests are built, take `access_token` of the token response; if the API refuses it, ask for the
    right audience rather than send the ID token.
    When the user logs in
    And the client calls the API
    Then the API request carries an access token and no ID token

  @MUST @tolerate @RFC6749-1.4 @RFC6750-2.1
  Scenario: api/opaque-token - an access token is passed on unread
    To the client an access token is a text without meaning, and its format may change at any time. A client that parses
    it as a JWT, for the expiry or the user's name, fails with a provider that issues opaque ones.
    Fix: pass the access token on as it is; take the lifetime from `expires_in`, and what you need to know of the user
    from the ID token or UserInfo.
    Given the provider issues opaque access tokens
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries the access token in the Authorization header only

  @INTEROP @recover @RFC6750-3.1 @RFC6749-6 @needs:reactive-refresh @needs:offline-access
  Scenario: api/401-triggers-one-refresh - a token that the API has stopped accepting is replaced, once
    An API may stop accepting a token before its time: it was revoked, or a clock is wrong. A client that goes by
    `expires_in` alone shows an error until that time has passed, although it holds a refresh token.
    Fix: in the API caller, on a 401 with `invalid_token`, refresh once and repeat the request once with the new access
    token.
    When the user logs in
    And the client calls the API
    And the API stops accepting the access token
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request
    And the client sends 3 API requests

  @INTEROP @recover @RFC6750-3.1
  Scenario: api/401-forever-stops - an API that refuses every token is not called for ever
    A new token does not help if the API refuses each of them, because of a wrong audience for instance. A client that
    refreshes and repeats without a limit hangs, and loads API and provider with requests.
    Fix: in the API caller, count: one refresh and one repetition for each call, then report the failure.
    Given the API response is status 401 with the challenge "Bearer error='invalid_token'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends at most 2 API requests
    And the client sends at most 1 refresh request

  @INTEROP @recover @RFC6750-3.1 @RFC6749-6 @needs:offline-access
  Scenario: api/401-no-refresh-token - without a refresh token nothing is refreshed
    The API refuses the access token, and the client never got a refresh token. A client that sends a refresh request
    anyway, with an empty value or the word `undefined`, gets an error that hides the cause.
    Fix: in the API caller, check that there is a refresh token before you refresh; if there is none, ask the user to
    log in again.
    Given the token response has no "refresh_token"
    And the API response is status 401 with the challenge "Bearer error='invalid_token'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends no refresh request

  @INTEROP @refuse @RFC6750-3.1
  Scenario: api/403-insufficient-scope - a missing scope is not cured by a refresh
    The access token is valid, and the user's grant does not reach this far. A refresh brings a token of the same scope:
    a client that tries it uses up refresh tokens and gets the same answer.
    Fix: in the API caller, do not refresh on 403; tell the user what is missing, or start an authorization request for
    the further scope.
    Given the API demands the scope "write:everything"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends no refresh request
    And the client sends at most 2 API requests

  @INTEROP @refuse @RFC6750-3.1
  Scenario: api/5xx-no-refresh - a broken API is no reason to refresh
    The API is down, which says nothing about the access token. A client that refreshes after any failure turns an
    outage of the API into a wave of requests at the provider, and may lose refresh tokens in it.
    Fix: in the API caller, refresh only on a 401; on 5xx report the failure, or repeat a safe request a few times at
    growing intervals.
    Given the API response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends no refresh request
    And the client sends at most 3 API requests

  @INTEROP @recover @RFC6750-3.1
  Scenario: api/401-without-challenge - a 401 without a challenge is tolerated
    Many APIs answer 401 without a WWW-Authenticate header, although one should be there. A client that reads the header
    without checking that it exists crashes, and one that sees no reason to stop repeats for ever.
    Fix: in the API caller, treat the header as optional, and keep to the limit of one refresh and one repetition.
    Given the API response is status 401 as "text/plain":
      """
      Unauthorized
      """
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends at most 2 API requests
    And the client sends at most 1 refresh request

  @SHOULD @refuse @RFC6749-2.3.1 @RFC6749-10.1
  Scenario: api/401-non-bearer-challenge - an API that asks for a password gets none
    The API, or somebody in its place, answers with a Basic challenge. An HTTP library that answers challenges by itself
    may send the client's identifier and secret there, to a server that has no business with them.
    Fix: use separate HTTP clients for the token endpoint and for APIs, give the second one no credentials, and let the
    API caller ignore challenges other than Bearer.
    Given the API response is status 401 with the challenge "Basic realm='api'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client secret is seen at the token endpoint only

  @INTEROP @recover @RFC6750-3 @RFC6750-3.1 @needs:reactive-refresh @needs:offline-access
  Scenario Outline: api/challenge-<slug> - a challenge is understood in every spelling (<slug>)
    A WWW-Authenticate header may list several schemes, in any letter case, with values that are quoted or not. A client
    that looks for one exact text misses `invalid_token`, and shows an error where a refresh would have helped.
    Fix: read the header with a parser for challenges, compare scheme and parameter names without regard to case, and
    do not split at commas within quotation marks.
    Given the API response is status 401 with the challenge "<challenge>"
    And every fault happens once
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request

    Examples:
      | slug             | challenge                                                                     |
      | scheme-case      | bearer error=invalid_token                                                    |
      | multiple-schemes | Basic realm='a, b', Bearer error='invalid_token', error_description='x, y'    |

  @INTEROP @recover @RFC6750-3.1
  Scenario: api/challenge-malformed - a challenge that cannot be read is tolerated
    A quotation mark is never closed, and the rest of the header makes no sense. A parser that fails, or searches for
    the end without a limit, takes the request and the user's page down with it.
    Fix: in the API caller, treat a challenge that cannot be parsed like none at all, and let the status 401 decide.
    Given the API response is status 401 with the challenge "Bearer error='invalid_token, ,=,,x"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends at most 2 API requests

  @MUST @recover @RFC6749-10.3
  Scenario: api/two-users-at-once - two users who call the API at the same moment each use their own token
    While the API still works on the call of one user, another user calls it. A client that keeps the current token in a
    variable of the process, or one HTTP session for all threads, calls the API for one person with the token of the
    other, and shows one person the data of the other.
    Fix: read the access token from the user's session for each request, and pass it as an argument; keep it in no
    global variable, no shared HTTP session and no default header.
    Given the API response waits 1000 milliseconds at most for a second request
    When bob logs in in the user's browser
    And the victim logs in
    And the client calls the API for the user and the victim at once
    Then the client goes on
    And each API call is made for the person who is logged in

  @INTEROP @recover @RFC6585-4
  Scenario: api/429-no-refresh - an API that is busy is no reason to refresh
    The API limits the rate of requests; the access token is good. A client that answers with a refresh, or repeats at
    once, adds to the load and stays locked out for longer.
    Fix: in the API caller, do not refresh on 429; wait as long as `Retry-After` says, or report the failure.
    Given the API response is status 429 as "text/plain":
      """
      Too Many Requests
      """
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends no refresh request
    And the client sends at most 3 API requests
