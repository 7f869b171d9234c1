Feature: After a login the browser stays with the client

  Many clients take a parameter that says where to go after the login, so that a link leads back to where the user was.
  Anybody can make such a link.

  @MUST @refuse @RFC9700-4.11.1 @RFC6749-10.15
  Scenario Outline: session/return-target-<slug> - a link to the login leads to no other site (<how>)
    The victim follows a link to a site that they know, logs in there as always, and lands on the attacker's page: one
    that looks like the site and asks for the password again, or that takes the user's next step for its own. A client
    that looks at the text of the target is got round by what browsers make of it: they strip tabs, take a backslash for
    a slash, do without slashes after the scheme, and read what stands before an `@` as a name.
    Fix: parse the target as a URL with your own as the base, by a parser that reads it as browsers do, compare the
    origin, and redirect to the parsed URL as a whole; or keep a list of pages and let the link name one of them.
    When the user logs in by a link that returns to "<target>"
    Then the login leads to no other site

    Examples:
      | slug      | target                    | how                                           |
      | host      | https://attacker.example/ | the URL of another host                       |
      | relative  | //attacker.example/       | two slashes                                   |
      | slashes   | ///attacker.example/      | three slashes                                 |
      | backslash | /\\attacker.example/       | a slash and a backslash                       |
      | scheme    | https:attacker.example    | a scheme without slashes                      |
      | no-host   | https:///attacker.example/ | a scheme with three slashes                 |
      | tab       | /{tab}/attacker.example/  | a tab between two slashes                     |
      | name      | {client}@attacker.example | the client's own URL as a name before the host |

  @MUST @refuse @RFC9700-4.11.1 @RFC6749-10.15
  Scenario: session/return-target-path - nor by the path of a URL that is the client's own
    This target is a page of the client, to a browser as to a parser: its path begins with two slashes once the dot is
    resolved. A client that checks the URL and then redirects to its path alone sends the browser to another host.
    Fix: redirect to the URL that was checked, as a whole, and not to a part of it.
    When the user logs in by a link that returns to "/.//attacker.example/"
    Then the login leads to no other site

  @SHOULD @refuse @RFC9700-4.11.1
  Scenario: session/return-target-script - a link to the login leads to no script
    A browser does not follow a redirect to `javascript:`, and does follow one to the scheme of an app. Where the target
    is put into a page, as a link or by a script, it runs with the client's own rights.
    Fix: let nothing pass but `http:` and `https:`, and of these only the client's own origin.
    When the user logs in by a link that returns to "javascript:alert(document.domain)"
    Then the login leads to no other site
