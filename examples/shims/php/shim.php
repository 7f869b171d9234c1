<?php
// A stdio shim for the library facile-it/php-openid-client: the harness asks on standard input, the library does the work.
//
// Each operation of the protocol is a method of `Client`. For another library, keep `answer` and the loop, and rewrite
// the methods.

declare(strict_types=1);

use Composer\InstalledVersions;
use Facile\JoseVerifier\Exception\ExceptionInterface as TokenException;
use Facile\JoseVerifier\JWK\JwksProviderBuilder;
use Facile\OpenIDClient\Client\ClientBuilder;
use Facile\OpenIDClient\Client\ClientInterface;
use Facile\OpenIDClient\Client\Metadata\ClientMetadata;
use Facile\OpenIDClient\Exception\ExceptionInterface as ClientException;
use Facile\OpenIDClient\Issuer\IssuerBuilder;
use Facile\OpenIDClient\Issuer\Metadata\Provider\MetadataProviderBuilder;
use Facile\OpenIDClient\Service\AuthorizationService;
use Facile\OpenIDClient\Service\Builder\AuthorizationServiceBuilder;
use Facile\OpenIDClient\Session\AuthSession;
use Facile\OpenIDClient\Token\TokenSetInterface;
use GuzzleHttp\Psr7\Request;
use GuzzleHttp\Psr7\ServerRequest;
use Symfony\Component\HttpClient\HttpClient;
use Symfony\Component\HttpClient\Psr18Client;

require __DIR__ . '/vendor/autoload.php';

// Standard output is for the protocol only.
ini_set('display_errors', 'stderr');
error_reporting(E_ALL & ~E_DEPRECATED);

/** The application says no: the library leaves `state`, and who is logged in, to it. */
final class NotLoggedIn extends RuntimeException
{
}

/** This client cannot do that. */
final class Unsupported extends RuntimeException
{
}

/** What a browser has of a finished login. */
final class Session
{
    public string $accessToken;
    public ?string $refreshToken;
    /** @var array<string, mixed> none without the scope openid */
    public array $claims;

    public function __construct(TokenSetInterface $tokens, string $scope)
    {
        if ($tokens->getIdToken() === null && in_array('openid', explode(' ', $scope), true)) {
            throw new NotLoggedIn('the token response has no ID token');
        }
        $this->claims = $tokens->getIdToken() === null ? [] : $tokens->claims();
        $this->accessToken = self::accessTokenOf($tokens);
        $this->refreshToken = $tokens->getRefreshToken();
    }

    public function refreshed(TokenSetInterface $tokens): void
    {
        $this->accessToken = self::accessTokenOf($tokens);
        $this->refreshToken = $tokens->getRefreshToken() ?: $this->refreshToken;
    }

    private static function accessTokenOf(TokenSetInterface $tokens): string
    {
        return $tokens->getAccessToken() ?? throw new NotLoggedIn('the token response has no access token');
    }
}

final class Client
{
    private const METHODS = ['client_secret_basic', 'client_secret_post', 'none'];

    private ?object $provider = null;
    /** @var array<string, array<string, AuthSession>> by user agent and state: a browser may have several logins in progress */
    private array $logins = [];
    /** @var array<string, Session> by user agent, as a web app keeps them by cookie */
    private array $sessions = [];

    public function hello(object $request): array
    {
        if ($request->protocol !== 1) {
            throw new Unsupported("protocol {$request->protocol}");
        }
        return [
            'protocol' => 1,
            'name' => 'php-openid-client ' . InstalledVersions::getPrettyVersion('facile-it/php-openid-client'),
            'capabilities' => ['api-call', 'forced-refresh', 'logout', 'shows-claims'],
            'checks' => [
                'state' => 'application', 'pkce' => 'application', 'nonce' => 'library', 'signature' => 'library',
                'claims' => 'library', 'metadata' => 'library',
            ],
        ];
    }

    public function reset(): array
    {
        $this->provider = null;
        $this->logins = $this->sessions = [];
        return [];
    }

    public function configure(object $request): array
    {
        if (!in_array($request->token_endpoint_auth_method, self::METHODS, true)) {
            throw new Unsupported($request->token_endpoint_auth_method);
        }
        $this->provider = $request;
        return [];
    }

    public function begin(object $request): array
    {
        $state = self::random();
        $login = AuthSession::fromArray(['state' => $state, 'nonce' => self::random(), 'code_verifier' => self::random()]);
        $this->logins[$request->ua][$state] = $login;
        $url = $this->service()->getAuthorizationUri(
            $this->client(),
            [
                'scope' => $this->provider->scope,
                'state' => $state,
                'nonce' => $login->getNonce(),
                'code_challenge' => self::base64url(hash('sha256', $login->getCodeVerifier(), true)),
                'code_challenge_method' => 'S256',
                'audience' => $this->provider->audience ?? null,
            ]
        );
        return ['url' => $url];
    }

    public function callback(object $request): array
    {
        parse_str((string) parse_url($request->url, PHP_URL_QUERY), $query);
        $state = is_string($query['state'] ?? null) ? $query['state'] : '';
        $login = $this->logins[$request->ua][$state] ?? null;
        if ($login === null) {
            throw new NotLoggedIn('the state is not the one of a login in this user agent');
        }
        unset($this->logins[$request->ua][$state]);
        [$service, $client] = [$this->service(), $this->client()];
        $params = $service->getCallbackParams(new ServerRequest('GET', $request->url), $client);
        $tokens = $service->callback($client, $params, $this->provider->redirect_uri, $login);
        $this->sessions[$request->ua] = new Session($tokens, $this->provider->scope);
        return [];
    }

    public function inspect(object $request): array
    {
        $session = $this->sessions[$request->ua] ?? null;
        if ($session === null) {
            return ['session' => null];
        }
        // A login without the scope openid says nothing of who has logged in.
        $subject = $session->claims['sub'] ?? null;
        return ['session' => ['subject' => is_string($subject) ? $subject : '', 'claims' => (object) $session->claims]];
    }

    public function call(object $request): array
    {
        $token = $this->session($request)->accessToken;
        $call = new Request('GET', $this->provider->api_url, ['authorization' => "Bearer $token"]);
        $answer = $this->http()->sendRequest($call);
        return ['status' => $answer->getStatusCode(), 'body' => (string) $answer->getBody()];
    }

    public function refresh(object $request): array
    {
        $session = $this->session($request);
        if ($session->refreshToken === null) {
            throw new NotLoggedIn('there is no refresh token');
        }
        $session->refreshed($this->service()->refresh($this->client(), $session->refreshToken));
        return [];
    }

    public function logout(object $request): array
    {
        unset($this->sessions[$request->ua]);
        return [];
    }

    public const OPERATIONS = ['hello', 'reset', 'configure', 'begin', 'callback', 'inspect', 'call', 'refresh', 'logout'];

    // What an application writes around the library.

    // Without a cache PHP knows nothing of the request before: metadata, keys and connections are new in each.

    private function http(): Psr18Client
    {
        return new Psr18Client(HttpClient::create(['no_proxy' => '*']));
    }

    private function client(): ClientInterface
    {
        $http = $this->http();
        $issuer = (new IssuerBuilder())
            ->setMetadataProviderBuilder((new MetadataProviderBuilder())->setHttpClient($http))
            ->setJwksProviderBuilder((new JwksProviderBuilder())->setHttpClient($http))
            ->build($this->provider->issuer);
        return (new ClientBuilder())
            ->setHttpClient($http)
            ->setIssuer($issuer)
            ->setClientMetadata(ClientMetadata::fromArray([
                'client_id' => $this->provider->client_id,
                'client_secret' => $this->provider->client_secret ?? null,
                'token_endpoint_auth_method' => $this->provider->token_endpoint_auth_method,
                'redirect_uris' => [$this->provider->redirect_uri],
            ]))
            ->build();
    }

    private function service(): AuthorizationService
    {
        return (new AuthorizationServiceBuilder())->setHttpClient($this->http())->build();
    }

    private function session(object $request): Session
    {
        return $this->sessions[$request->ua] ?? throw new NotLoggedIn('nobody is logged in');
    }

    private static function random(): string
    {
        return self::base64url(random_bytes(32));
    }

    private static function base64url(string $bytes): string
    {
        return rtrim(strtr(base64_encode($bytes), '+/', '-_'), '=');
    }
}

/** The answer to one request. An error is a refusal if the library raises it on purpose; all others are crashes. */
function answer(Client $client, object $request): array
{
    if (!in_array($request->op, Client::OPERATIONS, true)) {
        return ['unsupported' => ['detail' => "there is no operation {$request->op}"]];
    }
    try {
        return ['ok' => (object) $client->{$request->op}($request)];
    } catch (Unsupported $error) {
        return ['unsupported' => ['detail' => $error->getMessage()]];
    } catch (NotLoggedIn $error) {
        return ['refused' => ['by' => 'application', 'detail' => $error->getMessage()]];
    } catch (ClientException | TokenException $error) {
        $detail = $error->getMessage();
        for ($cause = $error->getPrevious(); $cause !== null; $cause = $cause->getPrevious()) {
            $detail .= ': ' . $cause->getMessage();
        }
        return ['refused' => ['by' => 'library', 'reason' => $error::class, 'detail' => $detail]];
    } catch (Throwable $error) {
        fwrite(STDERR, $error . "\n");
        return ['crashed' => ['detail' => $error::class . ': ' . $error->getMessage()]];
    }
}

$client = new Client();
while (($line = fgets(STDIN)) !== false) {
    $request = json_decode($line, false, 512, JSON_THROW_ON_ERROR);
    $reply = $request->op === 'stop' ? ['ok' => (object) []] : answer($client, $request);
    $flags = JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_INVALID_UTF8_SUBSTITUTE;
    fwrite(STDOUT, json_encode(['id' => $request->id] + $reply, $flags) . "\n");
    if ($request->op === 'stop') {
        break;
    }
}
