Feature: The token response

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/access-token-missing - a response without access token is no success
    Given the token response has no "access_token"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in

  @MUST @tolerate @RFC6749-5.1
  Scenario Outline: token-response/token-type-case-<case> - the case of the token type does not matter (<type>)
    Given the token response has "token_type" set to "<type>"
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
    Given the token response has "token_type" set to "x-custom-proof"
    When the user logs in
    And the client calls the API
    Then the access token is never used

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/expires-in-absent - a response without expires_in is accepted
    Given the token response has no "expires_in"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends no refresh request

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/unknown-members - unknown members are ignored
    Given the token response has the members:
      """
      {"session_state": "a.b", "not-before-policy": 0, "ext_expires_in": 86400, "nested": {"a": [1]}, "list": [], "nothing": true}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/no-refresh-token - a response without refresh token is accepted
    Given the token response has no "refresh_token"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends no refresh request

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/media-type-charset - a media type may have parameters
    Given the token response has the header "content-type" set to "Application/JSON ; charset=UTF-8"
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/malformed-json - truncated JSON is no success
    Given the token response is status 200 as "application/json":
      """
      {"access_token":"{access_token}","token_type":"Bearer","id_token":
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/html-200 - an HTML page is no success, and is not shown
    Given the token response is status 200 as "text/html":
      """
      <html><body>down for maintenance, marker-7f3a</body></html>
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the client never shows "marker-7f3a"

  @MUST @refuse @RFC6749-5.2
  Scenario: token-response/error-invalid-grant - a refused code is reported once
    Given the token response is status 400 with the error "invalid_grant"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the client sends 1 token request

  @INTEROP @refuse @RFC6749-5.2 @Auth0
  Scenario: token-response/error-invalid-grant-403 - a refused code is recognised under another status
    Given the token response is status 403 with the error "invalid_grant"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the client sends 1 token request

  @MUST @refuse @RFC6749-5.1 @RFC6749-5.2
  Scenario: token-response/error-with-tokens - an error status is an error although the body looks like success
    Given the token response is status 400 with its body unchanged
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @recover @RFC6749-5.2
  Scenario: token-response/server-error-5xx - an outage fails one login, not the next
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
    Given the token response has no "id_token"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in

  @SHOULD @refuse @RFC6749-5.1
  Scenario Outline: token-response/access-token-<slug> - an access token is a text (<value>)
    Given the token response has the members:
      """
      {"access_token": <value>}
      """
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in

    Examples:
      | slug   | value            |
      | number | 12345            |
      | object | {"value": "abc"} |
      | empty  | ""               |

  @MUST @refuse @RFC6749-7.1
  Scenario: token-response/token-type-missing - a token without type is not used
    Given the token response has no "token_type"
    When the user logs in
    And the client calls the API
    Then the access token is never used

  @MUST @tolerate @RFC6749-3.3 @RFC6749-5.1
  Scenario: token-response/scope-narrowed - less scope than was asked for is accepted
    Given the token response has "scope" set to "openid"
    When the user logs in
    Then the user is logged in as alice
    And the client sends 1 authorization request

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/scope-absent - a response without scope is accepted
    Given the token response has no "scope"
    When the user logs in
    And the client calls the API
    Then the client goes on

  @MUST @tolerate @RFC6749-5.1
  Scenario: token-response/long-token - an access token of 6,000 characters reaches the API unchanged
    Given the provider issues access tokens of 6000 characters
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the API request carries the access token in the Authorization header only

  @SHOULD @refuse @RFC6749-5.2 @RFC6749-5.1
  Scenario: token-response/error-with-200 - an error is an error although the status says otherwise
    Given the token response has the members:
      """
      {"error": "invalid_grant", "error_description": "under status 200"}
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/empty-body - a response without body is no success
    Given the token response is status 200 as "application/json":
      """
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in

  @MUST @refuse @RFC6749-5.2
  Scenario: token-response/error-invalid-client - a client that is not recognised does not try again
    Given the token response is status 401 with the error "invalid_client"
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in
    And the client sends 1 token request
    And the client secret is seen at the token endpoint only

  @INTEROP @refuse @RFC6749-5.2
  Scenario Outline: token-response/error-shape-<slug> - an error of another shape is an error (<slug>)
    Given the token response is status 400 as "<type>":
      """
      <body>
      """
    When the user logs in
    Then the client refuses at the token step
    And the user is not logged in

    Examples:
      | slug   | type             | body                                 |
      | object | application/json | {"error": {"code": 17, "type": "x"}} |
      | number | application/json | {"error": 400}                       |
      | text   | text/plain       | bad request                          |
      | array  | application/json | [{"error": "invalid_grant"}]         |

  @SHOULD @recover @RFC6585-4
  Scenario: token-response/rate-limited-429 - a provider that is busy is not hammered, and the next login works
    Given the token response is status 429 as "application/json":
      """
      {"error": "too_many_requests", "error_description": "Rate limit exceeded."}
      """
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice
    And the client sends at most 3 token requests
