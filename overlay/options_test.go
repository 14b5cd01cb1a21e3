package main

import (
	"io"
	"strings"
	"testing"
)

func TestOptionsTakeCredentialsFromFlagsThenEnvironment(t *testing.T) {
	env := map[string]string{"ZITI_USER": "from-env", "ZITI_PWD": "env-secret"}
	o, err := parseOptions([]string{"-u", "from-flag"}, func(name string) string { return env[name] }, io.Discard)
	if err != nil || o.username != "from-flag" || o.password != "env-secret" || !o.hasCredentials {
		t.Errorf("%v %v", o, err)
	}
	o, err = parseOptions(nil, func(string) string { return "" }, io.Discard)
	if err != nil || o.username != "admin" || o.password != "admin" || o.hasCredentials {
		t.Errorf("%v %v", o, err)
	}
}

func TestOptionsRefuseWhatTheControllerWouldRefuseLater(t *testing.T) {
	cases := map[string][]string{
		"password":          {"-p", "four"},
		"user name":         {"-u", "abc"},
		"session-timeout":   {"--session-timeout", "59s"},
		"--home is empty":   {"--home", ""},
		"unknown flag":      {"--nope"},
		"unexpected":        {"extra"},
		"value out of rang": {"--ctrl-port", "70000"},
	}
	for wanted, args := range cases {
		_, err := parseOptions(args, func(string) string { return "" }, io.Discard)
		if err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestSdkOptionsNameOneSideOneServiceAndAnIdentity(t *testing.T) {
	o, err := parseSdkOptions([]string{"host", "--identity", "id.json", "--terminator", "one", "echo"}, io.Discard)
	if err != nil || o.mode != "host" || o.service != "echo" || o.identity != "id.json" || o.terminator != "one" {
		t.Errorf("%v %v", o, err)
	}
	for _, args := range [][]string{{}, {"dial", "echo"}, {"listen", "--identity", "id.json", "echo"}, {"dial", "--identity", "id.json"}} {
		if _, err := parseSdkOptions(args, io.Discard); err == nil || !strings.Contains(err.Error(), "usage: overlay sdk") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestRouterOptionsNameAConfigAndATokenOnlyToEnroll(t *testing.T) {
	o, err := parseLoneOptions([]string{"enroll", "router.yaml", "--jwt", "router.jwt"}, io.Discard)
	if err != nil || !o.isEnrolling || o.config != "router.yaml" || o.jwt != "router.jwt" {
		t.Errorf("%v %v", o, err)
	}
	for _, args := range [][]string{{}, {"run"}, {"enroll", "router.yaml"}, {"run", "router.yaml", "--jwt", "x"}, {"start", "router.yaml"}} {
		if _, err := parseLoneOptions(args, io.Discard); err == nil || !strings.Contains(err.Error(), "usage: overlay router") {
			t.Errorf("%v: %v", args, err)
		}
	}
}
