package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"testing"
)

// api is a client of the management API that trusts the home's CAs and is logged in as the admin.
type api struct {
	t      *testing.T
	url    string
	client *http.Client
	token  string
}

type entity = map[string]any

func logIn(p *program) *api {
	p.t.Helper()
	cas, err := os.ReadFile(filepath.Join(p.home, casFile))
	if err != nil {
		p.t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(cas)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, DisableKeepAlives: true}
	a := &api{t: p.t, url: p.apiUrl + "/edge/management/v1", client: &http.Client{Transport: transport}}
	login := entity{"username": "admin", "password": testPassword}
	a.token = a.post("/authenticate?method=password", login)["token"].(string)
	return a
}

func (a *api) get(path string) any { return a.call(http.MethodGet, path, nil) }

func (a *api) post(path string, body entity) entity {
	a.t.Helper()
	return a.call(http.MethodPost, path, body).(entity)
}

// create answers the id of the new entity.
func (a *api) create(path string, body entity) string {
	a.t.Helper()
	return a.post(path, body)["id"].(string)
}

// find answers the entity with that name; nil if there is none.
func (a *api) find(path, name string) entity {
	a.t.Helper()
	for _, found := range a.get(path).([]any) {
		if found.(entity)["name"] == name {
			return found.(entity)
		}
	}
	return nil
}

func (a *api) call(method, path string, body entity) any {
	a.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		a.t.Fatal(err)
	}
	request, err := http.NewRequest(method, a.url+path, bytes.NewReader(text))
	if err != nil {
		a.t.Fatal(err)
	}
	request.Header.Set("content-type", "application/json")
	request.Header.Set("zt-session", a.token)
	response, err := a.client.Do(request)
	if err != nil {
		a.t.Fatal(err)
	}
	defer response.Body.Close()
	var envelope struct{ Data, Error any }
	if err := json.NewDecoder(response.Body).Decode(&envelope); err != nil {
		a.t.Fatalf("%s %s: %s: %v", method, path, response.Status, err)
	}
	if response.StatusCode >= 300 {
		a.t.Fatalf("%s %s: %s: %v", method, path, response.Status, envelope.Error)
	}
	return envelope.Data
}
