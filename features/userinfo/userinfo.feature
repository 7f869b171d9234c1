@needs:openid
Feature: UserInfo

  @SHOULD @observe @RFC6750-2.1 @OIDC-Core-5.3.1
  Scenario: userinfo/bearer-in-header - the access token travels in the Authorization header
    Given a client that makes a UserInfo request
    When the user logs in
    Then the UserInfo request carries the access token in the Authorization header only

  @MUST @refuse @OIDC-Core-5.3.2
  Scenario: userinfo/sub-mismatch - an answer about another user is not used
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"sub": "auth0|bob", "name": "Bob", "website": "https://marker-of-bob.example/"}
      """
    When the user logs in
    Then the user is not logged in as bob
    And the client never shows "marker-of-bob"

  @MUST @refuse @OIDC-Core-5.3.2
  Scenario: userinfo/sub-missing - an answer without subject is not used
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"sub": null, "name": "Nobody", "website": "https://marker-of-nobody.example/"}
      """
    When the user logs in
    Then the client never shows "marker-of-nobody"
    And the user is not logged in as bob

  @INTEROP @recover @OIDC-Core-5.3.3
  Scenario: userinfo/status-500 - an outage of UserInfo harms at most one login
    Given a client that makes a UserInfo request
    And the UserInfo response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the provider is honest again
    And bob logs in in the same browser
    Then the user is logged in as bob

  @INTEROP @recover @OIDC-Core-5.3.3 @RFC6750-3.1
  Scenario: userinfo/status-401-invalid-token - a token that UserInfo does not like is not presented for ever
    Given a client that makes a UserInfo request
    And the UserInfo response is status 401 with the challenge "Bearer error='invalid_token'"
    When the user logs in
    Then the client sends at most 2 UserInfo requests
    And the client sends at most 2 token requests

  @INTEROP @tolerate @OIDC-Core-5.3.1 @OIDC-Core-5.3.4
  Scenario: userinfo/honest - what UserInfo adds reaches the application
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"website": "https://only-in-userinfo.example/"}
      """
    When the user logs in
    Then the user is logged in as alice
    And the UserInfo request carries an access token and no ID token
    And the client shows the claim "only-in-userinfo"

  @MUST @refuse @OIDC-Core-5.3.2 @OIDC-Core-2
  Scenario: userinfo/sub-case-differs - subjects are compared with regard to case
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"sub": "AUTH0|ALICE", "website": "https://marker-of-upper-case.example/"}
      """
    When the user logs in
    Then the client never shows "marker-of-upper-case"

  @SHOULD @tolerate @OIDC-Core-5.1.2 @OIDC-Core-5.3.2
  Scenario: userinfo/extra-claims - unknown claims of every JSON type are ignored
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"https://claims.example/object": {"a": [1, null]}, "list": [], "flag": false, "number": 1.5}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-5.3.2
  Scenario: userinfo/requested-claim-absent - claims that were asked for may be missing
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"name": null, "nickname": null, "email": null, "updated_at": null}
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @refuse @OIDC-Core-5.3.2
  Scenario Outline: userinfo/<slug> - a body that is no JSON is not shown and logs in nobody else (<slug>)
    Given a client that makes a UserInfo request
    And the UserInfo response is status 200 as "<type>":
      """
      <body>
      """
    When the user logs in
    Then the user is not logged in as bob
    And the client never shows "marker-5e0f"

    Examples:
      | slug              | type             | body                                            |
      | content-type-html | text/html        | <p>auth0-bob</p><p>marker-5e0f</p>              |
      | bad-json          | application/json | {"sub": "auth0-alice", "website": "marker-5e0f" |

  @INTEROP @tolerate @OIDC-Core-5.1
  Scenario: userinfo/types-drift - a time stamp as text and a truth value as text break no login
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"updated_at": "2026-01-01T00:00:00.000Z", "email_verified": "true"}
      """
    When the user logs in
    Then the user is logged in as alice
