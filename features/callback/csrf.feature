Feature: Responses that this browser did not ask for

  Attacker and victim have browsers of their own and different subjects: identity decides, not a status code.

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: callback/csrf-login-property - the attacker's response does not log the victim in
    When the attacker starts a login
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no access token of mallory is ever used

  @MUST @refuse @RFC6749-10.12
  Scenario: callback/csrf-no-pending-login - a response out of the blue does not log anybody in
    When the attacker starts a login without "code_challenge, code_challenge_method, nonce"
    And the attacker's authorization response arrives in the victim's browser with the "state" "invented-by-the-attacker"
    Then the victim is not logged in
    And no access token of mallory is ever used

  @MUST @refuse @RFC9700-2.1.1 @RFC9700-4.5
  Scenario: callback/code-injection-property - the victim's code does not open the victim's account to the attacker
    When the victim starts a login
    And the attacker starts a login
    And the victim's authorization response arrives in the attacker's browser with its own "state"
    Then the attacker is not logged in as alice
    And no access token of alice is ever used

  @SHOULD @mechanism @RFC9700-2.1 @RFC9700-4.7.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-mismatch - an altered state is refused
    Given a client that sends "state" in the authorization request
    And the authorization response has "state" set to "{state}x"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @mechanism @RFC9700-4.7.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-mismatch-walls-down - a foreign state is refused where neither PKCE nor nonce helps
    Given a client that sends "state" in the authorization request
    And the provider binds codes to nothing
    When the attacker starts a login
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory

  @SHOULD @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-missing - a response without state is refused
    Given a client that sends "state" in the authorization request
    And the authorization response has no "state"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-empty - a response with an empty state is refused
    Given a client that sends "state" in the authorization request
    And the authorization response has "state" set to ""
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @refuse @RFC9700-4.2.4 @defence:state @MUST-in:strict-state
  Scenario: callback/state-replayed - a spent state does not admit another code
    Given a client that sends "state" in the authorization request
    And the provider binds codes to nothing
    When the attacker starts a login
    And the user starts a login
    And the user's authorization response arrives
    And the attacker's authorization response arrives in the user's browser with its own "state"
    Then the user is not logged in as mallory
    And no access token of mallory is ever used

  @MUST @tolerate @RFC6749-10.12
  Scenario: callback/parallel-users - two browsers that interleave their logins each get their own person
    When alice starts a login in the victim's browser
    And bob starts a login in the user's browser
    And the victim's authorization response arrives
    And the user's authorization response arrives
    Then the victim is logged in as alice
    And the user is logged in as bob

  @SHOULD @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: callback/state-other-browser - the state of one browser is no good in another
    Given a client that sends "state" in the authorization request
    When the victim starts a login
    And the attacker starts a login
    And the victim's authorization response arrives in the victim's browser with the "state" "of-another-browser"
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no authorization code of mallory is ever redeemed

  @MAY @mechanism @RFC9700-4.5.3.2 @defence:nonce @needs:openid
  Scenario: callback/code-injection-nonce-only - the nonce alone stops an injected code
    Given a client that sends "nonce" in the authorization request
    And the provider does not verify PKCE
    When the victim starts a login
    And the attacker starts a login
    And the victim's authorization response arrives in the attacker's browser with its own "state"
    Then the attacker is not logged in as alice
    And no access token of alice is ever used

  @MUST @refuse @RFC9207-2.4 @defence:iss @needs:rfc9207
  Scenario: callback/iss-wrong-unadvertised - another issuer is refused although none was promised
    Given the authorization response has "iss" set to "https://attacker.example/"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed
