@needs:offline-access
Feature: The refresh

  @MUST @observe @RFC6749-6 @RFC6749-3.2
  Scenario: refresh/request-shape - the refresh request is a form with the refresh token and nothing of the code
    When the user logs in
    And the client refreshes its access token
    Then the refresh request is a POST without query
    And the refresh request has the header "content-type" equal to "application/x-www-form-urlencoded"
    And the refresh request has "refresh_token"
    And the refresh request has no "code"
    And the refresh request has no "code_verifier"
    And the refresh request has no "redirect_uri"

  @MUST @observe @RFC6749-6 @RFC6749-3.2.1
  Scenario: refresh/client-authenticates - the client authenticates on refresh, too
    When the user logs in
    And the client refreshes its access token
    Then the client authenticates on refresh as it does for the code

  @MUST @observe @RFC6749-6
  Scenario: refresh/scope-omitted-or-subset - a refresh asks for no more than was granted
    When the user logs in
    And the client refreshes its access token
    Then the refresh request asks for no scope beyond the grant

  @MUST @tolerate @RFC6749-6
  Scenario: refresh/special-characters - a refresh token with reserved characters arrives unchanged
    Given the provider issues refresh tokens with reserved characters
    When the user logs in
    And the client refreshes its access token
    Then the client goes on

  @MUST @recover @RFC6749-6 @RFC9700-4.14.2
  Scenario: refresh/rotated-token-stored - a new refresh token replaces the old one
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the client goes on
    And each refresh request carries the newest refresh token

  @INTEROP @recover @RFC6749-6 @RFC6749-5.1
  Scenario: refresh/old-token-kept - the old refresh token is kept when none is returned
    Given the provider returns no new refresh token on refresh
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the client goes on
    And each refresh request carries the first refresh token

  @MUST @recover @RFC6749-1.5
  Scenario: refresh/access-token-replaced - the new access token is really used
    When the user logs in
    And the client calls the API
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the API call carries a new access token

  @INTEROP @recover @RFC6749-5.2 @RFC9700-4.14.2
  Scenario: refresh/invalid-grant-ends-session - a dead refresh token is not tried again
    Given the refresh response is status 400 with the error "invalid_grant"
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends 1 refresh request

  @INTEROP @recover @RFC6749-5.2 @Auth0
  Scenario: refresh/invalid-grant-auth0-403 - a dead refresh token is recognised under another status
    When the user logs in
    And the provider revokes the refresh token
    And the client refreshes its access token
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends 1 refresh request

  @INTEROP @recover @RFC6749-5.2
  Scenario: refresh/5xx-keeps-session - an outage does not end the session
    Given the provider returns no new refresh token on refresh
    And the refresh response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the client refreshes its access token
    And the provider is honest again
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @MUST @tolerate @RFC6749-5.1 @RFC6749-6
  Scenario: refresh/no-scope-no-expires - a refresh may be answered with an access token and nothing else
    Given the refresh response has the members:
      """
      {"scope": null, "expires_in": null, "id_token": null, "refresh_token": null}
      """
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request

  @MUST @tolerate @RFC6749-5.1
  Scenario: refresh/token-type-case - the case of the token type does not matter on refresh either
    Given the refresh response has "token_type" set to "bearer"
    When the user logs in
    And the client refreshes its access token
    Then the client goes on

  @MUST @tolerate @OIDC-Core-12.2 @needs:openid
  Scenario: refresh/id-token-honest - the ID token of a refresh needs no nonce
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @MUST @tolerate @OIDC-Core-12.2 @needs:openid
  Scenario: refresh/id-token-absent - a refresh needs no ID token
    Given the provider returns no ID token on refresh
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @MUST @refuse @OIDC-Core-12.2 @needs:openid
  Scenario: refresh/id-token-sub-changed - a refresh does not turn one user into another
    Given the refreshed ID token's claim "sub" is "auth0|bob"
    When the user logs in
    And the client refreshes its access token
    Then the user is not logged in as bob

  @SHOULD @observe @Auth0
  Scenario: refresh/not-on-every-call - a fresh token is not refreshed
    When the user logs in
    And the client calls the API
    And the client calls the API
    And the client calls the API
    Then the client goes on
    And the client sends no refresh request

  @INTEROP @recover @RFC9700-4.14.2 @needs:reactive-refresh
  Scenario: refresh/concurrent-single-flight - parallel calls at expiry do not burn the refresh token
    When the user logs in
    And the API stops accepting the access token
    And the client calls the API 10 times at once
    Then the client goes on
    And the client sends 1 refresh request
    And the user is logged in as alice

  @MUST @recover @RFC6749-10.4 @needs:reactive-refresh
  Scenario: refresh/concurrent-two-sessions - two users who refresh at once each get their own token
    When bob logs in in the user's browser
    And the victim logs in
    And the API stops accepting the access token
    And the client calls the API for the user and the victim at once
    Then the client goes on
    And each API call is made for the person who is logged in

  @INTEROP @recover @RFC6749-5.2 @OIDC-Core-3.1.2.6
  Scenario: refresh/invalid-grant-no-login-loop - a dead refresh token and a silent login that fails do not loop
    When the user logs in
    And the provider revokes the refresh token
    And the client refreshes its access token
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends at most 3 authorization requests

  @INTEROP @recover @RFC6749-5.1
  Scenario: refresh/token-empty - an empty refresh token is none
    Given the provider returns no new refresh token on refresh
    And the refresh response has "refresh_token" set to ""
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the client goes on
    And each refresh request carries the first refresh token

  @INTEROP @recover @RFC6585-4 @Auth0
  Scenario: refresh/429-keeps-session - a provider that is busy does not end the session
    Given the provider returns no new refresh token on refresh
    And the refresh response is status 429 as "application/json":
      """
      {"error": "too_many_requests", "error_description": "Rate limit exceeded."}
      """
    When the user logs in
    And the client refreshes its access token
    And the provider is honest again
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @INTEROP @recover @RFC6749-5.2
  Scenario: refresh/invalid-client-not-fatal - a client that is not recognised does not try again
    Given the refresh response is status 401 with the error "invalid_client"
    When the user logs in
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends 1 refresh request
    And the client secret is seen at the token endpoint only

  @MUST @tolerate @RFC6749-3.3 @RFC6749-6
  Scenario: refresh/narrower-scope-returned - less scope than before is accepted
    Given the refresh response has "scope" set to "openid"
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request

  @MAY @mechanism @OIDC-Core-12.2 @defence:refreshed-id-token @needs:openid
  Scenario Outline: refresh/id-token-<claim>-changed - a refreshed ID token has the <claim> of the first one
    Given the refreshed ID token's claim "<claim>" is "<value>"
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the access token is never used

    Examples:
      | claim | value                     |
      | iss   | https://attacker.example/ |
      | aud   | another-client            |
