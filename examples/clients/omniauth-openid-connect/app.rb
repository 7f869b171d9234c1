# A regular web app on OmniAuth's OpenID Connect strategy and Sinatra: log in, call the API, refresh, log out.
#
# The strategy is set up as its documentation shows, with discovery, and left at its defaults otherwise. A login that
# fails goes the way that OmniAuth gives it, to /auth/failure.

require 'json'
require 'omniauth_openid_connect'
require 'puma'
require 'rack/session/pool'
require 'sinatra/base'

class App < Sinatra::Base
  ISSUER = ENV.fetch('ISSUER')
  BASE_URL = ENV.fetch('BASE_URL')
  CLIENT_ID = ENV.fetch('CLIENT_ID')
  CLIENT_SECRET = ENV.fetch('CLIENT_SECRET')
  AUTHORIZE_PARAMS = ENV.fetch('AUDIENCE', '').empty? ? {} : { audience: ENV['AUDIENCE'] }

  # Discovery builds https URLs; this is the libraries' switch for a provider on plain http.
  SWD.url_builder = URI::HTTP if ISSUER.start_with?('http://')

  # OmniAuth starts a login by POST only, with a token against forgery. A link does here, as in many apps.
  OmniAuth.config.allowed_request_methods = %i[get]
  OmniAuth.config.silence_get_warning = true

  set :show_exceptions, false
  set :raise_errors, false

  use Rack::Session::Pool # in memory: the tokens are too large for a cookie
  use OmniAuth::Builder do
    provider :openid_connect,
             issuer: ISSUER,
             discovery: true,
             scope: %i[openid profile offline_access],
             extra_authorize_params: AUTHORIZE_PARAMS,
             client_options: {
               identifier: CLIENT_ID,
               secret: CLIENT_SECRET,
               redirect_uri: "#{BASE_URL}/auth/openid_connect/callback"
             }
  end

  get '/' do
    '<a href="/auth/openid_connect">Log in</a> <a href="/logout">Log out</a>'
  end

  get '/auth/openid_connect/callback' do
    auth = request.env['omniauth.auth']
    request.session_options[:renew] = true # a new identifier for whoever has just logged in
    session[:user] = auth.extra.raw_info
    keep(auth.credentials.token, auth.credentials.refresh_token, auth.credentials.expires_in)
    redirect '/me'
  end

  get '/auth/failure' do
    halt 401, 'The login failed.'
  end

  get '/me' do
    halt 401, 'not logged in' unless session[:user]
    content_type :json
    session[:user].to_json
  end

  get '/call-api' do
    halt 401, 'not logged in' unless session[:user]
    refresh if session[:expires_at] && session[:expires_at] <= Time.now
    answer = Rack::OAuth2::AccessToken::Bearer.new(access_token: session[:token]).get(ENV.fetch('API_URL'))
    halt answer.status, answer.body
  end

  get '/refresh' do
    halt 401, 'not logged in' unless session[:user]
    refresh
    'refreshed'
  end

  get '/logout' do
    session.clear
    redirect '/auth/openid_connect/logout' # the strategy's, to the provider's
  end

  error Rack::OAuth2::Client::Error do
    halt 502, 'The provider refused.'
  end

  def refresh
    client = OpenIDConnect::Client.new(
      identifier: CLIENT_ID,
      secret: CLIENT_SECRET,
      token_endpoint: OpenIDConnect::Discovery::Provider::Config.discover!(ISSUER).token_endpoint
    )
    client.refresh_token = session[:refresh_token]
    token = client.access_token!
    keep(token.access_token, token.refresh_token.presence || session[:refresh_token], token.expires_in)
  end

  def keep(token, refresh_token, expires_in)
    session[:token] = token
    session[:refresh_token] = refresh_token
    session[:expires_at] = expires_in && Time.now + expires_in.to_i
  end
end

App.run!(server: 'puma', bind: '127.0.0.1', port: Integer(ENV.fetch('PORT')), quiet: true)
