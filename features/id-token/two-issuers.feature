@needs:openid @needs:multiple-issuers
Feature: ID tokens of two providers

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iss-of-other-provider - a provider cannot speak for another one that the client knows
    Given the ID token's claim "iss" is "{first}"
    And every fault is the second provider's
    When the user logs in at the second provider
    Then the client refuses at the ID token step
    And the user is not logged in

  @SHOULD @refuse @OIDC-Core-3.1.3.7 @OIDC-Core-10.1 @RFC8725-3.8 @MUST-in:signature-required
  Scenario: jwks/per-issuer - a key of one provider signs nothing for another
    Given the ID token is signed with an unpublished key under the published key id
    And the ID token's header has the members:
      """
      {"kid": "{second_kid}"}
      """
    When the attacker logs in at the second provider
    And the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
