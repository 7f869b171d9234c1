@INTEROP @tolerate @in-each-dialect @needs:openid
Feature: An honest session in the dialect of each provider

  @OIDC-Core-3.1.3
  Scenario: provider/login - a login succeeds
    Providers depart from the specifications, and go beyond them: other paths, an issuer with or without a slash at its
    end, further members, claims of another type. A client that was built against one provider fails at the next one,
    on the day of the move.
    Fix: the message says what the client made of the answer. `docs/dialects.md` lists what this provider does
    otherwise; take every endpoint from the metadata, and ignore what you do not know.
    When the user logs in
    Then the user is logged in as alice

  @OIDC-Core-5.1
  Scenario: provider/claims - the name of the user reaches the application
    At some providers the ID token has the profile, at others only UserInfo has it, and some claims are of another type
    than OpenID Connect says. A client that looks in one place shows a user without a name.
    Fix: where the user is made of the claims, ask UserInfo for what the ID token does not have, if the metadata name
    such an endpoint, and let no claim of another type end the login.
    When the user logs in
    Then the user is logged in as alice
    And the client shows the claim "{alice_name}"

  @RFC6750-2.1
  Scenario: provider/api - the API is called with the access token
    An access token is opaque at one provider and a JWT at another, and its claims differ. A client that reads it, or
    stores it in a field that is too short, works with one of them alone.
    Fix: pass the access token on as it is, and leave its contents to the API.
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the client sends at least 1 API request

  @RFC6749-6
  Scenario: provider/refresh - the access token is refreshed, twice
    One provider gives a new refresh token at each refresh, another one keeps the first, and at a third the old one
    stays good. Some leave the ID token out. A client that expects one of them loses the session at the second refresh.
    Fix: where the answer to a refresh is stored, replace the refresh token only if there is a new one, and do not
    demand an ID token.
    When the user logs in
    And the client refreshes its access token
    And the client refreshes its access token
    And the client calls the API
    Then the client goes on
    And the client sends at least 2 refresh requests

  @OIDC-RP-Initiated-Logout-2
  Scenario: provider/logout - a log-out ends the session
    Not every provider has an endpoint for log-outs, and not every one names it in its metadata. A client that ends its
    own session only after a visit there leaves the user logged in.
    Fix: in the log-out route, end the client's own session first, and send the browser to the provider only if its
    metadata name `end_session_endpoint`.
    When the user logs in
    And the user logs out
    Then the user is not logged in

  @refuse @RFC6749-5.2
  Scenario: provider/error - a refused code ends the login, however the provider words it
    Errors of the token endpoint have status 400, 401, 403 or even 200, and their bodies have other members, none, or an
    object where a text is expected. A client that looks at one of these takes a refusal for tokens, or crashes.
    Fix: where the token response is parsed, treat whatever is no status 200 with an `access_token` as a failure, and
    read the error only for the log.
    Given the authorization response has "code" set to "{code:shorter}"
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
