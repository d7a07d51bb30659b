package server

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"runtime"

	"golang.org/x/sys/unix"
)

// client returns an HTTP client whose connections begin in a network namespace of this machine.
func client(namespace string) *http.Client {
	transport := &http.Transport{MaxIdleConnsPerHost: 64, DisableCompression: true}
	if namespace != "" {
		transport.DialContext = func(ctx context.Context, network, addr string) (conn net.Conn, err error) {
			entered := within(namespace, func() { conn, err = new(net.Dialer).DialContext(ctx, network, addr) })
			if entered != nil {
				return nil, entered
			}
			return conn, err
		}
	}
	return &http.Client{Transport: transport}
}

// within runs do in a thread that has entered a network namespace. A socket stays in the namespace it was made in.
func within(namespace string, do func()) error {
	there, err := os.Open("/run/netns/" + namespace)
	if err != nil {
		return fmt.Errorf("server: namespace: %w", err)
	}
	defer there.Close()
	done := make(chan error, 1)
	go func() {
		runtime.LockOSThread() // never unlocked: the thread, which is elsewhere now, ends with the goroutine
		if err := unix.Setns(int(there.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- fmt.Errorf("server: enter namespace %s: %w", namespace, err)
			return
		}
		do()
		done <- nil
	}()
	return <-done
}
