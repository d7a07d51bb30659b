package terminal

import (
	"fmt"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// Progress is how far a long work is. Total may grow; negative is unknown.
type Progress struct {
	Done, Total int64 // bytes
	Note        string
}

const (
	redraw   = 200 * time.Millisecond
	patience = 500 * time.Millisecond // work that ends before needs no bar
)

// bar draws a Progress now and then.
type bar struct {
	line *progressbar.ProgressBar
	ask  func() Progress
}

// Watch draws a bar with rate and time left on a terminal, until the function it returns is called.
func (t *Terminal) Watch(what string, ask func() Progress) (stop func()) {
	if t.Quiet || t.JSON || !term.IsTerminal(int(t.Err.Fd())) {
		return func() {}
	}
	quit := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		wait := time.NewTimer(patience)
		defer wait.Stop()
		select {
		case <-quit:
			return
		case <-wait.C:
		}
		t.draw(what, ask, quit)
	})
	return sync.OnceFunc(func() { close(quit); drawing.Wait() })
}

func (t *Terminal) draw(what string, ask func() Progress, quit <-chan struct{}) {
	b := &bar{ask: ask, line: progressbar.NewOptions64(max(ask().Total, 1),
		progressbar.OptionSetWriter(t.Err), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true), progressbar.OptionUseIECUnits(true), progressbar.OptionSetPredictTime(true),
		progressbar.OptionFullWidth(), progressbar.OptionClearOnFinish(), progressbar.OptionShowTotalBytes(true),
	)}
	t.mu.Lock()
	t.bar = b
	t.mu.Unlock()
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		t.mu.Lock()
		b.show(what)
		t.mu.Unlock()
		select {
		case <-tick.C:
		case <-quit:
			t.mu.Lock()
			defer t.mu.Unlock()
			b.clear()
			t.bar = nil
			return
		}
	}
}

func (b *bar) show(what string) {
	p := b.ask()
	if p.Total < 0 {
		b.line.ChangeMax64(-1)
	} else {
		b.line.ChangeMax64(max(p.Total, 1))
	}
	if p.Note != "" {
		b.line.Describe(fmt.Sprintf("%s %s", what, p.Note))
	}
	_ = b.line.Set64(p.Done) // a bar that cannot be drawn is no reason to stop
}

func (b *bar) clear() { _ = b.line.Clear() }
