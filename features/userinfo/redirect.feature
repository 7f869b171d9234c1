Feature: A UserInfo endpoint that points elsewhere

  @SHOULD @refuse @RFC9110-15.4 @RFC9700-4.9
  Scenario: userinfo/redirect-cross-host - the access token does not follow a redirect to another host
    The UserInfo endpoint answers with a redirect to another host. A client that follows it with the `Authorization`
    header gives the user's access token to another host.
    Fix: switch off redirects in the HTTP client that asks UserInfo, or see that it drops `Authorization` when the
    host changes.
    Given a client that makes a UserInfo request
    And the UserInfo response is a 302 redirect to "{stranger}userinfo"
    When the user logs in
    Then no credential reaches the stranger
