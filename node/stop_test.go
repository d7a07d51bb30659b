package node

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/melissiproject/hive/api/client"
)

// begin puts a file whose body the test goes on giving. The hive is at it when begin returns: what was given is more than
// lies in buffers between the two.
func begin(t *testing.T, c *client.Client) (feed *io.PipeWriter, answered chan error) {
	t.Helper()
	body, feed := io.Pipe()
	answered = make(chan error, 1)
	go func() {
		_, _, err := c.Files.Put(context.Background(), "/slow", body, client.PutOptions{})
		body.Close()
		answered <- err
	}()
	if _, err := feed.Write(make([]byte, 32<<20)); err != nil {
		t.Fatal(err)
	}
	return feed, answered
}

func TestStopLetsRequestsEnd(t *testing.T) {
	n, c, stop := running(t, made(t))
	feed, answered := begin(t, c)
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	waitRefused(t, n.Addr().String())
	if _, err := feed.Write([]byte("ended")); err != nil {
		t.Fatal(err)
	}
	feed.Close()
	if err := errors.Join(<-answered, <-stopped); err != nil {
		t.Error(err)
	}
}

// waitRefused waits until nothing listens at addr.
func waitRefused(t *testing.T, addr string) {
	t.Helper()
	for t.Context().Err() == nil {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return
		}
		// Whoever accepted closes at the end, and until then there is nothing to read.
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
		_, _ = conn.Read(make([]byte, 1))
		conn.Close()
	}
}

func TestStopCutsRequestsThatTakeTooLong(t *testing.T) {
	cfg := made(t)
	cfg.HTTP.StopTimeout = Duration(50 * time.Millisecond)
	_, c, stop := running(t, cfg)
	feed, answered := begin(t, c)
	if err := stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	feed.Close()
	if err := <-answered; err == nil {
		t.Error("a request that was cut is answered as done")
	}
}

func TestStopEndsEventStreams(t *testing.T) {
	_, c, stop := running(t, made(t))
	put(t, c, "/x", "x")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	seen := make(chan struct{}, 16)
	go func() {
		for _, err := range c.History.Watch(ctx, 0) {
			if err != nil {
				return
			}
			seen <- struct{}{}
		}
	}()
	<-seen
	start := time.Now()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("stopping took %v", took)
	}
}
