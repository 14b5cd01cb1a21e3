package main

import (
	"os"

	"github.com/michaelquigley/pfxlog"
	"github.com/sirupsen/logrus"
)

// startLogging sends what the libraries say to stderr; stdout is for the one ready line. Warnings are left out by
// default: each start of a lone router has some.
func startLogging(verbose bool) {
	level := logrus.ErrorLevel
	if verbose {
		level = logrus.InfoLevel
	}
	pfxlog.GlobalInit(level, pfxlog.DefaultOptions())
	logrus.SetFormatter(&logrus.TextFormatter{FullTimestamp: true, TimestampFormat: "15:04:05.000", DisableColors: true})
	logrus.SetReportCaller(false)
	logrus.SetOutput(os.Stderr)
}

// quietLogging is for the stop: the libraries call each connection that closes under them an error.
func quietLogging(verbose bool) {
	if !verbose {
		logrus.SetLevel(logrus.FatalLevel)
	}
}
