#!/usr/bin/perl
# A regular web app on Mojolicious::Plugin::OAuth2: log in, call the API, refresh, log out.
#
# The plugin is set up as its documentation shows for OpenID Connect, and left at its defaults otherwise. It verifies
# the ID token's signature and times; `state`, the nonce, issuer, audience and subject are the app's, which looks at
# them in the callback.

use Mojolicious::Lite -signatures;

use Mojo::Util qw(steady_time);

my $base_url = $ENV{BASE_URL};
my %sessions;    # by an identifier in Mojolicious's signed cookie: the tokens are too large for it

sub random_text {
  open my $urandom, '<:raw', '/dev/urandom' or die "failed to open /dev/urandom: $!";
  read($urandom, my $bytes, 16) == 16 or die "failed to read /dev/urandom: $!";
  return unpack 'H*', $bytes;
}

app->secrets([random_text()]);
app->sessions->cookie_name('app');

plugin OAuth2 => {
  idp => {
    key            => $ENV{CLIENT_ID},
    secret         => $ENV{CLIENT_SECRET},
    well_known_url => $ENV{ISSUER} =~ s{/?\z}{/.well-known/openid-configuration}r,
    scope          => 'openid profile offline_access',
  },
};

helper failed => sub ($c, $what, $error) {
  $c->log->warn("$what: $error");
  $c->render(text => $what, status => 502);
};

helper user => sub ($c) { $sessions{$c->session('id') // ''} };

helper keep => sub ($c, $user, $tokens) {
  $user->{access_token}  = $tokens->{access_token};
  $user->{refresh_token} = $tokens->{refresh_token} || $user->{refresh_token};
  $user->{expires}       = defined $tokens->{expires_in} ? steady_time + $tokens->{expires_in} : undef;
};

helper refresh_p => sub ($c, $user) {
  return Mojo::Promise->reject('there is no refresh token') unless $user->{refresh_token};
  $c->oauth2->get_refresh_token_p(idp => {refresh_token => $user->{refresh_token}})
    ->then(sub ($tokens) { $c->keep($user, $tokens) });
};

get '/' => sub ($c) { $c->render(inline => '<a href="/login">Log in</a> <a href="/logout">Log out</a>') };

get '/login' => sub ($c) {
  my ($state, $nonce) = (random_text(), random_text());
  $c->session(state => $state, nonce => $nonce);
  my %query = (response_type => 'code', nonce => $nonce, $ENV{AUDIENCE} ? (audience => $ENV{AUDIENCE}) : ());
  $c->redirect_to($c->oauth2->auth_url(
    idp => {redirect_uri => "$base_url/callback", state => $state, authorize_query => \%query}
  ));
};

get '/callback' => sub ($c) {
  my ($state, $nonce) = (delete $c->session->{state}, delete $c->session->{nonce});
  return $c->render(text => 'state did not match', status => 400)
    unless defined $state && ($c->param('state') // '') eq $state;

  $c->render_later;
  $c->oauth2->get_token_p(idp => {redirect_uri => "$base_url/callback", redirect => 0})->then(sub ($tokens) {
    die "there is no code\n" unless $tokens;
    my $claims = $c->oauth2->jwt_decode(idp => data => $tokens->{id_token});
    my @audiences = ref $claims->{aud} ? @{$claims->{aud}} : $claims->{aud} // ();
    die "issuer did not match\n" unless ($claims->{iss} // '') eq $c->oauth2->providers->{idp}{issuer};
    die "audience did not match\n" unless @audiences && !grep { $_ ne $ENV{CLIENT_ID} } @audiences;
    die "nonce did not match\n" unless ($claims->{nonce} // '') eq $nonce;
    die "there is no subject\n" unless length($claims->{sub} // '') && !ref $claims->{sub};

    delete $sessions{$c->session('id') // ''};
    my $user = $sessions{$c->session(id => random_text())->session('id')} = {claims => $claims};
    $c->keep($user, $tokens);
    $c->redirect_to('/me');
  })->catch(sub ($error) {
    $c->log->warn("the login failed: $error");
    $c->render(text => 'the login failed', status => 400);
  });
};

get '/me' => sub ($c) {
  my $user = $c->user or return $c->render(text => 'not logged in', status => 401);
  $c->render(json => $user->{claims});
};

get '/call-api' => sub ($c) {
  my $user = $c->user or return $c->render(text => 'not logged in', status => 401);
  $c->render_later;
  my $expired = defined $user->{expires} && $user->{expires} <= steady_time;
  ($expired ? $c->refresh_p($user) : Mojo::Promise->resolve)
    ->then(sub { $c->ua->get_p($ENV{API_URL} => {Authorization => "Bearer $user->{access_token}"}) })
    ->then(sub ($tx) { $c->render(data => $tx->res->body, status => $tx->res->code) })
    ->catch(sub ($error) { $c->failed('the call failed', $error) });
};

get '/refresh' => sub ($c) {
  my $user = $c->user or return $c->render(text => 'not logged in', status => 401);
  $c->render_later;
  $c->refresh_p($user)
    ->then(sub { $c->render(text => 'refreshed') })
    ->catch(sub ($error) { $c->failed('the refresh failed', $error) });
};

get '/logout' => sub ($c) {
  delete $sessions{$c->session('id') // ''};
  $c->session(expires => 1);
  $c->redirect_to($c->oauth2->logout_url(idp => {post_logout_redirect_uri => "$base_url/"}));
};

app->start('daemon', '--listen', $base_url);
