Feature: Lifetimes

  @INTEROP @recover @RFC6749-1.5 @RFC6750-3.1 @needs:reactive-refresh @needs:offline-access
  Scenario: expiry/proactive-or-reactive - an expired access token leads to a refresh
    Access tokens are meant to expire. A client that does nothing about it shows errors, or makes the user log in again,
    although it holds a refresh token. Whether it acts before the call or after the 401 is its own choice.
    Fix: where the API is called, refresh if the stored expiry has passed, or once after a 401 with `invalid_token`, and
    make the call with the new access token.
    When the user logs in
    And the client calls the API
    And the access token expires
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request
    And the API call carries a new access token

  @INTEROP @recover @RFC6750-3.1 @needs:reactive-refresh @needs:offline-access
  Scenario: expiry/api-clock-ahead - a token that the API takes for expired before its time is replaced
    By the client's clock the token is still good, and the API says that it is not: clocks differ. A client that trusts
    its own clock alone shows an error to the user, or repeats a call that keeps failing, until its time has come as
    well.
    Fix: where the API is called, answer a 401 with `invalid_token` by one refresh and one repeated call, whatever the
    stored expiry says.
    Given the API response is status 401 with the challenge "Bearer error='invalid_token', error_description='The access token expired'"
    And every fault happens once
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request
    And the client sends 2 API requests

  @INTEROP @recover @RFC6749-5.1
  Scenario Outline: expiry/expires-in-<slug> - an odd lifetime neither breaks the login nor starts a storm (<value>)
    `expires_in` should be a plain number of seconds above zero, and nothing guarantees that it is. A client that cannot
    read it lets nobody in. One that finds every token expired on arrival refreshes again and again, and runs into rate
    limits.
    Fix: where the token response is parsed, take the number if there is one and clamp it to a sensible range; treat
    anything else as unknown, and use the token until the API refuses it.
    Given the provider says the lifetime of access tokens in responses alone
    And the token response has the members:
      """
      {"expires_in": <value>}
      """
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends at most 1 refresh request

    Examples:
      | slug     | value               |
      | zero     | 0                   |
      | negative | -1                  |
      | fraction | 3600.5              |
      | exponent | 1e3                 |
      | huge     | 9223372036854775807 |
      | text     | "3600"              |

  @INTEROP @recover @RFC6749-5.1 @RFC6749-6
  Scenario: expiry/expires-in-zero-at-refresh - a refreshed token without time to live starts no storm
    The answer to a refresh says that the new access token has expired already. A client that refreshes until it has a
    token with time to live sends one request after the other, uses up its refresh tokens, and runs into rate limits. An
    app in the browser may refresh once for each page that is loaded: four requests are no storm yet.
    Fix: where a token is refreshed, do it once for a call, and try the call with whatever came.
    Given the provider says the lifetime of access tokens in responses alone
    And the refresh response has the members:
      """
      {"expires_in": 0}
      """
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the client sends at most 4 refresh requests

  @INTEROP @tolerate @OIDC-Core-2 @needs:openid
  Scenario: expiry/session-outlives-id-token - a short-lived ID token does not end the session
    The `exp` of an ID token says until when it may be accepted as the proof of a login, which takes a moment. It says
    nothing about how long the user stays logged in. A client that ties its session to it throws users out in the middle
    of their work.
    Fix: check `exp` where the ID token is validated, at login, and give the session its own lifetime.
    Given the ID token has the claims:
      """
      {"exp": "{now+5}"}
      """
    When the user logs in
    And 600 seconds pass
    And the client calls the API
    Then the client goes on
    And the user is logged in as alice
