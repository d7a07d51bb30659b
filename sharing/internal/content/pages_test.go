package content_test

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"sync"
	"testing"

	"github.com/libp2p/go-libp2p/core/peer"

	"github.com/melissiproject/hive/internal/hivetest"
	"github.com/melissiproject/hive/sharing/internal/content"
)

type yield = func([]content.Want, error) bool

// pages makes the pages of a function.
func pages(give func(ctx context.Context, yield yield)) func(context.Context) iter.Seq2[[]content.Want, error] {
	return func(ctx context.Context) iter.Seq2[[]content.Want, error] {
		return func(yield func([]content.Want, error) bool) { give(ctx, yield) }
	}
}

// TestFilesAreLookedUpWhileOthersCome: the second page does not come before something of the first has.
func TestFilesAreLookedUpWhileOthersCome(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, sizes(300)...)
	a := ask(t, mesh)
	hives := []peer.ID{p.serve(t, mesh, 0)}
	came := make(chan struct{})
	a.stopAt(1, sync.OnceFunc(func() { close(came) }))
	err := a.fetcher.FetchAll(t.Context(), hives, ref, pages(func(_ context.Context, yield yield) {
		if yield(p.wants[:100], nil) {
			<-came
			yield(p.wants[100:], nil)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
	a.holds(t, p, p.wants)
}

// TestAPageThatFails ends a run; what was asked for before is there.
func TestAPageThatFails(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, sizes(10)...)
	failed := errors.New("no more")
	some := pages(func(_ context.Context, yield yield) {
		if yield(p.wants[:5], nil) {
			yield(nil, failed)
		}
	})
	a := ask(t, mesh)
	if err := a.fetcher.FetchAll(t.Context(), []peer.ID{p.serve(t, mesh, 0)}, ref, some); !errors.Is(err, failed) {
		t.Errorf("FetchAll = %v, want the error of the page", err)
	}
	a.holds(t, p, p.wants[:5])
	if err := a.fetcher.FetchAll(t.Context(), nil, ref, some); !errors.Is(err, content.ErrUnavailable) {
		t.Errorf("FetchAll from nobody = %v", err)
	}
}

// TestPagesThatNobodyAskedFor are not taken for files that came, though nothing of the pages before lacks.
func TestPagesThatNobodyAskedFor(t *testing.T) {
	t.Parallel()
	mesh := hivetest.NewMesh(slog.New(slog.DiscardHandler))
	p := share(t, sizes(10)...)
	a := ask(t, mesh)
	gone := hivetest.IDOf(hivetest.Key(50)) // never joined
	waited := false
	err := a.fetcher.FetchAll(t.Context(), []peer.ID{gone}, ref, pages(func(ctx context.Context, yield yield) {
		if yield(p.wants[:5], nil) {
			<-ctx.Done() // for more to come
			waited = true
		}
	}))
	if !errors.Is(err, content.ErrUnavailable) || !waited {
		t.Errorf("FetchAll = %v, waited %t", err, waited)
	}
}
