package main

import (
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openziti/sdk-golang/ziti"
	"github.com/openziti/sdk-golang/ziti/enroll"
)

// A router that is online but moves no bytes would pass every other test here.
func TestAnEnrolledIdentityReachesAServiceThatTheRouterHosts(t *testing.T) {
	p := startProgram(t, t.TempDir(), "--ctrl-port", "0", "--router-port", "0")
	a := logIn(p)
	createEchoService(a, listenEcho(t))

	waitForTerminator(a)

	client := enrollIdentity(a, p.apiUrl)
	connection, err := client.Dial("echo")
	if err != nil {
		t.Fatal(err)
	}
	if err := sayHello(connection); err != nil {
		t.Error(err)
	}
	connection.Close()
	client.Close()
	p.stop(syscall.SIGTERM)
}

func listenEcho(t *testing.T) int {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go io.Copy(connection, connection)
		}
	}()
	return listener.Addr().(*net.TCPAddr).Port
}

func createEchoService(a *api, port int) {
	const hostV1 = "NH5p4FpGR" // the id of the built-in config type
	target := entity{"protocol": "tcp", "address": "127.0.0.1", "port": port}
	config := a.create("/configs", entity{"name": "echo", "configTypeId": hostV1, "data": target})
	service := a.create("/services", entity{"name": "echo", "encryptionRequired": true, "configs": []string{config}})
	host := a.find("/identities", routerName)["id"]
	a.create("/service-policies", entity{
		"name": "echo-bind", "type": "Bind", "semantic": "AnyOf",
		"serviceRoles": []string{"@" + service}, "identityRoles": []string{fmt.Sprint("@", host)},
	})
	a.create("/service-policies", entity{
		"name": "echo-dial", "type": "Dial", "semantic": "AnyOf",
		"serviceRoles": []string{"@" + service}, "identityRoles": []string{"#clients"},
	})
}

func enrollIdentity(a *api, issuer string) ziti.Context {
	a.t.Helper()
	id := a.create("/identities", entity{
		"name": "client", "type": "Device", "isAdmin": false, "roleAttributes": []string{"clients"},
		"enrollment": entity{"ott": true},
	})
	jwt := a.get("/identities/" + id).(entity)["enrollment"].(entity)["ott"].(entity)["jwt"].(string)
	claims, token, err := enroll.ParseToken(jwt)
	if err != nil {
		a.t.Fatal(err)
	}
	if claims.Issuer != issuer {
		a.t.Errorf("the token's issuer is %s, not %s", claims.Issuer, issuer)
	}
	config, err := enroll.Enroll(enroll.EnrollmentFlags{Token: claims, JwtToken: token, JwtString: jwt, KeyAlg: "EC"})
	if err != nil {
		a.t.Fatal(err)
	}
	client, err := ziti.NewContext(config)
	if err != nil {
		a.t.Fatal(err)
	}
	return client
}

func sayHello(connection net.Conn) error {
	const greeting = "hello"
	connection.SetDeadline(time.Now().Add(10 * time.Second))
	if _, err := io.WriteString(connection, greeting); err != nil {
		return err
	}
	answer := make([]byte, len(greeting))
	if _, err := io.ReadFull(connection, answer); err != nil {
		return err
	}
	if !strings.EqualFold(string(answer), greeting) {
		return fmt.Errorf("the echo is %q", answer)
	}
	return nil
}

// waitForTerminator returns when the router offers the service: it learns of one some time after it was made.
func waitForTerminator(a *api) {
	a.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); len(a.get("/terminators").([]any)) == 0; {
		if time.Now().After(deadline) {
			a.t.Fatal("the router does not host the service")
		}
		time.Sleep(50 * time.Millisecond)
	}
}
