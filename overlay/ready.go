package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/openziti/edge/controller/env"
)

// readyTimeout is generous for a busy machine; a normal start takes about two seconds in all.
const readyTimeout = time.Minute

// waitForApi returns when the controller answers on its own address with its own certificate.
func waitForApi(ctx context.Context, s settings, bind string) error {
	client, err := newApiClient(joinHostPort(bind, s.CtrlPort))
	if err != nil {
		return err
	}
	url := "https://" + joinHostPort(s.CtrlAddress, s.CtrlPort) + "/version"
	return poll(ctx, "the controller's API does not answer", func() (bool, error) {
		response, err := client.Get(url)
		if err != nil {
			return false, err
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK, fmt.Errorf("status %d", response.StatusCode)
	})
}

// newApiClient dials the bind address whatever the URL's host: a name may resolve to several addresses.
func newApiClient(bindAddress string) (*http.Client, error) {
	cas, err := os.ReadFile(casFile)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(cas) {
		return nil, fmt.Errorf("%s holds no certificate", casFile)
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, network, bindAddress)
	}
	return &http.Client{
		Timeout: 5 * time.Second,
		Transport: &http.Transport{
			DialContext:       dial,
			TLSClientConfig:   &tls.Config{RootCAs: roots},
			DisableKeepAlives: true,
		},
	}, nil
}

// waitForRouter returns when the controller lists the router as verified, online and told about all sessions.
func (c *runningController) waitForRouter(ctx context.Context, id string) error {
	return poll(ctx, "the router does not come online", func() (bool, error) {
		entity, err := c.edge.AppEnv.Managers.EdgeRouter.Read(id)
		if err != nil {
			return false, err
		}
		state := c.edge.AppEnv.Broker.GetEdgeRouterState(id)
		isReady := entity.IsVerified && state.IsOnline && state.SyncStatus == env.RouterSyncDone
		return isReady, fmt.Errorf("verified %t, online %t, %s", entity.IsVerified, state.IsOnline, state.SyncStatus)
	})
}

// waitForTunneler returns when the router may host services. Until then the library would end the whole program if
// the controller went away.
func (r *runningRouter) waitForTunneler(ctx context.Context) error {
	select {
	case <-r.tunnelerIn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(readyTimeout):
		return fmt.Errorf("the router's tunneler does not log in after %s", readyTimeout)
	}
}

// poll asks until the answer is yes; the last reason for a no goes into the error.
func poll(ctx context.Context, complaint string, ask func() (bool, error)) error {
	deadline := time.Now().Add(readyTimeout)
	for {
		isDone, reason := ask()
		if isDone {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s after %s: %w", complaint, readyTimeout, reason)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}
