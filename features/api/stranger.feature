Feature: An API that points elsewhere

  The access token is for the API that the client is configured with. Whether a client follows such pointers is its own
  affair; what it takes along is not.

  @SHOULD @refuse @RFC9110-15.4 @RFC9700-4.9
  Scenario: api/redirect-cross-host-strips - the access token does not follow a redirect to another host
    Given the API response is a 302 redirect to "{stranger}api"
    When the user logs in
    And the client calls the API
    Then no credential reaches the stranger

  @SHOULD @refuse @RFC9110-15.4 @RFC9700-4.9
  Scenario Outline: api/redirect-<status>-cross-host-strips - nor does it follow one that repeats the request (<status>)
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
    Given the API response is a 302 redirect to "{neighbour}api"
    When the user logs in
    And the client calls the API
    Then no credential reaches the stranger

  @SHOULD @refuse @RFC9700-4.9.1
  Scenario: api/token-only-to-configured-host - links in the answers of the API take no access token along
    Given the API response has the header "link" set to "<{stranger}api?page=2>; rel=next"
    And the API response has the header "location" set to "{stranger}api?page=3"
    And the API response has "next" set to "{stranger}api?page=4"
    When the user logs in
    And the client calls the API
    Then the client goes on
    And no credential reaches the stranger

  @SHOULD @refuse @RFC9700-4.9.1 @RFC9728-7.3 @RFC9728-7.6
  Scenario: api/challenge-not-trusted-for-issuer - an authorization server that the API names gets nothing
    Given the API response is status 401 with the challenge "Bearer error='invalid_token', authorization_uri='{stranger}authorize', resource_metadata='{stranger}.well-known/oauth-protected-resource'"
    When the user logs in
    And the client calls the API
    Then the attempt ends without success
    And no credential reaches the stranger
