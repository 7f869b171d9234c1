@needs:openid @needs:multiple-issuers
Feature: ID tokens of two providers

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iss-of-other-provider - a provider cannot speak for another one that the client knows
    The second provider signs, with its own good key, a token that claims to be the first one's. A client that
    accepts any issuer that it knows, instead of the one that was asked, lets each provider log in the users of all
    others.
    Fix: compare `iss` of the ID token with the issuer that the pending login was begun at, not with a list of
    issuers.
    Given the ID token's claim "iss" is "{first}"
    And every fault is the second provider's
    When the user logs in at the second provider
    Then the client refuses at the ID token step
    And the user is not logged in

  @SHOULD @refuse @OIDC-Core-3.1.3.7 @OIDC-Core-10.1 @RFC8725-3.8 @MUST-in:signature-required
  Scenario: jwks/per-issuer - a key of one provider signs nothing for another
    A token of the first provider is signed with a key of the second, which the client has fetched before. A client
    that keeps the keys of all providers in one cache, by key identifier alone, finds the key there and believes the
    token.
    Fix: keep the keys of each provider apart, and look up a `kid` only among the keys of the issuer that the login
    was begun at.
    Given the ID token is signed with an unpublished key under the published key id
    And the ID token's header has the members:
      """
      {"kid": "{second_kid}"}
      """
    When the attacker logs in at the second provider
    And the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
