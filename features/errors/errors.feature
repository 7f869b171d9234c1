Feature: Errors of the provider

  @INTEROP @refuse @RFC6749-4.1.2.1 @RFC6749-8.5
  Scenario: errors/unknown-code - an error that nobody has registered is an error all the same
    Extensions define further error codes, and providers invent some. A client that knows a list of codes and takes
    everything else for success goes on without a code, and sends a token request that cannot work.
    Fix: in the callback, treat every response with `error` as a failure, whatever its value, and use the value for
    nothing but the wording of the page.
    Given the authorization response is the error "acme_weird_42"
    When the user logs in
    Then the client refuses at the callback step
    And the user is not logged in
    And the client sends at most 2 authorization requests
    And the client sends no token request

  @INTEROP @recover @OIDC-Core-3.1.2.6
  Scenario: errors/login-required - an error that asks for the user does not loop
    `login_required` is the answer if the provider may not show a login page and nobody is logged in there. A client
    that sends the same request again gets the same answer, and the browser goes back and forth until it gives up.
    Fix: in the callback, answer `login_required` with at most one login without `prompt=none`, or with a page that has
    a login button; count the attempts in the session.
    Given the authorization response is the error "login_required"
    When the user logs in
    Then the attempt ends without success
    And the client sends at most 2 authorization requests
    And the client sends no token request

  @INTEROP @recover @RFC6749-5.2
  Scenario: errors/token-error-nonjson - an error page of the token endpoint is neither relayed nor retried
    Gateways and firewalls answer in HTML. A client that parses it as JSON crashes, and one that passes it on puts
    foreign markup and details of the infrastructure into its own page. Trying again and again does not help: the code
    may be spent.
    Fix: where the token response is parsed, look at the status and the media type before the body. Show your own page,
    and keep the answer for the log.
    Given the token response is status 403 as "text/html":
      """
      <html><body>forbidden, marker-91bc</body></html>
      """
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
    And the client never shows "marker-91bc"
    And the client sends 1 token request

  @INTEROP @recover @OIDC-Core-3.1.2.6
  Scenario Outline: errors/<slug>-required - an error that asks for the user does not loop (<code>)
    The provider cannot answer without an answer from the user, a consent or another interaction, and was not allowed to
    ask. A client that sends the same request again gets the same answer, and the browser goes back and forth between
    two sites.
    Fix: in the callback, answer `consent_required` and `interaction_required` with at most one login in which the
    provider may talk to the user. If that fails, too, stop with a page.
    Given the authorization response is the error "<code>"
    When the user logs in
    Then the attempt ends without success
    And the client sends at most 2 authorization requests
    And the client sends no token request

    Examples:
      | slug        | code                 |
      | consent     | consent_required     |
      | interaction | interaction_required |

  @SHOULD @refuse @RFC6749-4.1.2.1 @RFC6749-10.12
  Scenario: errors/foreign-error-keeps-login - an error that no provider has sent does not end a login that has begun
    Any site can send a browser to the callback with an `error`. A client that drops the pending login at
    every error lets anybody cancel logins: the genuine response arrives and finds nothing that it could answer.
    Fix: in the callback, compare the `state` of error responses, too, and leave the session as it is if an error
    belongs to no pending login.
    When the user starts a login
    And a forged response "error=access_denied&state=invented" arrives in the user's browser
    And a forged response "error=server_error&state=invented" arrives in the user's browser
    And the user's authorization response arrives
    Then the user is logged in as alice

  @SHOULD @recover @RFC6749-10.12
  Scenario Outline: errors/foreign-response-keeps-session-<slug> - a response that no provider has sent logs nobody out (<slug>)
    The user is logged in, and another site sends the browser to the callback. A client that ends the session at every
    response that it refuses lets any site log its users out, as often as it likes.
    Fix: in the callback, refuse a response that belongs to no pending login, and leave the session and its cookies as
    they are.
    When the user logs in
    And a forged response "<response>" arrives in the user's browser
    Then the user is logged in as alice

    Examples:
      | slug  | response                          |
      | code  | code=invented&state=invented      |
      | error | error=server_error&state=invented |

  @SHOULD @refuse @RFC6749-4.1.2.1
  Scenario: errors/error-without-state - an error without state logs nobody in
    A provider returns the `state` with an error, too, if the request had one. An error without it belongs to no login
    that the client knows, and a client that handles this case separately can end in an unplanned state. In every case,
    it must log nobody in.
    Fix: in the callback, let every response with `error` end in a plain page: no session, no token request.
    Given the authorization response has the members:
      """
      {"code": null, "state": null, "error": "access_denied"}
      """
    When the user logs in
    Then the user is not logged in
    And the client sends no token request

  @MUST @refuse @RFC6749-10.14 @RFC6749-4.1.2.1
  Scenario: errors/error-code-markup - markup in an error code reaches no page
    Error code and `error_uri` come out of a URL, and so from anybody who can write a link. A client that prints the
    code unescaped runs the attacker's script in its own origin, in the user's session. A link to a `javascript:`
    address does the same at a click.
    Fix: on the error page, show your own text for each known code, leave the escaping of anything else to the template
    engine, and make no link of `error_uri` unless it is `https`.
    Given the authorization response has the members:
      """
      {"code": null, "error": "'\"></title></textarea></script><script>marker('4c1d')</script>", "error_uri": "javascript:marker('4c1d')"}
      """
    When the user logs in
    Then the user is not logged in
    And no page of the client holds the markup "<script>marker"
    And no page of the client holds the markup "javascript:marker"

  @MUST @refuse @RFC6749-10.14
  Scenario: errors/description-markup - markup in an error description reaches no page
    `error_description` is meant for developers, and what the callback gets is a text by the author of the link. A
    client that puts it into a page unescaped lets an image tag with an error handler run script in its own origin, as
    the user who looks at the page.
    Fix: log the description and show your own text; if it has to be shown, leave the escaping to the template engine,
    with no exception for this value.
    Given the authorization response has the members:
      """
      {"code": null, "error": "access_denied", "error_description": "'\"></title></textarea></script><img src=x onerror=marker('88ab')>"}
      """
    When the user logs in
    Then the user is not logged in
    And no page of the client holds the markup "<img src=x onerror=marker"

  @INTEROP @recover @Auth0 @RFC6749-5.2
  Scenario: errors/auth0-unauthorized-client - a grant that is not allowed is not tried again
    This grant is switched off for the client: a setting at the provider, which no repetition changes. A client that
    tries again presents the code once more, and hides the message that says what is wrong.
    Fix: where the token response is parsed, treat `unauthorized_client` as final. End the login, and log error and
    description for the operator of the client.
    Given the token response is status 403 as "application/json":
      """
      {"error": "unauthorized_client", "error_description": "Grant type 'authorization_code' not allowed for the client."}
      """
    When the user logs in
    Then the attempt ends without success
    And the client sends 1 token request

  @INTEROP @recover @Auth0
  Scenario: errors/mfa-required-token-endpoint - a demand for a second factor ends the login and is not shown
    Auth0's token endpoint can demand a second factor, and its answer carries an `mfa_token` to go on with. A client
    that relays the answer to the browser hands that token out, and one that repeats the request only presents the code
    again.
    Fix: where the token response is parsed, treat `mfa_required` as a failed login, and keep its body out of pages. Let
    the provider ask for the second factor while the user is there, at the authorization endpoint.
    Given the token response is status 403 as "application/json":
      """
      {"error": "mfa_required", "error_description": "Multifactor authentication required", "mfa_token": "Fe26.2-marker-mfa"}
      """
    When the user logs in
    Then the attempt ends without success
    And the client never shows "marker-mfa"
    And the client sends 1 token request

  @INTEROP @recover @RFC6749-4.1.2.1
  Scenario: errors/temporarily-unavailable - a provider that is busy harms one login
    The provider says that it is overloaded, and that this will pass. A client that blocks the browser, or remembers the
    provider as broken, turns a short outage into a long one.
    Fix: in the callback, end this one login with a page that offers another try, and store nothing about it in the
    session.
    Given the authorization response is the error "temporarily_unavailable"
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice
    And the client sends at most 3 authorization requests

  @INTEROP @recover @RFC6749-4.1.2.1
  Scenario: errors/abandoned-at-provider - a login that never comes back does not keep the next one from working
    Users leave the provider's login page and come back later, and the first attempt stays pending in the client. A
    client that has room for one attempt and does not let go of it, or mixes the old `state` with the new verifier,
    refuses the second.
    Fix: let each start of a login create a separate record, with `state`, nonce and verifier together, and let old
    records expire after some minutes.
    When the user starts a login
    And the user logs in
    Then the user is logged in as alice

  @INTEROP @recover @RFC6749-4.1.2.1
  Scenario: errors/abandoned-many - 80 logins that never come back do not keep the next one from working
    A tab that reloads itself, or an application that asks for a login with every request of a page, begins dozens of
    logins in one browser and finishes none. A client that sets a cookie for each of them, and lets them pile up, soon
    gets requests with more cookies than its server accepts, and refuses all of them.
    Fix: bound the number of pending logins of a browser, delete the cookies of the oldest, and let them expire after some
    minutes.
    When 80 logins are abandoned in the user's browser
    And the user logs in
    Then the user is logged in as alice
