package main

import (
	"errors"
	"time"

	"github.com/openziti/channel/v2"
	routerenv "github.com/openziti/fabric/router/env"
)

// controllerGate holds back the parts of the router that are registered after it until the controller is connected.
// The tunneler logs in once, when it starts, to the controllers connected at that moment: without one it believes
// itself logged in and never hosts anything.
type controllerGate struct{}

func (controllerGate) Run(env routerenv.RouterEnv) error {
	for deadline := time.Now().Add(readyTimeout); len(env.GetNetworkControllers().GetAll()) == 0; {
		if time.Now().After(deadline) {
			return errors.New("the controller does not accept the router's connection")
		}
		time.Sleep(5 * time.Millisecond)
	}
	return nil
}

func (controllerGate) Enabled() bool                                   { return true }
func (controllerGate) LoadConfig(map[any]any) error                    { return nil }
func (controllerGate) BindChannel(channel.Binding) error               { return nil }
func (controllerGate) NotifyOfReconnect(channel.Channel)               {}
func (controllerGate) GetTraceDecoders() []channel.TraceMessageDecoder { return nil }
