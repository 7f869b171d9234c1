Feature: What the suite asks of clients with an ID token, asked of plain OAuth

  @MUST @refuse @RFC6749-5.1
  Scenario: token-response/access-token-empty-oauth - an access token is a text that is not empty
    Given the token response has the members:
      """
      {"access_token": ""}
      """
    When the user logs in
    Then the attempt ends without success
    And the user is not logged in
