Feature: What the source of the crate led to, beyond the suite

  @INTEROP @tolerate @RFC9110-5.6.6
  Scenario: discovery/media-type-space - a media type may have a space before its parameter (metadata)
    Given a client that makes a metadata request
    And the metadata has the header "content-type" set to "application/json ; charset=utf-8"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC9110-5.6.6 @needs:openid
  Scenario: userinfo/media-type-space - a media type may have a space before its parameter (UserInfo)
    Given a client that makes a UserInfo request
    And the UserInfo response has the header "content-type" set to "application/json ; charset=utf-8"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @refuse @RFC6750-2.1 @needs:openid
  Scenario: token-response/access-token-line-feed - an access token that fits no header ends the login, not the client
    Given the token response has the members:
      """
      {"access_token": "line\nfeed"}
      """
    And the ID token has no claim "at_hash"
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
