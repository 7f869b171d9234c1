@needs:openid
Feature: The signature of the ID token

  OIDC Core 3.1.3.7 lets a client that got the token over TLS from the token endpoint skip the signature: these are
  SHOULDs in the baseline, MUSTs in the profile signature-required.

  @SHOULD @refuse @OIDC-Core-2 @OIDC-Core-3.1.3.7 @RFC8725-3.2 @MUST-in:signature-required
  Scenario Outline: id-token/alg-none<suffix> - an unsigned token is refused, however it spells its algorithm (<alg>)
    Given the ID token is unsigned, with the alg "<alg>"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

    Examples:
      | suffix       | alg  |
      |              | none |
      | -capitalised | None |
      | -mixed       | nOnE |

  @SHOULD @refuse @RFC8725-3.3 @MUST-in:signature-required
  Scenario: id-token/sig-corrupt - a signature that does not verify is refused
    Given the ID token's signature is corrupted
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @SHOULD @refuse @RFC8725-3.3 @MUST-in:signature-required
  Scenario: id-token/sig-other-claims - claims that were changed after signing are refused
    Given the ID token's claim "name" is changed to "Somebody Else" after signing
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @SHOULD @refuse @RFC8725-3.8 @MUST-in:signature-required
  Scenario: id-token/wrong-key-same-kid - a signature by an unpublished key under the published id is refused
    Given the ID token is signed with an unpublished key under the published key id
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @SHOULD @refuse @RFC8725-3.1 @MUST-in:signature-required
  Scenario Outline: id-token/hs256-public-key-<form> - the public key is no HMAC secret (<form>)
    Given the ID token is signed by HMAC with the public key as "<form>"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

    Examples:
      | form |
      | pem  |
      | der  |
      | jwk  |

  @SHOULD @refuse @OIDC-Core-3.1.3.7 @RFC8725-3.8 @MUST-in:signature-required
  Scenario: id-token/embedded-jwk - a key that the token itself carries is not trusted
    Given the ID token is signed with a key that its own header carries
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @refuse @RFC7515-4.1.11
  Scenario: id-token/crit-unknown - an extension that has to be understood, and is not, is refused
    Given the ID token's header has the members:
      """
      {"crit": ["x-must-know"], "x-must-know": true}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in

  @MUST @tolerate @RFC7515-4
  Scenario: id-token/header-harmless - unknown header members are ignored
    Given the ID token's header has the members:
      """
      {"typ": "JWT", "x5t": "AAAAAAAAAAAAAAAAAAAAAAAAAAA", "vendor": {"a": 1}}
      """
    When the user logs in
    Then the user is logged in as alice
