Feature: Metadata and keys

  @MUST @refuse @OIDC-Discovery-4.3
  Scenario: discovery/issuer-mismatch - metadata of another issuer is not used
    Metadata that name another issuer are somebody else's, or were exchanged on the way. A client that uses them sends
    codes and its secret to whatever token endpoint they name, and checks ID tokens with whatever keys.
    Fix: where the metadata are loaded, compare `issuer` with the issuer that you asked, character by character, and use
    nothing of the document if they differ.
    Given a client that makes a metadata request
    And the metadata has "issuer" set to "{issuer}x"
    When the user logs in
    Then the client refuses at the discovery step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @OIDC-Discovery-3 @OIDC-Discovery-4.3
  Scenario: discovery/issuer-missing - metadata without an issuer are not used
    The metadata do not say whose they are, so that the issuer in them is not the one that was asked. A client that
    compares only what is there loses the check; one that makes its expectations of ID tokens from the metadata has none,
    and believes any token.
    Fix: where the metadata are loaded, demand an `issuer`, and take the issuer that ID tokens have to name from the
    configuration.
    Given a client that makes a metadata request
    And the metadata has no "issuer"
    When the user logs in
    Then the client refuses at the discovery step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @OIDC-Discovery-4.3
  Scenario: discovery/issuer-mismatch-consistent - another issuer is not used, even if its tokens agree with its metadata
    The metadata name another issuer, and the ID tokens name the same one. A client that takes the issuer that it
    expects from the metadata finds everything in order, although it was never the issuer that it was configured for.
    Fix: compare the `issuer` of the metadata with the configured one where they are loaded, and compare `iss` of ID
    tokens with the configured one, too.
    Given a client that makes a metadata request
    And the metadata has "issuer" set to "{issuer}x"
    And the ID token's claim "iss" is "{issuer}x"
    When the user logs in
    Then the user is not logged in

  @MUST @tolerate @OIDC-Discovery-3 @RFC8414-2
  Scenario: discovery/optional-missing - members that have a default may be missing
    Some members of the metadata have a default that holds in their absence. A client that demands them, or crashes
    without them, cannot be used with a provider that leaves them out.
    Fix: where the metadata are parsed, apply the defaults of the specification: the grants `authorization_code` and
    `implicit`, the response modes `query` and `fragment`, and `client_secret_basic` at the token endpoint.
    Given a client that makes a metadata request
    And the metadata has the members:
      """
      {"grant_types_supported": null, "response_modes_supported": null, "token_endpoint_auth_methods_supported": null}
      """
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @OIDC-Discovery-3 @RFC8414-2
  Scenario: discovery/recommended-missing - members that are recommended or optional may be missing
    Providers should publish their scopes, and may publish their claims and other endpoints. Nobody has to. A client that
    demands one of them cannot be used with a provider that publishes little.
    Fix: where the metadata are parsed, require only what the login needs.
    Given a client that makes a metadata request
    And the metadata has the members:
      """
      {"scopes_supported": null, "claims_supported": null, "code_challenge_methods_supported": null, "revocation_endpoint": null}
      """
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @OIDC-Discovery-3 @OIDC-Core-5.3 @needs:openid
  Scenario: userinfo/no-endpoint - a provider without UserInfo endpoint is a provider
    `userinfo_endpoint` is recommended and not required, and there are large providers that have none. A client that
    demands it cannot be used with them, although the ID token says who has logged in.
    Fix: where the metadata are parsed, make `userinfo_endpoint` optional, and go on with the claims of the ID token
    where it is missing.
    Given a client that makes a metadata request
    And the metadata has no "userinfo_endpoint"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Discovery-4.2
  Scenario: discovery/unknown-members - unknown members and values are ignored
    Metadata grow with each extension: new members, new algorithms, new methods in the lists. A client that parses the
    lists into a closed set of values stops working on the day on which the provider offers something new.
    Fix: where the metadata are parsed, ignore members that you do not know, and keep the lists as texts in which you
    look for the values that you do know.
    Given a client that makes a metadata request
    And the metadata has the members:
      """
      {"x_vendor": {"a": [1]}, "id_token_signing_alg_values_supported": ["RS256", "XX999"], "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "x_vendor_method"]}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-10.1.1 @needs:openid
  Scenario: jwks/rotated-before-login - keys may change between two logins
    Providers replace their signing keys, on a schedule or after an incident. A client that has fetched the key set once
    and keeps it for ever refuses every login from then on, until somebody restarts it.
    Fix: where the key for an ID token is looked up, fetch the key set again if the `kid` is not in it, and look once
    more before you refuse.
    Given a client that makes a key set request
    When the user logs in
    And the provider replaces its keys
    And the provider replaces its keys
    And the victim logs in
    Then the victim is logged in as alice

  @SHOULD @tolerate @RFC7517-5 @needs:openid
  Scenario: jwks/unknown-kty - keys of an unknown type are passed over
    A key set may hold keys of types that are newer than the client. A client that gives up on the whole set because it
    cannot read one key lets nobody log in once the provider publishes such a key.
    Fix: parse the keys of the set one by one, and pass over those whose `kty` you do not know.
    Given a client that makes a key set request
    And the fault:
      """
      {"at": "jwks", "change": {"insert": {"path": "/keys", "values": [{"kty": "X-TEST", "kid": "x"}]}}}
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @tolerate @RFC7517-5 @needs:openid
  Scenario: jwks/unknown-curve - keys on an unknown curve are passed over
    The type of the key is known, its curve is not. A client whose parser fails on it, and takes the failure for one of
    the whole set, has no keys left, although the one that signed the token is there.
    Fix: parse the keys of the set one by one, and pass over those that the library cannot build a key from.
    Given a client that makes a key set request
    And the fault:
      """
      {"at": "jwks", "change": {"insert": {"path": "/keys", "values": [{"kty": "EC", "crv": "P-999", "kid": "y", "x": "AA", "y": "AA"}]}}}
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @tolerate @RFC7517-5 @needs:openid
  Scenario: jwks/incomplete-key - keys that lack a member are passed over
    One key of the set lacks a member that its type requires, by a slip at the provider. A client that refuses the whole
    set for it keeps all users out, because of a key that it does not need.
    Fix: parse the keys of the set one by one, pass over those that are incomplete, and write a warning into the log.
    Given a client that makes a key set request
    And the fault:
      """
      {"at": "jwks", "change": {"insert": {"path": "/keys", "values": [{"kty": "RSA", "kid": "z"}]}}}
      """
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-4.1 @RFC7517-4.2 @RFC7517-4.4 @RFC7517-4.5
  Scenario Outline: jwks/shared-kid-<slug> - a key is chosen by its use, type and algorithm, too (<slug>)
    Another key has the same `kid` as the one that signs: it is for encryption, is of another type, or is for another
    algorithm. A client that looks keys up by `kid` alone takes the wrong one, and refuses every ID token.
    Fix: among the keys with the right `kid`, leave out those whose `use` is not `sig`, whose `kty` does not go with the
    algorithm, or whose `alg` is another one; try each that is left.
    Given a client that makes a key set request
    And the fault:
      """
      {"at": "jwks", "change": {"<where>": {"path": "/keys", "values": [<key>]}}}
      """
    When the user logs in
    Then the user is logged in as alice

    Examples:
      | slug             | where       | key |
      | encryption-first | insert      | {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "{kid}", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw", "e": "AQAB"} |
      | encryption-last  | insert-last | {"kty": "RSA", "use": "enc", "alg": "RSA-OAEP", "kid": "{kid}", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw", "e": "AQAB"} |
      | type-first       | insert      | {"kty": "EC", "use": "sig", "alg": "ES256", "crv": "P-256", "kid": "{kid}", "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU", "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"} |
      | algorithm-first  | insert      | {"kty": "RSA", "use": "sig", "alg": "PS256", "kid": "{kid}", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw", "e": "AQAB"} |

  @SHOULD @refuse @RFC8725-3.3 @MUST-in:signature-required @needs:openid
  Scenario: jwks/unavailable - without keys nobody is logged in
    The key set cannot be fetched, so the signature of the ID token cannot be verified. A client that then goes on
    without verifying has a check that anybody who disturbs the key set can switch off.
    Fix: let the login fail if the key set cannot be loaded; an exception from the key fetcher must never be taken for a
    token that has passed.
    Given a client that makes a key set request
    And a client that has just been started
    And the key set is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    Then the user is not logged in

  @INTEROP @recover @RFC8725-3.3 @needs:openid
  Scenario: jwks/server-error - an outage of the key set harms one login
    The key set is out of reach for a moment. A client that keeps the failed or empty result in its cache goes on to
    refuse everybody after the provider has recovered.
    Fix: put only key sets that were fetched and parsed into the cache, and try again at the next login.
    Given a client that makes a key set request
    And the key set is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @MUST @observe @OIDC-Discovery-4.1
  Scenario: discovery/well-known-path - the metadata are found below the issuer, path and all
    Many providers serve several issuers on one host and tell them apart by path. A client that puts the well-known path
    behind the host name gets the metadata of another issuer or none; one that simply appends it to an issuer that ends
    in a slash asks for a path with two slashes.
    Fix: where the URL of the metadata is built, take the whole issuer with its path, without a final slash, and append
    `/.well-known/openid-configuration`.
    Given a client that makes a metadata request
    And a client that has just been started
    When the user logs in
    Then the user is logged in as alice
    And the metadata are requested from the issuer's well-known path

  @MUST @refuse @OIDC-Discovery-4.3
  Scenario: discovery/issuer-slash - an issuer with a slash more is another one
    Issuers are compared as texts, without any normalisation. A client that trims slashes accepts metadata of an issuer
    that it was not configured for, and two parts of it may come to different answers about who the issuer is.
    Fix: where the metadata are loaded, compare `issuer` with the configured one to the byte; if an honest provider
    fails here, correct the configuration and not the comparison.
    Given a client that makes a metadata request
    And the provider varies in "issuer-without-slash"
    And the metadata has "issuer" set to "{issuer}/"
    When the user logs in
    Then the client refuses at the discovery step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @OIDC-Discovery-4.3
  Scenario: discovery/issuer-slash-less - an issuer with a slash less is another one, too
    As before, the other way about: the client is configured with a slash at the end, and the metadata name an issuer
    without it.
    Fix: where the metadata are loaded, compare `issuer` with the configured one to the byte, and take no slash off
    either.
    Given a client that makes a metadata request
    And the provider varies in nothing
    And the metadata has "issuer" set to "{issuer:shorter}"
    When the user logs in
    Then the client refuses at the discovery step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @OIDC-Discovery-3
  Scenario: discovery/required-missing-authorization - an endpoint that is not published is not guessed (authorization_endpoint)
    The endpoint that a login begins at is missing from the metadata. A client that puts a usual path in its place sends
    the user to an address that the provider never named.
    Fix: where the metadata are parsed, make `authorization_endpoint` required, and let the login fail with a message that
    names it.
    Given a client that makes a metadata request
    And the metadata has no "authorization_endpoint"
    When the user logs in
    Then the user is not logged in
    And no browser is sent to another site by a URL with "response_type="
    And the client sends no token request

  @MUST @refuse @OIDC-Discovery-3
  Scenario: discovery/required-missing-token - an endpoint that is not published is not guessed (token_endpoint)
    The endpoint that redeems a code is missing from the metadata. A client that puts a usual path in its place sends the
    code and its secret to an address that the provider never named.
    Fix: where the metadata are parsed, make `token_endpoint` required, and let the login fail with a message that names
    it.
    Given a client that makes a metadata request
    And the metadata has no "token_endpoint"
    When the user logs in
    Then the user is not logged in
    And the client sends no token request

  @SHOULD @refuse @OIDC-Discovery-4.2
  Scenario: discovery/error-with-metadata - metadata under an error status are no metadata
    Metadata come under status 200. A server in trouble, a proxy or another tenant answers with an error, and the body of
    an error may hold anything. A client that does not look at the status sends users and secrets to the endpoints in
    that body.
    Fix: check the status before the metadata are parsed, and let the login fail where it is not 200.
    Given a client that makes a metadata request
    And the metadata is status 403 with its body unchanged
    When the user logs in
    Then the user is not logged in

  @INTEROP @recover @OIDC-Discovery-4.2
  Scenario: discovery/http-error - metadata that cannot be fetched harm one login
    The metadata are out of reach for a moment, perhaps just when the client starts. A client that remembers the
    failure, or that has no provider at all from then on, keeps everybody out until somebody restarts it. A client that
    ends because it cannot have them is started again here, as a supervisor does.
    Fix: load the metadata when a login needs them, cache only documents that were fetched and checked, and try again at
    the next login.
    Given a client that makes a metadata request
    And the metadata is status 503 as "text/html":
      """
      <h1>Service Unavailable</h1>
      """
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-10.1.1 @needs:openid
  Scenario: jwks/rotated-mid-flow - keys may change while a login is under way
    The user is at the provider when it replaces its keys, and the ID token is signed with one that the client has not
    seen. A client that fetches keys only when a login starts, or at intervals, refuses a user who has done nothing
    wrong.
    Fix: where the key for an ID token is looked up, fetch the key set again on a `kid` that is not in it, also within
    the callback.
    Given a client that makes a key set request
    And a client that has just been started
    When the user logs in
    And the victim starts a login
    And the provider replaces its keys
    And the provider replaces its keys
    And the victim's authorization response arrives
    Then the client goes on
    And the victim is logged in as alice

  @INTEROP @observe @OIDC-Core-10.1.1 @needs:openid
  Scenario: jwks/unknown-kid-bounded - an unknown key id leads to one look, not to many
    A `kid` that is not in the key set is a reason to fetch the set again, once. A client that goes on fetching until
    the key turns up can be made to flood the provider, and to hang, by a single token.
    Fix: where the key for an ID token is looked up, fetch at most once for each login and not more often than every
    few seconds in all, then refuse.
    Given a client that makes a key set request
    And the ID token's header has the members:
      """
      {"kid": "never-published"}
      """
    And a client that has just been started
    When the user logs in
    And the user logs in
    Then the client sends at most 6 key set requests

  @INTEROP @tolerate @OIDC-Discovery-3
  Scenario: discovery/optional-null - an optional member of the metadata that is null is one that is not there
    Some servers write members that have no value as `null`. A client that demands a list or a text there crashes on
    metadata that it could do without.
    Fix: where the metadata are parsed, take null for a member that is not there.
    Given the metadata has "grant_types_supported" set to null
    And the metadata has "revocation_endpoint" set to null
    When the user logs in
    Then the user is logged in as alice
