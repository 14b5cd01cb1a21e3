package main

import (
	"context"
	"fmt"
	"io"
	"net"

	"github.com/openziti/sdk-golang/ziti"
)

// proxyPort puts a service on a port of loopback, as a tunneler does: what zprom's own proxy and bridge are measured against.
func proxyPort(ctx context.Context, client ziti.Context, o sdkOptions, stdout io.Writer) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", o.port))
	if err != nil {
		return err
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	fmt.Fprintf(stdout, "%s leads to %s\n", listener.Addr(), o.service)
	for {
		connection, err := listener.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
		go carry(client, o, connection.(*net.TCPConn))
	}
}

func carry(client ziti.Context, o sdkOptions, near *net.TCPConn) {
	defer near.Close()
	far, err := client.DialWithOptions(o.service, &ziti.DialOptions{Identity: o.terminator})
	if err != nil {
		return
	}
	defer far.Close()
	go func() {
		if _, err := io.Copy(far, near); err == nil {
			far.CloseWrite()
		} else {
			far.Close()
		}
	}()
	io.Copy(near, far)
}
