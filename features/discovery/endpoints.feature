Feature: Endpoints are where the metadata say

  Every endpoint is published at a path that nobody can guess.

  Background:
    Given the metadata has the members:
      """
      {
        "authorization_endpoint": "{issuer}authorize/~as-published",
        "token_endpoint": "{issuer}oauth/token/~as-published",
        "userinfo_endpoint": "{issuer}userinfo/~as-published",
        "jwks_uri": "{issuer}.well-known/jwks.json/~as-published"
      }
      """

  @MUST @observe @OIDC-Discovery-4.2
  Scenario: discovery/endpoints-honoured - the endpoints of a login are read, not guessed
    When the user logs in
    Then the user is logged in as alice
    And the authorization request goes to a path that ends in "/~as-published"
    And the token request goes to a path that ends in "/~as-published"

  @MUST @observe @OIDC-Discovery-4.2 @needs:openid
  Scenario Outline: discovery/endpoints-honoured-<slug> - the URL of the <request> is read, not guessed
    Given a client that makes a <request>
    When the user logs in
    Then the user is logged in as alice
    And the <request> goes to a path that ends in "/~as-published"

    Examples:
      | slug     | request          |
      | userinfo | UserInfo request |
      | jwks     | key set request  |

  @MUST @observe @OIDC-Discovery-4.2 @RFC6749-6
  Scenario: discovery/endpoints-honoured-refresh - a refresh goes to the published token endpoint, too
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the refresh request goes to a path that ends in "/~as-published"
