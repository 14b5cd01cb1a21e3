package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"
)

// settingsFile marks a folder as a home of this program and holds what must survive a restart.
const settingsFile = "overlay.json"

// homeFormat rises when an older home can no longer be started as it lies there.
const homeFormat = 1

type settings struct {
	Format           int      `json:"format"`
	CtrlAddress      string   `json:"ctrlAddress"`
	CtrlPort         uint16   `json:"ctrlPort"`
	ControlPlanePort uint16   `json:"controlPlanePort"`
	RouterAddress    string   `json:"routerAddress"`
	RouterPort       uint16   `json:"routerPort"`
	SessionTimeout   duration `json:"sessionTimeout"`
	Provisioned      bool     `json:"provisioned"`
}

// duration is written as text ("30m0s"), so that a person can read and edit the file.
type duration time.Duration

func (d duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

func (d *duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	*d = duration(parsed)
	return err
}

func defaultSettings() settings {
	return settings{
		Format:         homeFormat,
		CtrlAddress:    "localhost",
		CtrlPort:       1280,
		RouterAddress:  "localhost",
		RouterPort:     3022,
		SessionTimeout: duration(30 * time.Minute),
	}
}

// applyFlags lets what was typed win over what the home remembers; what was not typed stays.
func (s *settings) applyFlags(o options) {
	set := map[string]func(){
		"ctrl-address":    func() { s.CtrlAddress = o.given.CtrlAddress },
		"ctrl-port":       func() { s.CtrlPort = o.given.CtrlPort },
		"router-address":  func() { s.RouterAddress = o.given.RouterAddress },
		"router-port":     func() { s.RouterPort = o.given.RouterPort },
		"session-timeout": func() { s.SessionTimeout = o.given.SessionTimeout },
	}
	for flag, apply := range set {
		if o.isGiven(flag) {
			apply()
		}
	}
}

func readSettings(path string) (settings, error) {
	var s settings
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return s, fmt.Errorf("%s cannot be read: %w", path, err)
	}
	if s.Format != homeFormat {
		return s, fmt.Errorf("%s has format %d, this program knows format %d: use another --home", path, s.Format, homeFormat)
	}
	return s, nil
}

// writeSettings replaces the file in one step: a half-written one would make the home unusable.
func writeSettings(path string, s settings) error {
	text, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(path+".new", append(text, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(path+".new", path)
}
