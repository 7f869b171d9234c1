Feature: Endpoints are where the metadata say

  Every endpoint is published at a path that nobody can guess.

  Background:
    Given the metadata has the members:
      """
      {
        "authorization_endpoint": "{base_url}{authorization_path}/~as-published",
        "token_endpoint": "{base_url}{token_path}/~as-published",
        "userinfo_endpoint": "{base_url}{userinfo_path}/~as-published",
        "jwks_uri": "{base_url}{jwks_path}/~as-published"
      }
      """

  @MUST @observe @OIDC-Discovery-4.2
  Scenario: discovery/endpoints-honoured - the endpoints of a login are read, not guessed
    Providers publish where their endpoints are, and move them or have them under paths of a tenant. A client that
    appends well-known paths to the issuer works with one provider by luck, and with the next one not at all.
    Fix: read `authorization_endpoint` and `token_endpoint` from the metadata, and build no URL out of the issuer
    but that of the metadata.
    When the user logs in
    Then the user is logged in as alice
    And the authorization request goes to a path that ends in "/~as-published"
    And the token request goes to a path that ends in "/~as-published"

  @MUST @observe @OIDC-Discovery-4.2 @needs:openid
  Scenario Outline: discovery/endpoints-honoured-<slug> - the URL of the <request> is read, not guessed
    This endpoint, too, is where the metadata say. A client that guesses its path gets a 404 from a provider that has it
    elsewhere, or uses an endpoint that is no longer maintained.
    Fix: read `userinfo_endpoint` and `jwks_uri` from the metadata, and append no path of your own to the issuer.
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
    Logging in and refreshing are often two pieces of code, and the second one has the token endpoint in its own
    configuration. It then fails hours after the login, when the first access token expires.
    Fix: take the token endpoint of a refresh from the same metadata as that of the login.
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the refresh request goes to a path that ends in "/~as-published"
