package main

import (
	"context"
	"fmt"
	"time"

	"github.com/sirupsen/logrus"
)

// stopTimeout bounds a clean stop; the database survives being cut off.
const stopTimeout = 10 * time.Second

// overlay is what runs: the router is nil when it was not asked for.
type overlay struct {
	controller *runningController
	router     *runningRouter
}

func (running *overlay) start(ctx context.Context, o options, h *home, l listeners) (err error) {
	if running.controller, err = startController(o); err != nil {
		return err
	}
	if err := waitForApi(ctx, h.settings, l.ctrlBind); err != nil {
		return err
	}
	if !h.settings.Provisioned { // once: what a person deletes later stays deleted
		if err := running.controller.ensurePolicies(); err != nil {
			return err
		}
	}
	if !o.noRouter {
		if err := running.startRouter(ctx, h.settings, l); err != nil {
			return err
		}
	}
	h.settings.Provisioned = true
	return h.save()
}

func (running *overlay) startRouter(ctx context.Context, s settings, l listeners) error {
	entity, err := running.controller.ensureRouter()
	if err != nil {
		return err
	}
	if err := writeYaml(routerConfigFile, buildRouterConfig(s, l, entity.IsTunnelerEnabled)); err != nil {
		return err
	}
	if err := running.controller.ensureEnrollment(entity, s.RouterAddress); err != nil {
		return fmt.Errorf("the router does not enroll: %w", err)
	}
	if running.router, err = startRouter(routerConfigFile); err != nil {
		return fmt.Errorf("the router does not start: %w", err)
	}
	if err := running.controller.waitForRouter(ctx, entity.Id); err != nil || !entity.IsTunnelerEnabled {
		return err
	}
	return running.router.waitForTunneler(ctx)
}

// wait returns nil when ctx ends, and a fault when the controller ends before.
func (running *overlay) wait(ctx context.Context) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-running.controller.done:
		running.controller.done <- err // stop reads it again
		return fmt.Errorf("the controller ended by itself (%v)", err)
	}
}

// stop ends the router first, so that it leaves the controller rather than loses it.
func (running *overlay) stop() error {
	stopped := make(chan struct{})
	go func() {
		if running.router != nil {
			if err := running.router.Shutdown(); err != nil {
				logrus.WithError(err).Info("the router's connection was gone already")
			}
		}
		if running.controller != nil {
			running.controller.stop()
		}
		close(stopped)
	}()
	select {
	case <-stopped:
		return nil
	case <-time.After(stopTimeout):
		return fmt.Errorf("not stopped after %s", stopTimeout)
	}
}
