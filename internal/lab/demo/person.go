package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/melissiproject/hive/internal/lab/server"
)

// types runs a command of the person and shows it with its answer.
func (p *person) types(ctx context.Context, args ...string) error {
	answer, err := p.runs(ctx, "", args...)
	p.show("hive "+quoted(args), answer)
	if err != nil {
		return fmt.Errorf("%s: hive %s: %w: %s", p.name, args[0], err, answer)
	}
	return nil
}

// writes puts text into a file.
func (p *person) writes(ctx context.Context, path, text string) error {
	answer, err := p.runs(ctx, text, "--quiet", "put", "-", path)
	p.show(fmt.Sprintf("echo '%s' | hive put - %s", text, quoted([]string{path})), "")
	if err != nil {
		return fmt.Errorf("%s: put %s: %w: %s", p.name, path, err, answer)
	}
	return nil
}

// fails runs a command that must be refused.
func (p *person) fails(ctx context.Context, input string, args ...string) error {
	answer, err := p.runs(ctx, input, args...)
	p.show("hive "+quoted(args), answer)
	if err == nil {
		return fmt.Errorf("%s could hive %s", p.name, quoted(args))
	}
	return nil
}

func (p *person) runs(ctx context.Context, input string, args ...string) (string, error) {
	cmd := p.hive.Command(ctx, args...)
	cmd.Stdin = strings.NewReader(input)
	out, err := cmd.CombinedOutput()
	return string(bytes.TrimSpace(out)), err
}

func (p *person) show(line, answer string) {
	fmt.Fprintf(p.stage.out, "   %5s$ %s\n", p.name, line)
	for text := range strings.Lines(answer) {
		fmt.Fprintf(p.stage.out, "          %s\n", strings.TrimRight(text, "\n"))
	}
}

// reads waits until a file has the content.
func (p *person) reads(ctx context.Context, path, content string) error {
	err := server.Until(ctx, patience, func(ctx context.Context) error {
		got, err := p.hive.Get(ctx, path)
		if err == nil && got != content {
			err = fmt.Errorf("%s holds %q, not %q", path, got, content)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("%s: %w", p.name, err)
	}
	return p.types(ctx, "get", path, "-")
}

// sees waits until a folder is as the check wants it, and lists it.
func (p *person) sees(ctx context.Context, folder string, right func(names []string) bool) ([]string, error) {
	var names []string
	err := server.Until(ctx, patience, func(ctx context.Context) error {
		entries, err := p.hive.List(ctx, folder)
		if err != nil {
			return err
		}
		names = nil
		for _, e := range entries {
			names = append(names, e.Name)
		}
		if !right(names) {
			return fmt.Errorf("%s sees %q in %s", p.name, names, folder)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return names, p.types(ctx, "ls", folder)
}

// has is a folder with these names and no others.
func has(want ...string) func([]string) bool {
	slices.Sort(want)
	return func(names []string) bool {
		names = slices.Clone(names)
		slices.Sort(names)
		return slices.Equal(names, want)
	}
}

// loses waits until something is no longer there.
func (p *person) loses(ctx context.Context, path string) error {
	return server.Until(ctx, patience, func(ctx context.Context) error {
		_, err := p.hive.List(ctx, path)
		switch {
		case err == nil:
			return fmt.Errorf("%s still has %s", p.name, path)
		case errors.Is(err, server.ErrStatus) && strings.Contains(err.Error(), fmt.Sprint(http.StatusNotFound)):
			return nil
		}
		return err
	})
}

// quoted is how a shell wants the arguments.
func quoted(args []string) string {
	words := make([]string, len(args))
	for i, arg := range args {
		words[i] = arg
		if arg == "" || strings.ContainsAny(arg, " '\"$") {
			words[i] = "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
		}
	}
	return strings.Join(words, " ")
}
