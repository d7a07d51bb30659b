package code

// Seal makes a code of any bytes.
func Seal(data []byte) string {
	return prefix + encoding.EncodeToString(append(data[:len(data):len(data)], sum(data)...))
}
