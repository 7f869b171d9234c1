Feature: The transport

  @INTEROP @recover @RFC6749-4.1.2
  Scenario: transport/reset-at-token - a connection that breaks during the code exchange harms one login
    Given the connection is reset instead of the token response
    When the user logs in
    And the provider is honest again
    And the user logs in
    Then the user is logged in as alice
    And the client sends at most 3 token requests

  @SHOULD @tolerate @RFC9112-9.3
  Scenario: transport/keepalive-closed - a connection that the provider closes is opened again
    Given the token response has the header "connection" set to "close"
    When the user logs in
    And bob logs in in the same browser
    Then the user is logged in as bob
