package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

func newKey() (*ecdsa.PrivateKey, error) {
	return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
}

// ensureKey answers the key in the file, made now if there is none.
func ensureKey(path string) (*ecdsa.PrivateKey, error) {
	block, err := readPem(path)
	if errors.Is(err, fs.ErrNotExist) {
		return createKey(path)
	}
	if err != nil {
		return nil, err
	}
	return x509.ParseECPrivateKey(block.Bytes)
}

func createKey(path string) (*ecdsa.PrivateKey, error) {
	key, err := newKey()
	if err != nil {
		return nil, err
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, err
	}
	text := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	return key, os.WriteFile(path, text, 0o600)
}

// writeCerts writes a chain, leaf first.
func writeCerts(path string, certs ...*x509.Certificate) error {
	var text []byte
	for _, cert := range certs {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert.Raw})...)
	}
	return os.WriteFile(path, text, 0o600)
}

// readCert answers the first certificate in the file: the leaf, where it holds a chain.
func readCert(path string) (*x509.Certificate, error) {
	block, err := readPem(path)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(block.Bytes)
}

func readPem(path string) (*pem.Block, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, fmt.Errorf("%s holds no PEM", path)
	}
	return block, nil
}

// coversAddress tells whether the certificate in the file may be shown, now, to clients that dial address.
func coversAddress(path, address string) bool {
	cert, err := readCert(path)
	return err == nil && time.Now().Before(cert.NotAfter) && cert.VerifyHostname(address) == nil
}
