package main

import (
	"context"
	"fmt"
	"io"
	"syscall"
	"time"
)

// runQuickstart runs until ctx ends, which is a clean end, or until the controller stops by itself, which is not.
func runQuickstart(ctx context.Context, o options, stdout io.Writer) error {
	syscall.Umask(0o077) // the libraries choose their own file modes
	startLogging(o.verbose)

	h, l, err := prepareHome(o)
	if err != nil {
		return err
	}
	defer h.close()

	var running overlay
	starting, release := outlive(ctx)
	defer release()
	err = running.start(starting, o, h, l)
	if err == nil && ctx.Err() == nil {
		fmt.Fprintln(stdout, describeReady(h.settings, o.noRouter))
		err = running.wait(ctx)
	}
	quietLogging(o.verbose)
	if stopErr := running.stop(); ctx.Err() != nil {
		return stopErr
	}
	return err
}

// outlive answers a context for the start. A signal does not cut it short: the libraries panic when their database
// closes while they start. A start that hangs is given up some time after the signal.
func outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	longer, cancel := context.WithCancel(context.WithoutCancel(ctx))
	context.AfterFunc(ctx, func() { time.AfterFunc(stopTimeout, cancel) })
	return longer, cancel
}

func describeReady(s settings, noRouter bool) string {
	line := "overlay ready: controller https://" + joinHostPort(s.CtrlAddress, s.CtrlPort)
	if !noRouter {
		line += " router " + joinHostPort(s.RouterAddress, s.RouterPort)
	}
	return line
}
