package main

// prepareHome checks everything that can be checked, and only then creates and writes.
func prepareHome(o options) (*home, listeners, error) {
	h, err := inspectHome(o.home)
	if err != nil {
		return nil, listeners{}, err
	}
	l, err := chooseListeners(h, o)
	if err == nil {
		err = h.open()
	}
	if err == nil {
		err = ensurePki(h.settings.CtrlAddress)
	}
	if err == nil {
		err = writeYaml(ctrlConfigFile, buildCtrlConfig(h.settings, l))
	}
	if err != nil {
		h.close()
	}
	return h, l, err
}

func chooseListeners(h *home, o options) (l listeners, err error) {
	s := &h.settings
	s.applyFlags(o)
	if l.ctrlBind, err = resolveBind("--ctrl-address", s.CtrlAddress); err != nil {
		return l, err
	}
	if l.routerBind, err = resolveBind("--router-address", s.RouterAddress); err != nil {
		return l, err
	}
	l.controlPlaneBind = "127.0.0.1"
	return l, choosePorts(s, l, o.noRouter)
}
