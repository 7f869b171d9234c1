Feature: What a provider may be like

  @INTEROP @tolerate @OIDC-Core-2
  Scenario: tolerate/issuer-without-slash - an issuer identifier need not end in a slash
    Some providers end their issuer identifier in a slash, others do not. A client that adds a slash, or demands one,
    finds no metadata, or refuses every ID token.
    Fix: where the issuer is configured and compared, use the identifier as it is written, and take a slash off its end
    only to build the URL of the metadata.
    Given the provider varies in "issuer-without-slash"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC9110-5.1
  Scenario: tolerate/header-case - names of header fields are read in any case
    HTTP/1.1 servers write `Content-Type` as well as `content-type`. A client that looks for one spelling loses the
    header, and with it the media type or the challenge.
    Fix: read header fields by the functions of the HTTP library, which compare names without regard to case.
    Given the provider varies in "header-case"
    When the user logs in
    Then the user is logged in as alice

  @INTEROP @tolerate @RFC9111-5.2.2.1
  Scenario: tolerate/max-age - metadata and keys may be kept for a time of the provider's choice
    Providers say for how long their metadata and keys may be kept, and change the figure when they like. A client that
    expects one figure stops to work on that day.
    Fix: where `Cache-Control` is read, take whatever number `max-age` has, or leave caching to the HTTP library.
    Given the provider varies in "max-age"
    When the user logs in
    Then the user is logged in as alice
