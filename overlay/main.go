// Command overlay runs a real OpenZiti controller and a real edge router, for zprom's tests and local sandbox.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/pflag"
)

const usage = `usage: overlay <command>

commands:
  quickstart   run a controller and an edge router (flags: overlay quickstart --help)
  sdk          dial or host a service with the Go SDK (flags: overlay sdk --help)
  router       enroll or run a router of its own, by its config file
  version      print the version of this program and of the OpenZiti libraries in it
`

// usageError is a mistake in what was typed, as opposed to a fault met while doing it.
type usageError struct{ error }

func main() {
	os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
}

// run carries out one command line and answers its exit code; a fault is exactly one line on stderr.
func run(args []string, env func(string) string, stdout, stderr io.Writer) int {
	err := runCommand(args, env, stdout)
	var asUsage usageError
	switch {
	case err == nil, errors.Is(err, pflag.ErrHelp):
		return 0
	case errors.As(err, &asUsage):
		fmt.Fprintf(stderr, "overlay: %v\n", err)
		return 2
	default:
		fmt.Fprintf(stderr, "overlay: %v\n", err)
		return 1
	}
}

func runCommand(args []string, env func(string) string, stdout io.Writer) error {
	if len(args) == 0 {
		return usageError{errors.New("no command given: try 'overlay quickstart' or 'overlay --help'")}
	}
	switch args[0] {
	case "quickstart":
		options, err := parseOptions(args[1:], env, stdout)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return runQuickstart(ctx, options, stdout)
	case "sdk":
		options, err := parseSdkOptions(args[1:], stdout)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return runSdk(ctx, options, os.Stdin, stdout)
	case "router":
		options, err := parseLoneOptions(args[1:], stdout)
		if err != nil {
			return err
		}
		ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
		defer stop()
		return runLoneRouter(ctx, options, stdout)
	case "version", "--version":
		return printVersion(stdout)
	case "help", "--help", "-h":
		_, err := io.WriteString(stdout, usage)
		return err
	}
	return usageError{fmt.Errorf("no command named %q: try 'overlay --help'", args[0])}
}
