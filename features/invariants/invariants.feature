Feature: What must hold in every run

  @MUST @observe @RFC6749-4.1 @RFC6749-10.12 @RFC9700-2.1 @OIDC-Core-3.1.3.7
  Scenario: invariants/whole-run - in the whole run nothing happens that must never happen
    A scenario claims one thing, and much more happens in it: other requests, other sessions, other browsers. This scenario
    looks at all other scenarios that pass, for what must never happen in any of them: somebody is logged in who has not
    signed in there, a code or a state is used again, a credential is where it does not belong, a request is malformed, a
    login after a log-out is still there. What another finding of the run shows is told by that one alone.
    Fix: see what was sent in the scenario that the message names: `quintain verify ID --bundle run.zip`, and then
    `quintain replay run.zip ID`.
    When the user logs in
    Then the user is logged in as alice
    And every invariant holds in the whole run
