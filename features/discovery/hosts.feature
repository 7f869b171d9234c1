Feature: Hosts of the provider

  @MAY @tolerate @OIDC-Discovery-3 @OIDC-Discovery-4.2
  Scenario: discovery/endpoints-other-host - endpoints may be at another host than the issuer
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
