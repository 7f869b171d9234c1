Feature: The API call

  @MUST @observe @RFC6750-2.1
  Scenario: api/bearer-header-form - the access token is presented as Authorization: Bearer
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries the access token in the Authorization header only

  @SHOULD @observe @RFC6750-2.3 @RFC6750-5.3
  Scenario: api/never-in-query - the access token is in no URL
    When the user logs in
    And the client calls the API
    Then the API request has no "access_token"

  @MUST @observe @RFC6749-7 @OIDC-Core-3.1.3.3
  Scenario: api/access-token-not-id-token - the API gets the access token, not the ID token
    When the user logs in
    And the client calls the API
    Then the API request carries an access token and no ID token

  @MUST @tolerate @RFC6749-1.4 @RFC6750-2.1
  Scenario: api/opaque-token - an access token is passed on unread
    Given the provider issues opaque access tokens
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries the access token in the Authorization header only

  @INTEROP @recover @RFC6750-3.1 @RFC6749-6 @needs:reactive-refresh @needs:offline-access
  Scenario: api/401-triggers-one-refresh - a token that the API has stopped accepting is replaced, once
    When the user logs in
    And the client calls the API
    And the API stops accepting the access token
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request
    And the client sends 3 API requests

  @INTEROP @recover @RFC6750-3.1
  Scenario: api/401-forever-stops - an API that refuses every token is not called for ever
    Given the API response is status 401 with the challenge "Bearer error='invalid_token'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends at most 2 API requests
    And the client sends at most 1 refresh request

  @INTEROP @recover @RFC6750-3.1 @RFC6749-6
  Scenario: api/401-no-refresh-token - without a refresh token nothing is refreshed
    Given the token response has no "refresh_token"
    And the API response is status 401 with the challenge "Bearer error='invalid_token'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends no refresh request

  @INTEROP @refuse @RFC6750-3.1
  Scenario: api/403-insufficient-scope - a missing scope is not cured by a refresh
    Given the API demands the scope "write:everything"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends no refresh request
    And the client sends at most 2 API requests

  @INTEROP @refuse @RFC6750-3.1
  Scenario: api/5xx-no-refresh - a broken API is no reason to refresh
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
  Scenario: api/401-without-challenge - a 401 that says nothing is borne
    Given the API response is status 401 as "text/plain":
      """
      Unauthorized
      """
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends at most 2 API requests
    And the client sends at most 1 refresh request

  @SHOULD @refuse @RFC6749-2.3.1 @RFC9700-4.9.1
  Scenario: api/401-non-bearer-challenge - an API that asks for a password gets none
    Given the API response is status 401 with the challenge "Basic realm='api'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client secret is seen at the token endpoint only

  @INTEROP @recover @RFC6750-3.1 @needs:reactive-refresh @needs:offline-access
  Scenario Outline: api/challenge-<slug> - a challenge is understood in every spelling (<slug>)
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
  Scenario: api/challenge-malformed - a challenge that cannot be read is borne
    Given the API response is status 401 with the challenge "Bearer error='invalid_token, ,=,,x"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends at most 2 API requests

  @SHOULD @recover @RFC6585-4
  Scenario: api/429-no-refresh - an API that is busy is no reason to refresh
    Given the API response is status 429 as "text/plain":
      """
      Too Many Requests
      """
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And the client sends no refresh request
    And the client sends at most 3 API requests
