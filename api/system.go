package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/gin-gonic/gin"

	"github.com/melissiproject/hive/account"
	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/edge"
)

// routes registers what is about the hive itself.
func (s *Server) routes() {
	edge.Route(s.router, edge.Operation("GET /server", "get-server", "What the hive tells everyone", edge.Public), s.getServer)
	edge.Route(s.router, edge.Operation("GET /storage", "get-storage", "State of the block store", edge.Admin), s.getStorage)
	s.router.Raw(edge.Root("/api/openapi.json", "get-document", "This document"), s.router.Document,
		edge.Gives(http.StatusOK, "application/openapi+json", "OpenAPI 3.1"))
	s.router.Raw(edge.Root("/healthz", "get-health", "Whether the process lives"), s.getHealth, edge.Gives(http.StatusOK, "text/plain", "It does"))
	s.router.Raw(edge.Root("/readyz", "get-readiness", "Whether the hive can serve"), s.getReadiness, edge.Gives(http.StatusOK, "text/plain", "It can"))
}

func (s *Server) getServer(context.Context, *edge.Empty) (*edge.Body[apitype.Server], error) {
	return edge.Answer(apitype.Server{
		Name: s.cfg.name(), Version: s.cfg.Version, Registration: string(s.accounts.Registration()),
		Limits: apitype.Limits{NameBytes: 255, JSONBytes: edge.MaxJSON, PageItems: 1000},
	}, nil)
}

func (s *Server) getStorage(ctx context.Context, _ *edge.Empty) (*edge.Body[apitype.Storage], error) {
	if s.cfg.Store == nil {
		return nil, account.ErrNotFound
	}
	storage, err := s.cfg.Store(ctx)
	return edge.Answer(storage, err)
}

func (s *Server) getHealth(c *gin.Context) error {
	c.String(http.StatusOK, "ok\n")
	return nil
}

func (s *Server) getReadiness(c *gin.Context) error {
	if s.cfg.Ready != nil {
		if err := s.cfg.Ready(c.Request.Context()); err != nil {
			return fmt.Errorf("%w: %w", edge.ErrNotReady, err)
		}
	}
	return s.getHealth(c)
}
