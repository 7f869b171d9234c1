# A stdio shim for the gem openid_connect: the harness asks on standard input, the library does the work.
#
# Each operation of the protocol is a method of `Client`. For another library, keep `answer` and the loop, and rewrite
# the methods.

require "json"
require "openid_connect"

# Standard output is for the protocol only, and the library logs to it.
[OpenIDConnect, Rack::OAuth2, SWD, WebFinger].each { |library| library.logger = Logger.new($stderr) }
# The provider of a run is http://127.0.0.1.
SWD.url_builder = URI::HTTP
OpenIDConnect.http_config { |client| client.proxy = nil }

# The application says no: the library leaves `state`, and who is logged in, to it.
class NotLoggedIn < StandardError; end

# This client cannot do that.
class Unsupported < StandardError; end

# What the library raises on purpose.
REFUSALS = [
  OpenIDConnect::Exception, Rack::OAuth2::Client::Error, JSON::JWT::Exception, AttrRequired::AttrMissing
].freeze

class Client
  Login = Struct.new(:nonce, :code_verifier, keyword_init: true)
  Session = Struct.new(:token, :refresh_token, :id_token, keyword_init: true)

  METHODS = { "client_secret_basic" => :basic, "client_secret_post" => :body, "none" => :body }.freeze

  def initialize
    reset
  end

  def hello(protocol:)
    raise Unsupported, "protocol #{protocol}" unless protocol == 1

    {
      protocol: 1,
      name: "openid_connect #{OpenIDConnect::VERSION}",
      capabilities: %w[api-call forced-refresh logout shows-claims],
      checks: { state: "application", pkce: "application", nonce: "library", signature: "library", claims: "library",
                metadata: "library" }
    }
  end

  def reset
    @provider = @metadata = nil
    # By user agent, as a web app keeps them by cookie; a browser may have several logins in progress.
    @logins, @sessions = Hash.new { |logins, ua| logins[ua] = {} }, {}
    {}
  end

  def configure(**provider)
    raise Unsupported, "the library adds the scope openid" unless provider[:scope].split.include?("openid")

    @provider, @metadata = provider, nil
    {}
  end

  def begin(ua:, issuer:)
    state = SecureRandom.hex(16)
    login = Login.new(nonce: SecureRandom.hex(16), code_verifier: SecureRandom.hex(32))
    challenge = Base64.urlsafe_encode64(Digest::SHA256.digest(login.code_verifier), padding: false)
    url = client.authorization_uri(
      {
        scope: @provider[:scope].split,
        state: state,
        nonce: login.nonce,
        code_challenge: challenge,
        code_challenge_method: "S256",
        audience: @provider[:audience]
      }.compact
    )
    @logins[ua][state] = login
    { url: url }
  end

  def callback(ua:, url:)
    params = URI.decode_www_form(URI.parse(url).query.to_s).to_h
    login = @logins[ua].delete(params["state"])
    raise NotLoggedIn, "the state is not the one of a login in this user agent" if login.nil?
    raise NotLoggedIn, "the provider answered with #{params['error']}" if params.key?("error")

    client = self.client
    client.authorization_code = params["code"]
    token = client.access_token!(auth_method, code_verifier: login.code_verifier)
    id_token = verify(token, login.nonce)
    @sessions[ua] = Session.new(token: token, refresh_token: token.refresh_token, id_token: id_token)
    {}
  end

  # The operation `inspect`, whose name Ruby needs for itself.
  def who(ua:)
    id_token = @sessions[ua]&.id_token
    return { session: nil } if id_token.nil?

    { session: { subject: id_token.sub, claims: id_token.raw_attributes } }
  end

  def call(ua:)
    answer = session(ua).token.get(@provider[:api_url])
    { status: answer.status, body: answer.body }
  end

  def refresh(ua:)
    session = session(ua)
    raise NotLoggedIn, "there is no refresh token" if session.refresh_token.nil?

    client = self.client
    client.refresh_token = session.refresh_token
    session.token = client.access_token!(auth_method)
    session.refresh_token = session.token.refresh_token.presence || session.refresh_token
    {}
  end

  def logout(ua:)
    @sessions.delete(ua)
    {}
  end

  OPERATIONS = %w[hello reset configure begin callback call refresh logout]
               .to_h { |name| [name, name] }.merge("inspect" => "who").freeze

  private

  # What an application writes around the library.

  # A client holds what it has been given last, so there is one for each request.
  def client
    OpenIDConnect::Client.new(
      identifier: @provider[:client_id],
      secret: @provider[:client_secret],
      redirect_uri: @provider[:redirect_uri],
      authorization_endpoint: metadata.authorization_endpoint,
      token_endpoint: metadata.token_endpoint,
      userinfo_endpoint: metadata.userinfo_endpoint
    )
  end

  def auth_method
    METHODS.fetch(@provider[:token_endpoint_auth_method]) { |method| raise Unsupported, method }
  end

  def metadata
    @metadata ||= OpenIDConnect::Discovery::Provider::Config.discover!(@provider[:issuer])
  end

  def verify(token, nonce)
    raise NotLoggedIn, "the token response has no ID token" if token.id_token.nil?

    # The keys of now: the provider may have changed them since the last login.
    answer = OpenIDConnect.http_client.get(metadata.jwks_uri)
    raise NotLoggedIn, "the keys of the provider answered #{answer.status}" unless answer.ok?

    keys = JSON::JWK::Set.new(JSON.parse(answer.body))
    id_token = OpenIDConnect::ResponseObject::IdToken.decode(token.id_token, keys)
    id_token.verify!(issuer: metadata.issuer, client_id: @provider[:client_id], nonce: nonce)
    id_token
  end

  def session(ua)
    @sessions.fetch(ua) { raise NotLoggedIn, "nobody is logged in" }
  end
end

# The answer to one request. An error is a refusal if the library raises it on purpose; all others are crashes.
def answer(client, operation, arguments)
  method = Client::OPERATIONS[operation]
  return { unsupported: { detail: "there is no operation #{operation}" } } if method.nil?

  { ok: client.public_send(method, **arguments) }
rescue Unsupported => error
  { unsupported: { detail: error.message } }
rescue NotLoggedIn => error
  { refused: { by: "application", detail: error.message } }
rescue *REFUSALS => error
  { refused: { by: "library", reason: error.class.name, detail: error.message } }
rescue StandardError => error
  $stderr.puts error.full_message
  { crashed: { detail: "#{error.class}: #{error.message}" } }
end

$stdout.sync = true
client = Client.new
$stdin.each_line do |line|
  request = JSON.parse(line, symbolize_names: true)
  id, operation = request.delete(:id), request.delete(:op)
  stop = operation == "stop"
  reply = stop ? { ok: {} } : answer(client, operation, request)
  puts JSON.generate({ id: id, **reply })
  break if stop
end
