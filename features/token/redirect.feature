Feature: A token endpoint that points elsewhere

  Code, verifier, refresh token and client secret are for the token endpoint alone: they do not travel on with a redirect.

  @SHOULD @refuse @RFC6749-10.1 @RFC9110-15.4
  Scenario Outline: token-response/redirect-cross-origin-<status> - nothing secret follows a redirect to another host (<status>)
    The token endpoint answers with a redirect to another host. A client that follows it may take along code, verifier
    and client secret, and anybody who listens there can redeem the code in the client's name.
    Fix: switch off redirects in the HTTP client that sends token requests, and treat a redirect as a failed login.
    Given the token response is a <status> redirect to "{stranger}oauth/token"
    When the user logs in
    Then the user is not logged in
    And no credential reaches the stranger

    Examples:
      | status |
      | 302    |
      | 307    |

  @SHOULD @refuse @RFC6749-10.4 @RFC9110-15.4
  Scenario Outline: refresh/redirect-cross-origin-<status> - a refresh token does not follow a redirect to another host (<status>)
    The token endpoint answers a refresh with a redirect to another host. A client that follows it may take along the
    refresh token and the client secret, and anybody who listens there has the session for as long as the refresh token
    lives. Many clients refresh by another function than the one that redeems the code.
    Fix: switch off redirects in the HTTP client that sends refresh requests, too, and treat a redirect as a failed
    refresh.
    Given the refresh response is a <status> redirect to "{stranger}oauth/token"
    When the user logs in
    And the client refreshes its access token
    Then no credential reaches the stranger

    Examples:
      | status |
      | 302    |
      | 307    |
