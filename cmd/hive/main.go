// Command hive is a hive and everything one does with it: hive serve runs the server, the other commands are its clients
// or care for its data folder.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/melissiproject/hive/cmd/hive/internal/command"
)

// version is set by the linker.
var version = "dev"

func main() { os.Exit(run(os.Args[1:])) }

// run runs one command and gives its exit code. The first signal ends it in order, a second one at once.
func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	app := command.New(version)
	root := commands(app)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	app.Asked(args)
	return app.Report(ctx, err)
}
