package main

import (
	"fmt"

	"github.com/openziti/edge/edge_common"
	edgestate "github.com/openziti/edge/router/fabric"
	"github.com/openziti/edge/router/xgress_edge"
	"github.com/openziti/edge/router/xgress_edge_tunnel"
	"github.com/openziti/fabric/router"
	routerenv "github.com/openziti/fabric/router/env"
	"github.com/openziti/fabric/router/xgress"
)

// runningRouter is the router and, where it hosts services, word of its tunneler being logged in.
type runningRouter struct {
	*router.Router
	tunnelerIn <-chan struct{}
}

// startRouter composes the router as the ziti binary does: edge for SDK clients, tunnel for hosting, one state for both.
func startRouter(configFile string) (*runningRouter, error) {
	config, err := router.LoadConfig(configFile)
	if err != nil {
		return nil, fmt.Errorf("the router's config does not load: %w", err)
	}
	r := router.Create(config, versionProvider{})
	tunnelerIn := make(chan struct{}, 1)
	state := watchedState{StateManager: edgestate.NewStateManager(), tunnelerIn: tunnelerIn}

	edge := xgress_edge.NewFactory(config, versionProvider{}, state, r.GetMetricsRegistry())
	tunnel := xgress_edge_tunnel.NewFactory(r, config, state)
	xgress.GlobalRegistry().Register(edge_common.EdgeBinding, edge)
	xgress.GlobalRegistry().Register(edge_common.TunnelBinding, tunnel)
	for _, part := range []routerenv.Xrctrl{edge, controllerGate{}, tunnel} { // they start in this order
		if err := r.RegisterXrctrl(part); err != nil {
			return nil, err
		}
	}
	return &runningRouter{Router: r, tunnelerIn: tunnelerIn}, r.Start()
}

// watchedState passes on that the tunneler has logged in: it alone adds its session without a client's channel.
type watchedState struct {
	edgestate.StateManager
	tunnelerIn chan<- struct{}
}

func (s watchedState) AddConnectedApiSession(token string) {
	s.StateManager.AddConnectedApiSession(token)
	select {
	case s.tunnelerIn <- struct{}{}:
	default: // already told
	}
}
