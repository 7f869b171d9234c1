Feature: What an authorization response may look like

  @INTEROP @tolerate @RFC6749-4.1.2
  Scenario: tolerate/response-order - parameters of the authorization response come in any order
    A query has no order that means anything. A client that expects `code` first, or cuts the query apart by place,
    breaks with the next provider.
    Fix: parse the query, and look parameters up by name.
    Given the provider varies in "response-order"
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @tolerate @RFC6749-4.1.2
  Scenario: tolerate/code-length - a code is of any length
    Codes have ten characters at one provider and a thousand at another. A client that checks the length, or keeps the
    code in a short column, fails with some of them.
    Fix: demand of the code that it is not empty, and nothing else.
    Given the provider varies in "code-length"
    When the user logs in
    Then the user is logged in as alice
