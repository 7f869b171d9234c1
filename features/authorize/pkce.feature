Feature: Proof Key for Code Exchange

  @SHOULD @observe @RFC9700-2.1.1 @defence:pkce
  Scenario: pkce/s256-used - the challenge method is S256
    A code that leaks on its way through the browser can be brought back to this client by anybody who finds it, unless
    the code is bound to a secret that the finder does not have. With S256 the browser sees only a hash of that secret,
    so that not even a reader of the authorization request can answer for it.
    Fix: where the authorization request is built, make a fresh verifier and send its SHA-256 as `code_challenge`,
    with `code_challenge_method=S256`. Most libraries have an option for it.
    When the user logs in
    Then the authorization request has "code_challenge"
    And the authorization request has "code_challenge_method" equal to "S256"

  @MUST @observe @RFC7636-4.2 @defence:pkce
  Scenario: pkce/not-plain - a challenge is never sent as plain
    With `plain` the challenge is the verifier itself. Anybody who can read the authorization request, in a log or in
    the browser's history, then holds the proof that was to protect the code. A request that names no method means
    `plain` as well.
    Fix: send `code_challenge_method=S256` with every challenge, where the authorization request is built; do not rely
    on a default.
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then the authorization request has "code_challenge_method" equal to "S256"

  @MUST @observe @RFC7636-4.2 @defence:pkce
  Scenario: pkce/challenge-wellformed - the challenge is a SHA-256 in base64url without padding
    The provider computes the challenge from the verifier and compares two strings. A hash in hexadecimal, in ordinary
    base64 or with a `=` at its end never equals what the provider computes. Logins fail at a provider that checks, and
    at one that does not, nobody notices that PKCE protects nothing.
    Fix: where the challenge is made, hash the ASCII bytes of the verifier with SHA-256, and encode the 32 bytes of the
    hash with the URL-safe base64 alphabet without padding: 43 characters.
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then "code_challenge" of the authorization request is an "S256 challenge"

  @MUST @observe @RFC7636-4.5 @RFC7636-4.6 @defence:pkce
  Scenario: pkce/verifier-sent-and-matches - the verifier belongs to its own challenge
    A challenge protects nothing until the matching verifier is sent with the code. A client that leaves it out, or
    keeps one verifier in a place that the next login overwrites, is turned away by a strict provider. A lenient
    provider lets it pass, and then a stolen code works without any proof.
    Fix: store the verifier with the pending login, and send exactly that one as `code_verifier` in the token request.
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then the code_verifier matches the code_challenge of its authorization request

  @MUST @observe @RFC7636-4.1 @defence:pkce
  Scenario: pkce/verifier-syntax - the verifier has 43 to 128 unreserved characters
    The hash of the verifier is in the authorization request, and anybody who sees the request sees it: a short verifier
    can be found by trying. One that is too long or has other characters is refused by providers that check the syntax,
    so that a client works with one provider and fails with the next.
    Fix: where a login starts, encode 32 random bytes in base64url without padding; that makes 43 permitted characters.
    Given a client that sends "code_challenge" in the authorization request
    When the user logs in
    Then "code_verifier" of the token request is a "code verifier"

  @MUST @observe @RFC9700-2.1.1 @defence:pkce
  Scenario: pkce/verifier-unique - every attempt has its own verifier
    A client that uses a verifier again binds several logins to the same secret. A code that was stolen from one of
    them can be injected into another, and the proof still fits. A verifier that is long and mostly constant is found by
    trying, for its hash is in the authorization request. PKCE is then switched on, and stops nothing.
    Fix: make the verifier inside the function that starts a login, of 32 bytes from a cryptographically secure random
    generator; never in a constant, a shared object or once at start-up.
    Given a client that sends "code_challenge" in the authorization request
    When 16 logins are completed
    Then "code_challenge" differs in every authorization request
    And "code_verifier" differs in every token request
    And "code_verifier" carries at least 128 varying bits in the token requests

  @SHOULD @tolerate @RFC7636-5 @defence:pkce
  Scenario: pkce/server-silent-metadata - a provider that does not announce PKCE gets a challenge all the same
    Some providers verify PKCE and do not say so in their metadata; others ignore the parameters, which costs nothing.
    A client that sends a challenge only where it is announced gives its protection up for want of one metadata member.
    Fix: where the authorization request is built, send `code_challenge` and `code_challenge_method` always, whether or
    not the metadata have `code_challenge_methods_supported`.
    Given a client that makes a metadata request
    And a client that sends "code_challenge" in the authorization request
    And the metadata has no "code_challenge_methods_supported"
    When the user logs in
    Then the user is logged in as alice
    And the authorization request has "code_challenge"

  @MUST @observe @RFC7636-4.2 @defence:pkce
  Scenario: pkce/plain-only-metadata - metadata do not talk a client into plain
    A client that can do S256 has to use it, because each server that supports PKCE supports S256. Metadata that announce
    `plain` alone are wrong, or somebody has changed them. A client that takes the announced method puts its verifier
    into the authorization request, where the challenge was to protect it. A challenge without a method is plain, too.
    Fix: where the authorization request is built, send S256 whatever `code_challenge_methods_supported` says, or end
    the login.
    Given a client that makes a metadata request
    And a client that sends "code_challenge" in the authorization request
    And the metadata has the members:
      """
      {"code_challenge_methods_supported": ["plain"]}
      """
    When the user starts a login
    Then no authorization request has a plain challenge

  @MUST @refuse @RFC7636-7.2 @defence:pkce
  Scenario: pkce/no-downgrade - a refused challenge is not followed by a weaker one
    A server that supports PKCE has to support S256, and one that does not support it ignores the parameters. So an
    error in answer to a challenge means a faulty provider, or somebody in between who wants the next request to be
    weaker. A client that then falls back to `plain`, or to no challenge, does that person's work.
    Fix: treat the error as the end of this login. Have no branch that builds an authorization request with a weaker
    method or with none.
    Given a client that sends "code_challenge" in the authorization request
    And the authorization response is the error "invalid_request"
    And every fault happens once
    When the user logs in
    And the user logs in
    Then the authorization request has "code_challenge_method" equal to "S256"
