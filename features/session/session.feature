Feature: The client's own session

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: session/login-csrf-logged-in - the attacker's response does not replace the session of a logged-in user
    When the victim logs in
    And the attacker starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is logged in as alice

  @SHOULD @refuse @RFC6749-4.1.2 @RFC9700-4.2.4
  Scenario: session/callback-replay-after-logout - the old callback does not log in again
    When the user logs in
    And the user logs out
    And the same authorization response arrives again in the user's browser
    Then the user is not logged in
    And the client sends at most 2 token requests

  @MUST @recover @OIDC-Core-5.7 @needs:openid
  Scenario: session/user-switch - another person who logs in in the same browser is that person
    When alice logs in in the same browser
    And bob logs in in the same browser
    Then the user is logged in as bob
    And the user is not logged in as alice

  @MUST @refuse @RFC6749-4.1.2.1
  Scenario: session/error-leaves-no-session - a denied login leaves nobody logged in
    Given the authorization response is the error "access_denied"
    When the user logs in
    Then the user is not logged in

  @SHOULD @recover @OIDC-RP-Initiated-Logout-2 @OWASP-ASVS
  Scenario: logout/local-session-cleared - logging out ends the session
    When the user logs in
    And the user logs out
    Then the user is not logged in

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: session/login-csrf-pending - a foreign response does not disturb a login that has begun
    When the attacker starts a login
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    And the victim's authorization response arrives
    Then the victim is not logged in as mallory

  @MUST @refuse @OIDC-Core-5.7 @OIDC-Core-5.1 @needs:openid
  Scenario: cve/account-link-unverified-email - an unverified e-mail address opens nobody's account
    Given the ID token has the claims:
      """
      {"email": "alice@example.test", "email_verified": false}
      """
    When the victim logs in
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice

  @MUST @refuse @OIDC-Core-5.7 @needs:openid
  Scenario: cve/noauth-mutable-claim - a name that a user can change opens nobody's account
    Given the ID token has the claims:
      """
      {"preferred_username": "alice", "upn": "alice@example.test", "nickname": "alice"}
      """
    When the victim logs in
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice
