Feature: The authorization response

  @MUST @refuse @RFC6749-4.1.2
  Scenario: callback/code-missing - a response without a code redeems nothing
    Given the authorization response has no "code"
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @RFC6749-4.1.2 @RFC6749-4.1.3
  Scenario: callback/code-empty - a response with an empty code redeems nothing
    Given the authorization response has "code" set to ""
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @RFC6749-4.1.2.1
  Scenario: callback/error-access-denied - a denied authorization is reported and not retried
    Given the authorization response is the error "access_denied"
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends no token request
    And the client sends at most 1 authorization request

  @MUST @refuse @RFC6749-4.1.2.1
  Scenario: callback/error-and-code - a response that is an error and a code is an error
    Given the authorization response has "error" set to "access_denied"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @refuse @RFC6749-3.1
  Scenario: callback/duplicate-state - a response with two states is malformed
    Given a client that sends "state" in the authorization request
    And the authorization response has "state" twice, the second time as "another"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @tolerate @RFC6749-4.1.2
  Scenario: callback/unknown-params - unknown parameters are ignored
    Given the authorization response has the members:
      """
      {"session_state": "abc.def", "authuser": "0", "prompt": "none", "vendor": "0123456789012345678901234567890123456789"}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-4.1.2
  Scenario: callback/long-code - a code of 2,000 characters is redeemed unchanged
    Given the provider issues codes of 2,000 characters
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-4.1.2
  Scenario: callback/code-special-chars - a code with reserved characters is redeemed unchanged
    Given the provider issues codes with reserved characters
    When the user logs in
    Then the user is logged in as alice

  @MUST @observe @RFC6749-4.1.2
  Scenario: callback/replayed-same-jar - reloading the callback does not redeem the code again
    When the user logs in
    And the same authorization response arrives again in the user's browser
    Then each authorization code is presented once

  @INTEROP @recover @RFC6749-4.1.2
  Scenario: callback/retry-after-failure - a failed callback leaves the browser able to log in
    Given the authorization response is the error "server_error"
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @SHOULD @refuse @RFC6749-3.1
  Scenario: callback/duplicate-code - a response with two codes is malformed
    Given the authorization response has "code" twice, the second time as "another-code"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @observe @RFC6749-4.1.2
  Scenario: callback/replayed-concurrently - a callback that arrives twice at once redeems the code once
    When the user starts a login
    And the user's authorization response arrives twice at once
    Then each authorization code is presented once

  @MUST @refuse @RFC9700-2.1
  Scenario: callback/replayed-other-jar - a used callback opens nothing in another browser
    When the victim starts a login
    And the victim's authorization response arrives
    And the victim's authorization response arrives in the attacker's browser
    Then the attacker is not logged in as alice

  @MUST @refuse @RFC6749-4.1.2
  Scenario: callback/no-access-token-in-callback - tokens that ride along with a code are not used
    Given the authorization response has the members:
      """
      {"access_token": "token-of-the-attacker", "token_type": "Bearer", "expires_in": "3600"}
      """
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries an access token and no ID token
