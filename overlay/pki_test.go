package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"testing"
)

func TestPkiServesLoopbackAndTheGivenAddress(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := ensurePki("overlay.example"); err != nil {
		t.Fatal(err)
	}
	leaf, signer, root := readTestCert(t, ctrlServerFile), readTestCert(t, signerCertFile), readTestCert(t, casFile)
	if key, ok := leaf.PublicKey.(*ecdsa.PublicKey); !ok || key.Curve != elliptic.P256() {
		t.Errorf("the key is %T", leaf.PublicKey)
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(root)
	between.AddCert(signer)
	for _, name := range []string{"localhost", "127.0.0.1", "::1", "overlay.example"} {
		if _, err := leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: roots, Intermediates: between}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if leaf.VerifyHostname("other.example") == nil {
		t.Error("a name that nobody gave is served too")
	}
}

func TestPkiKeepsAuthoritiesAndKeyWhenTheAddressChanges(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := ensurePki("localhost"); err != nil {
		t.Fatal(err)
	}
	cas, key, server := readFile(t, casFile), readFile(t, ctrlKeyFile), readFile(t, ctrlServerFile)
	if err := ensurePki("127.0.0.1"); err != nil {
		t.Fatal(err)
	}
	if readFile(t, ctrlServerFile) != server {
		t.Error("issued again for an address that was covered")
	}
	if err := ensurePki("127.0.0.2"); err != nil {
		t.Fatal(err)
	}
	if !coversAddress(ctrlServerFile, "127.0.0.2") {
		t.Error("the new address is not covered")
	}
	if readFile(t, casFile) != cas || readFile(t, ctrlKeyFile) != key {
		t.Error("more changed than the certificate")
	}
}

func readTestCert(t *testing.T, path string) *x509.Certificate {
	t.Helper()
	cert, err := readCert(path)
	if err != nil {
		t.Fatal(err)
	}
	return cert
}
