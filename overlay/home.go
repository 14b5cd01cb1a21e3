package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// home is the folder that an overlay lives in. Inspecting it creates nothing; opening it may.
type home struct {
	dir         string
	isTemporary bool
	settings    settings
	lock        *os.File
}

// inspectHome answers what lies at dir: nothing yet (default settings), or a home of this program (its settings).
func inspectHome(dir string) (*home, error) {
	h := &home{dir: dir, isTemporary: dir == "", settings: defaultSettings()}
	if h.isTemporary {
		return h, nil
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return h, nil
	case errors.Is(err, syscall.ENOTDIR):
		return nil, fmt.Errorf("--home %s is not a folder", dir)
	case err != nil:
		return nil, fmt.Errorf("--home %s cannot be read: %w", dir, err)
	case len(entries) == 0:
		return h, nil
	}
	h.settings, err = readSettings(filepath.Join(dir, settingsFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("--home %s holds something else (no %s in it): use an empty folder", dir, settingsFile)
	}
	if err != nil {
		return nil, err
	}
	return h, h.takeLock() // early: "in use" tells more than "the port is taken"
}

// open makes the folder where it is missing and moves into it: paths in the config files are relative, because
// the libraries expand $ in every value and so could not name a home with a $ in it.
func (h *home) open() error {
	if h.isTemporary {
		dir, err := os.MkdirTemp("", "overlay-")
		if err != nil {
			return fmt.Errorf("no temporary home: %w", err)
		}
		h.dir = dir
	}
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return fmt.Errorf("--home %s cannot be made: %w", h.dir, err)
	}
	if err := h.takeLock(); err != nil {
		return err
	}
	if err := os.Chdir(h.dir); err != nil {
		return fmt.Errorf("--home %s cannot be entered: %w", h.dir, err)
	}
	if err := h.save(); err != nil {
		return fmt.Errorf("--home %s cannot be written: %w", h.dir, err)
	}
	return nil
}

// save is called inside the home.
func (h *home) save() error {
	return writeSettings(settingsFile, h.settings)
}

// takeLock keeps a second overlay out. The lock is on the folder itself and leaves no file; the kernel lets go of
// it however this process ends.
func (h *home) takeLock() error {
	if h.lock != nil {
		return nil
	}
	folder, err := os.Open(h.dir)
	if err != nil {
		return fmt.Errorf("--home %s cannot be read: %w", h.dir, err)
	}
	if err := syscall.Flock(int(folder.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		folder.Close()
		return fmt.Errorf("--home %s is in use by another overlay", h.dir)
	}
	h.lock = folder
	return nil
}

func (h *home) close() {
	if h.isTemporary && h.dir != "" {
		os.RemoveAll(h.dir)
	}
	if h.lock != nil {
		h.lock.Close()
	}
}
