@needs:openid
Feature: Pointers in the header of the ID token

  @SHOULD @refuse @RFC8725-3.10 @RFC7515-4.1.2 @RFC7515-4.1.5 @MUST-in:signature-required
  Scenario: id-token/header-jku-x5u - keys and certificates that the header points to are neither fetched nor believed
    The token's own header says where its key is: at the attacker's host, where the key that has signed it is
    published. A client that fetches keys from there believes any token of the attacker, and lets the attacker make
    it send requests to hosts of their choice.
    Fix: take keys only from the `jwks_uri` of the configured provider, and ignore `jku`, `x5u` and `jwk` in the
    header of a token.
    Given the ID token is signed with an unpublished key under the published key id
    And the ID token's header has the members:
      """
      {"kid": "{stranger_kid}", "jku": "{stranger}.well-known/jwks.json", "x5u": "{stranger}pem"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used
    And the stranger is never asked
