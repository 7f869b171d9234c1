@needs:multiple-issuers
Feature: A client of two providers

  The first provider is the honest one. Where a scenario needs an attacker, the second one belongs to them.

  @INTEROP @tolerate @RFC9700-4.4.2
  Scenario: callback/two-issuers-interleaved - logins at two providers do not get into each other's way
    Users log in at two providers side by side, in several browsers. A client that remembers the latest provider in
    one place for all takes the code of one to the token endpoint of the other: that login fails, and the wrong
    provider gets the code and perhaps the client secret.
    Fix: store the issuer with each pending login, under its state, and read it from there in the callback.
    When the victim starts a login at the second provider
    And the user starts a login
    And the victim's authorization response arrives
    And the user's authorization response arrives
    Then the client goes on
    And no credential of the first provider reaches the second provider

  @MUST @refuse @RFC9700-4.4 @RFC9700-4.4.2 @RFC9207-2.4 @defence:iss
  Scenario: callback/mixup-two-issuers - a code of the honest provider is not sent to the attacker's one
    The victim starts a login at the attacker's provider, which sends the browser on to the honest one. A client
    that does not notice who has answered takes the victim's code to the attacker's token endpoint, and the attacker
    redeems it. The two providers are at one host, as tenants are: what a client keeps by the name of the host, it
    keeps for both.
    Fix: in the callback, compare `iss` with the issuer that was stored with the pending login, and refuse before
    the code is used; or have a redirect URI for each provider, and compare that. Keep pending logins by issuer, not by
    host.
    Given the provider sends and announces the iss parameter
    When the victim starts a login at the second provider, and the first provider answers it for alice
    And the victim's authorization response arrives
    Then no credential of the first provider reaches the second provider
    And the victim is not logged in

  @MUST @refuse @RFC9700-4.4 @RFC9700-4.4.2 @RFC9207-2.4
  Scenario: callback/mixup-reverse - a code of the attacker's provider does not complete a login at the honest one
    The victim starts a login at the honest provider, and the answer comes from the attacker's, with a code for the
    attacker's account. A client that goes by the response, and not by the login that it has begun, ends up with
    somebody else's user in the victim's browser.
    Fix: take the provider from the pending login, never from the response, and refuse an `iss` that is another one.
    Given the second provider sends and announces the iss parameter
    When the victim starts a login at the first provider, and the second provider answers it for mallory
    And the victim's authorization response arrives
    Then the victim is not logged in as mallory
