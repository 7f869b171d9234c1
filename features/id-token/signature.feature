@needs:openid
Feature: The signature of the ID token

  OIDC Core 3.1.3.7 lets a client that got the token over TLS from the token endpoint skip the signature: these are
  SHOULDs in the baseline, MUSTs in the profile signature-required.

  @SHOULD @refuse @OIDC-Core-2 @OIDC-Core-3.1.3.7 @RFC8725-3.2 @MUST-in:signature-required
  Scenario Outline: id-token/alg-none<suffix> - an unsigned token is refused, however it spells its algorithm (<alg>)
    A token with the algorithm `none` has no signature, and anybody can write one for any user. Libraries that let the
    token's header choose the algorithm have accepted it, and some that blocked the word knew it in one spelling only.
    Fix: where the ID token is validated, give the JWT library a list of the algorithms that you expect, such as RS256,
    and refuse all others instead of blocking some.
    Given the ID token is unsigned, with the alg "<alg>"
    And the provider puts no at_hash into ID tokens
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

    Examples:
      | suffix       | alg  |
      |              | none |
      | -capitalised | None |
      | -mixed       | nOnE |

  @SHOULD @refuse @OIDC-Core-2 @OIDC-Core-3.1.3.7 @RFC8725-3.2 @MUST-in:signature-required
  Scenario: id-token/alg-none-in-metadata - nor is one accepted because the metadata list its algorithm
    A provider may have unsigned tokens for clients that ask for them at their registration, and its metadata list `none`
    then. A client that accepts every algorithm of the metadata accepts a token that anybody can write.
    Fix: where the ID token is validated, give the JWT library the one algorithm that the client is registered for, RS256
    by default, and not those that the metadata list.
    Given a client that makes a metadata request
    And the metadata has the members:
      """
      {"id_token_signing_alg_values_supported": ["RS256", "none"]}
      """
    And the ID token is unsigned, with the alg "none"
    And the provider puts no at_hash into ID tokens
    When the user logs in
    Then the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC8725-3.3 @MUST-in:signature-required
  Scenario: id-token/sig-corrupt - a signature that does not verify is refused
    One bit of the signature is wrong, so that nothing proves the token's origin. A client that only decodes the token,
    or calls the verification and does not look at its result, believes whatever anybody writes into it.
    Fix: where the ID token is read, call the verifying function of the JWT library, not the decoding one, and refuse
    the login if it fails.
    Given the ID token's signature is corrupted
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC8725-3.3 @MUST-in:signature-required
  Scenario: id-token/sig-other-claims - claims that were changed after signing are refused
    The signature is an honest one, but the claims are no longer those that were signed. A client that does not verify
    over the bytes that it received lets anybody who holds a token of his own turn it into one for another user.
    Fix: verify the signature over header and payload as they were received, and read claims only from a token that has
    passed.
    Given the ID token's claim "name" is changed to "Somebody Else" after signing
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC8725-3.8 @MUST-in:signature-required
  Scenario: id-token/wrong-key-same-kid - a signature by an unpublished key under the published id is refused
    The `kid` in the header is a hint, and the author of a token writes there what he likes. Here it names the published
    key while the signature is by another: a client that goes by the name alone has not verified anything.
    Fix: where the ID token is validated, use `kid` only to choose among the keys of the issuer's key set, then verify
    with the chosen key, and refuse if that fails.
    Given the ID token is signed with an unpublished key under the published key id
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC8725-3.1 @MUST-in:signature-required
  Scenario Outline: id-token/hs256-public-key-<form> - the public key is no HMAC secret (<form>)
    The token claims HS256, and its HMAC is keyed with the public key, which everybody has. A library that takes the
    algorithm from the header, and hands it whatever key is configured, finds the HMAC correct: anybody can log in as
    anybody.
    Fix: where the ID token is validated, fix the expected algorithm in the configuration, and use an RSA key with RSA
    algorithms only.
    Given the ID token is signed by HMAC with the public key as "<form>"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

    Examples:
      | form |
      | pem  |
      | der  |
      | jwk  |

  @SHOULD @refuse @OIDC-Core-3.1.3.7 @RFC8725-3.1 @MUST-in:signature-required
  Scenario Outline: id-token/hs256-<slug> - an HMAC is no signature by the published key (<key>)
    The client expects RS256, and this token has an HMAC: by the client's own secret, which more people know than the
    provider's private key, or by a secret of no octets, which everybody knows. A client that lets the header choose the
    algorithm looks for a key to go with it, and takes the one that the attacker has.
    Fix: where the ID token is validated, give the JWT library the one algorithm that the client is registered for, and no
    secret.
    Given the ID token is signed by HMAC with "<key>"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

    Examples:
      | slug          | key               |
      | client-secret | the client secret |
      | empty-key     | no key            |

  @SHOULD @refuse @OIDC-Core-3.1.3.7 @RFC8725-3.1 @MUST-in:signature-required
  Scenario: id-token/hs256-client-secret-without-kid - nor is it one where the header names no key
    The HMAC is by the client's own secret again, and the header has no `kid`. A client that keeps the secret among the
    provider's keys finds no key by the name of a published one, and tries all that it has where there is no name.
    Fix: where the ID token is validated, give the JWT library the one algorithm that the client is registered for, and no
    secret.
    Given the ID token is signed by HMAC with "the client secret"
    And the ID token's header has the members:
      """
      {"kid": null}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC8725-3.3 @RFC7515-5.2 @MUST-in:signature-required
  Scenario: id-token/sig-empty - an empty signature does not verify
    The header promises RS256, and the part for the signature is empty. A client that verifies only if there is something
    to verify lets anybody write tokens.
    Fix: where the ID token is validated, call the verifying function with whatever stands in the third part.
    Given the ID token's signature is empty
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC8725-3.3 @RFC7515-4.1.4 @MUST-in:signature-required
  Scenario Outline: id-token/unknown-key-kid-<slug> - without a key that fits nothing is verified (kid: <slug>)
    The token is signed with an unpublished key, and its header names no key that the provider has. A client that finds
    no key to verify with, and goes on without, believes whatever anybody signs.
    Fix: where the ID token is validated, take a key that cannot be found for a signature that does not verify.
    Given the ID token is signed with an unpublished key under the published key id
    And the ID token's header has the members:
      """
      {"kid": <kid>}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

    Examples:
      | slug    | kid  |
      | missing | null |
      | empty   | ""   |
      | number  | 7    |

  @SHOULD @refuse @OIDC-Core-3.1.3.7 @RFC8725-3.8 @MUST-in:signature-required
  Scenario: id-token/embedded-jwk - a key that the token itself carries is not trusted
    The header may carry a key, and a signature by this key of course verifies. A client that uses it asks the token
    itself whether it is honest, and an attacker signs with a key of his own.
    Fix: take keys from the issuer's key set or the configuration only, and ignore `jwk`, `jku`, `x5c` and `x5u` in the
    header of an ID token.
    Given the ID token is signed with a key that its own header carries
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @RFC7515-4.1.11 @MUST-in:signature-required
  Scenario: id-token/crit-unknown - an extension that has to be understood, and is not, is refused
    With `crit` the issuer says that a token must not be accepted by anybody who does not understand the extension that
    is named there. A client that passes over it may miss a condition that changes what the token means.
    Fix: where the ID token's header is read, refuse each token whose `crit` names something that the client does not
    implement; if the JWT library does not do so, check it before the claims.
    Given the ID token's header has the members:
      """
      {"crit": ["x-must-know"], "x-must-know": true}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @tolerate @RFC7515-4
  Scenario: id-token/header-harmless - unknown header members are ignored
    Providers put further members into the header: a type, a thumbprint, something of their own. A client that knows a
    fixed set, and refuses the rest, fails when the provider adds one.
    Fix: where the ID token's header is read, use `alg` and `kid`, check `crit`, and ignore members that you do not know.
    Given the provider varies in "header-member"
    When the user logs in
    Then the user is logged in as alice
