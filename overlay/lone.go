package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/pflag"
)

// loneOptions is what a router with a config file of its own was asked for; the forms are those of 'ziti router'.
type loneOptions struct {
	isEnrolling bool
	config      string
	jwt         string
	verbose     bool
}

const loneUsage = "usage: overlay router enroll CONFIG --jwt FILE | run CONFIG"

func parseLoneOptions(args []string, stdout io.Writer) (loneOptions, error) {
	var o loneOptions
	flags := pflag.NewFlagSet("overlay router", pflag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by main
	flags.Usage = func() { fmt.Fprintf(stdout, "%s\n\n%s", loneUsage, flags.FlagUsages()) }
	flags.StringVarP(&o.jwt, "jwt", "j", "", "file with the enrollment token of the router")
	flags.BoolVarP(&o.verbose, "verbose", "v", false, "log at level info instead of error (stderr)")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return o, err
		}
		return o, usageError{err}
	}
	o.isEnrolling, o.config = flags.Arg(0) == "enroll", flags.Arg(1)
	if flags.NArg() != 2 || (flags.Arg(0) != "run" && !o.isEnrolling) || o.isEnrolling == (o.jwt == "") {
		return o, usageError{errors.New(loneUsage)}
	}
	return o, nil
}

// runLoneRouter is a router without a controller beside it, for overlays that have several: any of them can end while
// the others go on.
func runLoneRouter(ctx context.Context, o loneOptions, stdout io.Writer) error {
	startLogging(o.verbose)
	if o.isEnrolling {
		token, err := os.ReadFile(o.jwt)
		if err != nil {
			return fmt.Errorf("--jwt %s cannot be read: %w", o.jwt, err)
		}
		return enrollRouter(o.config, string(token))
	}
	router, err := startRouter(o.config)
	if err != nil {
		return fmt.Errorf("the router does not start: %w", err)
	}
	fmt.Fprintln(stdout, "router ready")
	<-ctx.Done()
	quietLogging(o.verbose)
	return router.Shutdown()
}
