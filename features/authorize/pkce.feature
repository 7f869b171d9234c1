Feature: Proof Key for Code Exchange

  @SHOULD @observe @RFC9700-2.1.1 @defence:pkce
  Scenario: pkce/s256-used - the challenge method is S256
    When the user logs in
    Then the authorization request has "code_challenge"
    And the authorization request has "code_challenge_method" equal to "S256"

  @MUST @observe @RFC7636-4.2 @defence:pkce
  Scenario: pkce/not-plain - a challenge is never sent as plain
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then the authorization request has "code_challenge_method" equal to "S256"

  @MUST @observe @RFC7636-4.2 @defence:pkce
  Scenario: pkce/challenge-wellformed - the challenge is a SHA-256 in base64url without padding
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then "code_challenge" of the authorization request is an "S256 challenge"

  @MUST @observe @RFC7636-4.5 @RFC7636-4.6 @defence:pkce
  Scenario: pkce/verifier-sent-and-matches - the verifier belongs to its own challenge
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then the code_verifier matches the code_challenge of its authorization request

  @MUST @observe @RFC7636-4.1 @defence:pkce
  Scenario: pkce/verifier-syntax - the verifier has 43 to 128 unreserved characters
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then "code_verifier" of the token request is a "code verifier"

  @MUST @observe @RFC9700-2.1.1 @defence:pkce
  Scenario: pkce/verifier-unique - every attempt has a challenge of its own
    Given a client that sends "code_challenge" in the authorization request
    When 16 logins are started
    Then "code_challenge" differs in every authorization request
    And "code_challenge" carries at least 128 varying bits in the authorization requests

  @SHOULD @tolerate @RFC7636-5 @defence:pkce
  Scenario: pkce/server-silent-metadata - a provider that does not announce PKCE gets a challenge all the same
    Given a client that makes a metadata request
    And a client that sends "response_type" in the authorization request
    And the metadata has no "code_challenge_methods_supported"
    When the user logs in
    Then the user is logged in as alice
    And the authorization request has "code_challenge"

  @MUST @refuse @RFC7636-7.2 @defence:pkce
  Scenario: pkce/no-downgrade - a refused challenge is not followed by a weaker one
    Given a client that sends "code_challenge" in the authorization request
    And the authorization response is the error "invalid_request"
    And every fault happens once
    When the user logs in
    And the user logs in
    Then the authorization request has "code_challenge_method" equal to "S256"
