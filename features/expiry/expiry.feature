Feature: Lifetimes

  @INTEROP @recover @RFC6749-1.5 @RFC6750-3.1 @needs:reactive-refresh @needs:offline-access
  Scenario: expiry/proactive-or-reactive - an expired access token leads to a refresh
    When the user logs in
    And the client calls the API
    And the access token expires
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request
    And the API call carries a new access token

  @INTEROP @recover @RFC6750-3.1 @needs:reactive-refresh @needs:offline-access
  Scenario: expiry/api-clock-ahead - a token that the API takes for expired before its time is replaced
    Given the API response is status 401 with the challenge "Bearer error='invalid_token', error_description='The access token expired'"
    And every fault happens once
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request
    And the client sends 2 API requests

  @INTEROP @tolerate @RFC6749-5.1
  Scenario Outline: expiry/expires-in-<slug> - an odd lifetime neither breaks the login nor starts a storm (<value>)
    Given the token response has the members:
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

  @INTEROP @tolerate @OIDC-Core-2 @needs:openid
  Scenario: expiry/session-outlives-id-token - a short-lived ID token does not end the session
    Given the ID token has the claims:
      """
      {"exp": "{now+5}"}
      """
    When the user logs in
    And 600 seconds pass
    And the client calls the API
    Then the client goes on
    And the user is logged in as alice
