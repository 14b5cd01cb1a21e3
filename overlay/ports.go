package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"strconv"
	"syscall"
)

// Free ports are looked for below the range that kernels hand to outgoing connections: a port kept in a home must
// not be lost to a passing client between two starts.
const (
	firstFreePort = 20000
	lastFreePort  = 32767
)

// listeners is where everything listens. The control plane is only for the router beside it, so it never leaves loopback.
type listeners struct {
	ctrlBind         string
	routerBind       string
	controlPlaneBind string
}

// choosePorts turns each 0 into a free port and refuses a named one that is taken, before anything is created.
func choosePorts(s *settings, l listeners, noRouter bool) error {
	var held []net.Listener // kept open together, so that no two are the same
	defer func() {
		for _, listener := range held {
			listener.Close()
		}
	}()
	choose := func(flag, bind string, port *uint16) error {
		listener, err := listenOn(bind, *port)
		if err != nil {
			return describeListenFault(flag, bind, *port, err)
		}
		held = append(held, listener)
		*port = uint16(listener.Addr().(*net.TCPAddr).Port)
		return nil
	}
	if err := choose("--ctrl-port", l.ctrlBind, &s.CtrlPort); err != nil {
		return err
	}
	if !noRouter {
		if err := choose("--router-port", l.routerBind, &s.RouterPort); err != nil {
			return err
		}
	}
	if s.ControlPlanePort != 0 && choose("", l.controlPlaneBind, &s.ControlPlanePort) == nil {
		return nil
	}
	s.ControlPlanePort = 0 // nobody was told the old one
	return choose("the control plane", l.controlPlaneBind, &s.ControlPlanePort)
}

func listenOn(bind string, port uint16) (net.Listener, error) {
	if port != 0 {
		return net.Listen("tcp", net.JoinHostPort(bind, strconv.Itoa(int(port))))
	}
	var lastErr error
	for range 100 {
		free := firstFreePort + rand.IntN(lastFreePort-firstFreePort+1)
		listener, err := net.Listen("tcp", net.JoinHostPort(bind, strconv.Itoa(free)))
		if err == nil {
			return listener, nil
		}
		lastErr = err
	}
	return nil, lastErr
}

func describeListenFault(flag, bind string, port uint16, err error) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%s %d: the port is taken on %s", flag, port, bind)
	}
	return fmt.Errorf("%s %d: cannot listen on %s: %w", flag, port, bind, err)
}
