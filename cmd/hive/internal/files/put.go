package files

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/api/apitype"
	"github.com/melissiproject/hive/api/client"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/terminal"
	"github.com/melissiproject/hive/cmd/hive/internal/transfer"
)

// moved is what put and get print as JSON.
type moved struct {
	Files     int64     `json:"files"`
	Bytes     int64     `json:"bytes"`
	Unchanged int64     `json:"unchanged"`
	Sent      int64     `json:"sent"`     // bytes on the wire
	Received  int64     `json:"received"` // bytes on the wire
	Failed    []failure `json:"failed"`
}

// failure is a file that was not moved.
type failure struct {
	Path   string `json:"path"`
	Code   string `json:"code,omitempty"`
	Detail string `json:"detail"`
	Source bool   `json:"source,omitempty"` // it is a whole source, of which not all may have been tried
}

// transferring is what put and get share.
type transferring struct {
	*command.App
	options   transfer.Options
	recursive bool
	workers   uint
	client    *client.Client

	mu       sync.Mutex
	failures []failure
	sources  int          // of the failures
	codes    map[int]bool // exit codes of failures
}

// maxWorkers bounds how many small files move at a time: each takes a connection.
const maxWorkers = 1024

func (tr *transferring) flags(c *cobra.Command, workers int) {
	c.Flags().BoolVarP(&tr.recursive, "recursive", "r", false, "folders: the content of the one goes into the other")
	c.Flags().BoolVarP(&tr.options.Force, "force", "f", false, "move all, replace what is there")
	c.Flags().BoolVar(&tr.options.Checksum, "checksum", false, "compare content, not size and time, to find what is there already")
	c.Flags().UintVar(&tr.workers, "workers", uint(workers), "`NUMBER` of small files at a time")
}

// begin readies the options for a hive.
func (tr *transferring) begin(c *client.Client) {
	tr.options.Remote, tr.options.Chunks, tr.options.Uploads = c.Files, c.Chunks, c.Uploads
	tr.codes, tr.client = map[int]bool{}, c
	tr.options.Workers = int(min(tr.workers, maxWorkers))
	tr.options.Warn, tr.options.Failed = tr.Warn, tr.fail
}

// fail notes a file that was not moved and tells of it. Files fail at the same time.
func (tr *transferring) fail(path string, err error) {
	if about, ok := errors.AsType[*command.About](err); ok {
		path, err = about.Subject, about.Err
	}
	f := failure{Path: path, Code: command.ErrorCode(err), Detail: command.OneLine(command.Explain(command.Bare(path, err)))}
	text := f.Detail
	if f.Code != "" {
		text += " (" + f.Code + ")"
	}
	tr.Warn("hive: %s: %s", terminal.Safe(path), text)
	tr.mu.Lock()
	defer tr.mu.Unlock()
	tr.failures = append(tr.failures, f)
	tr.codes[command.ExitCode(err)] = true
}

// failSource notes one of several sources that came to no end. With -r it may be a folder, else it is one file.
func (tr *transferring) failSource(path string, err error) {
	tr.fail(path, err)
	if tr.recursive {
		tr.failures[len(tr.failures)-1].Source = true
		tr.sources++
	}
}

// watch draws how far a transfer is.
func (tr *transferring) watch(verb string, n *transfer.Counters) (stop func()) {
	return tr.Watch(verb, func() terminal.Progress {
		p := terminal.Progress{Done: n.Bytes.Load(), Total: n.AllBytes.Load()}
		if all := n.AllFiles.Load(); all > 1 {
			p.Note = fmt.Sprintf("%d/%d", n.Files.Load(), all)
		}
		return p
	})
}

// end prints the outcome.
func (tr *transferring) end(verb string, n *transfer.Counters) error {
	m := moved{Files: n.Files.Load(), Bytes: n.Bytes.Load(), Unchanged: n.Unchanged.Load(), Failed: tr.failures}
	m.Sent, m.Received = tr.client.Traffic()
	if tr.JSON {
		m.Failed = append([]failure{}, m.Failed...)
		if err := tr.Value(m); err != nil {
			return err
		}
	} else {
		text := fmt.Sprintf("%s %s, %s", verb, terminal.Count(m.Files, "file"), terminal.Size(m.Bytes))
		if m.Unchanged > 0 {
			text += fmt.Sprintf("; %d unchanged", m.Unchanged)
		}
		if wire := m.Sent + m.Received; wire < m.Bytes/2 { // the rest was there
			text += fmt.Sprintf("; %s on the wire", terminal.Size(wire))
		}
		tr.Note("%s", text)
	}
	if len(tr.failures) == 0 {
		return nil
	}
	e := &command.Partly{Failed: len(tr.failures) - tr.sources, Sources: tr.sources, Exit: command.ExitError}
	if len(tr.codes) == 1 {
		for code := range tr.codes {
			e.Exit = code
		}
	}
	return e
}

// Put is hive put.
func Put(a *command.App) *cobra.Command {
	tr := &transferring{App: a}
	c := a.Remote(&cobra.Command{
		Use:   "put FILE... PATH",
		Short: "Put files and folders into the hive",
		Long: `Put files into the hive. Folders above are made.

  hive put cat.jpg /photos/            the file /photos/cat.jpg
  hive put cat.jpg /photos/tom.jpg     under another name
  hive put -r Pictures /photos         the content of Pictures becomes the content of /photos
  tar c . | hive put - /backup.tar     standard input

A put that was interrupted goes on when it is repeated: with -r, files that are there with the same size and time are left
alone, and of a file of 64 MiB or more only the rest is sent. Nothing in the hive is removed.`,
		Args:              command.Wants(2, -1, "what, and the path in the hive"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			tr.begin(c)
			return tr.put(ctx, args[:len(args)-1], args[len(args)-1])
		}),
	})
	tr.flags(c, transfer.UploadWorkers)
	c.Flags().BoolVar(&tr.options.Follow, "follow", false, "put what symbolic links lead to, instead of skipping them")
	return c
}

func (tr *transferring) put(ctx context.Context, sources []string, target string) error {
	if _, err := command.RemotePath(target); err != nil {
		return err
	}
	for _, source := range sources {
		if err := command.LocalName(source, "put"); err != nil {
			return err
		}
	}
	up := transfer.NewUpload(tr.options)
	stop := tr.watch("put", &up.Counters)
	defer stop()
	for _, source := range sources {
		err := tr.putOne(ctx, up, source, target, len(sources) > 1)
		if err != nil && (len(sources) == 1 || ctx.Err() != nil) {
			return err
		}
		if err != nil {
			tr.failSource(source, err)
		}
	}
	stop()
	return tr.end("Put", &up.Counters)
}

func (tr *transferring) putOne(ctx context.Context, up *transfer.Upload, source, target string, several bool) error {
	p, err := command.RemotePath(target)
	if err != nil {
		return err
	}
	if source == "-" {
		if several || strings.HasSuffix(target, "/") {
			return command.Usagef("standard input has no name: give the whole path in the hive")
		}
		_, err := up.Reader(ctx, tr.In, p)
		return command.At(p, err)
	}
	info, err := os.Stat(source)
	if err != nil {
		return err
	}
	if info.IsDir() {
		if !tr.recursive {
			return command.Usagef("%s is a folder; -r puts folders", source)
		}
		if several {
			p = path.Join(p, localName(source))
		}
		return command.At(p, up.Tree(ctx, source, p))
	}
	if p, err = into(ctx, tr.options.Remote, target, localName(source), several); err != nil {
		return err
	}
	return command.At(p, up.File(ctx, source, p))
}

// localName is the name of a file or folder, also of "." and "..".
func localName(name string) string {
	if abs, err := filepath.Abs(name); err == nil {
		name = abs
	}
	return filepath.Base(name)
}

// Get is hive get.
func Get(a *command.App) *cobra.Command {
	var revision int64
	tr := &transferring{App: a}
	c := a.Remote(&cobra.Command{
		Use:   "get PATH... [FILE]",
		Short: "Get files and folders out of the hive",
		Long: `Get files out of the hive, into the present folder where nothing else is said.

  hive get /photos/cat.jpg             the file cat.jpg here
  hive get /photos/cat.jpg tom.jpg     under another name
  hive get -r /photos Pictures         the content of /photos becomes the content of Pictures
  hive get /backup.tar - | tar x       standard output

Times and the executable bit come along. A file that is there with other content is not replaced without --force. With
several paths the last argument is the folder that they go to.

A get that was interrupted goes on when it is repeated: with -r, files that are here with the same size and time are left
alone, and of a file of 64 MiB or more only the rest is got. Until then a file .hive-….part beside the target keeps what came.`,
		Args:              command.Wants(1, -1, "a path in the hive"),
		ValidArgsFunction: a.CompletePath,
		RunE: a.With(func(ctx context.Context, c *client.Client, args []string) error {
			tr.begin(c)
			return tr.get(ctx, args, revision)
		}),
	})
	tr.flags(c, transfer.DownloadWorkers)
	c.Flags().Int64Var(&revision, "revision", 0, "`NUMBER` of an older revision of a file")
	return c
}

func (tr *transferring) get(ctx context.Context, args []string, revision int64) error {
	if revision < 0 {
		return command.Usagef("--revision: %d is not the number of a revision", revision)
	}
	target, several := ".", false
	if len(args) > 1 {
		several = len(args) > 2
		args, target = args[:len(args)-1], args[len(args)-1]
	}
	if err := checkTarget(target, several); err != nil {
		return err
	}
	paths, err := command.RemotePaths(args)
	if err != nil {
		return err
	}
	down := transfer.NewDownload(tr.options)
	stop := tr.watch("get", &down.Counters)
	defer stop()
	for _, p := range paths {
		err := tr.getOne(ctx, down, p, target, several, revision)
		if err != nil && (len(paths) == 1 || ctx.Err() != nil) {
			return command.At(p, err)
		}
		if err != nil {
			tr.failSource(p, err)
		}
	}
	stop()
	if target == "-" {
		tr.Quiet = true // what was got is the only result
		tr.JSON = false
	}
	return tr.end("Got", &down.Counters)
}

// checkTarget refuses a local target without a name, and one that can only be one more path in the hive.
func checkTarget(target string, several bool) error {
	if err := command.LocalName(target, "write"); err != nil {
		return err
	}
	folder := target
	if !several {
		folder = filepath.Dir(target)
	}
	if _, err := os.Stat(folder); strings.HasPrefix(target, "/") && errors.Is(err, os.ErrNotExist) {
		return command.Usagef("the last argument is the local file or folder to write, and there is no folder %s here; . is the present one", folder)
	}
	return nil
}

func (tr *transferring) getOne(ctx context.Context, down *transfer.Download, p, target string, several bool, revision int64) error {
	if target == "-" {
		err := down.Writer(ctx, tr.Out, p, revision)
		if errors.Is(err, client.ErrIsFolder) {
			err = command.Usagef("%s is a folder, and only files go to standard output; hive export puts it into one", terminal.Safe(p))
		}
		return err
	}
	e, err := tr.options.Remote.Stat(ctx, p)
	if err != nil {
		return err
	}
	info, err := os.Stat(target)
	isFolder := err == nil && info.IsDir()
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if e.Kind == apitype.KindFolder {
		if revision > 0 {
			return command.Usagef("%s is a folder; only files have revisions", terminal.Safe(p))
		}
		if !tr.recursive {
			return command.Usagef("%s is a folder; -r gets folders", terminal.Safe(p))
		}
		if several {
			if err := transfer.CheckName(e.Name); err != nil {
				return err
			}
			target = filepath.Join(target, e.Name)
		}
		return down.Tree(ctx, p, target)
	}
	if isFolder || several || os.IsPathSeparator(target[len(target)-1]) {
		if err := transfer.CheckName(e.Name); err != nil {
			return err
		}
		target = filepath.Join(target, e.Name)
	}
	if out, err := transfer.OpenSpecial(target); out != nil || err != nil {
		return intoSpecial(out, err, func() error { return down.Writer(ctx, out, p, revision) })
	}
	err = down.File(ctx, e, target, revision)
	if errors.Is(err, transfer.ErrExists) {
		err = command.At(target, err)
	}
	return err
}

// intoSpecial writes to what transfer.OpenSpecial opened, where it could.
func intoSpecial(out *os.File, err error, write func() error) error {
	if err != nil {
		return err
	}
	return errors.Join(write(), out.Close())
}
