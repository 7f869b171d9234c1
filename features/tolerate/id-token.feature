@needs:openid
Feature: What an ID token may hold

  @INTEROP @tolerate @RFC7515-4.1.9
  Scenario: tolerate/header-without-typ - the header of an ID token need not have typ
    `typ` is optional, and some providers leave it out. A client that demands it refuses all of their tokens.
    Fix: compare `typ` only where there is one.
    Given the provider varies in "header-without-typ"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-2 @RFC7519-4
  Scenario: tolerate/id-token-claim - an unknown claim in an ID token is ignored
    Providers add their own claims. A client that refuses them fails every login there.
    Fix: where the claims are parsed, ignore those that are not known.
    Given the provider varies in "id-token-claim"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @OIDC-Core-5.4
  Scenario: tolerate/id-token-without-profile - name and address may be in UserInfo alone
    The scopes `profile` and `email` ask for claims of UserInfo. Many providers put them into the ID token as well, and
    others leave it small. A client that demands a name or an address there lets nobody in at those.
    Fix: take from the ID token who it is, and ask UserInfo for the claims that are missing.
    Given the provider puts no claims of scopes into ID tokens
    When the user logs in
    Then the user is logged in as alice
