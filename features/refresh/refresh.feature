@needs:offline-access
Feature: The refresh

  @MUST @observe @RFC6749-6 @RFC6749-3.2
  Scenario: refresh/request-shape - the refresh request is a form with the refresh token
    A refresh request is a token request of another grant. A client that adds what belongs to the code, because one
    function builds both, is refused by strict providers, and a refresh token in a URL ends up in logs.
    Fix: build the refresh request in a separate function: a POST with a form of `grant_type` and `refresh_token`,
    besides the client's authentication.
    When the user logs in
    And the client refreshes its access token
    Then the refresh request is a POST with its parameters in the body
    And the refresh request has the header "content-type" equal to "application/x-www-form-urlencoded"
    And the refresh request has "refresh_token"
    And the refresh request has "grant_type" equal to "refresh_token"

  @INTEROP @observe @RFC6749-6
  Scenario: refresh/nothing-of-the-code - a refresh request holds nothing of the code exchange
    The code, its verifier and its redirect URI are spent when the tokens are there. A client that builds both requests
    from one template sends them again. Strict providers refuse what they do not expect, and the session dies with the
    access token.
    Fix: build the refresh request by itself: `grant_type`, `refresh_token`, and the client authentication.
    When the user logs in
    And the client refreshes its access token
    Then the refresh request has no "code"
    And the refresh request has no "code_verifier"
    And the refresh request has no "redirect_uri"

  @MUST @observe @RFC6749-6 @RFC6749-3.2.1
  Scenario: refresh/client-authenticates - the client authenticates on refresh, too
    A refresh token is bound to the client, and the client's authentication is what makes a stolen one useless to
    others. A client that leaves it out is refused, and its users lose their sessions when the first access token
    expires.
    Fix: let one function add the client's authentication to every token request, for codes and for refresh tokens
    alike.
    When the user logs in
    And the client refreshes its access token
    Then the client authenticates on refresh

  @INTEROP @observe @RFC7591-2
  Scenario: refresh/client-authentication-method - the client authenticates on refresh in the registered way
    A client is registered for one method of authentication at the token endpoint. One that sends its secret by Basic for
    the code and in the body for a refresh works at providers that take both; at the others the first refresh is refused
    with `invalid_client`.
    Fix: let one function add the client's authentication to every token request. A client that is registered for both
    methods has both in `[registration] token_endpoint_auth_method`.
    When the user logs in
    And the client refreshes its access token
    Then the client authenticates on refresh as it does for the code

  @MUST @observe @RFC6749-6
  Scenario: refresh/scope-omitted-or-subset - a refresh asks for no more than was granted
    A refresh cannot widen a grant: the user has agreed to what was granted, and not to more. A client that sends its
    configured scope, though the user had granted less, is answered with an error, and its sessions end early.
    Fix: leave `scope` out of the refresh request, or send what the token response named as granted.
    When the user logs in
    And the client refreshes its access token
    Then the refresh request asks for no scope beyond the grant

  @MUST @tolerate @RFC6749-6
  Scenario: refresh/special-characters - a refresh token with reserved characters arrives unchanged
    Refresh tokens may hold characters that mean something in a form, such as `+`, `&` and `%`. A client that joins the
    body from texts, without encoding, sends another token than the one that it got, and the refresh fails for some
    users.
    Fix: where the refresh request is built, leave the body to a form encoder, and store the refresh token as it was
    received.
    Given the provider issues refresh tokens with reserved characters
    When the user logs in
    And the client refreshes its access token
    Then the client goes on

  @MUST @recover @RFC6749-6 @RFC9700-4.14.2
  Scenario: refresh/rotated-token-stored - a new refresh token replaces the old one
    With rotation each refresh token is good for one use. A client that keeps the old one fails at the second refresh;
    the provider may take the reuse for theft and revoke everything that the user has granted it.
    Fix: where the refresh response is parsed, store the new refresh token in place of the old one, together with the
    access token and before that is used.
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the client goes on
    And each refresh request carries the newest refresh token

  @INTEROP @recover @RFC6749-6 @RFC6749-5.1
  Scenario: refresh/old-token-kept - the old refresh token is kept when none is returned
    A provider need not return a new refresh token; the old one then stays valid. A client that overwrites what it has
    with nothing can refresh once, and the user has to log in again after that.
    Fix: where the refresh response is parsed, replace the stored refresh token only if the response has one.
    Given the provider returns no new refresh token on refresh
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the client goes on
    And each refresh request carries the first refresh token

  @MUST @recover @RFC6749-1.5
  Scenario: refresh/access-token-replaced - the new access token is really used
    The client has refreshed, and another part of it still holds the old access token: a copy in the session, a header
    that was set once. Calls then fail as soon as the old token has expired, and refreshing does not help.
    Fix: keep the tokens of a session in one place, replace them there after a refresh, and read the access token from
    it for each API request.
    When the user logs in
    And the client calls the API
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the API call carries a new access token

  @INTEROP @recover @RFC6749-5.2 @RFC9700-4.14.2
  Scenario: refresh/invalid-grant-ends-session - a dead refresh token is not tried again
    With `invalid_grant` the provider says that the refresh token is expired, revoked or used up, and this will not
    change. A client that presents it again at each request adds load, and looks like somebody who tries stolen tokens.
    Fix: where the refresh response is parsed, delete the refresh token on `invalid_grant`, and ask the user to log in.
    Given the refresh response is status 400 with the error "invalid_grant"
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends 1 refresh request

  @INTEROP @recover @RFC6749-5.2 @Auth0
  Scenario: refresh/invalid-grant-auth0-403 - a dead refresh token is recognised under another status
    Auth0 refuses a revoked refresh token with `invalid_grant` under status 403. A client that knows this error under
    400 only takes it for a passing failure, and presents the dead token again and again. A client that never forgets a
    refused refresh token does so under any status.
    Fix: where the refresh response is parsed, decide by `error` in the body, under any status from 400 to 499, and
    delete the refresh token on `invalid_grant`.
    Given the refresh response is status 403 with the error "invalid_grant"
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends 1 refresh request

  @MUST @refuse @RFC6749-5.1 @RFC6749-5.2
  Scenario: refresh/error-with-tokens - an error status is an error although the body looks like success
    The provider refuses the refresh with status 400, and yet the body holds tokens. A client that looks for an access
    token before it looks at the status goes on with tokens that nobody has granted.
    Fix: check the status of the refresh response before its body is parsed, and take tokens from status 200 only.
    Given the refresh response is status 400 with its body unchanged
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the access token is never used

  @INTEROP @recover @RFC6749-5.2
  Scenario: refresh/5xx-keeps-session - an outage does not end the session
    The provider is down while the client refreshes; the refresh token is as good as before. A client that takes every
    failure for the end logs all its users out in an outage of minutes, and they all come back at once.
    Fix: where the refresh response is handled, keep session and refresh token on 5xx and on network errors, and try
    again later; only `invalid_grant` ends them.
    Given the provider returns no new refresh token on refresh
    And the refresh response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    When the user logs in
    And the client refreshes its access token
    And the provider is honest again
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @MUST @tolerate @RFC6749-5.1 @RFC6749-6
  Scenario: refresh/no-scope-no-expires - a refresh may be answered with an access token and nothing else
    Access token and type are all that a refresh response has to have. A client that demands more refuses it, and one
    that loses its refresh token cannot go on later.
    Fix: where the refresh response is parsed, make `scope`, `expires_in`, `id_token` and `refresh_token` optional, and
    keep what the session has of scope and refresh token.
    Given the provider returns no new refresh token on refresh
    And the provider says the lifetime of access tokens in responses alone
    And the refresh response has the members:
      """
      {"scope": null, "expires_in": null, "id_token": null}
      """
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on

  @MUST @tolerate @RFC6749-5.1
  Scenario: refresh/token-type-case - the case of the token type does not matter on refresh either
    The token type is read without regard to case, in each token response. A client that handles it well at the login
    and has another parser for refreshes breaks an hour later.
    Fix: parse the responses to codes and to refresh tokens with the same function, which compares `token_type` without
    regard to case.
    Given the refresh response has "token_type" set to "bearer"
    When the user logs in
    And the client refreshes its access token
    Then the client goes on

  @MUST @tolerate @OIDC-Core-12.2 @needs:openid
  Scenario: refresh/id-token-honest - the ID token of a refresh needs no nonce
    An ID token that comes with a refresh belongs to no authorization request, and should have no nonce. A client that
    validates it as after a login misses the nonce, and its sessions end at the first refresh.
    Fix: where the refreshed ID token is validated, do not demand a nonce; compare issuer, subject and audience with the
    session instead.
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @MUST @tolerate @OIDC-Core-12.2 @needs:openid
  Scenario: refresh/id-token-absent - a refresh needs no ID token
    A refresh response need not have an ID token. A client that demands one, because the first response had one, loses
    the session at a provider that sends none.
    Fix: make `id_token` optional where the refresh response is parsed, and keep the user of the session as it is.
    Given the provider returns no ID token on refresh
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @MUST @refuse @OIDC-Core-12.2 @needs:openid
  Scenario: refresh/id-token-sub-changed - a refresh does not turn one user into another
    A refreshed ID token has the subject of the first one. If it names another, tokens of two users have been mixed up,
    and a client that updates the session from it lets one person go on in the account of another.
    Fix: where the refreshed ID token is validated, compare `sub` with the one of the session, and end the session or
    drop the response if they differ.
    Given the refreshed ID token's claim "sub" is "{bob}"
    When the user logs in
    And the client refreshes its access token
    Then the user is not logged in as bob

  @MUST @tolerate @OIDC-Core-12.2 @needs:openid
  Scenario: refresh/id-token-nonce-repeated - a refreshed ID token may repeat the nonce of the login
    The ID token of a refresh should have no nonce; if it has one, it is the one of the login. A client that expects none,
    or compares with one that it has deleted, loses its sessions at providers that repeat it.
    Fix: keep the nonce with the session, and compare it where a refreshed ID token has one.
    Given a client that sends "nonce" in the authorization request
    And the refreshed ID token's claim "nonce" is "{nonce}"
    When the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @MAY @mechanism @OIDC-Core-12.2 @defence:refreshed-id-token @needs:openid
  Scenario: refresh/id-token-nonce-changed - a refreshed ID token has the nonce of the login, or none
    A nonce in a refreshed ID token is the one of the login that it goes back to. Another one shows that the token belongs
    to another login, and the access token beside it, too.
    Fix: keep the nonce with the session, and refuse a refreshed ID token that has another one, before anything of the
    response is used.
    Given a client that sends "nonce" in the authorization request
    And the refreshed ID token's claim "nonce" is "{nonce}x"
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the access token is never used

  @INTEROP @observe @RFC6749-5.1 @needs:api-call
  Scenario: refresh/not-on-every-call-after-refresh - nor is one that a refresh has brought
    The new access token is as good as the first one was. A client that keeps the first one's time of expiry, or none,
    refreshes before each call from then on, until the provider limits it or treats it as an attacker.
    Fix: where the refresh response is parsed, store the new time of expiry together with the new access token.
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    And the client calls the API
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request

  @INTEROP @observe @RFC6749-5.1 @needs:api-call
  Scenario: refresh/not-on-every-call-without-lifetime - nor is one whose lifetime is not told
    The provider does not say how long the access token lives, which it need not do. A client that takes this for zero
    refreshes before each call.
    Fix: where the token response is parsed, make `expires_in` optional; without it, use the access token until the API
    refuses it.
    Given the provider says the lifetime of access tokens in responses alone
    And the token response has no "expires_in"
    When the user logs in
    And the client calls the API
    And the client calls the API
    Then the client goes on
    And the client sends no refresh request

  @INTEROP @observe @RFC6749-5.1 @needs:reactive-refresh
  Scenario: refresh/not-on-every-call-after-401 - one refresh is enough for an access token that the API has refused
    The API refuses the access token once, and the client fetches another. A client that goes on from there as if every
    token were bad refreshes before each call.
    Fix: refresh when the token that is stored now is near its expiry or was refused, and forget what you know of the one
    before.
    When the user logs in
    And the client calls the API
    And the API stops accepting the access token
    And the client calls the API
    And the client calls the API
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request

  @INTEROP @recover @RFC6749-5.1 @needs:logout
  Scenario: refresh/none-after-some - a login without refresh token works after one with
    The first login brings a refresh token, the second one, after a log-out, brings none: the user has taken a consent
    back, or the provider has changed its policy. A client that finds something left over from before, a cookie or an
    entry in a store, and expects both to agree, no longer lets this user in.
    Fix: at the log-out delete everything that belongs to the session, refresh token and its cookies first; at the end
    of a login write every field again, also those that the response does not fill.
    When the user logs in
    And the user logs out
    And from now on the token response has no "refresh_token"
    And the user logs in
    Then the client goes on
    And the user is logged in as alice

  @INTEROP @recover @RFC6749-5.1 @needs:logout
  Scenario: refresh/some-after-none - a refresh token is taken although an earlier login brought none
    The other order: the first login brings no refresh token, the second one does. A client that has concluded from the
    first that there are none at this provider never refreshes again.
    Fix: decide by the token response of the login at hand, and keep nothing about earlier ones.
    Given the token response has no "refresh_token"
    When the user logs in
    And the user logs out
    And the provider is honest again
    And the user logs in
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @INTEROP @observe @Auth0
  Scenario: refresh/not-on-every-call - a fresh token is not refreshed
    An access token is good for many calls. A client that refreshes before each of them makes every page slower, runs
    into the provider's rate limit, and uses up refresh tokens.
    Fix: store the time of expiry with the access token, and refresh only when it is near or when the API answers 401.
    When the user logs in
    And the client calls the API
    And the client calls the API
    And the client calls the API
    Then the client goes on
    And the client sends no refresh request

  @INTEROP @recover @RFC9700-4.14.2 @needs:reactive-refresh
  Scenario: refresh/concurrent-single-flight - parallel calls at expiry do not burn the refresh token
    A page makes ten calls, all of them find the access token refused, and each starts a refresh with the same refresh
    token. With rotation the first one wins; the others look like theft, and the provider may revoke the grant. The
    provider answers the first refresh here when a second one arrives, or after a second.
    Fix: let one refresh run for each session at a time, under a lock or as a shared promise, and let the other calls
    wait for its result.
    Given the refresh response waits 1000 milliseconds at most for a second request
    When the user logs in
    And the API stops accepting the access token
    And the client calls the API 10 times at once
    Then the client goes on
    And the client sends 1 refresh request
    And the user is logged in as alice

  @MUST @recover @RFC6749-10.4 @needs:reactive-refresh
  Scenario: refresh/concurrent-two-sessions - two users who refresh at once each get their own token
    Two users need new access tokens at the same moment. A client that shares one token store, one lock result or one
    cached promise among all sessions gives one user the token of the other, and with it the data.
    Fix: key everything that a refresh touches by session: stored tokens, locks and shared promises; keep no tokens in
    global variables.
    Given the refresh response waits 1000 milliseconds at most for a second request
    When bob logs in in the user's browser
    And the victim logs in
    And the API stops accepting the access token
    And the client calls the API for the user and the victim at once
    Then the client goes on
    And each API call is made for the person who is logged in

  @INTEROP @recover @RFC6749-5.2
  Scenario: refresh/invalid-grant-no-login-loop - a dead refresh token leads to an answer, not to a loop
    The refresh token is dead, and the client tries to help itself by an authorization request without the user. If that
    does not succeed either, a client without a limit sends the browser back and forth without end.
    Fix: after `invalid_grant`, delete the tokens and attempt at most one silent authorization request; then show a page
    on which the user starts the login.
    When the user logs in
    And the provider revokes the refresh token
    And the client refreshes its access token
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends at most 3 authorization requests

  @INTEROP @recover @RFC6749-5.1
  Scenario: refresh/token-empty - an empty refresh token is none
    Some providers return an empty text when there is no new refresh token. A client that stores it overwrites a token
    that is still good, and sends an empty one the next time.
    Fix: where the refresh response is parsed, treat an empty `refresh_token` like a missing one, and keep the old one.
    Given the provider returns no new refresh token on refresh
    And the refresh response has "refresh_token" set to ""
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    Then the client goes on
    And each refresh request carries the first refresh token

  @INTEROP @recover @RFC6585-4 @Auth0
  Scenario: refresh/429-keeps-session - a provider that is busy does not end the session
    The provider limits the rate of requests; the refresh token stays good. A client that takes the answer for a refusal
    logs the user out, who then comes back with more requests than the refresh would have been.
    Fix: where the refresh response is handled, keep session and refresh token on 429, wait as long as `Retry-After`
    says, and try again.
    Given the provider returns no new refresh token on refresh
    And the refresh response is status 429 as "application/json":
      """
      {"error": "too_many_requests", "error_description": "Rate limit exceeded."}
      """
    When the user logs in
    And the client refreshes its access token
    And the provider is honest again
    And the client refreshes its access token
    Then the client goes on
    And the user is logged in as alice

  @INTEROP @recover @RFC6749-5.2
  Scenario: refresh/invalid-client-not-fatal - a client that is not recognised does not try again
    The client's own credentials are refused, perhaps because the secret was replaced; the user's grant is not in
    question. A client that tries again at once gains nothing, and one that tries other places for its secret may give
    it away.
    Fix: on `invalid_client`, let this refresh fail and alert the operator; neither repeat it at once nor send the
    secret in another way.
    Given the refresh response is status 401 with the error "invalid_client"
    When the user logs in
    And the client refreshes its access token
    Then the attempt ends without success
    And the client sends 1 refresh request
    And the client secret is seen at the token endpoint only
    And the user is logged in as alice

  @INTEROP @tolerate @RFC6749-3.3 @RFC6749-6
  Scenario: refresh/narrower-scope-returned - less scope than before is accepted
    A refresh may return a token with less scope, after the user has taken a right back for instance. A client that
    demands what it had before refuses a good token, or refreshes again in order to get more.
    Fix: where the refresh response is parsed, store the scope that it names, go on with the new access token, and
    switch off only the functions that lack their scope.
    Given the refresh response has "scope" set to "{first_scope}"
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the client sends 1 refresh request

  @MAY @mechanism @OIDC-Core-12.2 @defence:refreshed-id-token @needs:openid
  Scenario Outline: refresh/id-token-<slug> - a refreshed ID token has the <claim> of the first one
    A refreshed ID token comes from the same issuer, is meant for the same client and is about the same user as the first
    one. If it is not so, something stands in the provider's place, or has mixed up clients or users, and the access token
    beside it is not trustworthy.
    Fix: validate the refreshed ID token like the first one, nonce aside, before anything of the refresh response is
    stored or used.
    Given the refreshed ID token's claim "<claim>" is "<value>"
    When the user logs in
    And the client refreshes its access token
    And the client calls the API
    Then the access token is never used
    And the user is not logged in as bob

    Examples:
      | slug          | claim | value                     |
      | iss-changed   | iss   | https://attacker.example/ |
      | aud-changed   | aud   | another-client            |
      | of-other-user | sub   | {bob}                     |
