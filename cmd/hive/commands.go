package main

import (
	"github.com/spf13/cobra"

	"github.com/melissiproject/hive/cmd/hive/internal/admin"
	"github.com/melissiproject/hive/cmd/hive/internal/command"
	"github.com/melissiproject/hive/cmd/hive/internal/files"
	"github.com/melissiproject/hive/cmd/hive/internal/owner"
	"github.com/melissiproject/hive/cmd/hive/internal/peers"
	"github.com/melissiproject/hive/cmd/hive/internal/people"
	"github.com/melissiproject/hive/cmd/hive/internal/shares"
)

// commands is the tree of all commands.
func commands(a *command.App) *cobra.Command {
	root := &cobra.Command{
		Use:   "hive",
		Short: "Your own cloud storage: a server, and the commands to use it",
		Long: `Hive keeps your files on a server of your own.

A first hive:
  hive init --data DIR               make one
  hive serve --data DIR              run it
  hive login http://127.0.0.1:4483   sign in to it
  hive put -r Pictures /photos       the content of Pictures goes to /photos
  hive get -r /photos copy           and comes back

With friends, on this hive or another:
  hive invite create                 a code for a friend on another hive, who accepts it there
  hive share create /photos --with bob

Paths in a hive are absolute: /photos/cat.jpg.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE:          command.Choose,
		Version:       a.Version,

		SuggestionsMinimumDistance: 2,
	}
	root.SetFlagErrorFunc(command.FlagError)
	root.SetVersionTemplate("hive {{.Version}}\n")
	root.PersistentFlags().BoolVar(&a.JSON, "json", false, "print JSON for programs")
	root.PersistentFlags().BoolVarP(&a.Quiet, "quiet", "q", false, "no notes and no progress")
	group := func(id, title string, commands ...*cobra.Command) {
		root.AddGroup(&cobra.Group{ID: id, Title: title})
		for _, c := range commands {
			c.GroupID = id
			root.AddCommand(c)
		}
	}
	group("files", "Files:", files.List(a), files.Put(a), files.Get(a), files.Move(a), files.Copy(a), files.Remove(a),
		files.Mkdir(a), files.Search(a), files.Export(a), files.Import(a), files.Uploads(a))
	group("history", "What was:", files.Revisions(a), files.Trash(a), files.Changes(a))
	group("people", "You and the hive:", people.Login(a), people.Logout(a), people.Register(a), people.Whoami(a),
		people.Passwd(a), people.Reset(a), people.TOTP(a), people.AppPassword(a), people.Token(a), people.Device(a))
	group("sharing", "Sharing:", shares.Link(a), shares.Share(a), shares.Offers(a), shares.Accept(a), shares.Decline(a), shares.Invite(a),
		shares.Contact(a), shares.Pending(a))
	group("hives", "Other hives:", peers.ID(a), peers.Peers(a), peers.Doctor(a))
	group("owner", "Owning a hive:", owner.Init(a), owner.Serve(a), people.User(a), people.Code(a), admin.Settings(a), admin.Audit(a), admin.Health(a), admin.Statistics(a), owner.Config(a), owner.Fsck(a))
	root.AddCommand(versionCommand(a), command.ExitCodes(), environment())
	command.Help(root)
	return root
}
