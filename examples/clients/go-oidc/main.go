// A regular web app on golang.org/x/oauth2 and go-oidc: log in, call the API, refresh, log out.
//
// The libraries are set up as their documentation shows for the code flow, and left at their defaults otherwise. What
// the documentation leaves to the application is done here: state and nonce are in cookies, sessions are in memory,
// and an error in the callback becomes status 400.
package main

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

// session is what the app remembers of somebody who is logged in.
type session struct {
	claims json.RawMessage
	tokens oauth2.TokenSource // refreshes what has expired
}

var (
	mutex    sync.Mutex
	sessions = map[string]session{}
)

func randomText() string {
	bytes := make([]byte, 16)
	if _, err := rand.Read(bytes); err != nil {
		log.Fatal(err)
	}
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func setCookie(w http.ResponseWriter, r *http.Request, name, value string, maxAge time.Duration) {
	http.SetCookie(w, &http.Cookie{
		Name:     name,
		Value:    value,
		MaxAge:   int(maxAge.Seconds()),
		Path:     "/",
		Secure:   r.TLS != nil,
		HttpOnly: true,
		SameSite: http.SameSiteLaxMode,
	})
}

func cookie(r *http.Request, name string) string {
	cookie, err := r.Cookie(name)
	if err != nil {
		return ""
	}
	return cookie.Value
}

func currentSession(w http.ResponseWriter, r *http.Request) (session, bool) {
	mutex.Lock()
	defer mutex.Unlock()
	current, ok := sessions[cookie(r, "session")]
	if !ok {
		http.Error(w, "not logged in", http.StatusUnauthorized)
	}
	return current, ok
}

func main() {
	ctx := context.Background()
	baseURL, apiURL := os.Getenv("BASE_URL"), os.Getenv("API_URL")

	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	if err != nil {
		log.Fatal(err)
	}
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  baseURL + "/callback",
		Scopes:       []string{oidc.ScopeOpenID, "profile", oidc.ScopeOfflineAccess},
	}
	verifier := provider.Verifier(&oidc.Config{ClientID: config.ClientID})

	http.HandleFunc("/login", func(w http.ResponseWriter, r *http.Request) {
		state, nonce := randomText(), randomText()
		setCookie(w, r, "state", state, time.Hour)
		setCookie(w, r, "nonce", nonce, time.Hour)
		options := []oauth2.AuthCodeOption{oidc.Nonce(nonce)}
		if audience := os.Getenv("AUDIENCE"); audience != "" {
			options = append(options, oauth2.SetAuthURLParam("audience", audience))
		}
		http.Redirect(w, r, config.AuthCodeURL(state, options...), http.StatusFound)
	})

	http.HandleFunc("/callback", func(w http.ResponseWriter, r *http.Request) {
		if state := cookie(r, "state"); state == "" || r.URL.Query().Get("state") != state {
			http.Error(w, "state did not match", http.StatusBadRequest)
			return
		}
		setCookie(w, r, "state", "", -time.Second)
		setCookie(w, r, "nonce", "", -time.Second)
		if refusal := r.URL.Query().Get("error"); refusal != "" {
			http.Error(w, "the provider refused the login", http.StatusBadRequest)
			return
		}

		token, err := config.Exchange(ctx, r.URL.Query().Get("code"))
		if err != nil {
			log.Print("failed to exchange the code: ", err)
			http.Error(w, "failed to exchange the code", http.StatusBadRequest)
			return
		}
		rawIDToken, ok := token.Extra("id_token").(string)
		if !ok {
			http.Error(w, "no id_token in the token response", http.StatusBadRequest)
			return
		}
		idToken, err := verifier.Verify(ctx, rawIDToken)
		if err != nil {
			log.Print("failed to verify the ID token: ", err)
			http.Error(w, "failed to verify the ID token", http.StatusBadRequest)
			return
		}
		if idToken.Nonce != cookie(r, "nonce") {
			http.Error(w, "nonce did not match", http.StatusBadRequest)
			return
		}
		var claims json.RawMessage
		if err := idToken.Claims(&claims); err != nil {
			http.Error(w, "failed to read the claims", http.StatusBadRequest)
			return
		}

		id := randomText()
		mutex.Lock()
		delete(sessions, cookie(r, "session"))
		sessions[id] = session{claims, config.TokenSource(ctx, token)}
		mutex.Unlock()
		setCookie(w, r, "session", id, 8*time.Hour)
		http.Redirect(w, r, "/me", http.StatusFound)
	})

	http.HandleFunc("/me", func(w http.ResponseWriter, r *http.Request) {
		if current, ok := currentSession(w, r); ok {
			w.Header().Set("Content-Type", "application/json")
			w.Write(current.claims)
		}
	})

	http.HandleFunc("/call-api", func(w http.ResponseWriter, r *http.Request) {
		current, ok := currentSession(w, r)
		if !ok {
			return
		}
		// Refreshes first if the token has expired.
		answer, err := oauth2.NewClient(ctx, current.tokens).Get(apiURL)
		if err != nil {
			log.Print("failed to call the API: ", err)
			http.Error(w, "failed to call the API", http.StatusBadGateway)
			return
		}
		defer answer.Body.Close()
		w.WriteHeader(answer.StatusCode)
		io.Copy(w, answer.Body)
	})

	http.HandleFunc("/refresh", func(w http.ResponseWriter, r *http.Request) {
		current, ok := currentSession(w, r)
		if !ok {
			return
		}
		token, err := current.tokens.Token()
		if err == nil {
			// Without an access token, a refresh is due.
			token, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
		}
		if err != nil {
			log.Print("failed to refresh: ", err)
			http.Error(w, "failed to refresh", http.StatusBadGateway)
			return
		}
		mutex.Lock()
		sessions[cookie(r, "session")] = session{current.claims, config.TokenSource(ctx, token)}
		mutex.Unlock()
		io.WriteString(w, "refreshed")
	})

	http.HandleFunc("/logout", func(w http.ResponseWriter, r *http.Request) {
		mutex.Lock()
		delete(sessions, cookie(r, "session"))
		mutex.Unlock()
		setCookie(w, r, "session", "", -time.Second)
		http.Redirect(w, r, "/", http.StatusFound)
	})

	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<a href="/login">Log in</a> <a href="/logout">Log out</a>`)
	})

	log.Fatal(http.ListenAndServe(strings.TrimPrefix(baseURL, "http://"), nil))
}
