package node

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// folderWith is a data folder with a configuration.
func folderWith(t *testing.T, config string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, configFile), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestWrittenConfigurationIsTheDefault(t *testing.T) {
	var text bytes.Buffer
	if err := Default().write(&text); err != nil {
		t.Fatal(err)
	}
	var got Config
	if err := got.parse(text.Bytes()); err != nil {
		t.Fatalf("%v\n%s", err, text.String())
	}
	if diff := cmp.Diff(Default(), got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("what init writes is not the default (-default +written):\n%s", diff)
	}
}

func TestWrittenConfigurationExplainsEveryKey(t *testing.T) {
	lines := strings.Split(configText, "\n")
	for _, k := range new(Config).keys() {
		name := k.name[strings.LastIndexByte(k.name, '.')+1:] + ":"
		explained := false
		for i, line := range lines[1:] {
			before := strings.TrimSpace(lines[i])
			if strings.HasPrefix(strings.TrimSpace(line), name) {
				explained = explained || strings.HasPrefix(before, "#") || strings.HasPrefix(before, "cert:")
			}
		}
		if !explained {
			t.Errorf("config.yaml does not explain %s", k.name)
		}
	}
}

func TestEveryKeyIsOnThePageForOwners(t *testing.T) {
	page, err := os.ReadFile("../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range new(Config).keys() {
		if !bytes.Contains(page, []byte("`"+k.name+"`")) {
			t.Errorf("docs/operations.md does not explain %s", k.name)
		}
	}
}

func TestOddValuesSurviveTheFile(t *testing.T) {
	want := Default()
	want.Name = `Anna's "hive": # 🐝`
	want.HTTP.TrustedProxies = []string{"10.0.0.0/8", "::1"}
	want.HTTP.URL = "https://hive.example.org"
	want.Database = `postgres://u:p"\w@h/d`
	var text bytes.Buffer
	if err := want.write(&text); err != nil {
		t.Fatal(err)
	}
	got := Default()
	if err := got.parse(text.Bytes()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" || got.Database.Reveal() != want.Database.Reveal() {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFlagsGoBeforeVariablesBeforeFileBeforeDefaults(t *testing.T) {
	dir := folderWith(t, "name: file\nhttp:\n  listen: 127.0.0.1:1\ntrash:\n  days: 7\n")
	t.Setenv("HIVE_HTTP_LISTEN", "127.0.0.1:2")
	t.Setenv("HIVE_TRASH_DAYS", "8")
	t.Setenv("HIVE_HTTP_TRUSTED_PROXIES", "10.0.0.1, 192.168.0.0/16")
	t.Setenv("HIVE_ACCOUNTS_QUOTA", "5GiB")
	t.Setenv("HIVE_NAME", "")
	cfg, err := Load(dir, map[string]string{"http.listen": "127.0.0.1:3"})
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Data, want.Name, want.Trash.Days, want.Accounts.Quota = dir, "file", 8, 5<<30
	want.HTTP.Listen, want.HTTP.TrustedProxies = "127.0.0.1:3", []string{"10.0.0.1", "192.168.0.0/16"}
	if diff := cmp.Diff(want, cfg); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestEmptyConfigurationIsTheDefault(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "http:\n", "---\n"} {
		cfg, err := Load(folderWith(t, text), nil)
		if err != nil {
			t.Errorf("%q: %v", text, err)
			continue
		}
		if cfg.Data = ""; !cmp.Equal(Default(), cfg) {
			t.Errorf("%q: %s", text, cmp.Diff(Default(), cfg))
		}
	}
}

func TestWrongConfigurationIsRefused(t *testing.T) {
	for _, tt := range []struct{ text, want string }{
		{"name: x\nblocks:\n  reserve: 5 potatoes\n", `config.yaml:3: blocks.reserve: "5 potatoes" is not a size such as`},
		{"name: x\n\ngc: {every: soon}\n", `config.yaml:3: gc.every: `},
		{"trash:\n  days: many\n", `config.yaml:2: trash.days: "many" is not a whole number`},
		{"database: what://hive:tiger@x\n", `database: invalid DSN: its scheme is not sqlite`},
		{"nam: x\n", `config.yaml:1: unknown key "nam"; did you mean name?`},
		{"name: x\nhttp:\n  lisen: :80\n", `config.yaml:3: unknown key "lisen"; did you mean http.listen?`},
		{"name: x\ncoffee: black\n", `config.yaml:2: unknown key "coffee"; keys are name, http.listen,`},
		{"name: x\nname: y\n", `config.yaml:2: `},
		{"name: x\n  foo: [\n", `config.yaml:`},
		{"trash:\n  days: soon\n", `config.yaml:2: `},
		{"blocks:\n  reserve: lots\n", `"lots" is not a size`},
		{"gc:\n  every: 1y\n", `"1y" is not a duration`},
		{"http:\n  listen: localhost\n", `http.listen: "localhost" is not HOST:PORT`},
		{"http:\n  listen: :99999\n", `http.listen:`},
		{"http:\n  url: hive.example.org\n", `http.url: "hive.example.org" is not an address`},
		{"http:\n  trusted_proxies: [nginx]\n", `http.trusted_proxies: "nginx"`},
		{"http:\n  tls:\n    cert: /nowhere.pem\n", `http.tls: cert and key belong together`},
		{"http:\n  tls:\n    cert: /nowhere.pem\n    key: /nowhere.key\n", `http.tls.cert: open /nowhere.pem`},
		{"accounts:\n  registration: sometimes\n", `accounts.registration: is "sometimes", must be open, closed or code`},
		{"accounts:\n  quota: 0\n", `accounts.quota:`},
		{"log:\n  level: loud\n", `log.level: is "loud"`},
		{"scrub:\n  every: 1s\n", `scrub.every:`},
		{"trash:\n  days: -1\n", `trash.days:`},
		{"p2p:\n  listen: [localhost:4484]\n", `p2p.listen: "localhost:4484" is not a multiaddr such as /ip4/0.0.0.0/tcp/4484`},
		{"p2p:\n  listen: []\n", `p2p.listen: no address; to stay off the network, set p2p.enabled to false`},
		{"p2p:\n  announce: [/ip4/1.2.3.4/tcp/x]\n", `p2p.announce: "/ip4/1.2.3.4/tcp/x" is not a multiaddr`},
		{"p2p:\n  bootstrap: [/ip4/1.2.3.4/tcp/4484]\n", `p2p.bootstrap: "/ip4/1.2.3.4/tcp/4484" does not end in /p2p/ and the id of a hive`},
		{"p2p:\n  relay: maybe\n", `p2p.relay: is "maybe", must be known, all or none`},
		{"p2p:\n  reachability: often\n", `p2p.reachability: is "often", must be auto, public or private`},
		{"p2p:\n  allow_only: true\n  public_dht: true\n", `p2p.allow_only: keeps out the strangers that p2p.public_dht is made of`},
		{"p2p:\n  bandwidth_up: unlimited\n", `p2p.bandwidth_up: must not be negative; 0 is no limit`},
		{"p2p:\n  max_memory: 1MiB\n", `p2p.max_memory: must be 16MiB or more`},
		{"p2p:\n  max_peers: 0\n", `p2p.max_peers: must be 1 or more`},
		{"sharing:\n  quota: 0\n", `sharing.quota: must not be 0`},
	} {
		_, err := Load(folderWith(t, tt.text), nil)
		if !errors.Is(err, ErrConfig) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q:\n got %v\nwant %s", tt.text, err, tt.want)
		}
	}
}

func TestWrongVariableAndFlagAreNamed(t *testing.T) {
	dir := folderWith(t, "")
	_, err := Load(dir, map[string]string{"log.lvel": "debug"})
	if want := `unknown key "log.lvel"; did you mean log.level?`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	_, err = Load(dir, map[string]string{"revisions.thin": "maybe"})
	if want := `revisions.thin: "maybe" is neither true nor false`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	t.Setenv("HIVE_TRASH_DAYS", "many")
	_, err = Load(dir, nil)
	if want := `HIVE_TRASH_DAYS: "many" is not a whole number`; err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestUnknownVariables(t *testing.T) {
	t.Setenv("HIVE_HTTP_LISTN", ":80")
	t.Setenv("HIVE_HTTP_LISTEN", ":80")
	t.Setenv("HIVE_TOKEN", "x")
	t.Setenv("HIVE_TEST_POSTGRES", "x")
	if diff := cmp.Diff([]string{"HIVE_HTTP_LISTN"}, UnknownVariables()); diff != "" {
		t.Error(diff)
	}
}

func TestLoadWithoutHive(t *testing.T) {
	if _, err := Load(t.TempDir(), nil); !errors.Is(err, ErrNotInitialised) {
		t.Errorf("got %v, want ErrNotInitialised", err)
	}
}
