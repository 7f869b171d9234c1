Feature: The token request

  @MUST @observe @RFC6749-4.1.3
  Scenario: token-request/method-and-type - the code is redeemed by a form in a POST
    When the user logs in
    Then the token request is a POST without query
    And the token request has the header "content-type" equal to "application/x-www-form-urlencoded"

  @MUST @observe @RFC6749-4.1.3
  Scenario: token-request/grant-type - the grant type is authorization_code
    When the user logs in
    Then the token request has "grant_type" equal to "authorization_code"

  @MUST @observe @RFC6749-4.1.3
  Scenario: token-request/redirect-uri-identical - the redirect URI is the one of the authorization request
    When the user logs in
    Then the token request repeats "redirect_uri" of its authorization request

  @MUST @observe @RFC6749-4.1.2
  Scenario: token-request/single-use - a code is redeemed once
    When the user logs in
    Then the user is logged in as alice
    And each authorization code is presented once
    And the client sends 1 token request

  @MUST @observe @RFC6749-2.3.1
  Scenario: token-request/auth-basic-encoding - Basic credentials are form-encoded before they are joined
    Given the client is registered for "client_secret_basic" at the token endpoint
    And the client is registered with the client_id "shop:one+two%three"
    And the client is registered with the client_secret "s3cret:+%/&=! and a space"
    When the user logs in
    Then the token request authenticates the client by form-encoded Basic credentials

  @MUST @observe @OIDC-Core-9
  Scenario: token-request/auth-post - credentials go into the body where that is registered
    Given the client is registered for "client_secret_post" at the token endpoint
    When the user logs in
    Then the token request authenticates the client in the body
    And the user is logged in as alice

  @MUST @observe @RFC6749-2.3
  Scenario: token-request/auth-single-method - the client authenticates in one way
    When the user logs in
    Then the token request authenticates the client in one way

  @MUST @observe @RFC6749-10.1
  Scenario: token-request/secret-never-elsewhere - the client secret goes to the token endpoint only
    When the user logs in
    Then the user is logged in as alice
    And the client secret is seen at the token endpoint only

  @MUST @observe @RFC6749-3.2
  Scenario: token-request/no-duplicate-params - each parameter is sent once
    When the user logs in
    Then every parameter of the token request is there once

  @MUST @observe @RFC6749-4.1.2
  Scenario: token-request/no-code-replay-after-lost-answer - a code whose answer got lost is not redeemed again
    Given the connection is reset instead of the token response
    When the user logs in
    Then each authorization code is presented once
    And the client sends 1 token request

  @MUST @observe @OIDC-Core-3.1.3.1 @OIDC-Core-9
  Scenario: token-request/auth-registered-method - the registered method is used, and no other is tried
    Given the client is registered for "client_secret_basic" at the token endpoint
    When the user logs in
    Then the user is logged in as alice
    And the client sends 1 token request

  @MUST @tolerate @RFC6749-3.2
  Scenario: token-request/endpoint-query-kept - a query in the token endpoint is kept
    Given a client that makes a metadata request
    And the metadata has "token_endpoint" set to "{issuer}oauth/token?tenant=a%2Fb"
    When the user logs in
    Then the user is logged in as alice
    And the token request keeps "tenant" equal to "a/b" in its URL
