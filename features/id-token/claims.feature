@needs:openid
Feature: The claims of the ID token

  @MUST @tolerate @OIDC-Core-3.1.3.7
  Scenario: id-token/honest-rs256 - an honest ID token is accepted
    This is the plain case: an ID token with all its claims, signed with RS256 by a published key. A client that fails
    here refuses everybody, and its refusals elsewhere prove nothing.
    Fix: compare the configured issuer, client identifier and algorithm with the provider's, and the clocks of both;
    look up the reason that the validation of the ID token gives.
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-3.1.3.5 @OIDC-Core-3.1.3.7
  Scenario: id-token/read-at-all - an ID token in which everything is wrong is refused
    Issuer, audience, subject, nonce, times and signature of this ID token are wrong, each of them. A client that logs
    the user in anyway checks nothing of the token. It may decode it and believe whatever it says; or it does not read it
    and asks UserInfo whom an access token is for, where a token that was issued to another client says the same. Other
    scenarios about the ID token do not apply to such a client.
    Fix: validate the ID token where the token response is processed, before the access token is used, and take the user
    from its `iss` and `sub`. A client that uses OAuth 2.0 alone leaves `openid` out of its scope, and is verified with
    `--profile oauth`.
    Given the ID token has the claims:
      """
      {"iss": "https://attacker.example/", "aud": "another-client", "sub": "nobody-in-particular", "nonce": "another-one", "exp": "{now-3600}", "iat": "{now-7200}"}
      """
    And the ID token's signature is corrupted
    When the user logs in
    Then the client reads the ID token
    And the user is not logged in

  @SHOULD @refuse @OIDC-Core-3.1.3.5 @OIDC-Core-3.1.3.7
  Scenario: id-token/before-userinfo - the ID token is validated before the access token is used
    The token response is to be validated, and the ID token with it, before anything in it is used. A client that calls
    UserInfo first sends an access token of unknown origin, and works with an answer to a login that is refused a moment
    later. Nobody is let in by that, and no specification names the order, so this is advice. This scenario reports a
    client that does so for every wrong ID token. The scenario about a claim reports a client that checks only that
    claim too late.
    Fix: where the token response is processed, validate the ID token first, required claims and all, and call UserInfo or
    an API only after that.
    Given a client that makes a UserInfo request
    And the ID token has the claims:
      """
      {"iss": "https://attacker.example/", "aud": "another-client", "sub": "nobody-in-particular", "nonce": "another-one", "exp": "{now-3600}", "iat": "{now-7200}"}
      """
    And the ID token's signature is corrupted
    When the user logs in
    Then the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iss-wrong - a token of another issuer is refused
    A subject identifies a user only together with the issuer. A client that does not look at `iss` lets anybody who
    controls another provider or tenant choose the `sub` of a victim, and log in as that person.
    Fix: where the ID token is validated, compare `iss` with the configured issuer, character by character, and store
    users under issuer and subject together.
    Given the ID token's claim "iss" is "https://attacker.example/"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iss-near-miss - issuers are compared to the last character
    A comparison by prefix, or by a pattern without an end, accepts each issuer whose identifier merely begins like the
    right one. Where tenants choose the path or the host name themselves, an attacker can have such an identifier.
    Fix: where the ID token is validated, test `iss` for equality with the configured issuer; use neither a prefix nor a
    pattern.
    Given the ID token's claim "iss" is "{issuer}x"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iss-slash - an issuer with a slash more or less is another one
    Two identifiers that differ by a slash are two issuers, and on a host with several tenants they may belong to two
    parties. A client that trims slashes or normalises URLs before it compares does not compare what was signed.
    Fix: where the ID token is validated, compare `iss` with the configured issuer as two strings, and take no slash off
    either.
    Given the provider varies in nothing
    And the ID token's claim "iss" is "{issuer:slash}"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario Outline: id-token/iss-<slug> - an issuer that is nearly the right one is another one (<what>)
    Every text contains the empty one. A client that searches for one of two identifiers in the other, or compares
    without case or scheme, takes pieces of its issuer, other tenants of the same host, or anybody who
    can answer without TLS for its provider.
    Fix: where the ID token is validated, compare `iss` with the configured issuer as two strings, of which neither may
    be empty; a search, lower-casing and parsing do not compare the two.
    Given the ID token's claim "iss" is "<iss>"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

    Examples:
      | slug     | iss                                | what                           |
      | case     | {issuer_in_capitals}               | in capitals                    |
      | scheme   | {issuer_other_scheme}              | under another scheme           |
      | piece    | http                               | its first letters              |
      | embedded | https://attacker.example/?{issuer} | a URL that has it in its query |
      | empty    |                                    | nothing                        |

  @MUST @refuse @OIDC-Core-3.1.3.7 @defence:nonce
  Scenario Outline: id-token/nonce-<slug> - a nonce that is no text is no nonce (<slug>)
    A value that counts as false slips through a check that asks first whether there is a nonce, and a list is equal to
    many things in some languages. The ID token of another login then passes for the answer to this one.
    Fix: where the ID token is validated, demand a `nonce` of the type text whenever one was sent, and compare the two
    without asking first whether it is there.
    Given a client that sends "nonce" in the authorization request
    And the ID token has the claims:
      """
      {"nonce": <nonce>}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

    Examples:
      | slug  | nonce       |
      | empty | ""          |
      | false | false       |
      | list  | ["another"] |

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/iss-missing - a token without issuer is refused
    The issuer is a required claim. A check that runs only if the claim is there is switched off by leaving the claim
    out, and the subject then belongs to no known provider.
    Fix: where the ID token is validated, make `iss` a required claim of your type, so that its absence is an error.
    Given the ID token has no claim "iss"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-wrong - a token for another client is refused
    Each application that a user visits gets ID tokens with the same issuer, the same subject and a valid signature; the
    audience alone tells them apart. A client that does not look takes a login somewhere else for a login here, and the
    operator of the other application can appear as the user.
    Fix: where the ID token is validated, demand that `aud` is your client identifier, or a list that holds it.
    Given the ID token's claim "aud" is "another-client"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-near-miss - audiences are compared to the last character
    A client that compares by prefix, or looks for its identifier anywhere in the text, believes tokens of each client
    whose identifier begins like its own. At a provider with open registration an attacker can get such an identifier.
    Fix: where the ID token is validated, test the audience for equality; if it may be a list, test each element, and do
    not search in a joined text.
    Given the ID token's claim "aud" is "{client_id}x"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-wrong-azp-right - an authorized party does not stand in for the audience
    The audience says for whom a token is meant, the authorized party who has obtained it. A client that is content with
    its name in `azp` accepts tokens that were meant for somebody else.
    Fix: where the ID token is validated, check `aud` in every case; a check of `azp` comes on top and replaces nothing.
    Given the ID token has the claims:
      """
      {"aud": "another-client", "azp": "{client_id}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-missing - a token without audience is refused
    A token without an audience is not meant for this client. Some JWT libraries check the audience only if the token
    has one, and so a token without it passes.
    Fix: where the ID token is validated, make `aud` a required claim; look into the options of the JWT library for the
    list of claims that must be present.
    Given the ID token has no claim "aud"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @tolerate @OIDC-Core-2
  Scenario: id-token/aud-array-single - an audience may be a list of one
    The audience is a text or a list of texts, and providers may send a list of one. A client that expects a text
    refuses every login after such a change at the provider.
    Fix: where the ID token is parsed, read `aud` as either form into a list, and look for your client identifier in it.
    Given the ID token has the claims:
      """
      {"aud": ["{client_id}"]}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/exp-past - an expired token is refused
    An ID token is a proof for a short time. A client that does not look at the expiry accepts one that was found in a
    log or a backup long after the login that it tells of.
    Fix: where the ID token is validated, compare `exp` with the current time, with a leeway of a few minutes at most,
    and see that the JWT library's expiry check is not switched off.
    Given the ID token has the claims:
      """
      {"exp": "{now-3600}", "iat": "{now-7200}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/exp-missing - a token without expiry is refused
    The expiry is a required claim. A check that is made only if the claim is there turns a token without it into one
    that is valid for ever.
    Fix: where the ID token is validated, make `exp` a required claim; many JWT libraries treat it as optional unless
    they are configured otherwise.
    Given the ID token has no claim "exp"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/iat-missing - a token without time of issue is refused
    The time of issue is a required claim, although few clients do anything with it. Its absence shows that the token
    was not made as an ID token, and it leaves a client without means to reject tokens that are too old.
    Fix: where the ID token is validated, make `iat` a required claim, besides `iss`, `sub`, `aud` and `exp`.
    Given the ID token has no claim "iat"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7 @defence:nonce
  Scenario: id-token/nonce-wrong - a token with another nonce is refused
    The nonce ties an ID token to the login for which the client has asked. A client that sends one and does not compare
    it can be given the outcome of another login: an attacker brings a stolen code into their own session, and is logged
    in as the victim.
    Fix: keep the nonce with the pending login of this browser, and compare it with the claim where the ID token is
    validated.
    Given a client that sends "nonce" in the authorization request
    And the ID token's claim "nonce" is "{nonce}x"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7 @defence:nonce
  Scenario: id-token/nonce-missing - a token without the nonce that was sent is refused
    If the authorization request had a nonce, the ID token has to have it, too. A client that compares only if there is
    one to compare accepts the ID token of any login that was started without a nonce, and its protection is gone.
    Fix: where the ID token is validated, treat a missing nonce as a wrong one whenever the pending login has one.
    Given a client that sends "nonce" in the authorization request
    And the ID token has no claim "nonce"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/sub-missing - a token without subject is refused
    Without a subject nobody has been identified. A client that goes on takes the e-mail address or the name for the
    identity, which users may change and others may have, or puts all such users into one account with an empty key.
    Fix: where the ID token is validated, make `sub` a required claim, and know users by issuer and subject only.
    Given the ID token has no claim "sub"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the client sends no API request

  @MUST @tolerate @OIDC-Core-3.1.3.6
  Scenario: id-token/at-hash-absent - at_hash may be absent in the code flow
    In the code flow the ID token and the access token come in the same response, and `at_hash` is optional. A client
    that demands it refuses providers that leave it out, which they may.
    Fix: where the ID token is validated, check `at_hash` if it is there, and go on if it is not.
    Given the ID token has no claim "at_hash"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @OIDC-Core-2
  Scenario: id-token/unknown-claims - unknown claims of every JSON type are ignored
    Providers and their administrators add their own claims: texts, numbers, lists, objects. A client that parses the
    claims into a closed type, or takes them all for texts, lets nobody in once such a claim appears.
    Fix: where the ID token is parsed, read the claims that you know, and keep the others as raw JSON or drop them.
    Given the ID token has the claims:
      """
      {"https://claims.example/object": {"a": 1}, "https://claims.example/list": [1, "two", false], "n": 1.5, "flag": true}
      """
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-array-untrusted - a token that is meant for a stranger, too, is refused
    A token with a second audience is also in the hands of that audience, who can present it here as if its user had
    come. A client that only looks whether its own identifier is in the list trusts parties that it does not know.
    Fix: where the ID token is validated, refuse each audience that is neither your client identifier nor on a list of
    audiences that you trust; for most clients this list is empty.
    Given the ID token has the claims:
      """
      {"aud": ["{client_id}", "a-stranger"], "azp": null}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/refused-tokens-unused - the access token that came with a refused ID token is not used later
    The ID token is another provider's, for another client and another login, and so may be the access token beside it. A
    client that stores the tokens before it looks at the ID token shows an error, and still calls the API with what it
    has stored.
    Fix: where the token response is parsed, store nothing before the ID token is validated, and forget all tokens of
    the response if it is refused.
    Given the ID token has the claims:
      """
      {"iss": "https://attacker.example/", "aud": "another-client", "nonce": "another-one", "exp": "{now-3600}"}
      """
    When the user logs in
    And the client calls the API
    Then no API call is made for anybody but the person who is logged in

  @SHOULD @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-array-azp-self - naming the client as authorized party does not make a stranger trusted
    The token is meant for the client and for another party, and says that the client has asked for it. The other party
    can use it at the client, and the client at the other party. A token with an audience that the client does not trust
    has to be refused; whether `azp` earns trust is for the client to decide, and most take it for enough.
    Fix: where the audience is checked, refuse every further entry that you do not trust, whatever `azp` says.
    Given the ID token has the claims:
      """
      {"aud": ["{client_id}", "a-stranger"], "azp": "{client_id}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MAY @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/azp-other - a token that another client has asked for is refused
    The claim `azp` names the client to which the token was issued. If it names another one, that client has obtained a
    token with this client as the audience, and a login here was perhaps never intended. Since its second errata OpenID
    Connect Core leaves the comparison open to the client.
    Fix: where the ID token is validated, compare `azp`, if it is there, with your client identifier.
    Given the ID token's claim "azp" is "a-stranger"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MAY @tolerate @OIDC-Core-2
  Scenario: id-token/azp-self - a token may name the client as its authorized party
    Some providers put `azp` into every ID token, even if there is one audience only. A client that takes the claim for
    the mark of a special case, and refuses it, cannot be used with them.
    Fix: where the ID token is validated, accept an `azp` that is your own client identifier.
    Given the ID token's claim "azp" is "{client_id}"
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @OIDC-Core-2
  Scenario Outline: id-token/exp-<slug> - an expiry that is no number is refused (<slug>)
    The expiry is a number of seconds since 1970. A client that cannot read it and goes on, or whose language compares a
    text or an object with a number and answers something, accepts tokens that never expire.
    Fix: where the ID token is parsed, read `exp` as a number, and take a value of any other type for a malformed token.
    Given the ID token has the claims:
      """
      {"exp": <value>}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

    Examples:
      | slug      | value                  |
      | text      | "2099-01-01T00:00:00Z" |
      | object    | {"seconds": 4070908800} |

  @INTEROP @tolerate @OIDC-Core-3.1.3.7
  Scenario: id-token/iat-future-small - a provider's clock may be half a minute ahead
    Clocks of two machines are never quite the same, and a token is checked a moment after it was made. A client without
    leeway refuses logins now and then, and nobody can tell why.
    Fix: where the ID token is validated, allow a leeway of one or two minutes for `iat`; JWT libraries have an
    option for it.
    Given the ID token has the claims:
      """
      {"iat": "{now+30}"}
      """
    When the user logs in
    Then the user is logged in as alice

  @MAY @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/iat-future-day - a token that was issued tomorrow is refused
    The time of issue is a day ahead, which no difference between clocks explains: somebody has made the token, or has
    set a clock, to make it live longer. OpenID Connect Core leaves it to the client how far `iat` may be off.
    Fix: where the ID token is validated, compare `iat` with the current time, with a leeway of a few minutes at most; in
    many JWT libraries this check has to be switched on.
    Given the ID token has the claims:
      """
      {"iat": "{now+86400}", "exp": "{now+90000}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @OIDC-Core-3.1.3.7
  Scenario: id-token/aud-wrong-without-keys - without keys, the claims are checked nevertheless
    The metadata name no key set. A client that talks to the token endpoint over TLS may do without the signature, and
    may refuse such metadata; it may not do without the checks of the claims. Where validation is switched off as a whole
    when there are no keys, a token for another client is believed.
    Fix: where the metadata are loaded, demand `jwks_uri`; where the ID token is validated, check `iss`, `aud`, `exp` and
    `nonce` whether there are keys or not.
    Given a client that makes a metadata request
    And the metadata has no "jwks_uri"
    And the ID token's claim "aud" is "another-client"
    When the user logs in
    Then the user is not logged in

  @MUST @refuse @RFC7519-4 @RFC8725-2.4
  Scenario: id-token/sub-twice - of two claims of one name the first does not count
    The ID token holds `sub` twice. A parser has to refuse that, or to take the last one. Where two parts of a client take
    different ones, what was checked is not what is used.
    Fix: parse the claims once, with a parser that refuses repeated names or takes the last one, and hand the parsed
    claims on, not the text.
    Given the ID token's claim "sub" is there twice, first as "{bob}"
    When the user logs in
    Then the user is not logged in as bob

  @SHOULD @refuse @RFC7519-4.1.5
  Scenario: id-token/nbf-future - a token that is not valid yet is refused
    A token that begins to be valid in an hour is not for now, and a difference between clocks does not explain it. A
    client that ignores `nbf` uses it before its issuer wants it used. OpenID Connect does not list the claim among those
    of an ID token, so that a client may not know it.
    Fix: where the ID token is validated, compare `nbf`, if it is there, with the current time, with a leeway of a few
    minutes at most; in some JWT libraries this check has to be switched on.
    Given the ID token has the claims:
      """
      {"nbf": "{now+3600}"}
      """
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @SHOULD @refuse @OIDC-Core-2
  Scenario: id-token/sub-empty - a subject that is empty names nobody
    The subject is the key to the user's account. A client that accepts an empty one puts all such users into the same
    account.
    Fix: where the ID token is parsed, read `sub` as a JSON string, refuse other types, and refuse the empty string.
    Given the ID token's claim "sub" is ""
    When the user logs in
    Then the user is not logged in
    And the client sends no API request

  @MUST @refuse @OIDC-Core-2
  Scenario: id-token/sub-list - a subject is a text
    The subject is the key to the user's account. A client that makes a text of a list can arrive at the subject of
    somebody else.
    Fix: where the ID token is parsed, read `sub` as a JSON string, and refuse other types.
    Given the ID token has the claims:
      """
      {"sub": ["{alice}"]}
      """
    When the user logs in
    Then the user is not logged in
    And the client sends no API request

  @MAY @mechanism @OIDC-Core-3.1.3.8 @defence:at-hash
  Scenario: id-token/at-hash-wrong - a login whose access token does not belong to its ID token is refused
    The claim `at_hash` is a fingerprint of the access token that was issued together with the ID token. If it does not
    fit, one of the two has been exchanged on the way, and a client that does not look may read another person's data
    for this user.
    Fix: where the token response is processed, hash the access token with the hash of the ID token's algorithm, compare
    the left half, in BASE64URL, with `at_hash` if that is there, and refuse the login on a difference.
    Given a client that uses its access token
    And the ID token's claim "at_hash" is "AAAAAAAAAAAAAAAAAAAAAA"
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MAY @mechanism @OIDC-Core-3.1.3.8 @defence:at-hash
  Scenario: id-token/at-hash-empty - an empty fingerprint fits no access token
    The claim `at_hash` is there and empty. A client that compares only if there is something to compare can be brought
    to skip the comparison by the attacker who has exchanged the access token.
    Fix: where the token response is processed, compare `at_hash` whenever the claim is there, whatever its value.
    Given a client that uses its access token
    And the ID token's claim "at_hash" is ""
    When the user logs in
    Then the client refuses at the ID token step
    And the user is not logged in
    And the access token is never used

  @MUST @refuse @RFC7519-7.2
  Scenario Outline: id-token/malformed-<slug> - what is no JWT is no ID token (<slug>)
    The member `id_token` is there, but what it holds cannot be read as a JWT. A client that treats this like a missing
    ID token, and goes on with the rest of the response, logs somebody in without knowing who it is.
    Fix: where the token response is processed, let the login fail if the ID token cannot be parsed; do not catch the
    error of the JWT library and carry on.
    Given the token response has the members:
      """
      {"id_token": <value>}
      """
    When the user logs in
    Then the user is not logged in
    And the access token is never used

    Examples:
      | slug      | value                                   |
      | json      | "{}"                                    |
      | text      | "not-a-token"                           |

  @SHOULD @refuse @RFC7515-7.1 @RFC7519-7.2 @MUST-in:signature-required
  Scenario: id-token/malformed-two-parts - a token that ends after its claims is no ID token
    A signed JWT has three parts, and this one has header and claims alone. Every claim in it is right. A client that
    reads the second part, and does not ask for the third, lets anybody write tokens.
    Fix: where the ID token is parsed, demand three parts, and call the verifying function of the JWT library for all of
    them.
    Given the ID token has no part for the signature
    When the user logs in
    Then the user is not logged in
    And the access token is never used

  @INTEROP @tolerate @OIDC-Core-2
  Scenario: id-token/large-token - an ID token of 12 KB is accepted
    With group memberships and custom claims an ID token grows to many kilobytes. A client that keeps it in a cookie,
    for which browsers allow some 4 KB, or in a field of fixed length, locks out the users who have the most rights.
    Fix: raise the size limit of the JWT parser and of the HTTP client, if there is one. Keep the ID token, or better
    the few claims that are needed, where there is room: on the server, and only the session's identifier in a cookie.
    Given the ID token has 40 further claims
    When the user logs in
    Then the user is logged in as alice
