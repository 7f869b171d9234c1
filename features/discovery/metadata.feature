Feature: Metadata and keys

  @MUST @observe @OIDC-Discovery-4.1
  Scenario: discovery/issuer-with-slash-ok - an issuer that ends in a slash has one well-known path
    Given a client that makes a metadata request
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Discovery-4.3
  Scenario: discovery/issuer-mismatch - metadata of another issuer is not used
    Given a client that makes a metadata request
    And the metadata has "issuer" set to "{issuer}x"
    When the user logs in
    Then the client refuses at the discovery step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @OIDC-Discovery-4.3
  Scenario: discovery/issuer-mismatch-consistent - another issuer is not used, even if its tokens agree with its metadata
    Given a client that makes a metadata request
    And the metadata has "issuer" set to "{issuer}x"
    And the ID token's claim "iss" is "{issuer}x"
    When the user logs in
    Then the user is not logged in
    And the client sends no token request

  @MUST @tolerate @OIDC-Discovery-3
  Scenario: discovery/optional-missing - only the required members are needed
    Given a client that makes a metadata request
    And the metadata has the members:
      """
      {"scopes_supported": null, "claims_supported": null, "grant_types_supported": null, "response_modes_supported": null, "token_endpoint_auth_methods_supported": null, "code_challenge_methods_supported": null, "userinfo_endpoint": null, "revocation_endpoint": null}
      """
    And the client is registered for "client_secret_basic" at the token endpoint
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Discovery-4.2
  Scenario: discovery/unknown-members - unknown members and values are ignored
    Given a client that makes a metadata request
    And the metadata has the members:
      """
      {"x_vendor": {"a": [1]}, "id_token_signing_alg_values_supported": ["RS256", "XX999"], "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "x_vendor_method"]}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-10.1.1 @needs:openid
  Scenario: jwks/rotated-before-login - keys may change between two logins
    Given a client that makes a key set request
    When the user logs in
    And the provider replaces its keys
    And the provider replaces its keys
    And bob logs in in the same browser
    Then the user is logged in as bob

  @SHOULD @tolerate @RFC7517-5 @needs:openid
  Scenario: jwks/unknown-kty - keys of an unknown type are passed over
    Given a client that makes a key set request
    And the fault:
      """
      {"at": "jwks", "change": {"insert": {"path": "/keys", "values": [{"kty": "X-TEST", "kid": "x"}]}}}
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @tolerate @RFC7517-5 @needs:openid
  Scenario: jwks/unknown-curve - keys on an unknown curve are passed over
    Given a client that makes a key set request
    And the fault:
      """
      {"at": "jwks", "change": {"insert": {"path": "/keys", "values": [{"kty": "EC", "crv": "P-999", "kid": "y", "x": "AA", "y": "AA"}]}}}
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @tolerate @RFC7517-5 @needs:openid
  Scenario: jwks/incomplete-key - keys that lack a member are passed over
    Given a client that makes a key set request
    And the fault:
      """
      {"at": "jwks", "change": {"insert": {"path": "/keys", "values": [{"kty": "RSA", "kid": "z"}]}}}
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @refuse @RFC8725-3.3 @MUST-in:signature-required @needs:openid
  Scenario: jwks/unavailable - without keys nobody is logged in
    Given a client that makes a key set request
    And a client that has just been started
    And the key set is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    Then the user is not logged in

  @SHOULD @recover @RFC8725-3.3 @needs:openid
  Scenario: jwks/server-error - an outage of the key set harms one login
    Given a client that makes a key set request
    And the key set is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @MUST @observe @OIDC-Discovery-4.1
  Scenario: discovery/well-known-path - the metadata are found below the issuer, path and all
    Given a client that makes a metadata request
    And a client that has just been started
    When the user logs in
    Then the user is logged in as alice
    And the metadata are requested from the issuer's well-known path

  @MUST @refuse @OIDC-Discovery-4.3
  Scenario: discovery/issuer-slash - an issuer with a slash more is another one
    Given a client that makes a metadata request
    And the metadata has "issuer" set to "{issuer}/"
    When the user logs in
    Then the client refuses at the discovery step
    And the user is not logged in

  @MUST @refuse @OIDC-Discovery-3
  Scenario Outline: discovery/required-missing-<slug> - an endpoint that is not published is not guessed (<member>)
    Given a client that makes a metadata request
    And the metadata has no "<member>"
    When the user logs in
    Then the user is not logged in
    And the client sends no token request

    Examples:
      | slug          | member                 |
      | authorization | authorization_endpoint |
      | token         | token_endpoint         |

  @SHOULD @recover @OIDC-Discovery-4.2
  Scenario: discovery/http-error - metadata that cannot be fetched harm one login
    Given a client that makes a metadata request
    And the metadata is status 503 as "text/html":
      """
      <h1>Service Unavailable</h1>
      """
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-10.1.1 @needs:openid
  Scenario: jwks/rotated-mid-flow - keys may change while a login is under way
    Given a client that has just been started
    When the user logs in
    And the user starts a login
    And the provider replaces its keys
    And the provider replaces its keys
    And the user's authorization response arrives
    Then the client goes on

  @SHOULD @observe @OIDC-Core-10.1.1 @needs:openid
  Scenario: jwks/unknown-kid-bounded - an unknown key id leads to one look, not to many
    Given a client that makes a key set request
    And the ID token's header has the members:
      """
      {"kid": "never-published"}
      """
    And a client that has just been started
    When the user logs in
    And the user logs in
    Then the user is not logged in
    And the client sends at most 4 key set requests
