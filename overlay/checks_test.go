package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func checkRouter(t *testing.T, a *api) {
	t.Helper()
	router := a.find("/edge-routers", routerName)
	for _, field := range []string{"isOnline", "isVerified", "isTunnelerEnabled"} {
		if router[field] != true {
			t.Errorf("router: %s is %v", field, router[field])
		}
	}
	if !reflect.DeepEqual(router["roleAttributes"], []any{"public"}) {
		t.Errorf("router: role attributes are %v", router["roleAttributes"])
	}
}

func checkPolicies(t *testing.T, a *api) {
	t.Helper()
	wanted := map[string]entity{
		"/edge-router-policies/all-endpoints-public-routers": {
			"semantic": "AnyOf", "edgeRouterRoles": []any{"#public"}, "identityRoles": []any{"#all"},
		},
		"/service-edge-router-policies/all-routers-all-services": {
			"semantic": "AnyOf", "edgeRouterRoles": []any{"#all"}, "serviceRoles": []any{"#all"},
		},
	}
	for path, fields := range wanted {
		cut := strings.LastIndex(path, "/")
		policy := a.find(path[:cut], path[cut+1:])
		for field, value := range fields {
			if !reflect.DeepEqual(policy[field], value) {
				t.Errorf("%s: %s is %v", path, field, policy[field])
			}
		}
	}
}

func checkVersion(t *testing.T, a *api) {
	t.Helper()
	version := a.get("/version").(entity)
	if version["version"] != "edge-"+libraryVersion("github.com/openziti/edge") {
		t.Errorf("version is %v", version["version"])
	}
	urls := version["apiVersions"].(entity)["edge-management"].(entity)["v1"].(entity)["apiBaseUrls"]
	if !reflect.DeepEqual(urls, []any{a.url}) {
		t.Errorf("the API says it is at %v, not %s", urls, a.url)
	}
}

func checkModes(t *testing.T, home string) {
	t.Helper()
	filepath.WalkDir(home, func(path string, entry fs.DirEntry, err error) error {
		info, statErr := os.Stat(path)
		if err != nil || statErr != nil {
			t.Fatal(err, statErr)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v", path, info.Mode())
		}
		return nil
	})
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
