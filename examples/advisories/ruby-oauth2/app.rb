# A regular web app on the oauth2 gem and Sinatra: plain OAuth, with the user's account from UserInfo.
#
# The library is set up as its documentation shows, and left at its defaults otherwise. `state`, which it leaves to
# the app, is random and compared.

require 'json'
require 'net/http'
require 'oauth2'
require 'puma'
require 'rack/session/pool'
require 'securerandom'
require 'sinatra/base'

class App < Sinatra::Base
  PROVIDER = JSON.parse(Net::HTTP.get(URI("#{ENV.fetch('ISSUER').chomp('/')}/.well-known/openid-configuration")))
  CLIENT = OAuth2::Client.new(
    ENV.fetch('CLIENT_ID'), ENV.fetch('CLIENT_SECRET'),
    site: ENV.fetch('ISSUER'),
    authorize_url: PROVIDER.fetch('authorization_endpoint'),
    token_url: PROVIDER.fetch('token_endpoint'),
    redirect_uri: "#{ENV.fetch('BASE_URL')}/callback"
  )

  set :show_exceptions, false
  set :raise_errors, false
  use Rack::Session::Pool

  get '/' do
    '<a href="/login">Log in</a>'
  end

  get '/login' do
    session[:state] = SecureRandom.hex
    redirect CLIENT.auth_code.authorize_url(
      scope: 'openid profile offline_access', state: session[:state], audience: ENV.fetch('AUDIENCE')
    )
  end

  get '/callback' do
    state = session.delete(:state)
    halt 400, 'state did not match' unless state && params['state'] == state
    halt 400, 'there is no code' if params['code'].to_s.empty?
    token = CLIENT.auth_code.get_token(params['code'])
    user = token.get(PROVIDER.fetch('userinfo_endpoint')).parsed
    request.session_options[:renew] = true # a new identifier for whoever has just logged in
    session[:user] = user
    session[:token] = token.to_hash
    redirect '/me'
  end

  get '/me' do
    halt 401, 'not logged in' unless session[:user]
    content_type :json
    session[:user].to_json
  end

  get '/call-api' do
    halt 401, 'not logged in' unless session[:user]
    answer = OAuth2::AccessToken.from_hash(CLIENT, session[:token]).get(ENV.fetch('API_URL'))
    halt answer.status, answer.body
  end

  error OAuth2::Error do
    halt 400, 'The provider or the API refused.'
  end
end

App.run!(server: 'puma', bind: '127.0.0.1', port: Integer(ENV.fetch('PORT')), quiet: true)
