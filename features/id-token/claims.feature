@needs:openid
Feature: The claims of the ID token

  @MUST @tolerate @OIDC-Core-3.1.3.7
  Scenario: id-token/honest-rs256 - an honest ID token is accepted
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iss-wrong - a token of another issuer is refused
    Given the ID token's claim "iss" is "https://attacker.example/"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iss-near-miss - issuers are compared to the last character
    Given the ID token's claim "iss" is "{issuer}x"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/iss-missing - a token without issuer is refused
    Given the ID token has no claim "iss"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-wrong - a token for another client is refused
    Given the ID token's claim "aud" is "another-client"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-near-miss - audiences are compared to the last character
    Given the ID token's claim "aud" is "{client_id}x"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-wrong-azp-right - an authorized party does not stand in for the audience
    Given the ID token has the claims:
      """
      {"aud": "another-client", "azp": "{client_id}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-missing - a token without audience is refused
    Given the ID token has no claim "aud"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @tolerate @OIDC-Core-2
  Scenario: id-token/aud-array-single - an audience may be a list of one
    Given the ID token has the claims:
      """
      {"aud": ["{client_id}"]}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/exp-past - an expired token is refused
    Given the ID token has the claims:
      """
      {"exp": "{now-3600}", "iat": "{now-7200}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/exp-missing - a token without expiry is refused
    Given the ID token has no claim "exp"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/iat-missing - a token without time of issue is refused
    Given the ID token has no claim "iat"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-3.1.3.7 @defence:nonce
  Scenario: id-token/nonce-wrong - a token with another nonce is refused
    Given a client that sends "nonce" in the authorization request
    And the ID token's claim "nonce" is "{nonce}x"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7 @defence:nonce
  Scenario: id-token/nonce-missing - a token without the nonce that was sent is refused
    Given a client that sends "nonce" in the authorization request
    And the ID token has no claim "nonce"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/sub-missing - a token without subject is refused
    Given the ID token has no claim "sub"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @tolerate @OIDC-Core-3.1.3.6
  Scenario: id-token/at-hash-absent - at_hash may be absent in the code flow
    Given the ID token has no claim "at_hash"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-2
  Scenario: id-token/unknown-claims - unknown claims of every JSON type are ignored
    Given the ID token has the claims:
      """
      {"https://claims.example/object": {"a": 1}, "https://claims.example/list": [1, "two", false], "n": 1.5, "flag": true}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-array-untrusted - a token that is meant for a stranger, too, is refused
    Given the ID token has the claims:
      """
      {"aud": ["{client_id}", "a-stranger"]}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @SHOULD @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/azp-other - a token that another client has asked for is refused
    Given the ID token's claim "azp" is "a-stranger"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MAY @tolerate @OIDC-Core-2
  Scenario: id-token/azp-self - a token may name the client as its authorized party
    Given the ID token's claim "azp" is "{client_id}"
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-2
  Scenario Outline: id-token/exp-<slug> - an expiry that is no number is refused (<slug>)
    Given the ID token has the claims:
      """
      {"exp": <value>}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

    Examples:
      | slug      | value                  |
      | text      | "2099-01-01T00:00:00Z" |
      | object    | {"seconds": 4070908800} |

  @INTEROP @tolerate @OIDC-Core-3.1.3.7
  Scenario: id-token/iat-future-small - a provider's clock may be half a minute ahead
    Given the ID token has the claims:
      """
      {"iat": "{now+30}", "nbf": "{now+30}"}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @RFC7519-4.1.5
  Scenario: id-token/nbf-future - a token that is not valid yet is refused
    Given the ID token has the claims:
      """
      {"nbf": "{now+3600}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @OIDC-Core-2
  Scenario Outline: id-token/sub-<slug> - a subject is a text that is not empty (<value>)
    Given the ID token has the claims:
      """
      {"sub": <value>}
      """
    When the user logs in
    Then the user is not logged in

    Examples:
      | slug  | value     |
      | empty | ""        |
      | list  | ["alice"] |

  @MAY @mechanism @OIDC-Core-3.1.3.8 @defence:at-hash
  Scenario: id-token/at-hash-wrong - an access token that does not belong to the ID token is not used
    Given the ID token's claim "at_hash" is "AAAAAAAAAAAAAAAAAAAAAA"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @RFC7519-7.2
  Scenario Outline: id-token/malformed-<slug> - what is no JWT is no ID token (<slug>)
    Given the token response has the members:
      """
      {"id_token": <value>}
      """
    When the user logs in
    Then the user is not logged in

    Examples:
      | slug      | value                                   |
      | two-parts | "e30.e30"                               |
      | json      | "{}"          |
      | text      | "not-a-token"                           |

  @INTEROP @tolerate @OIDC-Core-2
  Scenario: id-token/large-token - an ID token of 12 KB is accepted
    Given the ID token has 40 further claims
    When the user logs in
    Then the user is logged in as alice
