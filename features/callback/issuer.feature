Feature: The iss parameter of the authorization response (RFC 9207)

  Background:
    Given the provider sends and announces the iss parameter

  @MUST @tolerate @RFC9207-2.4 @defence:iss
  Scenario: callback/iss-match - the right issuer is accepted
    A provider that follows RFC 9207 puts its issuer identifier into every authorization response. A client that refuses
    the new parameter, decodes it wrongly, or compares it with something else, a host name for instance, locks its users
    out on the day when the provider starts to send it.
    Fix: in the callback, take `iss` as the query parser has decoded it, and compare it with the `issuer` of the
    metadata as it stands there.
    When the user logs in
    Then the user is logged in as alice

  @MUST @refuse @RFC9207-2.4 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers
  Scenario: callback/iss-wrong - a response that names another issuer is refused
    A client that knows two providers can be led to mix them up: the attacker's provider sends the browser on to the
    honest one, and the client takes the answer for the attacker's. It then hands the victim's code to the attacker's
    token endpoint. `iss` says who has answered, to a client that looks.
    Fix: store the issuer with each pending login, and compare `iss` with it in the callback before the code is used.
    Given the authorization response has "iss" set to "https://attacker.example/"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9207-2.4 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers @owed-by:comparing-iss
  Scenario: callback/iss-longer - issuers are compared to the last character
    This identifier begins with the right issuer and goes on. A client that compares the beginning, the host name, or a
    pattern without an end takes another tenant of the same host for its own provider, and a longer host name perhaps
    as well.
    Fix: in the callback, compare the whole of `iss` with the whole issuer, as two strings.
    Given the authorization response has "iss" set to "{issuer}x"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9207-2.4 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers
  Scenario: callback/iss-missing-advertised - a promised issuer that is missing is refused
    The metadata promise an `iss` in every response, so that one without it is not what this provider sends. A client
    that checks only what is there can be talked out of the check by leaving a parameter out.
    Fix: if the metadata say `authorization_response_iss_parameter_supported`, treat a missing `iss` in the callback
    like a wrong one.
    Given a client that makes a metadata request
    And the authorization response has no "iss"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9207-2.4 @RFC6749-3.1 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers
  Scenario: callback/iss-empty - a promised issuer that is empty is missing
    A parameter without a value counts as one that was left out, so that this response lacks the issuer that the
    metadata promise. A client that takes an empty text for "nothing to compare" can be talked out of the check.
    Fix: if the metadata say `authorization_response_iss_parameter_supported`, treat an empty `iss` in the callback
    like a wrong one.
    Given a client that makes a metadata request
    And the authorization response has "iss" set to ""
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @refuse @RFC9207-2.4 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers @owed-by:comparing-iss
  Scenario Outline: callback/iss-<slug> - an issuer that is nearly the right one is another one (<what>)
    A client that searches for one of two identifiers in the other accepts pieces of its issuer, or foreign ones that
    carry it along; one that compares without case or scheme takes two tenants for one, or anybody who can answer
    without TLS for the provider.
    Fix: in the callback, compare the whole of `iss` with the whole issuer, as two strings; a search for one in the
    other, lower-casing and parsing do not compare the two.
    Given the authorization response has "iss" set to "<iss>"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

    Examples:
      | slug            | iss                                | what                           |
      | piece           | http                               | its first letters              |
      | embedded        | https://attacker.example/?{issuer} | a URL that has it in its query |
      | wrong-by-case   | {issuer_in_capitals}               | in capitals                    |
      | wrong-by-scheme | {issuer_other_scheme}              | under another scheme           |

  @SHOULD @refuse @RFC9207-2.4 @RFC6749-3.1 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers
  Scenario Outline: callback/duplicate-iss<slug> - a response with two issuers is malformed (<place>)
    A client that looks for the right issuer among several values, or takes the one that its parser keeps, can be shown
    both: the right one for the check, and another one for any code that reads the response after it.
    Fix: in the callback, ask the query parser for all values of `iss`, and refuse the response if there are two.
    Given the authorization response has "iss" twice, the <place> time as "https://attacker.example/"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

    Examples:
      | slug   | place  |
      |        | second |
      | -first | first  |

  @MUST @refuse @RFC9207-2.4 @defence:iss @owed-by:rfc9207 @owed-by:multiple-issuers @owed-by:comparing-iss
  Scenario: callback/iss-wrong-by-slash - a slash more or less is another issuer
    Two identifiers that differ by a slash are two issuers, and on a host with several tenants they may belong to two
    parties. A client that trims slashes or normalises URLs before it compares does not compare what was sent.
    Fix: in the callback, compare the strings as they are, without trimming, lower-casing or parsing them as URLs.
    Given the provider varies in nothing
    And the authorization response has "iss" set to "{issuer:slash}"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed
