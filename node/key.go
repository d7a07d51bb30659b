package node

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// key is one setting of a Config.
type key struct {
	name  string        // http.tls.cert
	value reflect.Value // settable
}

// variable is the environment variable of k.
func (k key) variable() string {
	return "HIVE_" + strings.ToUpper(strings.ReplaceAll(k.name, ".", "_"))
}

// keys lists the settings of c in the order of the file.
func (c *Config) keys() []key { return keysOf("", reflect.ValueOf(c).Elem()) }

func keysOf(prefix string, v reflect.Value) (keys []key) {
	for i := range v.NumField() {
		name := v.Type().Field(i).Tag.Get("yaml")
		switch field := v.Field(i); {
		case name == "-":
		case field.Kind() == reflect.Struct:
			keys = append(keys, keysOf(prefix+name+".", field)...)
		default:
			keys = append(keys, key{prefix + name, field})
		}
	}
	return keys
}

// set parses text as the value of k. Lists are separated by commas.
func (k key) set(text string) error {
	if u, ok := k.value.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch k.value.Kind() {
	case reflect.String:
		k.value.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", text)
		}
		k.value.SetBool(b)
	case reflect.Int:
		n, err := strconv.Atoi(text)
		if err != nil {
			return fmt.Errorf("%q is not a whole number", text)
		}
		k.value.SetInt(int64(n))
	case reflect.Slice:
		var list []string
		for item := range strings.SplitSeq(text, ",") {
			if item = strings.TrimSpace(item); item != "" {
				list = append(list, item)
			}
		}
		k.value.Set(reflect.ValueOf(list))
	default:
		return fmt.Errorf("no way to set a %s", k.value.Type())
	}
	return nil
}
