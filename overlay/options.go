package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/pflag"
)

// options is what one quickstart was asked for; the flag names are those of 'ziti edge quickstart'.
type options struct {
	home           string
	username       string
	password       string
	hasCredentials bool // given by the person, not defaulted
	noRouter       bool
	verbose        bool

	given   settings
	isGiven func(flag string) bool
}

// The lengths are the controller's own limits: it would refuse the admin after everything else was made.
const (
	minUsernameLength = 4
	minPasswordLength = 5
	maxLoginLength    = 100
)

// minSessionTimeout is the controller's: below it, its config falls back to 30m without an error.
const minSessionTimeout = time.Minute

func parseOptions(args []string, env func(string) string, stdout io.Writer) (options, error) {
	var o options
	flags := pflag.NewFlagSet("overlay quickstart", pflag.ContinueOnError)
	flags.SetOutput(io.Discard) // errors are printed once, by main
	flags.Usage = func() { fmt.Fprintf(stdout, "usage: overlay quickstart [flags]\n\n%s", flags.FlagUsages()) }
	defineFlags(flags, &o)

	if err := flags.Parse(args); err != nil {
		if errors.Is(err, pflag.ErrHelp) {
			return o, err
		}
		return o, usageError{err}
	}
	if flags.NArg() > 0 {
		return o, usageError{fmt.Errorf("unexpected argument %q", flags.Arg(0))}
	}
	o.isGiven = flags.Changed
	takeCredentials(&o, env)
	return o, validateOptions(o)
}

func defineFlags(flags *pflag.FlagSet, o *options) {
	d := defaultSettings()
	flags.SortFlags = false
	flags.StringVar(&o.home, "home", "", "folder that keeps PKI, database and config (default: a temporary one, removed at the end)")
	flags.StringVar(&o.given.CtrlAddress, "ctrl-address", d.CtrlAddress, "address that clients use to reach the controller")
	flags.Uint16Var(&o.given.CtrlPort, "ctrl-port", d.CtrlPort, "port of the controller's API; 0 picks a free one")
	flags.StringVar(&o.given.RouterAddress, "router-address", d.RouterAddress, "address that clients use to reach the edge router")
	flags.Uint16Var(&o.given.RouterPort, "router-port", d.RouterPort, "port of the edge router; 0 picks a free one")
	flags.StringVarP(&o.username, "username", "u", "", "admin's user name (or env ZITI_USER; default: admin)")
	flags.StringVarP(&o.password, "password", "p", "", "admin's password (or env ZITI_PWD; default: admin)")
	flags.BoolVar(&o.noRouter, "no-router", false, "run the controller alone")
	flags.DurationVar((*time.Duration)(&o.given.SessionTimeout), "session-timeout", time.Duration(d.SessionTimeout), "idle time after which an API session ends; at least 1m")
	flags.BoolVar(&o.verbose, "verbose", false, "log at level info instead of error (stderr)")
}

func takeCredentials(o *options, env func(string) string) {
	pick := func(flag, value, variable string) string {
		if o.isGiven(flag) {
			o.hasCredentials = true
			return value
		}
		if value := env(variable); value != "" {
			o.hasCredentials = true
			return value
		}
		return "admin"
	}
	o.username = pick("username", o.username, "ZITI_USER")
	o.password = pick("password", o.password, "ZITI_PWD")
}

func validateOptions(o options) error {
	if n := len(o.username); n < minUsernameLength || n > maxLoginLength {
		return usageError{fmt.Errorf("the user name must have %d to %d characters", minUsernameLength, maxLoginLength)}
	}
	if n := len(o.password); n < minPasswordLength || n > maxLoginLength {
		return usageError{fmt.Errorf("the password must have %d to %d characters", minPasswordLength, maxLoginLength)}
	}
	if o.isGiven("home") && o.home == "" {
		return usageError{errors.New("--home is empty: name a folder, or leave the flag out")}
	}
	if timeout := time.Duration(o.given.SessionTimeout); timeout < minSessionTimeout {
		return usageError{fmt.Errorf("--session-timeout is %s: the controller takes no less than %s", timeout, minSessionTimeout)}
	}
	return nil
}
