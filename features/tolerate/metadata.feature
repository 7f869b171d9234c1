Feature: What metadata may hold

  @INTEROP @tolerate @RFC8414-2 @OIDC-Discovery-3
  Scenario: tolerate/metadata-member - an unknown member of the metadata is ignored
    Providers publish members of extensions that a client has never heard of, and more of them every year. A client that
    refuses unknown ones cannot be used with any of them.
    Fix: where the metadata are parsed, ignore members that are not known.
    Given the provider varies in "metadata-member"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC9110-8.3.1
  Scenario: tolerate/metadata-charset - the media type of metadata and keys may name a charset
    Web frameworks write `application/json; charset=UTF-8`. A client that compares the whole header finds no metadata.
    Fix: use a media type parser, or compare what comes before the semicolon, trimmed and without regard to case.
    Given the provider varies in "metadata-charset"
    When the user logs in
    Then the user is logged in as alice
