package main

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/openziti/sdk-golang/ziti"
	"github.com/openziti/sdk-golang/ziti/edge"
	"github.com/spf13/pflag"
)

// sdkOptions is what one side of a connection was asked for.
type sdkOptions struct {
	mode       string
	identity   string
	terminator string
	service    string
	port       uint16
	verbose    bool
}

func parseSdkOptions(args []string, stdout io.Writer) (sdkOptions, error) {
	var o sdkOptions
	flags := pflag.NewFlagSet("overlay sdk", pflag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by main
	flags.Usage = func() {
		fmt.Fprintf(stdout, "usage: overlay sdk dial|host|proxy --identity FILE [flags] SERVICE\n\n%s", flags.FlagUsages())
	}
	flags.StringVar(&o.identity, "identity", "", "file of the enrolled identity")
	flags.StringVar(&o.terminator, "terminator", "", "identity of the terminator to dial, or to host as")
	flags.Uint16Var(&o.port, "port", 0, "port of 127.0.0.1 for the proxy; 0 picks a free one")
	flags.BoolVar(&o.verbose, "verbose", false, "log at level info instead of error (stderr)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return o, err
		}
		return o, usageError{err}
	}
	o.mode, o.service = flags.Arg(0), flags.Arg(1)
	if flags.NArg() != 2 || (o.mode != "dial" && o.mode != "host" && o.mode != "proxy") || o.identity == "" {
		return o, usageError{errors.New("usage: overlay sdk dial|host|proxy --identity FILE [flags] SERVICE")}
	}
	return o, nil
}

// runSdk is one side of a connection as the SDK of OpenZiti makes it, for tests that want to know whether another
// implementation understands it.
func runSdk(ctx context.Context, o sdkOptions, stdin io.Reader, stdout io.Writer) error {
	startLogging(o.verbose)
	client, err := ziti.NewContextFromFile(o.identity)
	if err != nil {
		return fmt.Errorf("--identity %s cannot be used: %w", o.identity, err)
	}
	defer client.Close()
	switch o.mode {
	case "host":
		return hostEcho(ctx, client, o, stdout)
	case "proxy":
		return proxyPort(ctx, client, o, stdout)
	}
	return dialAndPump(client, o, stdin, stdout)
}

// dialAndPump sends stdin, ends its side, and prints what comes until the other side ends.
func dialAndPump(client ziti.Context, o sdkOptions, stdin io.Reader, stdout io.Writer) error {
	connection, err := client.DialWithOptions(o.service, &ziti.DialOptions{Identity: o.terminator})
	if err != nil {
		return fmt.Errorf("%s cannot be dialled: %w", o.service, err)
	}
	defer connection.Close()
	sent := make(chan error, 1)
	go func() {
		_, err := io.Copy(connection, stdin)
		if err == nil {
			err = connection.CloseWrite()
		}
		sent <- err
	}()
	if _, err := io.Copy(stdout, connection); err != nil {
		return fmt.Errorf("%s cannot be read: %w", o.service, err)
	}
	return <-sent
}

// hostEcho gives back what each caller sends, and ends its side when the caller has; says so on stdout when it is ready.
func hostEcho(ctx context.Context, client ziti.Context, o sdkOptions, stdout io.Writer) error {
	options := ziti.DefaultListenOptions()
	options.Identity = o.terminator
	listener, err := client.ListenWithOptions(o.service, options)
	if err != nil {
		return fmt.Errorf("%s cannot be hosted: %w", o.service, err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	fmt.Fprintf(stdout, "hosting %s\n", o.service)
	for {
		connection, err := listener.AcceptEdge()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s is no longer hosted: %w", o.service, err)
		}
		go giveBack(connection)
	}
}

func giveBack(connection edge.Conn) {
	defer connection.Close()
	if _, err := io.Copy(connection, connection); err == nil {
		connection.CloseWrite()
	}
}
