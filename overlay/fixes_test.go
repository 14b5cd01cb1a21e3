package main

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/openziti/fabric/controller/db"
	"github.com/openziti/fabric/controller/xt"
	"github.com/openziti/fabric/controller/xt_smartrouting"
	"github.com/openziti/storage/boltz"
	"go.etcd.io/bbolt"
)

// What was read of a terminator must stay what it was while the database changes: see fixes.json.
func TestTerminatorOutlivesItsTransaction(t *testing.T) {
	xt.GlobalRegistry().RegisterFactory(xt_smartrouting.NewFactory())
	database, err := db.Open(filepath.Join(t.TempDir(), "ctrl.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = database.Close() }()
	stores, err := db.InitStores(database)
	if err != nil {
		t.Fatal(err)
	}
	update := func(change func(ctx boltz.MutateContext) error) {
		t.Helper()
		if err := database.Update(boltz.NewMutateContext(context.Background()), change); err != nil {
			t.Fatal(err)
		}
	}
	terminator := func(fill string) *db.Terminator {
		return &db.Terminator{
			BaseExtEntity: boltz.BaseExtEntity{Id: "terminator"}, Service: "service", Router: "router", Binding: "edge", Address: "a",
			InstanceSecret: []byte("secret of " + fill), PeerData: xt.PeerData{1: []byte("public key of " + fill)},
		}
	}
	update(func(ctx boltz.MutateContext) error {
		if err := stores.Service.Create(ctx, &db.Service{BaseExtEntity: boltz.BaseExtEntity{Id: "service"}, Name: "service"}); err != nil {
			return err
		}
		if err := stores.Router.Create(ctx, &db.Router{BaseExtEntity: boltz.BaseExtEntity{Id: "router"}, Name: "router"}); err != nil {
			return err
		}
		return stores.Terminator.Create(ctx, terminator("one"))
	})
	var read *db.Terminator
	if err := database.View(func(tx *bbolt.Tx) (err error) {
		read, err = stores.Terminator.LoadById(tx, "terminator")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	// The pages of the first state are free after the second write, and written again by one of the next.
	for range 4 {
		update(func(ctx boltz.MutateContext) error { return stores.Terminator.Update(ctx, terminator("two"), nil) })
	}
	if got := string(read.InstanceSecret); got != "secret of one" {
		t.Errorf("the instance secret became %q: build with the flag of README.md", got)
	}
	if got := string(read.PeerData[1]); got != "public key of one" {
		t.Errorf("the peer data became %q: build with the flag of README.md", got)
	}
}
