package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHomeRefusesWhatIsNotItsOwn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	newer := filepath.Join(dir, "newer")
	for path, text := range map[string]string{file: "x", filepath.Join(newer, settingsFile): `{"format":2}`} {
		os.MkdirAll(filepath.Dir(path), 0o700)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for wanted, path := range map[string]string{"not a folder": file, "something else": dir, "format 2": newer} {
		if _, err := inspectHome(path); err == nil || !strings.Contains(err.Error(), wanted) {
			t.Errorf("%s: %v", path, err)
		}
	}
	absent := filepath.Join(dir, "absent")
	if _, err := inspectHome(absent); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(absent); err == nil {
		t.Error("inspecting created the home")
	}
}
