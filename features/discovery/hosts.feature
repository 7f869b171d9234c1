Feature: Hosts of the provider

  @MAY @tolerate @OIDC-Discovery-3 @OIDC-Discovery-4.2
  Scenario: discovery/endpoints-other-host - endpoints may be at another host than the issuer
    Large providers have the endpoints of one issuer at several hosts. Nothing ties them to the host of the issuer:
    the metadata, fetched from there, vouch for them. A client that demands one host cannot be used with such a
    provider.
    Fix: where metadata are validated, compare `issuer` with the configured one and leave the hosts of the endpoints
    alone.
    Given the metadata has the members:
      """
      {
        "token_endpoint": "{issuer_alias}{token_path}",
        "userinfo_endpoint": "{issuer_alias}{userinfo_path}",
        "jwks_uri": "{issuer_alias}{jwks_path}"
      }
      """
    When the user logs in
    Then the user is logged in as alice

  @SHOULD @refuse @OIDC-Discovery-3
  Scenario Outline: discovery/authorization-endpoint-<slug> - an authorization endpoint that is no page of the web is not opened (<slug>)
    Metadata come from outside, and anybody who can write them chooses what is opened on the user's computer: a local
    file, a script in the page before, a program that is registered for a scheme. An app that hands the endpoint to the
    system, and a web app that redirects to it, have done so before anybody can refuse.
    Fix: where the metadata are parsed, demand `https` of every endpoint (`http` on loopback alone), and open nothing
    else.
    Given a client that makes a metadata request
    And the metadata has "authorization_endpoint" set to "<url>"
    When the user logs in
    Then the user is not logged in
    And no browser is sent to a URL with "<mark>"

    Examples:
      | slug       | url                                         | mark                   |
      | file       | file:///etc/hostname?marker=not-the-web     | file:                  |
      | javascript | javascript:alert(document.domain)//         | alert(document.domain) |
      | program    | search-ms:query=quintain&crumb=location:web | search-ms:             |

  @SHOULD @refuse @OIDC-Discovery-3
  Scenario: discovery/authorization-endpoint-shell - the authorization endpoint is no part of a command
    An app opens the provider's page with a command of the system. One that writes the URL into a line for a shell lets
    the shell read it, and runs what stands between the characters that a shell understands.
    Fix: open the page by a library, or start the program with a list of arguments and without a shell; on Windows, do
    not go by `cmd /c start`.
    Given a client that makes a metadata request
    And the metadata has "authorization_endpoint" set to "{base_url}{authorization_path}?page=$(printf${IFS}run-by$9-a-shell)"
    When the user logs in
    Then no browser is sent to a URL with "run-by-a-shell"

  @SHOULD @refuse @OIDC-Discovery-3
  Scenario Outline: discovery/authorization-endpoint-shell-<slug> - quotes do not keep a shell from reading an endpoint (<slug>)
    An app that writes the URL into a line for a shell often puts it between quotes. Between double quotes a shell still
    runs what stands between backticks, and a quote in the URL ends the quotes around it. Many parsers of URLs let both
    pass: Python's and Ruby's do not encode a quote, and no browser encodes a backtick in a query.
    Fix: open the page by a library, or start the program with a list of arguments and without a shell. Do not quote
    for a shell.
    Given a client that makes a metadata request
    And the metadata has "authorization_endpoint" set to "{base_url}{authorization_path}?page=<page>"
    When the user logs in
    Then no browser is sent to a URL with "run-by-a-shell"

    Examples:
      | slug     | page                                 |
      | backtick | `printf${IFS}run-by$9-a-shell`       |
      | quote    | a'$(printf${IFS}run-by$9-a-shell)'b  |

  @SHOULD @refuse @OIDC-Discovery-3 @RFC6749-3.1
  Scenario: discovery/authorization-endpoint-space - what is opened is a URL: it holds no white space
    A URL has no spaces, and an endpoint of the metadata may have one. On its way to the browser it goes through
    programs and scripts that split what they get at spaces: what follows is an argument, an option or another page. In
    a URL that was parsed and written again the space is `%20`. A `$`, a parenthesis or a backtick may stand in a URL,
    so the program that opens it must not let a shell read it.
    Fix: parse the endpoint as a URL, add the parameters to the parsed one, and open what it is written as.
    Given a client that makes a metadata request
    And the metadata has "authorization_endpoint" set to "{base_url}authorize?page=one --two"
    When the user logs in
    Then no browser is sent to a URL with "one --two"

  @SHOULD @refuse @OIDC-Discovery-3 @RFC6749-3.1
  Scenario: discovery/authorization-endpoint-option - what is opened is a URL, and no option of a program
    An endpoint that begins with a hyphen is not a URL, and most programs read it as an option: to open a window with
    other settings, to load an extension, to write to a file.
    Fix: parse the endpoint as a URL, demand `https` of it (`http` on loopback alone), and give the program the written
    URL after whatever ends its options.
    Given a client that makes a metadata request
    And the metadata has "authorization_endpoint" set to "--page={base_url}authorize?a=b"
    When the user logs in
    Then no browser is sent to a URL that begins with "-"
