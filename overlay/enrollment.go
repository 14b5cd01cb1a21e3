package main

import (
	"crypto/sha1"
	"fmt"
	"os"

	"github.com/openziti/edge/controller/model"
	"github.com/openziti/edge/router/enroll"
	"github.com/openziti/fabric/router"
	"github.com/openziti/sdk-golang/ziti"
)

// ensureEnrollment gives the router certificates, unless it has some that the controller knows and that cover its address.
func (c *runningController) ensureEnrollment(entity *model.EdgeRouter, routerAddress string) error {
	if isEnrolled(entity) && coversAddress(routerServerFile, routerAddress) {
		return nil
	}
	token, err := c.renewEnrollment(entity)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(routerDir, 0o700); err != nil {
		return err
	}
	return enrollRouter(routerConfigFile, token)
}

// isEnrolled compares the router's certificate with the one that the controller holds of it: an enrollment that was cut
// off can leave them apart. The controller names certificates by their SHA-1.
func isEnrolled(entity *model.EdgeRouter) bool {
	cert, err := readCert(routerClientFile)
	if err != nil || !entity.IsVerified || entity.Fingerprint == nil {
		return false
	}
	return *entity.Fingerprint == fmt.Sprintf("%x", sha1.Sum(cert.Raw))
}

// renewEnrollment answers a new token and drops the pending ones: they may have expired, or name an earlier port.
func (c *runningController) renewEnrollment(entity *model.EdgeRouter) (string, error) {
	managers := c.edge.AppEnv.Managers
	pending, err := c.listEnrollments(entity.Id)
	if err != nil {
		return "", err
	}
	for _, old := range pending {
		if err := managers.Enrollment.Delete(old.Id, newChange()); err != nil {
			return "", err
		}
	}
	if err := managers.EdgeRouter.ReEnroll(entity, newChange()); err != nil {
		return "", err
	}
	pending, err = c.listEnrollments(entity.Id)
	if err != nil {
		return "", err
	}
	if len(pending) != 1 {
		return "", fmt.Errorf("the router has %d enrollments, not the one just made", len(pending))
	}
	return pending[0].Jwt, nil
}

func (c *runningController) listEnrollments(routerId string) (found []*model.Enrollment, err error) {
	err = c.edge.AppEnv.Managers.EdgeRouter.CollectEnrollments(routerId, func(one *model.Enrollment) error {
		found = append(found, one)
		return nil
	})
	return found, err
}

func enrollRouter(configFile, token string) error {
	config, err := router.LoadConfigMap(configFile)
	if err != nil {
		return err
	}
	enroller := enroll.NewRestEnroller()
	if err := enroller.LoadConfig(config); err != nil {
		return err
	}
	var algorithm ziti.KeyAlgVar
	if err := algorithm.Set("EC"); err != nil {
		return err
	}
	return enroller.Enroll([]byte(token), true, "", algorithm)
}
