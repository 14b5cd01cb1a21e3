package main

import "testing"

func TestAddressesAreBoundToLoopbackUnlessTheyAreNot(t *testing.T) {
	for host, wanted := range map[string]string{"localhost": "127.0.0.1", "127.0.0.1": "127.0.0.1", "192.0.2.7": "192.0.2.7"} {
		if bind, err := resolveBind("--ctrl-address", host); err != nil || bind != wanted {
			t.Errorf("%s: %s %v", host, bind, err)
		}
	}
	for _, host := range []string{"", "::1", "0.0.0.0", "https://localhost", "localhost:1280", "no.such.invalid"} {
		if bind, err := resolveBind("--ctrl-address", host); err == nil {
			t.Errorf("%s: %s", host, bind)
		}
	}
}
