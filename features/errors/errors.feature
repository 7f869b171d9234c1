Feature: Errors of the provider

  @INTEROP @refuse @RFC6749-4.1.2.1 @RFC6749-8.5
  Scenario: errors/unknown-code - an error that nobody has registered is an error all the same
    Given the authorization response is the error "acme_weird_42"
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends no token request

  @INTEROP @recover @OIDC-Core-3.1.2.6
  Scenario: errors/login-required - a silent login that is impossible does not loop
    Given the authorization response is the error "login_required"
    When the user logs in
    Then the attempt ends without success
    And the client sends at most 2 authorization requests
    And the client sends no token request

  @INTEROP @recover @RFC6749-5.2
  Scenario: errors/token-error-nonjson - an error page of the token endpoint is neither relayed nor retried
    Given the token response is status 403 as "text/html":
      """
      <html><body>forbidden, marker-91bc</body></html>
      """
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
    And the client never shows "marker-91bc"
    And the client sends at most 2 token requests

  @INTEROP @recover @OIDC-Core-3.1.2.6
  Scenario Outline: errors/<slug>-required - a silent login that needs the user does not loop (<code>)
    Given the authorization response is the error "<code>"
    When the user logs in
    Then the attempt ends without success
    And the client sends at most 2 authorization requests
    And the client sends no token request

    Examples:
      | slug        | code                 |
      | consent     | consent_required     |
      | interaction | interaction_required |

  @SHOULD @refuse @RFC6749-4.1.2.1 @RFC6749-10.12 @defence:state
  Scenario: errors/foreign-error-keeps-login - an error that no provider has sent does not end a login that has begun
    When the user starts a login
    And a forged response "error=access_denied&state=invented" arrives in the user's browser
    And the user's authorization response arrives
    Then the user is logged in as alice

  @SHOULD @refuse @RFC6749-4.1.2.1
  Scenario: errors/error-without-state - an error without state logs nobody in
    Given the authorization response has the members:
      """
      {"code": null, "state": null, "error": "access_denied"}
      """
    When the user logs in
    Then the user is not logged in
    And the client sends no token request

  @MUST @refuse @RFC6749-10.14 @RFC6749-4.1.2.1
  Scenario: errors/error-code-markup - markup in an error code reaches no page
    Given the authorization response has the members:
      """
      {"code": null, "error": "<script>marker('4c1d')</script>", "error_uri": "javascript:marker('4c1d')"}
      """
    When the user logs in
    Then the user is not logged in
    And the client never shows "<script>marker"
    And the client never shows "href='javascript:"

  @MUST @refuse @RFC6749-10.14
  Scenario: errors/description-markup - markup in an error description reaches no page
    Given the authorization response has the members:
      """
      {"code": null, "error": "access_denied", "error_description": "<img src=x onerror=marker('88ab')>"}
      """
    When the user logs in
    Then the user is not logged in
    And the client never shows "<img src=x onerror=marker"

  @INTEROP @recover @Auth0 @RFC6749-5.2
  Scenario: errors/auth0-unauthorized-client - a grant that is not allowed is not tried again
    Given the token response is status 403 as "application/json":
      """
      {"error": "unauthorized_client", "error_description": "Grant type 'authorization_code' not allowed for the client."}
      """
    When the user logs in
    Then the attempt ends without success
    And the client sends 1 token request

  @INTEROP @recover @Auth0
  Scenario: errors/mfa-required-token-endpoint - a demand for a second factor ends the login and is not shown
    Given the token response is status 403 as "application/json":
      """
      {"error": "mfa_required", "error_description": "Multifactor authentication required", "mfa_token": "Fe26.2-marker-mfa"}
      """
    When the user logs in
    Then the attempt ends without success
    And the client never shows "marker-mfa"
    And the client sends 1 token request

  @INTEROP @recover @RFC6749-4.1.2.1
  Scenario: errors/temporarily-unavailable - a provider that is busy harms one login
    Given the authorization response is the error "temporarily_unavailable"
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @INTEROP @recover @RFC6749-4.1.2.1
  Scenario: errors/abandoned-at-provider - a login that never comes back does not keep the next one from working
    When the user starts a login
    And the user logs in
    Then the user is logged in as alice
