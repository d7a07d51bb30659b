package edge

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/gin-gonic/gin"
)

// pipes is a listener whose connections are in memory, so that time can be virtual.
type pipes struct {
	conns chan net.Conn
	close func()
}

func (p *pipes) Accept() (net.Conn, error) {
	conn, ok := <-p.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (p *pipes) Close() error   { p.close(); return nil }
func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

// inBubble serves a route that reads its body and gives a long answer, in virtual time, to one connection.
func inBubble(t *testing.T, f func(t *testing.T, conn net.Conn)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := newRouter(t, Config{})
		op := Root("/transfer", "transfer", "A transfer")
		op.Method = http.MethodPut
		r.Raw(op, func(c *gin.Context) error {
			if _, err := io.Copy(io.Discard, c.Request.Body); err != nil {
				return err
			}
			time.Sleep(time.Hour) // work that has nothing to do with the client
			if err := c.Request.Context().Err(); err != nil {
				return err
			}
			_, err := c.Writer.Write(make([]byte, 1<<20))
			return err
		})
		server := &http.Server{Handler: r}
		conns := make(chan net.Conn, 1)
		listener := &pipes{conns, sync.OnceFunc(func() { close(conns) })}
		served := make(chan error)
		go func() { served <- server.Serve(listener) }()
		ours, theirs := net.Pipe()
		conns <- theirs
		f(t, ours)
		ours.Close()
		server.Close()
		if err := <-served; !errors.Is(err, http.ErrServerClosed) {
			t.Error(err)
		}
	})
}

func TestSlowTransferIsNotCut(t *testing.T) {
	inBubble(t, func(t *testing.T, conn net.Conn) {
		fmt.Fprint(conn, "PUT /transfer HTTP/1.1\r\nHost: hive\r\nContent-Length: 13107200\r\n\r\n")
		for range 50 { // it pauses, and its average is over what it must be
			<-time.After(110 * time.Second)
			if _, err := conn.Write(make([]byte, 256<<10)); err != nil {
				t.Fatal(err)
			}
		}
		resp, err := http.ReadResponse(bufio.NewReaderSize(&slow{conn}, 16), nil)
		if err != nil || resp.StatusCode != http.StatusOK {
			t.Fatalf("%v %v", resp, err)
		}
		if n, err := io.Copy(io.Discard, resp.Body); n != 1<<20 || err != nil {
			t.Errorf("got %d bytes, %v", n, err)
		}
	})
}

// slow reads 2 KiB a second.
type slow struct{ conn net.Conn }

func (s *slow) Read(p []byte) (int, error) {
	<-time.After(time.Second)
	return io.ReadAtLeast(s.conn, p[:min(len(p), 2<<10)], 1)
}

func TestTricklingBodyIsCut(t *testing.T) {
	inBubble(t, func(t *testing.T, conn net.Conn) {
		start := time.Now()
		fmt.Fprint(conn, "PUT /transfer HTTP/1.1\r\nHost: hive\r\nContent-Length: 1000000\r\n\r\n")
		done := make(chan struct{})
		go func() {
			defer close(done)
			for err := error(nil); err == nil; <-time.After(time.Minute) {
				_, err = conn.Write([]byte{1})
			}
		}()
		defer func() { conn.Close(); <-done }()
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if raw, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(raw), "body_stalled") {
			t.Errorf("%d %s", resp.StatusCode, raw)
		}
		if took := time.Since(start); took < 10*time.Minute || took > 13*time.Minute {
			t.Errorf("cut after %s", took)
		}
	})
}

func TestStalledBodyIsCut(t *testing.T) {
	inBubble(t, func(t *testing.T, conn net.Conn) {
		start := time.Now()
		fmt.Fprint(conn, "PUT /transfer HTTP/1.1\r\nHost: hive\r\nContent-Length: 1000\r\n\r\nsome")
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		if raw, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(raw), "body_stalled") {
			t.Errorf("%d %s", resp.StatusCode, raw)
		}
		if took := time.Since(start); took > 3*time.Minute {
			t.Errorf("cut after %s", took)
		}
	})
}

func TestStalledAnswerIsCut(t *testing.T) {
	inBubble(t, func(t *testing.T, conn net.Conn) {
		fmt.Fprint(conn, "PUT /transfer HTTP/1.1\r\nHost: hive\r\nContent-Length: 0\r\n\r\n")
		<-time.After(2 * time.Hour)
		if n, err := io.Copy(io.Discard, conn); err != nil || n > 1<<19 {
			t.Errorf("got %d bytes of 1 MiB, %v", n, err)
		}
	})
}
