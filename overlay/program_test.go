package main

import (
	"bufio"
	"bytes"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const testPassword = "sandbox-password"

// program is one running overlay and what it said.
type program struct {
	t       *testing.T
	command *exec.Cmd
	stderr  bytes.Buffer
	ready   string
	apiUrl  string
	home    string
}

func newCommand(args ...string) *exec.Cmd {
	command := exec.Command(os.Args[0], args...)
	command.Env = append(os.Environ(), asProgram+"=1", "ZITI_PWD="+testPassword)
	return command
}

// startProgram returns once the ready line is out.
func startProgram(t *testing.T, home string, flags ...string) *program {
	t.Helper()
	p := &program{t: t, home: home, command: newCommand(append([]string{"quickstart", "--home", home}, flags...)...)}
	p.command.Stderr = &p.stderr
	stdout, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.command.Process.Kill() })

	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		p.command.Wait()
		t.Fatalf("no ready line: %v\n%s", err, p.stderr.String())
	}
	p.ready = strings.TrimSpace(line)
	p.apiUrl = regexp.MustCompile(`https://\S+`).FindString(p.ready)
	return p
}

// stop asks for a clean end and wants exit code 0.
func (p *program) stop(signal syscall.Signal) {
	p.t.Helper()
	if err := p.command.Process.Signal(signal); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- p.command.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			p.t.Errorf("after %v: %v\n%s", signal, err, p.stderr.String())
		}
	case <-time.After(2 * stopTimeout):
		p.t.Fatalf("still running after %v", signal)
	}
}

// runRefused wants a failure told in exactly one line of stderr, which it answers.
func runRefused(t *testing.T, args ...string) string {
	t.Helper()
	command := newCommand(args...)
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	if err := command.Run(); err == nil {
		t.Errorf("%v was not refused", args)
	}
	if stdout.Len() > 0 || strings.Count(stderr.String(), "\n") != 1 || !strings.HasPrefix(stderr.String(), "overlay: ") {
		t.Errorf("%v: not one line of error: %q %q", args, stdout.String(), stderr.String())
	}
	return stderr.String()
}
