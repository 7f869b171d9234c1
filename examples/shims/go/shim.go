// A stdio shim for golang.org/x/oauth2: the harness asks on standard input, the library does the work.
//
// The library is plain OAuth: it makes the authorization request, redeems the code and refreshes. State is compared by
// the application, as its documentation says, and who has logged in is asked at the UserInfo endpoint.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"

	"golang.org/x/oauth2"
)

type request struct {
	ID        uint64 `json:"id"`
	Op        string `json:"op"`
	Protocol  int    `json:"protocol"`
	UA        string `json:"ua"`
	URL       string `json:"url"`
	Endpoints struct {
		Authorization, Token, Userinfo string
	} `json:"endpoints"`
	ClientID     string `json:"client_id"`
	ClientSecret string `json:"client_secret"`
	AuthMethod   string `json:"token_endpoint_auth_method"`
	RedirectURI  string `json:"redirect_uri"`
	Scope        string `json:"scope"`
	Audience     string `json:"audience"`
	APIURL       string `json:"api_url"`
}

type object map[string]any

// The application says no, or the library is not asked at all.
var (
	errNotLoggedIn = errors.New("nobody is logged in")
	errState       = errors.New("the state is not the one of a login in this user agent")
	errDenied      = errors.New("the provider has answered with an error")
	errUserinfo    = errors.New("the UserInfo endpoint does not say who has logged in")
	errUnsupported = errors.New("not supported")
)

type login struct{ state, verifier string }

type session struct {
	token  *oauth2.Token
	claims object
}

var (
	config   *oauth2.Config
	provider request
	logins   = map[string]login{} // by user agent, as a web app keeps them by cookie
	sessions = map[string]*session{}
)

func perform(r request) (object, error) {
	switch r.Op {
	case "hello":
		if r.Protocol != 1 {
			return nil, errUnsupported
		}
		return object{
			"protocol":     1,
			"name":         "golang.org/x/oauth2 0.3.0",
			"capabilities": []string{"api-call", "forced-refresh", "logout", "shows-claims"},
			"checks":       object{"state": "application", "pkce": "application"},
		}, nil
	case "reset":
		logins, sessions = map[string]login{}, map[string]*session{}
	case "stop":
	case "configure":
		styles := map[string]oauth2.AuthStyle{
			"client_secret_basic": oauth2.AuthStyleInHeader,
			"client_secret_post":  oauth2.AuthStyleInParams,
			"none":                oauth2.AuthStyleInParams,
		}
		style, known := styles[r.AuthMethod]
		if !known {
			return nil, errUnsupported
		}
		provider = r
		config = &oauth2.Config{
			ClientID:     r.ClientID,
			ClientSecret: r.ClientSecret,
			Endpoint:     oauth2.Endpoint{AuthURL: r.Endpoints.Authorization, TokenURL: r.Endpoints.Token, AuthStyle: style},
			RedirectURL:  r.RedirectURI,
			Scopes:       strings.Fields(r.Scope),
		}
	case "begin":
		login := login{state: random(), verifier: random()}
		challenge := sha256.Sum256([]byte(login.verifier))
		options := []oauth2.AuthCodeOption{
			oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
			oauth2.SetAuthURLParam("code_challenge_method", "S256"),
		}
		if provider.Audience != "" {
			options = append(options, oauth2.SetAuthURLParam("audience", provider.Audience))
		}
		logins[r.UA] = login
		return object{"url": config.AuthCodeURL(login.state, options...)}, nil
	case "callback":
		return nil, callback(r)
	case "inspect":
		if session := sessions[r.UA]; session != nil {
			return object{"session": object{"subject": session.claims["sub"], "claims": session.claims}}, nil
		}
		return object{"session": nil}, nil
	case "call":
		session, client, err := loggedIn(r.UA)
		if err != nil {
			return nil, err
		}
		response, err := client.Get(provider.APIURL)
		if err != nil {
			return nil, err
		}
		defer response.Body.Close()
		session.token, _ = client.Transport.(*oauth2.Transport).Source.Token()
		body, err := io.ReadAll(response.Body)
		return object{"status": response.StatusCode, "body": string(body)}, err
	case "refresh":
		session, _, err := loggedIn(r.UA)
		if err != nil {
			return nil, err
		}
		// A token source refreshes what has expired; without an access token it has to.
		old := &oauth2.Token{RefreshToken: session.token.RefreshToken}
		token, err := config.TokenSource(context.Background(), old).Token()
		if err == nil {
			session.token = token
		}
		return nil, err
	case "logout":
		delete(sessions, r.UA)
	default:
		return nil, errUnsupported
	}
	return nil, nil
}

func callback(r request) error {
	response, err := url.Parse(r.URL)
	if err != nil {
		return err
	}
	login, query := logins[r.UA], response.Query()
	if login.state == "" || query.Get("state") != login.state {
		return errState
	}
	delete(logins, r.UA)
	if query.Get("code") == "" || query.Get("error") != "" {
		return errDenied
	}
	verifier := oauth2.SetAuthURLParam("code_verifier", login.verifier)
	token, err := config.Exchange(context.Background(), query.Get("code"), verifier)
	if err != nil {
		return err
	}
	if !strings.Contains(" "+provider.Scope+" ", " openid ") {
		sessions[r.UA] = &session{token, object{}}
		return nil
	}
	userinfo, err := config.Client(context.Background(), token).Get(provider.Endpoints.Userinfo)
	if err != nil {
		return err
	}
	defer userinfo.Body.Close()
	var claims object
	if json.NewDecoder(userinfo.Body).Decode(&claims) != nil || userinfo.StatusCode != http.StatusOK {
		return errUserinfo
	}
	if subject, _ := claims["sub"].(string); subject == "" {
		return errUserinfo
	}
	sessions[r.UA] = &session{token, claims}
	return nil
}

func loggedIn(ua string) (*session, *http.Client, error) {
	session := sessions[ua]
	if session == nil {
		return nil, nil, errNotLoggedIn
	}
	return session, config.Client(context.Background(), session.token), nil
}

func random() string {
	bytes := make([]byte, 32)
	if _, err := rand.Read(bytes); err != nil {
		panic(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

// The answer to a request. Go has no exceptions to tell apart: every error of the library is its refusal, and a panic is
// a crash.
func answer(r request) (reply object) {
	defer func() {
		if fault := recover(); fault != nil {
			reply = object{"crashed": object{"detail": fmt.Sprint(fault)}}
		}
	}()
	ok, err := perform(r)
	switch {
	case err == nil && ok == nil:
		return object{"ok": object{}}
	case err == nil:
		return object{"ok": ok}
	case errors.Is(err, errUnsupported):
		return object{"unsupported": object{"detail": r.Op + " " + r.AuthMethod}}
	}
	by := "library"
	for _, own := range []error{errNotLoggedIn, errState, errDenied, errUserinfo} {
		if errors.Is(err, own) {
			by = "application"
		}
	}
	return object{"refused": object{"by": by, "detail": err.Error()}}
}

func main() {
	requests := bufio.NewScanner(os.Stdin)
	requests.Buffer(nil, 1<<20)
	replies := json.NewEncoder(os.Stdout) // writes a line at a time, and keeps nothing back
	for requests.Scan() {
		var r request
		if err := json.Unmarshal(requests.Bytes(), &r); err != nil {
			panic(err)
		}
		reply := answer(r)
		reply["id"] = r.ID
		if err := replies.Encode(reply); err != nil || r.Op == "stop" {
			return
		}
	}
}
