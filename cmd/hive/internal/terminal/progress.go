package terminal

import (
	"io"
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
	gate *gate
	what string
	ask  func() Progress
}

// gate lets through only what is to be seen: the library draws at every change.
type gate struct {
	io.Writer
	open bool
}

func (g *gate) Write(p []byte) (int, error) {
	if !g.open {
		return len(p), nil
	}
	return g.Writer.Write(p)
}

// Watch draws a bar with rate and time left on a terminal, until the function it returns is called.
func (t *Terminal) Watch(what string, ask func() Progress) (stop func()) {
	if t.Quiet || t.JSON || !term.IsTerminal(int(t.Err.Fd())) {
		return func() {}
	}
	quit := make(chan struct{})
	var drawing sync.WaitGroup
	b := newBar(t.Err, what, ask)
	drawing.Go(func() { t.draw(b, quit) })
	return sync.OnceFunc(func() { close(quit); drawing.Wait() })
}

func newBar(w io.Writer, what string, ask func() Progress) *bar {
	b := &bar{gate: &gate{Writer: w}, what: what, ask: ask}
	b.line = progressbar.NewOptions64(1,
		progressbar.OptionSetWriter(b.gate), progressbar.OptionSetDescription(what),
		progressbar.OptionShowBytes(true), progressbar.OptionShowCount(), progressbar.OptionShowTotalBytes(true),
		progressbar.OptionUseIECUnits(true), progressbar.OptionSetPredictTime(true),
		progressbar.OptionFullWidth(), progressbar.OptionSpinnerType(14),
	)
	_ = b.line.RenderBlank() // not seen, but starts its clock
	return b
}

// draw shows the bar when there is something to wait for.
func (t *Terminal) draw(b *bar, quit <-chan struct{}) {
	wait := time.NewTimer(patience)
	defer wait.Stop()
	select {
	case <-quit:
		return
	case <-wait.C:
	}
	t.mu.Lock()
	t.bar = b
	t.mu.Unlock()
	tick := time.NewTicker(redraw)
	defer tick.Stop()
	for {
		t.mu.Lock()
		b.show()
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

// show draws the bar once.
func (b *bar) show() {
	p := b.ask()
	if p.Total < 0 {
		b.line.ChangeMax64(-1)
	} else {
		b.line.ChangeMax64(max(p.Total, p.Done+1)) // a bar that is full would end
	}
	if p.Note != "" {
		b.line.Describe(b.what + " " + p.Note)
	}
	b.gate.open = true
	_ = b.line.Set64(p.Done) // a bar that cannot be drawn is no reason to stop
	b.gate.open = false
}

// clear makes room for other text.
func (b *bar) clear() {
	b.gate.open = true
	_ = b.line.Clear()
	b.gate.open = false
}
