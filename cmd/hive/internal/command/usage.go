package command

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// usageError is a command line that makes no sense.
type usageError struct{ text string }

func (e *usageError) Error() string { return e.text }

// Usagef says what is wrong with a command line.
func Usagef(format string, args ...any) error { return &usageError{fmt.Sprintf(format, args...)} }

// FlagError tells which flag may have been meant.
func FlagError(cmd *cobra.Command, err error) error {
	text := plain(err.Error())
	if _, unknown, ok := strings.Cut(text, "unknown flag: --"); ok {
		if near := nearFlag(cmd, unknown); near != "" {
			text += "; did you mean --" + near + "?"
		}
	}
	return Usagef("%s; see %s --help", text, cmd.CommandPath())
}

// plain says in words what strconv says of a value of a flag.
func plain(text string) string {
	text, parsing, ok := strings.Cut(text, " flag: strconv.Parse")
	if !ok {
		return text
	}
	switch kind, _, _ := strings.Cut(parsing, ":"); {
	case strings.HasSuffix(parsing, strconv.ErrRange.Error()):
		return text + ": that is beyond all bounds"
	case kind == "Bool":
		return text + ": it is true or false"
	case kind == "Uint":
		return text + ": it is a number from 0 on"
	}
	return text + ": it is a number"
}

// nearFlag lets cobra do for flags what it does for commands.
func nearFlag(cmd *cobra.Command, name string) string {
	known := &cobra.Command{SuggestionsMinimumDistance: 2}
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		known.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	return strings.Join(known.SuggestionsFor(name), " or --")
}

// Choose is what a command does that only has others below it.
func Choose(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		if !cmd.HasParent() {
			return cmd.Help()
		}
		return Usagef("%s needs one of: %s", cmd.CommandPath(), strings.Join(names(cmd), ", "))
	}
	if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
		return Usagef("there is no command %s %s; did you mean %s?", cmd.CommandPath(), args[0], strings.Join(near, " or "))
	}
	return Usagef("there is no command %s %s; see %s --help", cmd.CommandPath(), args[0], cmd.CommandPath())
}

// Help makes the commands that cobra brings, for help and completion, refuse what they do not know, as others do.
func Help(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.Args, c.RunE = cobra.ArbitraryArgs, Choose
		case "help":
			c.Args, c.Run, c.RunE = cobra.ArbitraryArgs, nil, help
		}
	}
}

func help(cmd *cobra.Command, args []string) error {
	about, rest, err := cmd.Root().Find(args)
	switch {
	case err != nil:
		return Usagef("%s", err)
	case len(rest) > 0:
		return Choose(about, rest)
	}
	about.InitDefaultHelpFlag()
	about.InitDefaultVersionFlag()
	return about.Help()
}

func names(cmd *cobra.Command) (list []string) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			list = append(list, c.Name())
		}
	}
	return list
}

// Group is a command that only has others below it.
func Group(use, short string, commands ...*cobra.Command) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Args: cobra.ArbitraryArgs, RunE: Choose}
	c.SuggestionsMinimumDistance = 2
	c.AddCommand(commands...)
	return c
}

// Wants checks the number of arguments; most < 0 is no limit. what says what they are.
func Wants(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return Usagef("%s needs %s: %s", cmd.CommandPath(), what, cmd.UseLine())
		case most >= 0 && len(args) > most:
			return Usagef("%s has one argument too many, %q: %s", cmd.CommandPath(), args[most], cmd.UseLine())
		}
		return nil
	}
}

// LocalName refuses a local file or folder that has no name, as an unset variable of a shell gives it. what is done to it.
func LocalName(name, what string) error {
	if name == "" {
		return Usagef("the local file or folder to %s has no name", what)
	}
	return nil
}

// RemotePath checks a path in a hive and gives it without needless slashes. What the hive refuses it says itself.
func RemotePath(text string) (string, error) {
	if !strings.HasPrefix(text, "/") {
		return "", Usagef("%q is not a path in a hive: those begin with /, as in %s", text, path.Clean("/"+text))
	}
	parts := strings.FieldsFunc(text, func(r rune) bool { return r == '/' })
	if slices.Contains(parts, "..") || slices.Contains(parts, ".") {
		return "", Usagef("%q: a path in a hive has no . or .. in it", text)
	}
	return "/" + strings.Join(parts, "/"), nil
}

// RemotePaths is remotePath for several.
func RemotePaths(texts []string) ([]string, error) {
	paths := make([]string, len(texts))
	for i, text := range texts {
		p, err := RemotePath(text)
		if err != nil {
			return nil, err
		}
		paths[i] = p
	}
	return paths, nil
}

// Number reads a revision or an id.
func Number(text, what string) (int64, error) {
	var n int64
	if _, err := fmt.Sscanf(text, "%d", &n); err != nil || n < 1 || fmt.Sprint(n) != text {
		article := "a"
		if strings.ContainsRune("aeiou", rune(what[0])) {
			article = "an"
		}
		return 0, Usagef("%q is not the number of %s %s", text, article, what)
	}
	return n, nil
}
