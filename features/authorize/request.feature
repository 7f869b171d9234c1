Feature: The authorization request

  @MUST @observe @RFC6749-4.1.1
  Scenario: authorize-request/happy-path - a login starts with a well-formed request for a code
    When the user logs in
    Then the user is logged in as alice
    And the authorization request has "response_type" equal to "code"
    And the authorization request has "client_id" equal to "{client_id}"
    And the client sends 1 authorization request

  @MUST @observe @OIDC-Core-3.1.2.1
  Scenario: authorize-request/response-type-code - the response type is exactly code
    When the user logs in
    Then the authorization request has "response_type" equal to "code"

  @MUST @observe @RFC6749-4.1.1
  Scenario: authorize-request/client-id - a client_id with reserved characters arrives to the byte
    Given the client is registered with the client_id "shop one+two&three%20four/five"
    When the user logs in
    Then the authorization request has "client_id" equal to "shop one+two&three%20four/five"

  @MUST @observe @OIDC-Core-3.1.2.1 @RFC6749-3.1.2.3
  Scenario: authorize-request/redirect-uri-exact - the redirect URI is the registered one to the byte
    When the user logs in
    Then "redirect_uri" of the authorization request is a "registered redirect URI"

  @MUST @observe @OIDC-Core-3.1.2.1 @needs:openid
  Scenario: authorize-request/scope-openid - the scope of a login holds openid
    When the user logs in
    Then "scope" of the authorization request lists "openid"

  @MUST @observe @RFC6749-3.3
  Scenario: authorize-request/scope-encoding - several scopes travel as one list separated by spaces
    When the user logs in
    Then "scope" of the authorization request is a "scope list"

  @INTEROP @observe @Auth0
  Scenario: authorize-request/audience-sent - the API's identifier reaches the provider, though it is no URL
    Given the client asks for the audience "appointments:api"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the authorization request has "audience" equal to "appointments:api"
    And the API sees a token for "appointments:api"

  @SHOULD @observe @RFC6749-4.1.1 @defence:state
  Scenario: authorize-request/state-present - a state accompanies the request
    When the user logs in
    Then the authorization request has "state"

  @MUST @mechanism @RFC6749-10.10 @RFC6749-10.12 @defence:state @MUST-in:strict-state
  Scenario: authorize-request/state-entropy - the state cannot be guessed
    Given a client that sends "state" in the authorization request
    When 16 logins are started
    Then "state" differs in every authorization request
    And "state" carries at least 64 varying bits in the authorization requests

  @MUST @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: authorize-request/state-unique-per-request - every attempt has a state of its own
    Given a client that sends "state" in the authorization request
    When 8 logins are started
    Then "state" differs in every authorization request

  @MAY @observe @OIDC-Core-3.1.2.1 @defence:nonce @needs:openid
  Scenario: authorize-request/nonce-present - a nonce accompanies the request
    When the user logs in
    Then the authorization request has "nonce"

  @MUST @observe @RFC9700-2.1.1 @defence:nonce @needs:openid
  Scenario: authorize-request/nonce-unique - the nonce is fresh and cannot be guessed
    Given a client that sends "nonce" in the authorization request
    When 16 logins are started
    Then "nonce" differs in every authorization request
    And "nonce" carries at least 64 varying bits in the authorization requests

  @MUST @observe @RFC6749-2.3.1
  Scenario: authorize-request/no-secret-in-url - no credential travels through the browser
    When the user logs in
    Then the authorization request has no "client_secret"
    And the authorization request has no "code_verifier"
    And the authorization request has no "client_assertion"

  @MUST @observe @RFC6749-3.1
  Scenario: authorize-request/no-duplicate-params - each parameter is sent once
    When the user logs in
    Then every parameter of the authorization request is there once

  @MUST @observe @RFC9700-2.1.1
  Scenario: authorize-request/injection-wall-present - something binds the code to this login
    When 16 logins are started
    Then one of "code_challenge, nonce" carries at least 64 varying bits in the authorization requests

  @MUST @observe @RFC9700-2.1
  Scenario: authorize-request/csrf-wall-present - something binds the response to this browser
    When 16 logins are started
    Then one of "state, nonce, code_challenge" carries at least 64 varying bits in the authorization requests

  @MUST @tolerate @RFC6749-3.1
  Scenario: authorize-request/endpoint-query-kept - a query in the authorization endpoint is kept
    Given a client that makes a metadata request
    And the metadata has "authorization_endpoint" set to "{issuer}authorize?tenant=a%2Fb"
    When the user logs in
    Then the user is logged in as alice
    And the authorization request keeps "tenant" equal to "a/b" in its URL
