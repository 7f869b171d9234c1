Feature: The client's own session

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: session/login-csrf-logged-in - the attacker's response does not replace the session of a logged-in user
    The victim is logged in already, and the attacker's response arrives in that browser. A client that accepts it swaps
    the account under the victim's hands. The page looks as before, and what the victim enters from then on is the
    attacker's.
    Fix: in the callback, refuse a response that answers no login of this browser before the session is touched, and
    replace a session only at the end of a login that has been verified.
    When the victim logs in
    And the attacker starts a login
    And the attacker's authorization response arrives in the victim's browser
    Then the victim is not logged in as mallory
    And no access token of mallory is ever used

  @SHOULD @refuse @RFC6749-4.1.2 @RFC9700-4.2.4
  Scenario: session/callback-replay-after-logout - the old callback does not log in again
    The next person at a shared computer presses the back button, or opens the callback's URL from the history. A client
    that finds the old login or its session under the `state` lets that person in as the user who has logged out, and
    the provider is never asked.
    Fix: in the callback, remove the pending login when its response arrives, and in the logout route destroy the
    session on the server, so that the old URL leads nowhere.
    When the user logs in
    And the user logs out
    And the same authorization response arrives again in the user's browser
    Then the user is not logged in
    And the client sends 1 token request

  @SHOULD @observe @OWASP-ASVS
  Scenario: session/fixation - the cookies of an anonymous session do not become those of a logged-in one
    The attacker takes the cookies of a session in which nobody is logged in, and plants them in the victim's browser:
    from a host beside the client's, by a script on one of its pages, at a computer that both use. A client that keeps
    the session's identifier when the victim logs in has logged in the attacker's browser, too.
    Fix: at the end of the callback, give the session a new identifier before the user is put into it, and forget the
    old one on the server: `regenerate`, `cycle_key`, `reset_session` and the like.
    When the attacker starts a login
    And the attacker's cookies are planted in the victim's browser
    And the victim logs in
    Then the attacker is not logged in

  @MUST @refuse @RFC8725-3.12 @OWASP-ASVS
  Scenario: session/login-cookie-as-session - a cookie of a login in progress is no session under another name
    Many clients keep `state`, nonce, verifier and session in one cookie each, all of them sealed with one key. A client
    that only looks whether the seal is right takes the cookie of a login that somebody has merely begun for a session,
    as soon as it is sent under the session's name. Everybody can do that in their own browser, without an account
    (CVE-2023-48309).
    Fix: seal each kind of cookie with a separate key, or write its purpose into what is sealed and compare it when the
    cookie comes back; take nothing for a session that names no user.
    When the user logs in
    And the attacker starts a login
    And the attacker's cookies are sent under the names of the user's cookies
    Then the attacker is not logged in

  @MUST @recover @OIDC-Core-5.7
  Scenario: session/user-switch - another person who logs in in the same browser is that person
    Somebody logs in in a browser where another person is still logged in. A client that keeps the first session, or
    merges the new tokens into it, shows the second person the data of the first. So does a client that links the second
    identity to the account that is logged in, and does not ask: from then on both people can log in to that account.
    Fix: at the end of the callback, start a new session with the `iss` and `sub` of the new ID token, and drop
    everything that belonged to the old one, its tokens first.
    When alice logs in in the same browser
    And bob logs in in the same browser
    Then the user is logged in as bob
    And the user is not logged in as alice

  @MUST @recover @OIDC-Core-5.7
  Scenario: session/user-switch-api - after another person has logged in, the API is called for that person
    The page may show the right person while the tokens are still those of the one before: a client that keeps tokens
    beside the session, in a cache for instance, then reads and writes the first person's data at the API. A client that
    loses the new tokens together with the old session calls the API for nobody: that is a warning.
    Fix: at the end of the callback, replace the tokens together with the user, and key every cache of tokens by the
    session; store the tokens after the old session was emptied.
    When alice logs in in the same browser
    And bob logs in in the same browser
    And the client calls the API
    Then the user is logged in as bob
    And each API call is made for the person who is logged in

  @SHOULD @refuse @OIDC-Core-5.7
  Scenario: session/failed-switch-userinfo - a login that UserInfo makes fail leaves the tokens of the session alone
    Somebody is logged in, another person logs in in the same browser, and UserInfo is down. Whether the first person
    stays logged in is the client's choice. A client that has stored the new tokens before it asks UserInfo shows the
    first person, and reads and writes the second person's data at the API.
    Fix: in the callback, replace tokens and user in one step, after the last answer that the login needs, and nothing
    where one of them fails.
    Given a client that makes a UserInfo request
    When alice logs in in the same browser
    And from now on the UserInfo response is status 503 as "text/plain":
      """
      Service Unavailable
      """
    And bob logs in in the same browser
    And the provider is honest again
    And the client calls the API
    Then no API call is made for anybody but the person who is logged in

  @SHOULD @refuse @OIDC-Core-5.7 @OIDC-Core-3.1.3.7 @needs:openid
  Scenario: session/failed-switch-id-token - a login that the ID token makes fail leaves the tokens of the session alone
    Somebody is logged in, another person logs in in the same browser, and their ID token is another provider's, for
    another client and another login. A client that has stored the new tokens before it validates the ID token shows the
    first person, and reads and writes the second person's data at the API.
    Fix: in the callback, replace tokens and user in one step, after the ID token is validated, and nothing where it is
    refused.
    When alice logs in in the same browser
    And from now on the ID token has the claims:
      """
      {"iss": "https://attacker.example/", "aud": "another-client", "nonce": "another-one", "exp": "{now-3600}"}
      """
    And bob logs in in the same browser
    And the client calls the API
    Then no API call is made for anybody but the person who is logged in

  @SHOULD @observe @OIDC-Core-5.7 @RFC9700-2.1
  Scenario: session/earlier-login-tokens - a login that was begun earlier gives nobody the tokens of somebody else
    One person opens the login page in a tab and leaves it open; another person logs in in the same browser; then the
    first one signs in at last. Whether the client lets them in is its choice; the last login, in a separate browser,
    shows that it works. A client that stores the new tokens, and only then finds that this login is no longer the
    browser's newest, shows one person, and reads and writes the other's data at the API.
    Fix: in the callback, look for the login that the response belongs to before anything is stored, and replace tokens
    and user in one step.
    When the user starts a login in the first tab
    And bob logs in in the same browser
    And the user's authorization response arrives in the first tab
    And the client calls the API
    And the victim logs in
    Then no API call is made for anybody but the person who is logged in
    And the victim is logged in as alice

  @SHOULD @recover @OWASP-ASVS
  Scenario: logout/old-cookie-dead - a cookie from before the log-out logs nobody in
    Anybody who has copied the session's cookie, at a shared computer or from a log, waits until the user has logged
    out. A client that only deletes the cookie in the user's browser keeps the session that it stands for, and lets the
    copy in. A cookie that holds the whole session, encrypted or signed, cannot be taken back at all without a list of
    those that are over.
    Fix: in the logout route, destroy the session on the server, and in the caches of all its processes; with sessions in
    cookies, keep them short-lived, and remember the identifiers of those that were ended.
    When the user logs in
    And the user's cookies are taken to the attacker's browser
    And the user logs out
    Then the attacker is not logged in

  @SHOULD @recover @OWASP-ASVS
  Scenario: logout/local-session-cleared - logging out ends the session
    A user who logs out counts on it that nobody can go on in this browser. A client that only sends the browser to the
    provider's logout, or only changes what the page says, leaves the account open to the next person.
    Fix: in the logout route, destroy the session on the server and clear its cookie first, and only then redirect to
    the provider. An app in the browser deletes user and tokens where it keeps them, before it asks the provider for
    anything.
    When the user logs in
    And the user logs out
    Then the user is not logged in

  @SHOULD @recover @OWASP-ASVS
  Scenario: logout/tokens-unused - after a log-out nothing is done with the tokens of the session
    Many clients keep the user in one place and the tokens in another. Where a log-out empties only the first, the page
    says that nobody is logged in, and calls of the API go on in the name of the user who has left.
    Fix: in the logout route, remove the tokens together with the user; in the routes that call the API or refresh, look
    for the user first.
    When the user logs in
    And the user logs out
    And the client calls the API
    Then the user is not logged in
    And the invariant "log-out" holds

  @MUST @refuse @RFC6749-10.12 @RFC9700-2.1
  Scenario: session/login-csrf-pending - a foreign response does not log the attacker in while a login is under way
    The victim has begun a login when the attacker's response reaches the browser, and the victim's own comes after it.
    A client that takes whatever arrives for the answer to the pending login makes the attacker's account of it. The
    client may refuse both responses, but the victim must not end up as the attacker.
    Fix: in the callback, compare `state` with this browser's pending login, and take neither a code nor a session from
    a response that does not match.
    When the attacker starts a login
    And the victim starts a login
    And the attacker's authorization response arrives in the victim's browser
    And the victim's authorization response arrives
    Then the victim is not logged in as mallory

  @MUST @refuse @OIDC-Core-5.7 @OIDC-Core-5.1 @needs:openid
  Scenario: cve/account-link-unverified-email - an unverified e-mail address opens nobody's account
    The attacker's ID token carries the victim's e-mail address, and `email_verified` says that nobody has checked it:
    some providers let users enter any address. A client that finds its accounts by e-mail address opens the victim's
    to the attacker. Only `iss` and `sub` together say who a user is.
    Fix: where accounts are looked up, use the pair of `iss` and `sub` as the key. Link another login to an account only
    when the user has logged in to that account first.
    Given the ID token has the claims:
      """
      {"email": "{alice_email}", "email_verified": false}
      """
    When the victim logs in
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice

  @MUST @refuse @OIDC-Core-5.7 @OIDC-Core-5.1 @needs:openid
  Scenario: cve/account-link-unverified-email-userinfo - nor does an unverified address that UserInfo tells
    As before, for a client that takes its claims from UserInfo: the attacker's UserInfo response carries the victim's
    e-mail address, and `email_verified` says that nobody has checked it.
    Fix: where accounts are looked up, use the pair of `iss` and `sub` as the key, whichever way other claims come.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"email": "{alice_email}", "email_verified": false}
      """
    When the victim logs in
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice

  @MUST @refuse @OIDC-Core-5.7 @needs:openid
  Scenario: cve/noauth-mutable-claim - a name that a user can change opens nobody's account
    `preferred_username`, `upn` and `nickname` can change, and none of them need be unique. A client that finds accounts
    by one of them can be entered by anybody who takes the victim's name. The flaw that is known as nOAuth is of this
    kind, there with the e-mail claim.
    Fix: where accounts are looked up, use the pair of `iss` and `sub` as the key, and treat names as something to show.
    Given the ID token has the claims:
      """
      {"preferred_username": "{alice_nickname}", "upn": "{alice_email}", "nickname": "{alice_nickname}"}
      """
    When the victim logs in
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice

  @MUST @refuse @OIDC-Core-2 @OIDC-Core-5.7 @needs:openid
  Scenario: session/subject-case-differs - subjects that differ in case are two users
    `sub` is compared with regard to case. A client whose database does not, for that is the default of some, finds the
    account of one user under the subject of another. So does one that looks users up by the subject in lower case.
    Fix: compare subjects to the byte: switch off what ignores case where accounts are looked up, and give the column that
    holds subjects a collation that knows upper and lower case.
    When the victim logs in
    And from now on the ID token's claim "sub" is "{alice_in_capitals}"
    And from now on the UserInfo response has the members:
      """
      {"sub": "{alice_in_capitals}"}
      """
    And the attacker logs in
    Then the attacker is not logged in as alice

  @MUST @refuse @OIDC-Core-5.7 @needs:openid
  Scenario: session/address-shared - nor does the same address, verified, open anybody else's account
    The attacker's address is the victim's, to the letter, and the provider has verified both: an address is given to
    somebody else after its owner has left, or two people of one house share it. A client that finds its accounts by
    verified addresses opens the victim's to the attacker.
    Fix: where accounts are looked up, use the pair of `iss` and `sub` as the key. Where an address has to be unique,
    refuse the second login, or have its user log in to the first account before the two are linked.
    Given the ID token has the claims:
      """
      {"email": "{alice_email}", "email_verified": true}
      """
    And the UserInfo response has the members:
      """
      {"email": "{alice_email}", "email_verified": true}
      """
    When the victim logs in
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice

  @MUST @refuse @OIDC-Core-5.7 @needs:openid
  Scenario: session/address-case-differs - an address in other letters opens nobody's account either
    The attacker's address is the victim's in capitals. A client that forbids the same address twice, and compares it to
    the letter, lets it pass; where it then looks the account up without regard to case, it finds the victim's.
    Fix: where accounts are looked up, use the pair of `iss` and `sub` as the key; where addresses have to be unique,
    compare and store them in one form.
    Given the ID token has the claims:
      """
      {"email": "{alice_email}", "email_verified": true}
      """
    And the UserInfo response has the members:
      """
      {"email": "{alice_email}", "email_verified": true}
      """
    When the victim logs in
    And from now on the ID token has the claims:
      """
      {"email": "{alice_email:upper}", "email_verified": true}
      """
    And from now on the UserInfo response has the members:
      """
      {"email": "{alice_email:upper}", "email_verified": true}
      """
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice

  @MUST @refuse @OIDC-Core-5.7 @needs:openid
  Scenario: cve/noauth-mutable-claim-userinfo - nor does a name that UserInfo tells
    As before, for a client that takes its claims from UserInfo: the attacker's UserInfo response carries the victim's
    names.
    Fix: where accounts are looked up, use the pair of `iss` and `sub` as the key, whichever way other claims come.
    Given a client that makes a UserInfo request
    And the UserInfo response has the members:
      """
      {"preferred_username": "{alice_nickname}", "upn": "{alice_email}", "nickname": "{alice_nickname}"}
      """
    When the victim logs in
    And the attacker logs in
    Then the attacker is not logged in as alice
    And the victim is logged in as alice
