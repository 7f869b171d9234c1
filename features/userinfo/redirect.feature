@needs:openid
Feature: A UserInfo endpoint that points elsewhere

  @SHOULD @refuse @RFC9110-15.4 @RFC9700-4.9
  Scenario: userinfo/redirect-cross-host - the access token does not follow a redirect to another host
    Given a client that makes a UserInfo request
    And the UserInfo response is a 302 redirect to "{stranger}userinfo"
    When the user logs in
    Then no credential reaches the stranger
