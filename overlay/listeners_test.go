package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// checkListeners wants three TCP listeners of the process, each on 127.0.0.1, and no UDP socket. Linux only: elsewhere
// there is no /proc to ask.
func checkListeners(t *testing.T, pid int) {
	t.Helper()
	if _, err := os.Stat("/proc/net/tcp"); err != nil {
		return
	}
	sockets := listSockets(t, pid)
	loopback := 0
	for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
		text, _ := os.ReadFile(filepath.Join("/proc/net", table))
		for _, line := range strings.Split(string(text), "\n") {
			fields := strings.Fields(line) // sl local remote state tx:rx tr:tm retrnsmt uid timeout inode
			isListening := len(fields) > 9 && (fields[3] == "0A" || strings.HasPrefix(table, "udp"))
			switch {
			case !isListening || !sockets[fields[9]]:
			case table == "tcp" && strings.HasPrefix(fields[1], "0100007F:"):
				loopback++
			default:
				t.Errorf("listens on %s %s", table, fields[1])
			}
		}
	}
	if loopback != 3 {
		t.Errorf("%d loopback listeners, not API, control plane and router", loopback)
	}
}

// listSockets answers the inodes of the process's sockets.
func listSockets(t *testing.T, pid int) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil {
		t.Fatal(err)
	}
	sockets := map[string]bool{}
	for _, file := range files {
		target, _ := os.Readlink(file)
		if inode, isSocket := strings.CutPrefix(target, "socket:["); isSocket {
			sockets[strings.TrimSuffix(inode, "]")] = true
		}
	}
	return sockets
}
