Feature: The tutorial's sample use cases, in Auth0's dialect

  @INTEROP @tolerate @Auth0
  Scenario: dialect/auth0-profile - the whole tutorial: authorize, token, API, refresh
    This is the tutorial from start to end, with an API named by `audience` and a refresh token. Clients that do each
    step well break at the seams: the audience gets lost, or the refresh token is not asked for or not kept. Users
    notice when the first access token has expired.
    Fix: check that the authorization request has `audience` and the scope `offline_access`, and that the refresh token
    is stored where the token response is parsed.
    When the user logs in
    And the client calls the API
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the authorization request has "audience" equal to "{audience}"

  @INTEROP @tolerate @Auth0 @RFC6749-5.1
  Scenario: dialect/auth0-plain-oauth - the tutorial's literal request: scopes without openid, an API that is no URL
    The tutorial's own example asks for scopes of an API without `openid`, and its API is not named by a URL. The token
    response then has no ID token, and needs none. A client that insists on an ID token, or on a URL, cannot do plain
    OAuth.
    Fix: where the token response is parsed, demand an ID token only if `openid` was asked for, and pass `audience` on
    as plain text.
    Given the client asks for the scope "appointments contacts"
    And the client asks for the audience "appointments:api"
    When the user logs in
    And the client calls the API
    Then "scope" of the authorization request lists "appointments"
    And "scope" of the authorization request lists "contacts"
    And the API sees a token for "appointments:api"

  @INTEROP @tolerate @Auth0 @OIDC-Core-5.1.2 @needs:openid
  Scenario: dialect/auth0-custom-claims - namespaced custom claims reach the application
    In Auth0's dialect an application's own claims, such as roles or a plan, have names that look like URLs. A client
    that copies a fixed list of claims, or splits names at dots or slashes, loses them. The application then decides
    without the facts that it asked for.
    Fix: where the claims of the ID token are mapped to the user, keep the unknown ones and pass them on under their
    full names.
    When the user logs in
    Then the user is logged in as alice
    And the client shows the claim "{alice_plan}"
