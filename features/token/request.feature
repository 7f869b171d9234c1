Feature: The token request

  @MUST @observe @RFC6749-3.2 @RFC6749-4.1.3
  Scenario: token-request/method-and-type - the code is redeemed by a form in a POST
    A code or a client secret that travels in a URL stays behind in access logs and proxies. A token request in another
    format than the one that is specified, JSON for instance, is refused by providers that follow the specification.
    Fix: where the code is redeemed, send all parameters as `application/x-www-form-urlencoded` in the body of a POST;
    HTTP libraries have a function for forms.
    When the user logs in
    Then the token request is a POST with its parameters in the body
    And the token request has the header "content-type" equal to "application/x-www-form-urlencoded"

  @MUST @observe @RFC6749-4.1.3
  Scenario: token-request/grant-type - the grant type is authorization_code
    The token endpoint serves several grants, and `grant_type` says which one is meant. With a value of the client's own
    choice, or with none, the provider answers with an error, and no login succeeds.
    Fix: send the fixed value `authorization_code` with each code; `code` is the response type of the authorization
    request, and not a grant type.
    When the user logs in
    Then the token request has "grant_type" equal to "authorization_code"

  @MUST @observe @RFC6749-4.1.3
  Scenario: token-request/redirect-uri-identical - the redirect URI is the one of the authorization request
    The provider compares the redirect URI of the token request with the one of the authorization request; so it notices
    a code that was obtained through another redirect URI. A client that leaves it out, or builds it again from the host
    name of the moment, is refused behind a proxy, or loses this protection.
    Fix: take the redirect URI from the configuration, or keep it with the pending login, and send the same characters
    in both requests.
    When the user logs in
    Then the token request repeats "redirect_uri" of its authorization request

  @MUST @observe @RFC6749-4.1.2
  Scenario: token-request/single-use - a code is redeemed once
    A code is good for one token request. If a retry layer or a handler that runs twice redeems it again, the provider
    refuses, and may revoke the tokens that it gave the first time: the user loses a session that has just begun.
    Fix: in the callback, take the pending login out of its store before the code is redeemed, and switch off automatic
    retries for the token request.
    When the user logs in
    Then the user is logged in as alice
    And each authorization code is presented once
    And the client sends 1 token request

  @MUST @observe @RFC6749-2.3.1
  Scenario: token-request/auth-basic-encoding - Basic credentials are form-encoded before they are joined
    Client identifier and secret are form-encoded, each for itself, before they are joined by a colon. Without this step
    everything works until a secret holds a `%` or a `+`: then each login fails, and the provider reports a wrong secret.
    Fix: where the token request is built, form-encode both halves, join them, and only then apply Base64; the Basic
    function of an HTTP library leaves the first step out.
    Given the client is registered for "client_secret_basic" at the token endpoint
    And the client is registered with the client_secret "s3cret:+%/&=! and a space"
    When the user logs in
    Then the token request authenticates the client by form-encoded Basic credentials

  @MUST @observe @RFC6749-2.3.1
  Scenario: token-request/auth-basic-encoding-client-id - a client identifier is form-encoded, too
    Some providers give out URIs for client identifiers. The first colon ends the user name of HTTP Basic. A client that
    encodes the secret alone is cut off there: the provider reports an unknown client, and each login fails.
    Fix: where the token request is built, form-encode the client identifier as well as the secret before they are
    joined.
    Given the client is registered for "client_secret_basic" at the token endpoint
    And the client is registered with the client_id "urn:shop:web/1+a"
    When the user logs in
    Then the token request authenticates the client by form-encoded Basic credentials

  @MUST @observe @OIDC-Core-9
  Scenario: token-request/auth-post - credentials go into the body where that is registered
    The registration says how a client authenticates at the token endpoint. A library that knows HTTP Basic only is
    refused by a provider that enforces the registration for `client_secret_post`, and nobody can log in.
    Fix: make the method of client authentication a setting; for `client_secret_post`, put `client_id` and
    `client_secret` into the form, and send no Authorization header.
    Given the client is registered for "client_secret_post" at the token endpoint
    When the user logs in
    Then the token request authenticates the client in the body
    And the user is logged in as alice

  @MUST @observe @RFC6749-2.3
  Scenario: token-request/auth-single-method - the client authenticates in one way
    A client that sends its secret in the header and, to be on the safe side, in the body, has the request refused by
    providers that follow the rule. It also doubles the places where the secret may be written down.
    Fix: where the token request is built, choose one method, the registered one, and leave the other out entirely.
    When the user logs in
    Then the token request authenticates the client in one way

  @MUST @observe @RFC6749-10.1
  Scenario: token-request/secret-never-elsewhere - the client secret goes to the token endpoint only
    The secret is what distinguishes the client from an impostor. In an authorization request it passes through the
    browser, its history and many logs; in an API request another server reads it. Anybody who has it can redeem stolen
    codes and refresh tokens as this client.
    Fix: keep the secret inside the function that builds token requests, and hand no general parameter list to the
    authorization request or to API calls that holds it.
    When the user logs in
    Then the user is logged in as alice
    And the client secret is seen at the token endpoint only

  @MUST @observe @RFC6749-3.2
  Scenario: token-request/no-duplicate-params - each parameter is sent once
    If a parameter occurs twice, one reader takes the first value and another the last, so that two parts of a provider
    may decide about different requests. Strict providers refuse such a request, and the login fails.
    Fix: set each parameter of the token request in one place, in a map rather than in a list that is added to; look for
    hooks and options that add `client_id` or `redirect_uri` once more.
    When the user logs in
    Then every parameter of the token request is there once

  @MUST @observe @RFC6749-4.1.2
  Scenario: token-request/no-code-replay-after-lost-answer - a code whose answer got lost is not redeemed again
    The connection breaks after the provider has read the token request. The code is then likely to be spent, and to
    present it again is to use it twice: this is refused, and the provider may revoke what it has issued, as it would
    after a theft.
    Fix: where the code is redeemed, let the login fail and offer a new one; see that the HTTP library does not repeat
    this POST by itself.
    Given the connection is reset instead of the token response
    When the user logs in
    Then each authorization code is presented once
    And the client sends 1 token request

  @MUST @observe @OIDC-Core-3.1.3.1 @OIDC-Core-9
  Scenario: token-request/auth-registered-method - the registered method is used, and no other is tried
    Some libraries try one method of client authentication after the other until one succeeds. The tries that fail carry
    the secret in forms that nobody asked for, present the code more than once, and look to the provider like an attack
    on the client.
    Fix: configure the registered method (`token_endpoint_auth_method`) for each provider, and switch any detection of
    it off.
    Given the client is registered for "client_secret_basic" at the token endpoint
    When the user logs in
    Then the token request authenticates the client by form-encoded Basic credentials
    And the client sends 1 token request

  @MUST @observe @OIDC-Core-9
  Scenario: token-request/auth-method-listed-first - the order of the methods in the metadata decides nothing
    The metadata list the methods that the provider knows, and each client is registered for one of them. A client that
    takes the first of the list is refused by every provider that lists another one first.
    Fix: configure the registered method (`token_endpoint_auth_method`) for each provider. Without one, take
    `client_secret_basic`, which is the default of OpenID Connect, and not what the metadata list first.
    Given the client is registered for "client_secret_basic" at the token endpoint
    And the metadata has the members:
      """
      {"token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"]}
      """
    When the user logs in
    Then the token request authenticates the client by form-encoded Basic credentials

  @MUST @tolerate @RFC6749-3.2
  Scenario: token-request/endpoint-query-kept - a query in the token endpoint is kept
    The URL of a token endpoint may have its own query, which names a tenant for instance. A client that puts the URL
    together again from host and path loses it, or encodes it a second time, and asks the wrong tenant or none.
    Fix: use the URL of the token endpoint as it stands in metadata or configuration, and put the parameters of the
    token request into the body alone.
    Given a client that is told its endpoints
    And the provider's token endpoint has a query
    When the user logs in
    Then the user is logged in as alice
    And the token request keeps "tenant" equal to "a/b" in its URL
