package terminal

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestBarDrawsOncePerShow(t *testing.T) {
	var out strings.Builder
	p := Progress{Total: 100 << 20}
	b := newBar(&out, "put", func() Progress { return p })
	if out.Len() > 0 {
		t.Errorf("drawn before its time: %q", out.String())
	}
	for _, done := range []int64{10 << 20, 50 << 20, 100 << 20} {
		p.Done, p.Note = done, "1/2"
		out.Reset()
		b.show()
		if n := strings.Count(out.String(), "%"); n != 1 || !strings.Contains(out.String(), "put 1/2") {
			t.Errorf("at %d: drawn %d times: %q", done, n, out.String())
		}
	}
	out.Reset()
	b.clear()
	if strings.TrimSpace(out.String()) != "" || out.Len() == 0 {
		t.Errorf("cleared by %q", out.String())
	}
}

func TestBarOfUnknownLength(t *testing.T) {
	var out strings.Builder
	p := Progress{Total: -1}
	b := newBar(&out, "export", func() Progress { return p })
	p.Done = 3 << 20
	b.show()
	if got := out.String(); !strings.Contains(got, "export") || !strings.Contains(got, "3.0 MiB") {
		t.Errorf("drawn: %q", got)
	}
}

func TestBarOfATotalThatGrows(t *testing.T) {
	var out strings.Builder
	p := Progress{}
	b := newBar(&out, "put", func() Progress { return p })
	for i := range int64(5) {
		p.Done, p.Total = i<<20, i<<20
		out.Reset()
		b.show()
		if out.Len() == 0 {
			t.Errorf("at %d nothing is drawn: the bar has ended", i)
		}
	}
}

func TestDrawBeginsLateAndCleansUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		term, _, _ := fake(t)
		var asked atomic.Int64
		b := newBar(&out, "put", func() Progress { return Progress{Done: asked.Add(1), Total: 100} })
		quit := make(chan struct{})
		var drawing sync.WaitGroup
		drawing.Go(func() { term.draw(b, quit) })
		time.Sleep(patience - 1)
		synctest.Wait()
		if asked.Load() > 0 {
			t.Error("drawn at once: short work would flicker")
		}
		time.Sleep(5*redraw + 2)
		synctest.Wait()
		if asked.Load() != 6 {
			t.Errorf("drawn %d times", asked.Load())
		}
		term.Warn("in between")
		close(quit)
		drawing.Wait()
		if term.bar != nil {
			t.Error("the bar stays")
		}
	})
}

func TestDrawOfShortWork(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out strings.Builder
		term, _, _ := fake(t)
		quit := make(chan struct{})
		close(quit)
		term.draw(newBar(&out, "put", func() Progress { return Progress{} }), quit)
		if out.Len() > 0 {
			t.Errorf("drawn: %q", out.String())
		}
	})
}
