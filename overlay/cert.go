package main

import (
	"crypto/ecdsa"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"time"
)

// A sandbox that lay in a drawer should still start, hence ten years even for leaves.
const certLifetime = 10 * 365 * 24 * time.Hour

func newAuthority(name string) *x509.Certificate {
	return &x509.Certificate{
		Subject:               pkix.Name{CommonName: name},
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageCRLSign,
		IsCA:                  true,
		BasicConstraintsValid: true,
	}
}

func newLeaf(name string, usage x509.ExtKeyUsage) *x509.Certificate {
	return &x509.Certificate{
		Subject:     pkix.Name{CommonName: name},
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{usage},
	}
}

// listSans answers the names and addresses of this machine's loopback, and the one that clients were told.
func listSans(address string) (names []string, ips []net.IP) {
	names = []string{"localhost"}
	ips = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback}
	if ip := net.ParseIP(address); ip == nil && address != "localhost" {
		names = append(names, address)
	} else if ip != nil && !ip.Equal(ips[0]) {
		ips = append(ips, ip)
	}
	return names, ips
}

// issueCert signs the template; a nil issuer means that it signs itself.
func issueCert(template, issuer *x509.Certificate, key *ecdsa.PublicKey, signer *ecdsa.PrivateKey) (*x509.Certificate, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return nil, err
	}
	template.SerialNumber = serial
	template.NotBefore = time.Now().Add(-time.Hour) // clocks of containers and hosts differ
	template.NotAfter = template.NotBefore.Add(certLifetime)
	if issuer == nil {
		issuer = template
	}
	der, err := x509.CreateCertificate(rand.Reader, template, issuer, key, signer)
	if err != nil {
		return nil, err
	}
	return x509.ParseCertificate(der)
}
