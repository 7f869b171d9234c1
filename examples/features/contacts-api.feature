# A feature of one's own: what matters to an address book that reads a contacts API for its users.
#
#     quintain verify --reference --features examples/features/contacts-api.feature
#     quintain verify --config quintain.toml --features examples/features/contacts-api.feature
#
# The first line checks the built-in reference client, the second a client of yours. The tags on the feature hold for
# each scenario below; what a scenario says itself (level, kind) comes on top.

@needs:openid
Feature: The contacts API

  # The provider of this address book puts the user's groups into the ID token: a claim under its own name, with
  # objects in a list where clients are used to strings. The token is honest, so the kind is `tolerate`: the client has
  # to go on. `shows the claim` looks at the session route; a client that does not declare `shows-claims` is reported
  # as unsupported.
  @MUST @tolerate @OIDC-Core-5.1.2
  Scenario: contacts/groups-claim - a claim of one's own may be a list of objects
    Given the ID token has the claims:
      """
      {
        "https://contacts.example/groups": [{"id": 7, "name": "Family", "members": null}, {"id": 8, "name": "Choir"}],
        "https://contacts.example/quota": 0.5
      }
      """
    When the user logs in
    Then the user is logged in as alice
    And the client shows the claim "https://contacts.example/groups"

  # A fault written as JSON: where (`at`), what (`change`), how often (`times`). The contacts API is busy, once. That is
  # no reason to get a new token, and none to send the user to the login. The client may try again by itself or leave
  # that to the user, hence "at most 3". What it makes of the first call is its own affair: `goes on` looks at what was
  # tried after `the provider is honest again`.
  @INTEROP @recover @RFC6750-3.1
  Scenario: contacts/busy-once - an API that is busy costs neither the token nor the session
    Given the fault:
      """
      {
        "name": "the contacts API is busy",
        "at": "api-response",
        "change": {
          "respond": {
            "status": 429,
            "headers": [["content-type", "application/json"], ["retry-after", "1"]],
            "body": "{\"error\": \"too_many_requests\"}"
          }
        },
        "times": "once"
      }
      """
    When the user logs in
    And the client calls the API
    And the provider is honest again
    And the client calls the API
    Then the client goes on
    And the client sends at most 3 API requests
    And the client sends no refresh request
    And the user is logged in as alice

  # A gateway in front of the provider answers 200 and puts the error into the body. Nothing was refreshed, so the
  # client still holds the old refresh token, which the first line keeps valid. `grant` keeps the fault away from the
  # login, whose token response comes from the same endpoint.
  @SHOULD @recover @RFC6749-5.2
  Scenario: contacts/refresh-error-in-200 - an error behind a status 200 does not use up the refresh token
    Given the provider returns no new refresh token on refresh
    And the fault:
      """
      {
        "at": "token-response",
        "grant": "refresh_token",
        "change": {
          "respond": {
            "status": 200,
            "headers": [["content-type", "application/json"]],
            "body": "{\"error\": \"temporarily_unavailable\"}"
          }
        },
        "times": "once"
      }
      """
    When the user logs in
    And the client refreshes its access token
    And the provider is honest again
    And the client refreshes its access token
    Then the client goes on
    And the client sends 2 refresh requests
    And each refresh request carries the first refresh token
    And the user is logged in as alice
