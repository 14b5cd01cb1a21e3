package main

import (
	"crypto/x509"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// Files of the PKI, relative to the home. A root signs one intermediate; the intermediate signs everything else,
// as in a quickstart of the ziti binary, so clients meet chains of the same depth.
const (
	pkiDir         = "pki"
	casFile        = "pki/cas.cert"
	signerCertFile = "pki/signer.cert"
	signerKeyFile  = "pki/signer.key"
	ctrlKeyFile    = "pki/ctrl.key"
	ctrlServerFile = "pki/ctrl.server.cert"
	ctrlClientFile = "pki/ctrl.client.cert"
)

// ensurePki makes the authorities once, and the controller's certificates whenever they do not cover its address.
// Called inside the home.
func ensurePki(ctrlAddress string) error {
	if _, err := os.Stat(pkiDir); errors.Is(err, fs.ErrNotExist) {
		if err := createAuthorities(); err != nil {
			return err
		}
	}
	if coversAddress(ctrlServerFile, ctrlAddress) {
		return nil
	}
	return issueControllerCerts(ctrlAddress)
}

// createAuthorities renames the folder into place at the end, so that a home never has half a PKI. The root's key
// is not kept: nothing is ever signed with it again.
func createAuthorities() error {
	building := pkiDir + ".new"
	if err := os.RemoveAll(building); err != nil {
		return err
	}
	if err := os.Mkdir(building, 0o700); err != nil {
		return err
	}
	rootKey, err := newKey()
	if err != nil {
		return err
	}
	root, err := issueCert(newAuthority("zprom overlay root CA"), nil, &rootKey.PublicKey, rootKey)
	if err != nil {
		return err
	}
	signerKey, err := createKey(filepath.Join(building, filepath.Base(signerKeyFile)))
	if err != nil {
		return err
	}
	signer, err := issueCert(newAuthority("zprom overlay signing CA"), root, &signerKey.PublicKey, rootKey)
	if err != nil {
		return err
	}
	if err := writeCerts(filepath.Join(building, filepath.Base(signerCertFile)), signer); err != nil {
		return err
	}
	if err := writeCerts(filepath.Join(building, filepath.Base(casFile)), root, signer); err != nil {
		return err
	}
	return os.Rename(building, pkiDir)
}

// issueControllerCerts keeps the controller's key: it also signs the tokens of pending enrollments. The server
// certificate comes last, because it is the one that ensurePki looks at.
func issueControllerCerts(ctrlAddress string) error {
	signer, err := readCert(signerCertFile)
	if err != nil {
		return err
	}
	signerKey, err := ensureKey(signerKeyFile)
	if err != nil {
		return err
	}
	key, err := ensureKey(ctrlKeyFile)
	if err != nil {
		return err
	}
	client, err := issueCert(newLeaf("controller", x509.ExtKeyUsageClientAuth), signer, &key.PublicKey, signerKey)
	if err != nil {
		return err
	}
	template := newLeaf("controller", x509.ExtKeyUsageServerAuth)
	template.DNSNames, template.IPAddresses = listSans(ctrlAddress)
	server, err := issueCert(template, signer, &key.PublicKey, signerKey)
	if err != nil {
		return err
	}
	if err := writeCerts(ctrlClientFile, client, signer); err != nil {
		return err
	}
	return writeCerts(ctrlServerFile, server, signer)
}
