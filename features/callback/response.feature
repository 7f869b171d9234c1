Feature: The authorization response

  @MUST @refuse @RFC6749-4.1.2
  Scenario: callback/code-missing - a response without a code redeems nothing
    A response with neither code nor error is not an answer. A careless client sends a token request with nothing in it,
    or with the word `undefined`. Another one crashes, and leaves the user with an internal error.
    Fix: in the callback, once `error` and `state` have been looked at, demand a `code`; without one, show that the
    login failed, and send no token request.
    Given the authorization response has no "code"
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @RFC6749-4.1.2 @RFC9700-2.1.2
  Scenario: callback/access-token-without-code - an access token in place of a code logs nobody in
    The response has an access token where the code should be, as with the implicit grant, for which the client has not
    asked. A code is bound to the client, to the login and to the verifier; such a token is not. Anybody who has got hold
    of a token, which may have been issued to another client, can put it into a response and is taken for its owner. A
    library that knows several grants may accept any of their responses.
    Fix: in the callback, demand a `code` whatever else the response holds, and take tokens from the token response only.
    Given the provider answers with an access token in place of a code
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
    And the access token is never used
    And the client sends no token request

  @MUST @refuse @RFC6749-4.1.2 @RFC9700-2.1.2 @needs:openid
  Scenario: callback/id-token-without-code - an ID token in place of a code logs nobody in
    As before, with an ID token. It has passed through the browser, its history and its logs, and the client secret has
    played no part.
    Fix: in the callback, demand a `code` whatever else the response holds, and take the ID token from the token response
    only.
    Given the provider answers with an ID token in place of a code
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
    And the client sends no token request

  @SHOULD @refuse @RFC6749-4.1.2 @RFC6749-4.1.3
  Scenario: callback/code-empty - a response with an empty code redeems nothing
    The parameter is there, and there is no code in it. A client that asks only whether it is there sends a token
    request that cannot succeed, and what it makes of the answer is left to chance.
    Fix: in the callback, treat an empty `code` like a missing one, and send no token request.
    Given the authorization response has "code" set to ""
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends no token request

  @MUST @refuse @RFC6749-4.1.2.1
  Scenario: callback/error-access-denied - a denied authorization is reported and not retried
    The user has said no, or the provider has. A client that does not look for `error` goes on without a code; one that
    sends the browser straight back to the provider catches the user in a loop.
    Fix: in the callback, look for `error` before `code`. End this login with a page that says so, and let the user
    decide whether to try again.
    Given the authorization response is the error "access_denied"
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends no token request
    And the client sends at most 1 authorization request

  @SHOULD @refuse @RFC6749-4.1.2.1
  Scenario: callback/error-and-code - a response that is an error and a code is an error
    A provider sends one or the other. A client that reads `code` first redeems it although the response says that the
    authorization has failed, and so lets anybody who adds a parameter decide what happens. So does one that knows
    `access_denied` alone.
    Fix: in the callback, look for `error` first, and do not touch the code if it is there.
    Given the authorization response has "error" set to "server_error"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @refuse @RFC6749-3.1
  Scenario: callback/duplicate-state - a response with two states is malformed
    Of two values under one name a framework may take the first, a library the last, and a proxy may join them. The
    `state` that is checked need not be the one that is used, and the difference is a way round the check.
    Fix: in the callback, ask the query parser for all values of `state`, and refuse the response if there are two.
    Given a client that sends "state" in the authorization request
    And the authorization response has "state" twice, the second time as "another"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @SHOULD @refuse @RFC6749-3.1
  Scenario: callback/duplicate-state-first - nor may the first of two states be wrong
    As before, with the right `state` in the second place: a client that takes the last of several values finds the one
    that it looks for, whatever stands before it.
    Fix: in the callback, ask the query parser for all values of `state`, and refuse the response if there are two.
    Given a client that sends "state" in the authorization request
    And the authorization response has "state" twice, the first time as "another"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed

  @MUST @tolerate @RFC6749-4.1.2
  Scenario: callback/unknown-params - unknown parameters are ignored
    Providers add parameters of their own, such as `session_state`, and may add new ones at any time. A client with a
    closed list of names turns its users away on the day when the provider is updated.
    Fix: in the callback, read the parameters that you need by name, and let no schema forbid the others.
    Given the provider varies in "response-parameter"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-4.1.2
  Scenario: callback/params-of-requests - parameters that are named like those of requests are ignored
    A response has `code`, `state`, `iss` and errors, and nothing else in it means anything. A client that copies the whole
    query into an object, or passes it on to a function by name, lets the response set what the client alone may set: the
    nonce that is expected, the redirect URI, the verifier. It falls over, or compares the ID token with what the sender
    of the response has chosen.
    Fix: in the callback, read the parameters that you need by name, and copy no others.
    Given the authorization response has "nonce" set to "of-the-response"
    And the authorization response has "redirect_uri" set to "https://of-the-response.example/"
    And the authorization response has "code_verifier" set to "of-the-response"
    And the authorization response has "grant_type" set to "of-the-response"
    And the authorization response has "issuer" set to "https://of-the-response.example/"
    And the authorization response has "max_age" set to "1"
    When the user logs in
    Then the user is logged in as alice
    And no token request carries "of-the-response"

  @SHOULD @tolerate @RFC6749-4.1.2
  Scenario: callback/long-code - a code of 2,000 characters is redeemed unchanged
    The length of a code is the provider's affair, and one that packs its data into the code makes long ones. A client
    that cuts it off, in a column of 255 characters for instance, presents something that the provider has never issued.
    Fix: hand the code from the callback to the token request as it came, and limit its length only by that of the
    server's URLs.
    Given the provider issues codes of 2,000 characters
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-4.1.2
  Scenario: callback/code-special-chars - a code with reserved characters is redeemed unchanged
    A code may hold any printable ASCII character, `+`, `/`, `=`, `%` and `&` among them. A client that decodes it
    twice, or writes the form body by hand, presents another code. Only some logins fail, which makes the mistake hard
    to find.
    Fix: in the callback, decode the query once (the framework has done it already), and let a form encoder write the
    token request.
    Given the provider issues codes with reserved characters
    When the user logs in
    Then the user is logged in as alice

  @MUST @observe @RFC6749-4.1.2
  Scenario: callback/replayed-same-jar - reloading the callback does not redeem the code again
    Users reload pages and press the back button. A client that then redeems the code again breaks the rule that a code
    is used once. The provider refuses it, and may revoke the tokens of the first time, so that the session dies later
    for no visible reason.
    Fix: in the callback, remove the pending login before the code is redeemed, and redirect to a page of your own
    afterwards. Send a response without a pending login to the start page.
    When the user logs in
    And the same authorization response arrives again in the user's browser
    Then each authorization code is presented once

  @INTEROP @recover @RFC6749-4.1.2.1
  Scenario: callback/retry-after-failure - a failed callback leaves the browser able to log in
    Providers have bad minutes. A client that leaves the failed login in the session, half removed or marked as running,
    keeps this browser out until its cookies are deleted, and hardly any user knows how to do that.
    Fix: remove the pending login in the error branch of the callback, too, and start each login with its own record.
    Given the authorization response is the error "server_error"
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice

  @SHOULD @refuse @RFC6749-3.1
  Scenario Outline: callback/duplicate-code<slug> - a response with two codes is malformed (the foreign one is the <place>)
    Which of two codes is redeemed depends on the framework, and perhaps on the proxy in front of it. Anybody who can
    add a parameter to the callback's URL may get a code of their choice into a login whose `state` is right.
    Fix: in the callback, ask the query parser for all values of `code`, and refuse the response if there are two.
    Given the authorization response has "code" twice, the <place> time as "another-code"
    When the user logs in
    Then the client refuses at the callback step
    And the authorization code is never redeemed
    And no token request carries "another-code"

    Examples:
      | slug   | place  |
      |        | second |
      | -first | first  |

  @MUST @observe @RFC6749-4.1.2
  Scenario: callback/replayed-concurrently - a callback that arrives twice at once redeems the code once
    A double click, or a browser that repeats a slow request, delivers the same response twice within milliseconds. If
    both find the pending login before either has removed it, the code is redeemed twice. RFC 6749 forbids that without
    exception ("the client MUST NOT use the authorization code more than once"), and the provider may then revoke the
    tokens that the first request got. The provider holds its answer to the first request back here until the second
    delivery has come to its end or to the token endpoint. Three people do this one after the other: a client that looks
    the login up and removes it in two steps passes now and then.
    Fix: in the callback, read and remove the pending login in one atomic step on the server: `GETDEL` in Redis,
    `DELETE … RETURNING` in SQL, a removal under the session's lock. A session that is loaded at the start of a request
    and saved at its end, or a cookie, cannot do that: keep a record of spent states or codes beside it, with an insert
    that fails the second time. Where the library leaves no room for it, excuse this scenario in the expectations.
    Given the token response waits 3000 milliseconds at most for a second request
    When the user starts a login
    And the user's authorization response arrives twice at once
    And the victim starts a login
    And the victim's authorization response arrives twice at once
    And the attacker starts a login
    And the attacker's authorization response arrives twice at once
    Then each authorization code is presented once

  @MUST @refuse @RFC9700-2.1
  Scenario: callback/replayed-other-jar - a used callback opens nothing in another browser
    The callback's URL stays behind in the history and in logs, and anybody who finds it can open it elsewhere. A client
    that remembers the result of a login under its `state`, without regard to the browser, gives the finder the victim's
    session.
    Fix: in the callback, look only among the pending logins of this browser, and remove what has been used; never hand
    out a session that exists already.
    When the victim starts a login
    And the victim's authorization response arrives
    And the victim's authorization response arrives in the attacker's browser
    Then the attacker is not logged in as alice

  @MUST @observe @RFC6749-4.1.2
  Scenario: callback/no-access-token-in-callback - tokens that ride along with a code are not used
    Anybody who can write the URL can put an `access_token` into it. A client with a remnant of the implicit flow, or
    with a library that merges all parameters into its tokens, works on with a token that the attacker has chosen: of
    another user, or for another client. It may go on without that token, or refuse the response.
    Fix: take tokens from the token response only, and ignore token parameters in the callback.
    Given the authorization response has the members:
      """
      {"access_token": "token-of-the-attacker", "token_type": "Bearer", "expires_in": "3600"}
      """
    When the user logs in
    And the client calls the API
    Then no API request carries "token-of-the-attacker"

  @MUST @observe @RFC6749-4.1.2 @RFC6749-6
  Scenario: callback/no-refresh-token-in-callback - a refresh token that rides along with a code is not used
    The provider gives no refresh token, and the URL of the callback has one. A client that keeps all parameters of the
    response beside the tokens refreshes with it later. Anybody who can write the URL has then chosen whose access token
    the client gets.
    Fix: take tokens from the token response only, and ignore token parameters in the callback.
    Given the authorization response has "refresh_token" set to "token-of-the-attacker"
    And the token response has no "refresh_token"
    When the user logs in
    And the client refreshes its access token
    Then no refresh request carries "token-of-the-attacker"
