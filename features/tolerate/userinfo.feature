Feature: What UserInfo may look like

  @INTEROP @tolerate @OIDC-Core-5.3.2 @RFC9110-8.3.1
  Scenario: tolerate/userinfo-charset - the media type of UserInfo may name a charset
    UserInfo is JSON or a JWT, and the media type says which. A client that compares the whole header takes
    `application/json; charset=UTF-8` for neither.
    Fix: use a media type parser, or compare what comes before the semicolon, trimmed and without regard to case.
    Given a client that makes a UserInfo request
    And the provider varies in "userinfo-charset"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @OIDC-Core-5.1.2
  Scenario: tolerate/userinfo-claim - an unknown claim of UserInfo is ignored
    Providers add their own claims. A client that refuses them fails every login there.
    Fix: where the claims are parsed, ignore those that are not known.
    Given a client that makes a UserInfo request
    And the provider varies in "userinfo-claim"
    When the user logs in
    Then the user is logged in as alice
