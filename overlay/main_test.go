package main

import (
	"os"
	"testing"
)

// asProgram makes the test binary behave as the program itself: no second link of a large binary.
const asProgram = "OVERLAY_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(run(os.Args[1:], os.Getenv, os.Stdout, os.Stderr))
	}
	os.Exit(m.Run())
}
