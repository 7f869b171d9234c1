// The provider with golang.org/x/oauth2 and go-oidc: every step of a session, with the libraries' defaults.
package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/url"
	"os"

	oidc "github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

func main() {
	log.SetFlags(log.Lshortfile)
	ctx := context.Background()
	afterLogout, apiURL := os.Getenv("AFTER_LOGOUT"), os.Getenv("API_URL")

	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	check(err)
	var metadata struct {
		EndSession string `json:"end_session_endpoint"`
	}
	check(provider.Claims(&metadata))
	fmt.Println("discovery")

	// Without a secret this is a public client. How a client authenticates is found out: the header first, then the body.
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  os.Getenv("REDIRECT_URI"),
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess, "read:orders"},
	}
	state, nonce, verifier := randomText(), randomText(), randomText()
	login := []oauth2.AuthCodeOption{oidc.Nonce(nonce), oauth2.SetAuthURLParam("audience", os.Getenv("AUDIENCE"))}
	var exchange []oauth2.AuthCodeOption
	if config.ClientSecret == "" {
		// This version of the library has no PKCE of its own: a native app needs it.
		challenge := sha256.Sum256([]byte(verifier))
		login = append(login,
			oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(challenge[:])),
			oauth2.SetAuthURLParam("code_challenge_method", "S256"))
		exchange = append(exchange, oauth2.SetAuthURLParam("code_verifier", verifier))
	}
	callback := redirected(config.AuthCodeURL(state, login...)).Query()
	require(callback.Get("state") == state, "another state")
	fmt.Println("login")

	token, err := config.Exchange(ctx, callback.Get("code"), exchange...)
	check(err)
	fmt.Println("token")

	rawIDToken, _ := token.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, rawIDToken)
	check(err)
	require(idToken.Subject == "alice" && idToken.Nonce == nonce, "another user or nonce")
	check(idToken.VerifyAccessToken(token.AccessToken))
	fmt.Println("id-token")

	user, err := provider.UserInfo(ctx, config.TokenSource(ctx, token))
	check(err)
	require(user.Email == "alice@shop.example" && user.EmailVerified, "another address")
	fmt.Println("userinfo")

	require(status(config.Client(ctx, token), apiURL) == http.StatusOK, "the API refused")
	fmt.Println("api")

	// Without an access token, a refresh is due.
	refreshed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: token.RefreshToken}).Token()
	check(err)
	require(refreshed.AccessToken != token.AccessToken, "the same access token")
	require(status(config.Client(ctx, refreshed), apiURL) == http.StatusOK, "the API refused")
	fmt.Println("refresh")

	fmt.Println("introspection: not in the library")
	fmt.Println("revocation: not in the library")

	logout := url.Values{"post_logout_redirect_uri": {afterLogout}, "id_token_hint": {rawIDToken}, "state": {"bye"}}
	require(redirected(metadata.EndSession+"?"+logout.Encode()).String() == afterLogout+"?state=bye", "sent elsewhere")
	fmt.Println("logout")
}

// redirected is where the browser is sent.
func redirected(url string) *url.URL {
	browser := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := browser.Get(url)
	check(err)
	defer response.Body.Close()
	location, err := response.Location()
	if err != nil {
		body, _ := io.ReadAll(response.Body)
		log.Fatalf("%s: %s", response.Status, body)
	}
	return location
}

func status(client *http.Client, url string) int {
	response, err := client.Get(url)
	check(err)
	defer response.Body.Close()
	return response.StatusCode
}

func randomText() string {
	bytes := make([]byte, 32)
	_, err := rand.Read(bytes)
	check(err)
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func check(err error) {
	if err != nil {
		log.Output(2, err.Error())
		os.Exit(1)
	}
}

func require(condition bool, problem string) {
	if !condition {
		log.Output(2, problem)
		os.Exit(1)
	}
}
