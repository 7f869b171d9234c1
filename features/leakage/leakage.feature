Feature: Credentials stay where they belong

  @SHOULD @observe @RFC6750-5.3 @RFC9700-4.2 @RFC9700-4.3
  Scenario: leakage/code-and-tokens-not-in-urls - no credential travels in a URL but the code in its own callback
    When the user logs in
    And the client calls the API
    Then the client goes on
    And no credential is in a URL

  @SHOULD @observe @RFC6749-10.3 @RFC9700-4.9
  Scenario: leakage/html-and-scripts - pages hold no token, no verifier and no secret
    When the user logs in
    And the client calls the API
    Then the user is logged in as alice
    And no credential is shown to a browser

  @SHOULD @observe @RFC6749-10.3 @RFC6749-10.5 @OWASP-ASVS
  Scenario Outline: leakage/error-pages-<slug> - a page about an error holds no credential (<slug>)
    Given the token response is status <status> as "<type>":
      """
      <body>
      """
    When the user logs in
    Then the attempt ends without success
    And no credential is shown to a browser

    Examples:
      | slug          | status | type             | body                                                                         |
      | invalid-grant | 400    | application/json | {"error": "invalid_grant", "error_description": "the code {code} is no good"} |
      | outage        | 500    | text/html        | <h1>cannot redeem {code}</h1>                                                |

  @MUST @observe @RFC6749-2.3.1 @RFC6749-10.1 @needs:offline-access
  Scenario: leakage/secret-only-to-token-endpoint - the secret goes to the token endpoint only, over the whole life of a session
    When the user logs in
    And the client calls the API
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the client secret is seen at the token endpoint only

  @SHOULD @observe @RFC7636-7.1 @RFC9700-2.1.1 @defence:pkce
  Scenario: leakage/verifier-in-front-channel - the verifier is not in the authorization request
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then the user is logged in as alice
    And the code_verifier is seen at the token endpoint only
