package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/openziti/fabric/build"
	"github.com/openziti/foundation/v2/versions"
)

// libraries are the modules whose versions tell what this overlay is.
var libraries = []string{
	"github.com/openziti/edge",
	"github.com/openziti/fabric",
	"github.com/openziti/sdk-golang",
}

// version is that of the package that this belongs to, set by whoever links it (zprom: -X main.version); otherwise empty.
var version string

func init() {
	build.InitBuildInfo(buildInfo{})
}

func printVersion(stdout io.Writer) error {
	fmt.Fprintf(stdout, "overlay %s\n", ownVersion())
	for _, path := range libraries {
		fmt.Fprintf(stdout, "%s %s%s\n", path, libraryVersion(path), mendedNote(path))
	}
	_, err := fmt.Fprintln(stdout, runtime.Version())
	return err
}

// Go knows a version where it builds from a checkout, and says (devel) elsewhere: a package has no history with it.
func ownVersion() string {
	if version != "" {
		return version
	}
	return readBuild().Main.Version
}

// buildInfo is what the API's /version and server header show: this is no release of ziti, so it does not borrow
// the number of one.
type buildInfo struct{}

func (buildInfo) Version() string   { return "edge-" + libraryVersion("github.com/openziti/edge") }
func (buildInfo) Revision() string  { return buildSetting("vcs.revision") }
func (buildInfo) BuildDate() string { return "unknown" }
func (buildInfo) Branch() string    { return "unknown" }

// versionProvider is what controller and router tell each other in their hellos.
type versionProvider struct{ buildInfo }

// Version must be dotted numbers, or the controller panics. Only 0.0.0 would change what it does with it (it then
// encodes and decodes each command, as no release does), so the edge library's number serves.
func (versionProvider) Version() string { return libraryVersion("github.com/openziti/edge") }

// AsVersionInfo says 0.0.0, the libraries' word for "not a release, has every feature": they compare it with releases
// of ziti, and the edge library's own lower number would turn heartbeats off.
func (p versionProvider) AsVersionInfo() *versions.VersionInfo {
	return &versions.VersionInfo{
		Version:   "v0.0.0",
		Revision:  p.buildInfo.Version(),
		BuildDate: p.BuildDate(),
		OS:        runtime.GOOS,
		Arch:      runtime.GOARCH,
	}
}

func (versionProvider) EncoderDecoder() versions.VersionEncDec { return &versions.StdVersionEncDec }

func readBuild() *debug.BuildInfo {
	if info, ok := debug.ReadBuildInfo(); ok {
		return info
	}
	return &debug.BuildInfo{}
}

func libraryVersion(path string) string {
	module := library(path)
	if module == nil {
		return "unknown"
	}
	if module.Replace != nil && !isMended(module) {
		return module.Replace.Version
	}
	return module.Version
}

func mendedNote(path string) string {
	if module := library(path); module != nil && isMended(module) {
		return " with the fixes of fixes.json"
	}
	return ""
}

// A library that is replaced by a folder is the mended copy of its version: see fixes.json.
func isMended(module *debug.Module) bool {
	return module.Replace != nil && (module.Replace.Version == "" || module.Replace.Version == "(devel)")
}

func library(path string) *debug.Module {
	for _, module := range readBuild().Deps {
		if module.Path == path {
			return module
		}
	}
	return nil
}

func buildSetting(key string) string {
	for _, setting := range readBuild().Settings {
		if setting.Key == key {
			return setting.Value
		}
	}
	return "unknown"
}
