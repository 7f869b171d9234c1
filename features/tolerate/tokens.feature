Feature: What a token response may hold

  @INTEROP @tolerate @RFC6749-5.1
  Scenario: tolerate/access-token-lifetime - an access token lives as long as the provider says
    Lifetimes are a matter of configuration, and change. A client that expects one figure stops to work when the
    provider changes it.
    Fix: take whatever number `expires_in` has.
    Given the provider varies in "access-token-lifetime"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC6749-1.4
  Scenario: tolerate/access-token-length - an access token is of any length
    Access tokens are opaque to clients, and their length is the provider's affair. A client that checks it, or keeps
    the token in a short column, fails with some of them.
    Fix: demand of the access token that it is not empty, and nothing else.
    Given the provider varies in "access-token-length"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC6749-1.4 @RFC7519-4
  Scenario: tolerate/access-token-claim - an unknown claim in an access token is nothing to the client
    An access token is a message to the API. A client that looks into it, and refuses claims that it does not know,
    breaks when the API's people add one.
    Fix: do not parse the access token.
    Given the provider varies in "access-token-claim"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC6749-1.5
  Scenario: tolerate/refresh-token-length - a refresh token is of any length
    Refresh tokens are opaque to clients. A client that checks the length, or keeps the token in a short column, fails
    with some providers, and only when the access token has expired.
    Fix: demand of the refresh token that it is not empty, and nothing else.
    Given the provider varies in "refresh-token-length"
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
