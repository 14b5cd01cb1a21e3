package main

import (
	"fmt"
	"net"
	"strings"
)

// resolveBind answers the one IPv4 address to listen on for clients that dial host. A loopback address wins, so
// that nothing outside this machine is served unless the host was named to be. IPv6 is out: the libraries split
// "protocol:host:port" at every colon.
func resolveBind(flag, host string) (string, error) {
	if host == "" || strings.ContainsAny(host, ":/ ") {
		return "", usageError{fmt.Errorf("%s %q is not a host name or IPv4 address", flag, host)}
	}
	found, err := net.LookupIP(host)
	if err != nil {
		return "", fmt.Errorf("%s %s does not resolve: %w", flag, host, err)
	}
	var bind net.IP
	for _, ip := range found {
		if ip = ip.To4(); ip != nil && (bind == nil || ip.IsLoopback() && !bind.IsLoopback()) {
			bind = ip
		}
	}
	switch {
	case bind == nil:
		return "", fmt.Errorf("%s %s has no IPv4 address", flag, host)
	case bind.IsUnspecified():
		return "", usageError{fmt.Errorf("%s %s is not an address that clients can dial", flag, host)}
	}
	return bind.String(), nil
}
