package edge

import (
	"net/url"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
)

// Params reads the query of a raw request. Err is the first fault; a parameter that is absent or faulty is zero.
type Params struct {
	Err    error
	values url.Values
}

// ParamsOf reads the query of c.
func ParamsOf(c *gin.Context) *Params {
	if c.Request.URL.RawQuery == "" {
		return &Params{}
	}
	values, err := url.ParseQuery(c.Request.URL.RawQuery)
	if err != nil {
		return &Params{Err: Invalid("query", "cannot be parsed")}
	}
	return &Params{values: values}
}

// Text gives the parameter as it is, or what it is where it is absent.
func (p *Params) Text(name, absent string) string {
	if text := p.values.Get(name); text != "" {
		return text
	}
	return absent
}

// Bool gives true or false.
func (p *Params) Bool(name string) bool { return parse(p, name, "true or false", strconv.ParseBool) }

// BoolIfGiven gives nil where the parameter is absent.
func (p *Params) BoolIfGiven(name string) *bool {
	if !p.values.Has(name) {
		return nil
	}
	value := p.Bool(name)
	return &value
}

// Number gives a number from 0.
func (p *Params) Number(name string) int64 {
	return parse(p, name, "a number from 0", func(s string) (int64, error) {
		n, err := strconv.ParseUint(s, 10, 63)
		return int64(n), err
	})
}

// NumberUpTo gives a number from 0 to most.
func (p *Params) NumberUpTo(name string, most int64) int64 {
	n := p.Number(name)
	if n > most && p.Err == nil {
		p.Err = Invalid("query."+name, "expected at most %d", most)
	}
	return n
}

// Time gives a time of RFC 3339.
func (p *Params) Time(name string) time.Time {
	return parse(p, name, "a time of RFC 3339", func(s string) (time.Time, error) { return time.Parse(time.RFC3339, s) })
}

// Wait gives how long a request may wait, 0 where it does not say.
func (p *Params) Wait(name string) time.Duration {
	return parse(p, name, "a duration such as 30s", ParseWait)
}

func parse[T any](p *Params, name, wanted string, parse func(string) (T, error)) (zero T) {
	text := p.values.Get(name)
	if text == "" {
		return zero
	}
	value, err := parse(text)
	if err != nil {
		if p.Err == nil {
			p.Err = Invalid("query."+name, "expected %s", wanted)
		}
		return zero
	}
	return value
}
