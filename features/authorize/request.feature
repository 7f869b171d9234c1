Feature: The authorization request

  @MUST @observe @RFC6749-4.1.1
  Scenario: authorize-request/happy-path - a login starts with a well-formed request for a code
    This is the honest start of every login: the browser is sent to the provider once, to ask for a code under the
    client's own identifier. A client that gets this wrong keeps its users out, and until it is right the other results
    of the run say little.
    Fix: look at the configuration first (issuer, `client_id`, redirect URI), then at the place where the authorization
    request is built. The login route has to redirect once and then wait for the callback.
    When the user logs in
    Then the user is logged in as alice
    And the authorization request has "response_type" equal to "code"
    And the authorization request has "client_id" equal to "{client_id}"
    And the client sends 1 authorization request

  @MUST @observe @OIDC-Core-3.1.2.1
  Scenario: authorize-request/response-type-code - the response type is exactly code
    Response types that hold `token` or `id_token` bring tokens back through the browser, where history, scripts and
    logs can read them. They also go round the token endpoint, which is where the client is authenticated and PKCE is
    verified.
    Fix: set `response_type` to `code` and nothing else, where the authorization request is built; remove what is left
    of the implicit or hybrid flow.
    When the user logs in
    Then the authorization request has "response_type" equal to "code"

  @MUST @observe @RFC6749-4.1.1
  Scenario: authorize-request/client-id - a client_id with reserved characters arrives to the byte
    A client identifier may hold any printable ASCII character. A client that writes the query by hand sends another
    one: `+` arrives as a space, `&` begins a new parameter, `%20` is decoded. The provider then knows no such client.
    Fix: build the query with the platform's URL or form encoder instead of joining strings, and encode each value once.
    Given the client is registered with the client_id "shop one+two&three%20four/five"
    When the user logs in
    Then the authorization request has "client_id" equal to "shop one+two&three%20four/five"

  @MUST @observe @OIDC-Core-3.1.2.1 @RFC6749-3.1.2.3
  Scenario: authorize-request/redirect-uri-exact - the redirect URI is the registered one to the byte
    The provider sends the code to this address, and compares it with the registered one as a string. A client that puts
    it together from the `Host` header or from the scheme and port that a proxy reports is refused for one extra slash.
    At a provider that compares loosely, anybody who controls that header decides where the code goes.
    Fix: take the redirect URI from the configuration, as one string, and use it unchanged in the authorization request
    and in the token request.
    When the user logs in
    Then "redirect_uri" of the authorization request is a "registered redirect URI"

  @MUST @observe @OIDC-Core-3.1.2.1 @needs:openid
  Scenario: authorize-request/scope-openid - the scope of a login holds openid
    Without `openid` this is plain OAuth, and the provider owes no ID token. The client then has nothing that says who
    logged in, at which provider and for which client. It fails, or it takes an access token for a proof of identity,
    which an access token is not.
    Fix: put `openid` into the scopes that the authorization request is built with, and keep it there when the
    application sets its own scopes.
    When the user logs in
    Then "scope" of the authorization request lists "openid"

  @MUST @observe @RFC6749-3.3
  Scenario: authorize-request/scope-encoding - several scopes travel as one list separated by spaces
    Scopes are one parameter, with one space between two of them. Commas, double spaces or a parameter for each scope
    are read by every provider in its own way: as one unknown scope, as an error, or as the last one only. The user logs
    in, and the application lacks the rights that it asked for.
    Fix: where the authorization request is built, hold the scopes as a list, join them with one space, and leave the
    rest to the form encoder.
    When the user logs in
    Then "scope" of the authorization request is a "scope list"

  @INTEROP @observe @Auth0
  Scenario: authorize-request/audience-sent - the API's identifier reaches the provider, though it is no URL
    In Auth0's dialect `audience` says which API the access token is for, and the identifier of an API need not be a
    URL. A client that drops the parameter, or insists on a URL, gets no token for this API. The login works, and every
    call fails.
    Fix: pass `audience` from the configuration to the authorization request as plain text, usually through the
    library's setting for extra parameters.
    Given the client asks for the audience "appointments:api"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And the authorization request has "audience" equal to "appointments:api"
    And the API sees a token for "appointments:api"

  @MAY @observe @RFC6749-4.1.1 @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: authorize-request/state-present - a state accompanies the request
    Anybody can send a browser to the redirect URI. Without `state` the callback cannot see which login a response
    answers, and a foreign one is noticed late, by PKCE or nonce, or never. RFC 9700 lets a client rely on either of
    these instead; that one of them is there is another scenario's claim.
    Fix: in the function that starts a login, make a random `state`, store it with this browser's pending login, and
    send it along.
    When the user logs in
    Then the authorization request has "state"

  @MUST @mechanism @RFC6749-10.10 @RFC6749-10.12 @defence:state @MUST-in:strict-state
  Scenario: authorize-request/state-entropy - the state cannot be guessed
    A `state` from a counter, a clock or a user id is not secret. An attacker who can guess the next value writes a link
    to the callback that carries their own code and the `state` that the victim's browser is waiting for.
    Fix: where a login starts, take 16 bytes or more from a cryptographically secure random generator.
    Given a client that sends "state" in the authorization request
    When 16 logins are started
    Then "state" differs in every authorization request
    And "state" carries at least 64 varying bits in the authorization requests

  @MUST @mechanism @RFC9700-2.1 @defence:state @MUST-in:strict-state
  Scenario: authorize-request/state-unique-per-request - every attempt has its own state
    A `state` that stays the same, a constant for instance or the id of the session, needs to be learned only once. It
    is in the attacker's own login, in a log or in a `Referer` header, and from then on it fits every forged response.
    Fix: make a new `state` in the function that starts a login, and delete it in the callback when its response has
    arrived.
    Given a client that sends "state" in the authorization request
    When 8 logins are started
    Then "state" differs in every authorization request

  @MAY @observe @OIDC-Core-3.1.2.1 @defence:nonce @needs:openid
  Scenario: authorize-request/nonce-present - a nonce accompanies the request
    The nonce comes back inside the ID token and ties it to the login that this browser began. It is optional in the
    code flow. A client without it relies on PKCE alone to stop an injected code, and so on a provider that verifies it.
    Fix: add a random `nonce` where the authorization request is built, store it with the pending login, and compare it
    where the ID token is validated.
    When the user logs in
    Then the authorization request has "nonce"

  @MUST @observe @RFC9700-2.1.1 @defence:nonce @needs:openid
  Scenario: authorize-request/nonce-unique - the nonce is fresh and cannot be guessed
    A nonce that repeats fits the ID tokens of several logins. An attacker who holds a code of the victim brings it into
    their own login, the nonces agree, and the client takes the victim's ID token for the answer. A nonce that can be
    guessed is little better.
    Fix: where a login starts, take a new nonce of 16 bytes or more from a cryptographically secure random generator.
    Given a client that sends "nonce" in the authorization request
    When 16 logins are started
    Then "nonce" differs in every authorization request
    And "nonce" carries at least 64 varying bits in the authorization requests

  @MUST @observe @RFC6749-2.3.1
  Scenario: authorize-request/no-secret-in-url - no credential travels through the browser
    The authorization request is a URL in the user's browser: the user can read it, and history and logs keep it. With
    the secret or an assertion from there, others can pose as the client. With the verifier from there, anybody who
    steals the code has its proof, too.
    Fix: send `client_secret`, `client_assertion` and `code_verifier` in the body or header of the token request only,
    and build the parameters of the two requests in separate places.
    When the user logs in
    Then the authorization request has no "client_secret"
    And the authorization request has no "code_verifier"
    And the authorization request has no "client_assertion"

  @MUST @observe @RFC6749-3.1
  Scenario: authorize-request/no-duplicate-params - each parameter is sent once
    With two values under one name it is up to the provider which one counts: the first, the last or neither. The value
    that one part checks may not be the one that another part uses, and a strict provider refuses the request. It
    happens where defaults and the application's own parameters are both appended.
    Fix: where the authorization request is built, collect the parameters in a map, in which a later value replaces the
    earlier one.
    When the user logs in
    Then every parameter of the authorization request is there once

  @MUST @observe @RFC9700-2.1.1
  Scenario: authorize-request/injection-wall-present - something binds the code to this login
    An attacker who has got hold of the victim's code brings it to the client in a login of their own, and the client
    redeems it for them. Only a value that the provider ties to the code can stop that: the PKCE challenge or the nonce.
    The `state` cannot, because the attacker has one that is right.
    Fix: where the authorization request is built, send a fresh `code_challenge` by S256, or at least, as a confidential
    OpenID Connect client, a fresh `nonce`.
    When 16 logins are started
    Then one of "code_challenge, nonce" carries at least 64 varying bits in the authorization requests

  @MUST @observe @RFC9700-2.1
  Scenario: authorize-request/csrf-wall-present - something binds the response to this browser
    Anybody can send a browser to the redirect URI with a code in the URL. A client whose request carries neither
    `state` nor nonce nor challenge cannot tell such a response from the answer to its own. The victim is logged in to
    the attacker's account, and what the victim enters there is the attacker's.
    Fix: where a login starts, make a random `state` for this browser and send it; PKCE does as well, at a provider that
    is known to enforce it.
    When 16 logins are started
    Then one of "state, nonce, code_challenge" carries at least 64 varying bits in the authorization requests

  @MUST @tolerate @RFC6749-3.1
  Scenario: authorize-request/endpoint-query-kept - a query in the authorization endpoint is kept
    An authorization endpoint may have its own query, for instance to tell tenants apart. A client that replaces it, or
    appends a second `?`, sends the user to the wrong tenant or to an error page.
    Fix: where the authorization request is built, parse the endpoint as a URL and append the parameters to the query
    that it has.
    Given a client that is told its endpoints
    And the provider's authorization endpoint has a query
    When the user logs in
    Then the user is logged in as alice
    And the authorization request keeps "tenant" equal to "a/b" in its URL
