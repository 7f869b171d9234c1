Feature: What JSON may look like

  @MUST @tolerate @RFC8259-4
  Scenario: tolerate/member-order - members of a JSON object come in any order
    An object is an unordered set, and serializers differ. A client that reads the first member as the access token, or
    searches the text for one, breaks with the provider's next library.
    Fix: parse the body with a JSON parser, and look members up by name.
    Given the provider varies in "member-order"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC8259-2 @RFC8259-9
  Scenario: tolerate/white-space - white space between the tokens of JSON means nothing
    Pretty-printed answers have line breaks, tabs and spaces. A client that cuts values out of the text, or parses line
    by line, finds nothing in them.
    Fix: parse the whole body with a JSON parser.
    Given the provider varies in "white-space"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC8259-7 @RFC8259-9
  Scenario: tolerate/escaped-slashes - a slash in a JSON text may be escaped
    PHP writes `https:\/\/` where others write `https://`, and both are the same text. A client that takes the
    characters as they stand gets URLs that lead nowhere and an issuer that never matches.
    Fix: read texts as the JSON parser gives them, never out of the raw body.
    Given the provider varies in "escaped-slashes"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-5.1 @RFC7519-4
  Scenario: tolerate/unknown-null - an unknown member with the value null is ignored
    Many servers write members that have no value as `null`. A client that puts every member into a map of texts crashes
    on one that it does not even need.
    Fix: parse into a type with the members that are needed, and ignore the rest whatever its type.
    Given the provider varies in "unknown-null"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-5.1 @RFC7519-4
  Scenario: tolerate/unknown-number - an unknown member with a number as value is ignored
    Members that the provider defines hold numbers, such as a time in milliseconds, which needs more than 32 bits. A
    client that puts every member into a map of texts or of small numbers cannot read the answer.
    Fix: parse into a type with the members that are needed, and ignore the rest whatever its type.
    Given the provider varies in "unknown-number"
    When the user logs in
    Then the user is logged in as alice

  @MUST @tolerate @RFC6749-5.1 @RFC7519-4
  Scenario: tolerate/unknown-object - an unknown member with a nested value is ignored
    Members that the provider defines hold objects and arrays, such as the user's roles. A client that expects flat
    answers cannot read them.
    Fix: parse into a type with the members that are needed, and ignore the rest whatever its type.
    Given the provider varies in "unknown-object"
    When the user logs in
    Then the user is logged in as alice
