package node

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"text/template"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"

	"github.com/melissiproject/hive/node/internal/belonging"
	"github.com/melissiproject/hive/node/internal/folder"
	"github.com/melissiproject/hive/node/internal/guess"
	"github.com/melissiproject/hive/node/internal/lock"
)

// Errors of this package.
var (
	ErrConfig         = errors.New("node: configuration is wrong")
	ErrNotInitialised = folder.ErrNone
	ErrInitialised    = errors.New("node: folder holds a hive already")
	ErrDatabase       = belonging.ErrElsewhere
	ErrBlocks         = belonging.ErrBlocks
	ErrRunning        = lock.ErrRunning
	ErrOlder          = belonging.ErrOlder
	ErrVersion        = folder.ErrVersion
	ErrNetwork        = errors.New("node: no way to listen for other hives")
)

const configFile = "config.yaml"

// reserved are HIVE_ variables that are no setting: those of the command line and of tests.
var reserved = []string{"HIVE_DATA", "HIVE_URL", "HIVE_TOKEN", "HIVE_USER", "HIVE_PASSWORD"}

// Load reads the configuration of the hive in the folder data. What set holds, by key, goes before variables of the
// environment, they before the file, and that before the defaults. The result is valid.
func Load(data string, set map[string]string) (Config, error) {
	raw, err := os.ReadFile(filepath.Join(data, configFile))
	if errors.Is(err, fs.ErrNotExist) {
		return Config{}, fmt.Errorf("%w: %s", ErrNotInitialised, data)
	}
	if err != nil {
		return Config{}, fmt.Errorf("node: read configuration: %w", err)
	}
	cfg := Default()
	if err := cfg.parse(raw); err != nil {
		return Config{}, fmt.Errorf("%w: %s:%w", ErrConfig, filepath.Join(data, configFile), err)
	}
	err = cfg.complete(data, set)
	return cfg, err
}

// complete lays variables and set over c and validates it.
func (c *Config) complete(data string, set map[string]string) error {
	abs, err := filepath.Abs(data)
	if err != nil {
		return fmt.Errorf("node: %w", err)
	}
	c.Data = abs
	if err := c.override(set); err != nil {
		return err
	}
	if err := c.Validate(); err != nil {
		return fmt.Errorf("%w: %w", ErrConfig, err)
	}
	return nil
}

func (c *Config) override(set map[string]string) error {
	keys := c.keys()
	for _, k := range keys {
		text, source := os.Getenv(k.variable()), k.variable()
		if flag, ok := set[k.name]; ok {
			text, source = flag, k.name
		} else if text == "" {
			continue
		}
		if err := k.set(text); err != nil {
			return fmt.Errorf("%w: %s: %w", ErrConfig, source, err)
		}
	}
	for name := range set {
		if !slices.ContainsFunc(keys, func(k key) bool { return k.name == name }) {
			return fmt.Errorf("%w: %w", ErrConfig, c.unknown(name))
		}
	}
	return nil
}

// parse reads a configuration file. Its error begins with the line.
func (c *Config) parse(raw []byte) error {
	before := *c
	err := yaml.NewDecoder(bytes.NewReader(raw), yaml.Strict()).Decode(c)
	if err == nil || errors.Is(err, io.EOF) {
		if reflect.ValueOf(*c).IsZero() { // what the decoder makes of a file of comments
			*c = before
		}
		return nil
	}
	if unknown, ok := errors.AsType[*yaml.UnknownFieldError](err); ok {
		return fmt.Errorf("%d: %w", unknown.Token.Position.Line, c.unknown(unknown.Token.Value))
	}
	if err := faultyKey(raw); err != nil {
		return err
	}
	var located yaml.Error
	if errors.As(err, &located) && located.GetToken() != nil {
		return fmt.Errorf("%d: %s", located.GetToken().Position.Line, located.GetMessage())
	}
	return fmt.Errorf(" %w", err)
}

// faultyKey looks for a value in a configuration file that does not fit its key. Its error begins with the line.
func faultyKey(raw []byte) error {
	cfg := Default()
	for _, k := range cfg.keys() {
		path, err := yaml.PathString("$." + k.name)
		if err != nil {
			continue
		}
		node, err := path.ReadNode(bytes.NewReader(raw))
		if scalar, ok := node.(ast.ScalarNode); ok && err == nil {
			if err := k.set(scalar.GetToken().Value); err != nil {
				return fmt.Errorf("%d: %s: %w", scalar.GetToken().Position.Line, k.name, err)
			}
		}
	}
	return nil
}

// unknown says that there is no such key, and which one may have been meant.
func (c *Config) unknown(name string) error {
	names := make([]string, 0, 32)
	for _, k := range c.keys() {
		names = append(names, k.name)
	}
	if meant := guess.Nearest(name, names); meant != "" {
		return fmt.Errorf("unknown key %q; did you mean %s?", name, meant)
	}
	return fmt.Errorf("unknown key %q; keys are %s", name, strings.Join(names, ", "))
}

// UnknownVariables lists HIVE_ variables of the environment that set nothing; each is probably a typing error.
func UnknownVariables() (names []string) {
	var c Config
	known := slices.Clone(reserved)
	for _, k := range c.keys() {
		known = append(known, k.variable())
	}
	for _, entry := range os.Environ() {
		name, value, _ := strings.Cut(entry, "=")
		if value != "" && strings.HasPrefix(name, "HIVE_") && !strings.HasPrefix(name, "HIVE_TEST_") && !slices.Contains(known, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

//go:embed config.yaml
var configText string

// write prints c as a configuration file with every key explained, secrets included.
func (c Config) write(w io.Writer) error {
	funcs := template.FuncMap{"quote": strconv.Quote, "list": func(items []string) string {
		quoted := make([]string, len(items))
		for i, item := range items {
			quoted[i] = strconv.Quote(item)
		}
		return "[" + strings.Join(quoted, ", ") + "]"
	}}
	t, err := template.New(configFile).Funcs(funcs).Parse(configText)
	if err != nil {
		return fmt.Errorf("node: configuration text: %w", err)
	}
	return t.Execute(w, c)
}

// Show gives c as YAML with secrets hidden.
func (c Config) Show() ([]byte, error) { return yaml.Marshal(c) }

// Settings gives the value of every key as text with secrets hidden.
func (c Config) Settings() map[string]string {
	settings := map[string]string{}
	for _, k := range c.keys() {
		settings[k.name] = fmt.Sprint(k.value.Interface())
	}
	return settings
}
