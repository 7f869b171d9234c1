Feature: The transport

  @MUST @observe @RFC6749-10.9 @OIDC-Core-16.17
  Scenario: transport/tls-self-signed - a certificate that nobody vouches for is refused
    The token endpoint speaks TLS, and its certificate is one that anybody can make. A client that has switched the
    check off, during development perhaps, hands code, verifier and secret to anybody on the network path.
    Fix: where the HTTP client is built, leave the check of certificates on, and add the certificate of a test authority
    to those that it trusts instead.
    Given a client that makes a metadata request
    And the metadata has "token_endpoint" set to "{untrusted}{token_path}"
    When the user logs in
    Then the client is shown the wrong certificate
    And the attempt ends without success
    And the user is not logged in
    And the authorization code is never redeemed

  @MUST @observe @RFC6749-10.9 @OIDC-Core-16.17 @RFC9110-4.3.4
  Scenario: transport/tls-wrong-host - a certificate for another host is refused
    The token endpoint speaks TLS, and its certificate is by an authority that the client trusts, but for another host.
    Anybody who owns any host can get such a certificate, and a client that checks the chain without the name hands
    code, verifier and secret to all of them.
    Fix: where the HTTP client is built, leave the check of host names on; for a test, get certificates that name the
    hosts of the test.
    Given a client that makes a metadata request
    And the metadata has "token_endpoint" set to "{wrong_host}{token_path}"
    When the user logs in
    Then the client is shown the wrong certificate
    And the attempt ends without success
    And the user is not logged in
    And the authorization code is never redeemed

  @INTEROP @recover @RFC6749-4.1.2
  Scenario: transport/reset-at-token - a connection that breaks during the code exchange harms one login
    The connection breaks after the code was sent, and nobody can say whether it has been redeemed. This login is lost.
    A client that blocks the browser, or takes the provider for dead from then on, loses all later ones, too.
    Fix: where the token request is sent, treat a broken connection as a failed login: drop the pending login, show a
    page, and let the next login fetch a new code.
    Given the connection is reset instead of the token response
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice
    And the client sends at most 3 token requests

  @SHOULD @tolerate @RFC9112-9.6
  Scenario: transport/keepalive-closed - a connection that the provider closes is opened again
    Servers and load balancers close connections as they like, and say so with `Connection: close`. A client that keeps
    using such a connection sends the next token request into the void, and the next user cannot log in.
    Fix: leave connections to the pool of the HTTP client, and let it open a new one whenever the old one is closed.
    Given the token response has the header "connection" set to "close"
    When the user logs in
    And the victim logs in
    Then the victim is logged in as alice
