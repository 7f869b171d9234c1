// A stdio shim for google-oauth-client: the harness asks on standard input, the library does the work.
//
// Each operation of the protocol is a method. For another library, keep `main` and `answer`, and rewrite the methods. The
// library has no discovery, and leaves `state`, the nonce and the session to the application.

import com.google.api.client.auth.oauth2.AuthorizationCodeFlow;
import com.google.api.client.auth.oauth2.AuthorizationCodeResponseUrl;
import com.google.api.client.auth.oauth2.BearerToken;
import com.google.api.client.auth.oauth2.ClientParametersAuthentication;
import com.google.api.client.auth.oauth2.Credential;
import com.google.api.client.auth.oauth2.RefreshTokenRequest;
import com.google.api.client.auth.oauth2.TokenResponse;
import com.google.api.client.auth.oauth2.TokenResponseException;
import com.google.api.client.auth.openidconnect.IdToken;
import com.google.api.client.auth.openidconnect.IdTokenResponse;
import com.google.api.client.auth.openidconnect.IdTokenVerifier;
import com.google.api.client.http.BasicAuthentication;
import com.google.api.client.http.GenericUrl;
import com.google.api.client.http.HttpExecuteInterceptor;
import com.google.api.client.http.HttpResponse;
import com.google.api.client.http.HttpTransport;
import com.google.api.client.http.javanet.NetHttpTransport;
import com.google.api.client.json.JsonFactory;
import com.google.api.client.json.gson.GsonFactory;
import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.math.BigInteger;
import java.net.Proxy;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

public class Shim {
    private static final HttpTransport TRANSPORT = new NetHttpTransport.Builder().setProxy(Proxy.NO_PROXY).build();
    private static final JsonFactory JSON = GsonFactory.getDefaultInstance();
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final Gson GSON = new GsonBuilder().serializeNulls().create();

    private record Login(AuthorizationCodeFlow flow, String nonce) {}

    private static final class Session {
        private final IdToken idToken;
        private String accessToken;
        private String refreshToken;

        private Session(IdTokenResponse tokens, IdToken idToken) {
            this.idToken = idToken;
            take(tokens);
        }

        private void take(TokenResponse tokens) {
            accessToken = tokens.getAccessToken();
            String rotated = tokens.getRefreshToken();
            refreshToken = rotated == null || rotated.isEmpty() ? refreshToken : rotated;
        }
    }

    /** The application says no. */
    private static final class NotLoggedIn extends Exception {
        private static final long serialVersionUID = 1;

        private NotLoggedIn(String message) {
            super(message);
        }
    }

    /** The library says no, in a way that is no exception. */
    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        private Refused(String message) {
            super(message);
        }
    }

    /** This client cannot do that. */
    private static final class Unsupported extends Exception {
        private static final long serialVersionUID = 1;

        private Unsupported(String message) {
            super(message);
        }
    }

    private JsonObject provider;
    private IdTokenVerifier verifier;
    // By user agent, as a web app keeps them by cookie; a browser may have several logins in progress.
    private final Map<String, Map<String, Login>> logins = new HashMap<>();
    private final Map<String, Session> sessions = new HashMap<>();

    private Map<String, Object> hello(JsonObject request) throws Unsupported {
        if (request.get("protocol").getAsInt() != 1) {
            throw new Unsupported("protocol " + request.get("protocol"));
        }
        return Map.of(
            "protocol", 1,
            "name", "google-oauth-client 1.34.1",
            "capabilities", List.of("api-call", "forced-refresh", "logout", "shows-claims"),
            "checks", Map.of("state", "application", "nonce", "application", "pkce", "library", "signature", "library",
                "claims", "library"));
    }

    private Map<String, Object> reset() {
        provider = null;
        verifier = null;
        logins.clear();
        sessions.clear();
        return Map.of();
    }

    private Map<String, Object> configure(JsonObject request) throws Unsupported {
        if (!Arrays.asList(text(request, "scope").split(" ")).contains("openid")) {
            throw new Unsupported("this shim logs people in by an ID token");
        }
        provider = request;
        verifier = new IdTokenVerifier.Builder()
            .setIssuer(text(request, "issuer"))
            .setAudience(List.of(text(request, "client_id")))
            .setCertificatesLocation(endpoint("jwks"))
            .setHttpTransportFactory(() -> TRANSPORT)
            .build();
        return Map.of();
    }

    private Map<String, Object> begin(String ua) throws Unsupported {
        String state = random();
        Login login = new Login(flow(), random());
        var url = login.flow().newAuthorizationUrl()
            .setRedirectUri(text(provider, "redirect_uri"))
            .setState(state)
            .set("nonce", login.nonce());
        if (provider.has("audience")) {
            url.set("audience", text(provider, "audience"));
        }
        logins.computeIfAbsent(ua, unused -> new HashMap<>()).put(state, login);
        return Map.of("url", url.build());
    }

    private Map<String, Object> callback(String ua, String url) throws Exception {
        AuthorizationCodeResponseUrl response;
        try {
            response = new AuthorizationCodeResponseUrl(url);
        } catch (IllegalArgumentException error) {
            // Documented: exactly one of code and error has to be there.
            throw new Refused("the authorization response is malformed: " + error.getMessage());
        }
        Login login = logins.getOrDefault(ua, new HashMap<>()).get(response.getState());
        if (login == null) {
            throw new NotLoggedIn("the state is not the one of a login in this user agent");
        }
        logins.get(ua).remove(response.getState());
        if (response.getError() != null) {
            throw new NotLoggedIn("the provider answered with " + response.getError());
        }
        var tokens = IdTokenResponse.execute(
            login.flow().newTokenRequest(response.getCode()).setRedirectUri(text(provider, "redirect_uri")));
        if (tokens.getIdToken() == null) {
            throw new NotLoggedIn("the token response has no ID token");
        }
        IdToken idToken = tokens.parseIdToken();
        if (!verifier.verify(idToken)) {
            throw new Refused("IdTokenVerifier.verify says no");
        }
        if (!login.nonce().equals(idToken.getPayload().getNonce())) {
            throw new NotLoggedIn("the nonce is not the one of this login");
        }
        sessions.put(ua, new Session(tokens, idToken));
        return Map.of();
    }

    private Map<String, Object> inspect(String ua) {
        Map<String, Object> reply = new HashMap<>();
        Session session = sessions.get(ua);
        if (session == null) {
            reply.put("session", null);
        } else {
            Map<String, Object> shown = new HashMap<>();
            shown.put("subject", session.idToken.getPayload().getSubject());
            shown.put("claims", session.idToken.getPayload());
            reply.put("session", shown);
        }
        return reply;
    }

    private Map<String, Object> call(String ua) throws Exception {
        Credential credential = new Credential(BearerToken.authorizationHeaderAccessMethod());
        credential.setAccessToken(session(ua).accessToken);
        HttpResponse answer = TRANSPORT.createRequestFactory(credential)
            .buildGetRequest(new GenericUrl(text(provider, "api_url")))
            .setThrowExceptionOnExecuteError(false)
            .execute();
        try {
            return Map.of("status", answer.getStatusCode(), "body", answer.parseAsString());
        } finally {
            answer.disconnect();
        }
    }

    private Map<String, Object> refresh(String ua) throws Exception {
        Session session = session(ua);
        if (session.refreshToken == null) {
            throw new NotLoggedIn("there is no refresh token");
        }
        session.take(new RefreshTokenRequest(TRANSPORT, JSON, new GenericUrl(endpoint("token")), session.refreshToken)
            .setClientAuthentication(authentication())
            .execute());
        return Map.of();
    }

    private Map<String, Object> logout(String ua) {
        sessions.remove(ua);
        return Map.of();
    }

    // What an application writes around the library.

    /** A flow keeps one PKCE verifier, so there is one for each login. */
    private AuthorizationCodeFlow flow() throws Unsupported {
        return new AuthorizationCodeFlow.Builder(
                BearerToken.authorizationHeaderAccessMethod(), TRANSPORT, JSON, new GenericUrl(endpoint("token")),
                authentication(), text(provider, "client_id"), endpoint("authorization"))
            .setScopes(Arrays.asList(text(provider, "scope").split(" ")))
            .enablePKCE()
            .build();
    }

    private HttpExecuteInterceptor authentication() throws Unsupported {
        String method = text(provider, "token_endpoint_auth_method");
        String id = text(provider, "client_id");
        String secret = provider.has("client_secret") ? text(provider, "client_secret") : null;
        return switch (method) {
            case "client_secret_basic" -> new BasicAuthentication(id, secret);
            case "client_secret_post", "none" -> new ClientParametersAuthentication(id, secret);
            default -> throw new Unsupported(method);
        };
    }

    private String endpoint(String name) {
        return text(provider.getAsJsonObject("endpoints"), name);
    }

    private Session session(String ua) throws NotLoggedIn {
        Session session = sessions.get(ua);
        if (session == null) {
            throw new NotLoggedIn("nobody is logged in");
        }
        return session;
    }

    private static String text(JsonObject object, String member) {
        return object.get(member).getAsString();
    }

    private static String random() {
        return new BigInteger(160, RANDOM).toString(36);
    }

    private Map<String, Object> run(String operation, JsonObject request) throws Exception {
        return switch (operation) {
            case "hello" -> hello(request);
            case "reset" -> reset();
            case "configure" -> configure(request);
            case "begin" -> begin(text(request, "ua"));
            case "callback" -> callback(text(request, "ua"), text(request, "url"));
            case "inspect" -> inspect(text(request, "ua"));
            case "call" -> call(text(request, "ua"));
            case "refresh" -> refresh(text(request, "ua"));
            case "logout" -> logout(text(request, "ua"));
            default -> throw new Unsupported("there is no operation " + operation);
        };
    }

    /** The answer to one request. An error is a refusal if the library documents it as one; all others are crashes. */
    private Map<String, Object> answer(String operation, JsonObject request) {
        try {
            return Map.of("ok", run(operation, request));
        } catch (Unsupported error) {
            return Map.of("unsupported", Map.of("detail", error.getMessage()));
        } catch (NotLoggedIn error) {
            return Map.of("refused", Map.of("by", "application", "detail", error.getMessage()));
        } catch (Refused | TokenResponseException error) {
            return Map.of("refused", Map.of("by", "library", "reason", error.getClass().getSimpleName(),
                "detail", String.valueOf(error.getMessage())));
        } catch (Exception error) {
            error.printStackTrace();
            return Map.of("crashed", Map.of("detail", error.toString()));
        }
    }

    public static void main(String[] arguments) throws Exception {
        // Standard output is for the protocol only.
        PrintStream replies = new PrintStream(System.out, true, StandardCharsets.UTF_8);
        System.setOut(System.err);
        var requests = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        Shim shim = new Shim();
        for (String line = requests.readLine(); line != null; line = requests.readLine()) {
            JsonObject request = JsonParser.parseString(line).getAsJsonObject();
            String operation = text(request, "op");
            boolean stop = operation.equals("stop");
            Map<String, Object> reply = new HashMap<>(stop ? Map.of("ok", Map.of()) : shim.answer(operation, request));
            reply.put("id", request.get("id"));
            replies.println(GSON.toJson(reply));
            if (stop) {
                break;
            }
        }
    }
}
