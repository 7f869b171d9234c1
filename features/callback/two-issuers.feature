@needs:multiple-issuers
Feature: A client of two providers with one redirect URI

  The first provider is the honest one. Where a scenario needs an attacker, the second one belongs to them.

  @INTEROP @tolerate @RFC9700-4.4.2
  Scenario: callback/two-issuers-interleaved - logins at two providers do not get into each other's way
    When the victim starts a login at the second provider
    And the user starts a login
    And the victim's authorization response arrives
    And the user's authorization response arrives
    Then the client goes on
    And no credential of the first provider reaches the second provider

  @MUST @refuse @RFC9700-4.4 @RFC9700-4.4.2 @RFC9207-2.4 @defence:iss
  Scenario: callback/mixup-two-issuers - a code of the honest provider is not sent to the attacker's one
    Given the provider sends and announces the iss parameter
    When the victim starts a login at the second provider, and the first provider answers it for alice
    And the victim's authorization response arrives
    Then no credential of the first provider reaches the second provider
    And the victim is not logged in

  @MUST @refuse @RFC9700-4.4 @RFC9700-4.4.2 @RFC9207-2.4 @defence:iss
  Scenario: callback/mixup-reverse - a code of the attacker's provider does not complete a login at the honest one
    Given the second provider sends and announces the iss parameter
    When the victim starts a login at the first provider, and the second provider answers it for mallory
    And the victim's authorization response arrives
    Then the victim is not logged in as mallory
