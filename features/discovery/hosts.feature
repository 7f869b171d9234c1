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
        "token_endpoint": "{issuer_alias}oauth/token",
        "userinfo_endpoint": "{issuer_alias}userinfo",
        "jwks_uri": "{issuer_alias}.well-known/jwks.json"
      }
      """
    When the user logs in
    Then the user is logged in as alice
