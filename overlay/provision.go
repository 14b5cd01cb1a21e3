package main

import (
	"fmt"

	"github.com/openziti/edge/controller/model"
	"github.com/openziti/fabric/controller/change"
)

// routerName is the quickstart's.
const routerName = "router-quickstart"

// ensurePolicies makes the two policies of a quickstart: every identity may use public routers, every service any router.
func (c *runningController) ensurePolicies() error {
	managers := c.edge.AppEnv.Managers
	if found, err := managers.EdgeRouterPolicy.BaseList(byName("all-endpoints-public-routers")); err != nil {
		return err
	} else if found.GetMetaData().Count == 0 {
		policy := &model.EdgeRouterPolicy{
			Name:            "all-endpoints-public-routers",
			Semantic:        "AnyOf",
			EdgeRouterRoles: []string{"#public"},
			IdentityRoles:   []string{"#all"},
		}
		if err := managers.EdgeRouterPolicy.Create(policy, newChange()); err != nil {
			return err
		}
	}
	if found, err := managers.ServiceEdgeRouterPolicy.BaseList(byName("all-routers-all-services")); err != nil {
		return err
	} else if found.GetMetaData().Count == 0 {
		policy := &model.ServiceEdgeRouterPolicy{
			Name:            "all-routers-all-services",
			Semantic:        "AnyOf",
			EdgeRouterRoles: []string{"#all"},
			ServiceRoles:    []string{"#all"},
		}
		return managers.ServiceEdgeRouterPolicy.Create(policy, newChange())
	}
	return nil
}

// ensureRouter answers the router's entity, made now if there is none.
func (c *runningController) ensureRouter() (*model.EdgeRouter, error) {
	routers := c.edge.AppEnv.Managers.EdgeRouter
	found, err := routers.ReadOneByQuery(byName(routerName))
	if err != nil || found != nil {
		return found, err
	}
	router := &model.EdgeRouter{Name: routerName, RoleAttributes: []string{"public"}, IsTunnelerEnabled: true}
	if err := routers.Create(router, newChange()); err != nil {
		return nil, err
	}
	return routers.Read(router.Id)
}

func byName(name string) string { return fmt.Sprintf("name = %q", name) }

// newChange says who changed the database, for the controller's own change events.
func newChange() *change.Context {
	return change.New().SetSourceType("overlay.quickstart").SetChangeAuthorType(change.AuthorTypeController)
}
