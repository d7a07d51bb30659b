package files

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer"
)

// Export is hive export.
func Export(a *command.App) *cobra.Command {
	var (
		output string
		given  func() bool
	)
	c := a.Remote(&cobra.Command{
		Use:   "export PATH",
		Short: "Export a file or folder as a CAR, which IPFS tools read",
		Long: `Export a file or folder as a CAR: all its blocks in one file, as UnixFS, which IPFS tools read.

  hive export /photos > photos.car
  hive export /photos -o photos.car`,
		Args:              command.Wants(1, 1, "a path"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			p, err := command.RemotePath(args[0])
			if err != nil {
				return err
			}
			if given() {
				if err := command.LocalName(output, "write"); err != nil {
					return err
				}
			}
			if output == "" && a.OutIsTerminal() {
				return command.Usagef("a CAR is nothing for a terminal: redirect it, or say -o FILE")
			}
			car, err := c.Files.Export(ctx, p)
			if err != nil {
				return command.At(p, err)
			}
			defer car.Close()
			return export(a, output, car)
		}),
	})
	c.Flags().StringVarP(&output, "output", "o", "", "`FILE` to write (default: standard output)")
	given = func() bool { return c.Flags().Changed("output") }
	return c
}

// export writes a CAR. A file gets its name when it is complete.
func export(a *command.App, output string, car io.Reader) error {
	counted := &counter{r: car}
	stop := a.Watch("export", func() terminal.Progress { return terminal.Progress{Done: counted.n.Load(), Total: -1} })
	defer stop()
	if output == "" || output == "-" {
		_, err := io.Copy(a.Out, counted)
		return err
	}
	if out, err := transfer.OpenSpecial(output); out != nil || err != nil {
		return intoSpecial(out, err, func() error {
			_, err := io.Copy(out, counted)
			return err
		})
	}
	f, err := os.CreateTemp(filepath.Dir(output), ".hive-*.part")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, counted)
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Chmod(f.Name(), 0o666&^fs.FileMode(umask()))
	}
	if err == nil {
		err = os.Rename(f.Name(), output)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return nil
}

// Import is hive import.
func Import(a *command.App) *cobra.Command {
	return a.Remote(&cobra.Command{
		Use:               "import FILE PATH",
		Short:             "Import the content of a CAR; - is standard input",
		Args:              command.Wants(2, 2, "a CAR and the path in the hive"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			p, err := command.RemotePath(args[1])
			if err != nil {
				return err
			}
			if err := command.LocalName(args[0], "import"); err != nil {
				return err
			}
			f, total := a.In, int64(-1)
			if args[0] != "-" {
				if f, err = os.Open(args[0]); err != nil {
					return err
				}
				defer f.Close()
				if info, err := f.Stat(); err == nil {
					total = info.Size()
				}
			}
			counted := &counter{r: f}
			stop := a.Watch("import", func() terminal.Progress { return terminal.Progress{Done: counted.n.Load(), Total: total} })
			defer stop()
			done, err := c.Files.Import(ctx, p, counted)
			if err != nil {
				return command.At(p, err)
			}
			stop()
			return a.Result(done, "Imported %s and %s, %s, into %s.", terminal.Count(done.Files, "file"),
				terminal.Count(done.Folders, "folder"), terminal.Size(done.Bytes), terminal.Safe(p))
		}),
	})
}

// counter counts what is read.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// umask asks for the mask of new files, which can only be asked for by setting it.
func umask() (mask uint32) {
	old := syscall.Umask(0o077)
	syscall.Umask(old)
	return uint32(old)
}
