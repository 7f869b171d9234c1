Feature: The tutorial's sample use cases, in Auth0's dialect

  @INTEROP @tolerate @Auth0
  Scenario: dialect/auth0-profile - the whole tutorial: authorize, token, API, refresh
    When the user logs in
    And the client calls the API
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the authorization request has "audience" equal to "{audience}"

  @INTEROP @tolerate @Auth0 @RFC6749-5.1
  Scenario: dialect/auth0-plain-oauth - the tutorial's literal request: scopes without openid, an API that is no URL
    Given the client asks for the scope "appointments contacts"
    And the client asks for the audience "appointments:api"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the authorization request has "scope" equal to "appointments contacts"
    And the API sees a token for "appointments:api"

  @INTEROP @tolerate @Auth0 @OIDC-Core-5.1.2 @needs:openid
  Scenario: dialect/auth0-custom-claims - namespaced custom claims reach the application
    When the user logs in
    Then the user is logged in as alice
    And the client shows the claim "plan-of-alice"
