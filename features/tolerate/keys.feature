@needs:openid
Feature: What a key set may hold

  @MUST @tolerate @RFC7517-5
  Scenario: tolerate/key-set-member - an unknown member of the key set is ignored
    A key set may have members beside `keys`. A client that refuses them has no keys, and nobody can log in.
    Fix: where the key set is parsed, read `keys` and ignore the rest.
    Given the provider varies in "key-set-member"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC7517-4
  Scenario: tolerate/key-member - an unknown member of a key is ignored
    Keys carry members of extensions, such as the time of their expiry. A client that refuses them has no keys.
    Fix: where a key is parsed, ignore members that are not known.
    Given the provider varies in "key-member"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-4.5
  Scenario: tolerate/key-identifiers - a key identifier is any text
    Some providers use thumbprints for key identifiers, others use dates, numbers or names. A client that expects one
    form finds no key.
    Fix: compare `kid` as a text, and demand nothing of its form.
    Given the provider varies in "key-identifiers"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-5 @OIDC-Core-10.1
  Scenario: tolerate/key-order - the key that signs need not come first
    A key set holds several keys during a rotation, and often always, in an order that means nothing. A client that
    takes the first one refuses good tokens.
    Fix: choose the key by the `kid` of the token's header.
    Given the provider varies in "key-order"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-4.4
  Scenario: tolerate/key-without-alg - a key need not name its algorithm
    Large providers publish keys without `alg`, which is optional. A client that demands it has no keys there.
    Fix: take the algorithm from the client's registration or configuration, and compare it with `alg` only where there
    is one.
    Given the provider varies in "key-without-alg"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-4.2
  Scenario: tolerate/key-without-use - a key need not say what it is for
    `use` is optional where all keys of a set are for signatures. A client that filters by `use` and drops keys without
    it has none left.
    Fix: drop keys whose `use` is `enc`, and keep those without `use`.
    Given the provider varies in "key-without-use"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-4.7
  Scenario: tolerate/key-without-certificate - a key need not come with a certificate
    Some providers publish `x5c`, most do not. A client that verifies with the certificate has no key at the others.
    Fix: build the key of `n` and `e`.
    Given the provider varies in "key-without-certificate"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-4.2
  Scenario: tolerate/encryption-key - an encryption key beside the key that signs is passed over
    Providers that encrypt tokens for some clients publish the keys of both kinds in one set. A client that refuses the
    set, or takes the first key, cannot verify anything.
    Fix: choose the key by `kid`, and pass over keys whose `use` is `enc`.
    Given the provider varies in "encryption-key"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC7517-4.2 @RFC7517-4.5
  Scenario: tolerate/encryption-key-of-same-id - an encryption key of the same identifier is passed over
    Some providers name a pair of keys, one for signatures and one for encryption, by one identifier. A client that
    takes the first key of that `kid` verifies with the wrong one, and refuses good tokens.
    Fix: choose the key by `kid`, `use`, `kty` and `alg` together.
    Given the provider varies in "encryption-key-of-same-id"
    When the user logs in
    Then the user is logged in as alice
