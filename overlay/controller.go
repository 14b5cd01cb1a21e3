package main

import (
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/openziti/edge/controller/server"
	"github.com/openziti/fabric/controller"
	"github.com/openziti/transport/v2"
	"github.com/openziti/transport/v2/tcp"
	"github.com/openziti/transport/v2/tls"
	"github.com/openziti/transport/v2/udp"
)

// adminName is what 'ziti edge init' calls the first admin.
const adminName = "Default Admin"

func init() {
	transport.AddAddressParser(tls.AddressParser{})
	transport.AddAddressParser(tcp.AddressParser{})
	transport.AddAddressParser(udp.AddressParser{})
}

// runningController is the fabric controller with the edge on top of it.
type runningController struct {
	fabric *controller.Controller
	edge   *server.Controller
	done   chan error
}

// startController opens the database, makes sure of the admin and begins to listen. Called inside the home.
func startController(o options) (*runningController, error) {
	config, err := controller.LoadConfig(ctrlConfigFile)
	if err != nil {
		return nil, fmt.Errorf("the controller's config does not load: %w", err)
	}
	fabric, err := controller.NewController(config, versionProvider{})
	if err != nil {
		return nil, fmt.Errorf("no fabric controller: %w", err)
	}
	edge, err := server.NewController(config, fabric)
	if err != nil {
		fabric.Shutdown()
		return nil, fmt.Errorf("no edge controller: %w", err)
	}
	c := &runningController{fabric: fabric, edge: edge, done: make(chan error, 1)}
	edge.Initialize()
	if err := c.ensureAdmin(o); err != nil {
		fabric.Shutdown()
		return nil, err
	}
	edge.Run()
	go func() { c.done <- fabric.Run() }()
	return c, nil
}

// ensureAdmin makes the first admin, or refuses a login that the existing one would not pass: better here than as
// a 401 in whatever was about to use it.
func (c *runningController) ensureAdmin(o options) error {
	identities := c.edge.AppEnv.Managers.Identity
	admin, err := identities.ReadDefaultAdmin()
	if err != nil {
		return err
	}
	if admin == nil {
		return identities.InitializeDefaultAdmin(o.username, o.password, adminName)
	}
	if o.hasCredentials && !c.acceptsPassword(o.username, o.password) {
		return errors.New("the home exists and has no such login: give its user name and password, or neither")
	}
	return nil
}

func (c *runningController) acceptsPassword(username, password string) bool {
	authenticators := c.edge.AppEnv.Managers.Authenticator
	found, err := authenticators.ReadByUsername(username)
	if err != nil || found == nil {
		return false
	}
	stored := found.ToUpdb()
	salt, err := base64.StdEncoding.DecodeString(stored.Salt)
	return err == nil && authenticators.ReHashPassword(password, salt).Password == stored.Password
}

// stop closes listeners and database and waits for the end.
func (c *runningController) stop() {
	c.edge.Shutdown()
	<-c.done
}
