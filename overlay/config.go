package main

import (
	"fmt"
	"net"
	"os"
	"time"

	"gopkg.in/yaml.v3"
)

// Config files of controller and router, relative to the home. They are written anew at each start: they follow from
// the settings and hold nothing of their own.
const (
	ctrlConfigFile   = "ctrl.yaml"
	ctrlDbFile       = "ctrl.db"
	routerConfigFile = "router.yaml"
	routerDir        = "router"
	routerKeyFile    = "router/router.key"
	routerServerFile = "router/router.server.cert"
	routerClientFile = "router/router.client.cert"
	routerCasFile    = "router/cas.cert"
)

// smallestDnsRange spares a second and 400 MB: the tunneler lists every address of its DNS range when it starts, and
// the default range has four million. Hosting uses none of them.
const smallestDnsRange = "100.64.0.0/29"

// hostingPollRate is how soon the router hosts a new service; the default keeps a test waiting for 15 seconds.
const hostingPollRate = "1s"

// heartbeatSeconds is how often the router reports the sessions of connected clients as alive; at the default of a
// minute the shortest session timeout would end them in between.
const heartbeatSeconds = 20

type section = map[string]any

func buildCtrlConfig(s settings, l listeners) section {
	pending := section{"duration": "3h"} // how long an enrollment token lives
	return section{
		"v":  3,
		"db": ctrlDbFile,
		"identity": section{
			"cert": ctrlClientFile, "server_cert": ctrlServerFile, "key": ctrlKeyFile, "ca": casFile,
		},
		"ctrl": section{"listener": joinTls(l.controlPlaneBind, s.ControlPlanePort)},
		"edge": section{
			"api": section{
				"address":        joinHostPort(s.CtrlAddress, s.CtrlPort),
				"sessionTimeout": time.Duration(s.SessionTimeout).String(),
			},
			"enrollment": section{
				"signingCert":  section{"cert": signerCertFile, "key": signerKeyFile},
				"edgeIdentity": pending,
				"edgeRouter":   pending,
			},
		},
		"web": []section{{
			"name": "apis",
			"bindPoints": []section{{
				"interface": joinHostPort(l.ctrlBind, s.CtrlPort),
				"address":   joinHostPort(s.CtrlAddress, s.CtrlPort),
			}},
			"apis": []section{
				{"binding": "edge-management"}, {"binding": "edge-client"}, {"binding": "fabric"}, {"binding": "health-checks"},
			},
		}},
	}
}

// buildRouterConfig has no link listener: there is no second router to link with. Only a router that the controller
// lets host may have a tunnel listener: any other is ended by its library.
func buildRouterConfig(s settings, l listeners, hosts bool) section {
	names, ips := listSans(s.RouterAddress)
	xgress := []section{{
		"binding": "edge",
		"address": joinTls(l.routerBind, s.RouterPort),
		"options": section{"advertise": joinHostPort(s.RouterAddress, s.RouterPort)},
	}}
	if hosts {
		xgress = append(xgress, section{"binding": "tunnel", "options": section{
			"mode": "host", "svcPollRate": hostingPollRate, "dnsSvcIpRange": smallestDnsRange,
		}})
	}
	return section{
		"v": 3,
		"identity": section{
			"cert": routerClientFile, "server_cert": routerServerFile, "key": routerKeyFile, "ca": routerCasFile,
		},
		"ctrl":      section{"endpoint": joinTls(l.controlPlaneBind, s.ControlPlanePort), "dataDir": routerDir},
		"link":      section{"dialers": []section{{"binding": "transport"}}},
		"listeners": xgress,
		"edge": section{
			"heartbeatIntervalSeconds": heartbeatSeconds,
			"csr": section{
				"country": "", "province": "", "locality": "", "organization": "zprom", "organizationalUnit": "overlay",
				"sans": section{"dns": names, "ip": formatIps(ips)},
			},
		},
	}
}

func joinTls(host string, port uint16) string { return "tls:" + joinHostPort(host, port) }

func joinHostPort(host string, port uint16) string { return fmt.Sprintf("%s:%d", host, port) }

func formatIps(ips []net.IP) []string {
	var texts []string
	for _, ip := range ips {
		texts = append(texts, ip.String())
	}
	return texts
}

func writeYaml(path string, content section) error {
	text, err := yaml.Marshal(content)
	if err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o600)
}
