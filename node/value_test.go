package node

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
)

func TestParseSize(t *testing.T) {
	for text, want := range map[string]Size{
		"0": 0, "1": 1, "1048576": 1 << 20, "10B": 10, "1KiB": 1024, "1kB": 1000, "1 KB": 1000, "2K": 2048,
		"500MB": 500e6, "1.5GiB": 3 << 29, "10G": 10 << 30, " 3 TiB ": 3 << 40, "unlimited": -1, "Unlimited": -1, "-1": -1,
		"9223372036854775807": 1<<63 - 1,
	} {
		got, err := ParseSize(text)
		if err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v; want %d", text, got, err, want)
		}
	}
	for _, text := range []string{"", "x", "10X", "-5", "-2GiB", "1e30GiB", "NaN", "GiB", "9223372036854775808"} {
		if got, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) = %d, want an error", text, got)
		}
	}
}

func TestSizeStringParses(t *testing.T) {
	for size, want := range map[Size]string{
		0: "0", 1: "1", 1000: "1000", 1024: "1KiB", 1 << 30: "1GiB", 3 << 29: "1536MiB", -1: "unlimited", -7: "unlimited",
	} {
		if got := size.String(); got != want {
			t.Errorf("%d: got %s, want %s", int64(size), got, want)
		}
		if back, err := ParseSize(want); err != nil || max(size, -1) != back {
			t.Errorf("%s: comes back as %d, %v", want, back, err)
		}
	}
}

func TestParseDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"0": 0, "90s": 90 * time.Second, "12h": 12 * time.Hour, "30d": 30 * day, "1.5d": 36 * time.Hour, "2w": 14 * day, "1h30m": 90 * time.Minute,
	} {
		got, err := ParseDuration(text)
		if err != nil || time.Duration(got) != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", text, got, err, want)
		}
		if back, err := ParseDuration(got.String()); err != nil || back != got {
			t.Errorf("%v: comes back as %v, %v", got, back, err)
		}
	}
	for _, text := range []string{"", "d", "30", "1y", "1e30d"} {
		if got, err := ParseDuration(text); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", text, got)
		}
	}
}

func TestSecretNeverPrints(t *testing.T) {
	cfg := Default()
	cfg.Database = "postgres://hive:tiger@db/hive"
	asJSON, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	asYAML, err := yaml.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	shown, err := cfg.Show()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("config", "database", cfg.Database, "admin", Admin{"a", cfg.Database})
	for name, text := range map[string]string{
		"%v": fmt.Sprintf("%v", cfg), "%+v": fmt.Sprintf("%+v", cfg), "%#v": fmt.Sprintf("%#v", cfg), "%s": cfg.Database.String(),
		"%q": fmt.Sprintf("%q", cfg.Database), "%x": fmt.Sprintf("%x", cfg.Database),
		"json": string(asJSON), "yaml": string(asYAML), "show": string(shown), "settings": fmt.Sprint(cfg.Settings()), "slog": log.String(),
	} {
		if strings.Contains(text, "tiger") || strings.Contains(text, fmt.Sprintf("%x", "tiger")) {
			t.Errorf("%s shows the secret: %s", name, text)
		}
	}
	if got := cfg.Database.Reveal(); got != "postgres://hive:tiger@db/hive" {
		t.Errorf("Reveal() = %s", got)
	}
	if got := Secret("").String(); got != "" {
		t.Errorf("a secret that is not set prints %q", got)
	}
}
