Feature: An API that points elsewhere

  The access token is for the API that the client is configured with. Whether a client follows such pointers is its own
  affair; what it takes along is not.

  @SHOULD @refuse @RFC9110-15.4 @RFC9700-4.9
  Scenario: api/redirect-cross-host-strips - the access token does not follow a redirect to another host
    An API, or somebody who controls a part of it, answers with a redirect to a host that is not the API's. A client
    that repeats the request there with the `Authorization` header hands the user's access token to another host, whose
    operator can use it until it expires.
    Fix: switch off redirects in the HTTP client that calls the API, or see that it drops `Authorization` when the
    host changes.
    Given the API response is a 302 redirect to "{stranger}api"
    When the user logs in
    And the client calls the API
    Then no credential reaches the stranger

  @SHOULD @refuse @RFC9110-15.4 @RFC9700-4.9
  Scenario Outline: api/redirect-<status>-cross-host-strips - nor does it follow one that repeats the request (<status>)
    With 307 and 308 a client repeats method, header and body at the new place, and some HTTP libraries that strip the
    token from other redirects keep it here. The other host gets the access token nevertheless.
    Fix: in the HTTP client that calls the API, treat every redirect status alike: do not follow it, or drop
    `Authorization` when the host changes.
    Given the API response is a <status> redirect to "{stranger}api"
    When the user logs in
    And the client calls the API
    Then no credential reaches the stranger

    Examples:
      | status |
      | 307    |
      | 308    |

  @SHOULD @refuse @RFC9110-15.4 @RFC9700-4.9 @RFC6454-5
  Scenario: api/redirect-other-port-or-scheme - another port of the same host is another origin
    An origin is scheme, host and port, and behind another port of the same host another party may listen. A client
    that compares host names alone takes it for the API and sends it the access token.
    Fix: where a redirect is judged, compare scheme, host and port, and drop `Authorization` unless all three are
    those of the API.
    Given the API response is a 302 redirect to "{neighbour}api"
    When the user logs in
    And the client calls the API
    Then no credential reaches the stranger

  @SHOULD @refuse @RFC9700-4.9.1
  Scenario: api/token-only-to-configured-host - links in the answers of the API take no access token along
    The answer of the API names a next page at another host, in its header and in its body. A client that follows
    such links with the HTTP client that adds the token to every request lets anybody who can write into an answer
    collect access tokens.
    Fix: where links of an answer are followed, send the access token only to the origin of the configured API.
    Given the API response has the header "link" set to "<{stranger}api?page=2>; rel=next"
    And the API response has the header "location" set to "{stranger}api?page=3"
    And the API response has "next" set to "{stranger}api?page=4"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And no credential reaches the stranger

  @SHOULD @refuse @RFC9700-4.9.1 @RFC9728-7.3 @RFC9728-7.6
  Scenario: api/challenge-not-trusted-for-issuer - an authorization server that the API names gets nothing
    The API refuses the token and names an authorization server and resource metadata at a host that nobody has
    configured. A client that turns to them sends refresh token or credentials to the author of the challenge.
    Fix: after a 401, refresh at the provider that the client is configured with, and take no endpoint out of
    `WWW-Authenticate`.
    Given the API response is status 401 with the challenge "Bearer error='invalid_token', authorization_uri='{stranger}authorize', resource_metadata='{stranger}.well-known/oauth-protected-resource'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And no credential reaches the stranger
