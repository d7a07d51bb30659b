package post

// ParseEnvelope is parseEnvelope for its fuzz test.
func ParseEnvelope(frame []byte) (id []byte, kind string, body []byte, err error) {
	e, err := parseEnvelope(frame)
	return e.ID, e.Kind, e.Body, err
}

// Short is short.
func Short(text string) string { return short(text) }
