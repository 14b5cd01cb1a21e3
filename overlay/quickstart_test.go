package main

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

func TestQuickstartMakesAnOverlayAndStartsItAgain(t *testing.T) {
	home := filepath.Join(t.TempDir(), "a $HOME with spaces")
	first := startProgram(t, home, "--ctrl-port", "0", "--router-port", "0")
	a := logIn(first)
	checkRouter(t, a)
	checkPolicies(t, a)
	checkVersion(t, a)
	checkListeners(t, first.command.Process.Pid)
	checkModes(t, home)
	a.create("/identities", entity{"name": "kept", "type": "Device", "isAdmin": false})

	refusal := runRefused(t, "quickstart", "--home", home, "--ctrl-port", "0", "--router-port", "0")
	if !strings.Contains(refusal, "in use") {
		t.Errorf("a second overlay on the home: %s", refusal)
	}
	first.stop(syscall.SIGTERM)
	if first.stderr.Len() > 0 {
		t.Errorf("an overlay that nobody disturbed complains:\n%s", first.stderr.String())
	}

	refusal = runRefused(t, "quickstart", "--home", home, "-p", "another-password")
	if !strings.Contains(refusal, "no such login") {
		t.Errorf("a wrong password: %s", refusal)
	}
	second := startProgram(t, home)
	if second.ready != first.ready {
		t.Errorf("started again as %q, was %q", second.ready, first.ready)
	}
	a = logIn(second)
	checkRouter(t, a)
	if a.find("/identities", "kept") == nil {
		t.Error("the identity is gone after the restart")
	}
	second.stop(syscall.SIGINT)
}

func TestQuickstartMovesAnExistingHomeToOtherPorts(t *testing.T) {
	home := t.TempDir()
	first := startProgram(t, home, "--ctrl-port", "0", "--no-router")
	if strings.Contains(first.ready, "router") {
		t.Errorf("ready without a router: %q", first.ready)
	}
	if a := logIn(first); a.find("/edge-routers", routerName) != nil {
		t.Error("--no-router made a router")
	}
	first.stop(syscall.SIGTERM)
	before := readFile(t, filepath.Join(home, casFile))

	second := startProgram(t, home, "--ctrl-port", "0", "--router-port", "0")
	a := logIn(second)
	checkRouter(t, a)
	if second.apiUrl == first.apiUrl {
		t.Errorf("still at %s", second.apiUrl)
	}
	if readFile(t, filepath.Join(home, casFile)) != before {
		t.Error("the authorities changed")
	}
	second.stop(syscall.SIGTERM)

	// Leaves an enrollment that names the third port, as a start that was cut off would.
	third := startProgram(t, home, "--ctrl-port", "0", "--no-router")
	a = logIn(third)
	a.post("/edge-routers/"+a.find("/edge-routers", routerName)["id"].(string)+"/re-enroll", nil)
	third.stop(syscall.SIGTERM)

	fourth := startProgram(t, home, "--ctrl-port", "0")
	checkRouter(t, logIn(fourth))
	fourth.stop(syscall.SIGTERM)
}

func TestQuickstartRefusesATakenPortBeforeItCreatesAnything(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	_, port, _ := net.SplitHostPort(taken.Addr().String())
	home := filepath.Join(t.TempDir(), "new")
	for _, flags := range [][]string{{"--ctrl-port", port, "--router-port", "0"}, {"--ctrl-port", "0", "--router-port", port}} {
		if refusal := runRefused(t, append([]string{"quickstart", "--home", home}, flags...)...); !strings.Contains(refusal, port) {
			t.Errorf("%v: %s", flags, refusal)
		}
	}
	if _, err := os.Stat(home); err == nil {
		t.Error("the home was created")
	}
}
