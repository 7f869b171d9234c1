@needs:multiple-issuers
Feature: Users and tokens of two providers are kept apart

  Both providers have people with the same subjects.

  @MUST @refuse @OIDC-Core-5.7 @OIDC-Core-3.1.3.7 @needs:openid
  Scenario: cve/idp-confusion - a subject of one provider does not open the account of another provider's user
    A subject is unique within its issuer and nowhere else. A client that keeps accounts by `sub` alone gives the
    account of one provider's user to anybody who has, or chooses, the same subject at another provider.
    Fix: key accounts by `iss` and `sub` together, in the database as well as in the session.
    When the victim logs in
    And alice logs in at the second provider in the attacker's browser
    Then the victim is logged in as alice of the first provider
    And the attacker is not logged in as alice of the first provider

  @MUST @observe @RFC9700-4.9.1 @RFC6750-5.2
  Scenario: session/tokens-per-issuer - the API of each provider is called with its own tokens
    Each provider's access tokens are for its own API. A client that has one place for tokens, or for the API's
    address, sends a user's token of one provider to the API of another, whose operator can then use it.
    Fix: store the issuer beside the tokens of a session, and choose the API by it whenever the tokens are used.
    When the user logs in
    And the user logs in at the second provider
    And the client calls the API
    Then the client goes on
    And no credential of the first provider reaches the second provider
    And no credential of the second provider reaches the first provider

  @MUST @observe @RFC6749-6 @RFC6749-10.4
  Scenario: refresh/at-own-issuer - a refresh token goes back to the provider that has issued it
    A refresh token is a long-lived credential for the provider that has issued it. A client that refreshes at a
    fixed token endpoint hands it, together with a client secret, to another provider, and the user is logged out
    besides.
    Fix: store the issuer beside the refresh token, and refresh at the token endpoint of that provider with the
    credentials for it.
    When the user logs in at the second provider
    And the client refreshes its access token
    Then the client goes on
    And no credential of the second provider reaches the first provider
