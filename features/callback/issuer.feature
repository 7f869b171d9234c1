Feature: The iss parameter of the authorization response (RFC 9207)

  Background:
    Given the provider sends and announces the iss parameter

  @MUST @tolerate @RFC9207-2.4 @defence:iss
  Scenario: callback/iss-match - the right issuer is accepted
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @RFC9207-2.4 @defence:iss @needs:rfc9207
  Scenario: callback/iss-wrong - a response that names another issuer is refused
    Given the authorization response has "iss" set to "https://attacker.example/"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9207-2.4 @defence:iss @needs:rfc9207
  Scenario: callback/iss-longer - issuers are compared to the last character
    Given the authorization response has "iss" set to "{issuer}x"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9207-2.4 @defence:iss @needs:rfc9207
  Scenario: callback/iss-missing-advertised - a promised issuer that is missing is refused
    Given the authorization response has no "iss"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9207-2.4 @defence:iss @needs:rfc9207
  Scenario: callback/iss-wrong-by-slash - a slash more is another issuer
    Given the authorization response has "iss" set to "{issuer}/"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed
