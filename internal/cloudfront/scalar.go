package cloudfront

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// setScalar reads the text of an element into a string, bool, int64 or float64.
func setScalar(v reflect.Value, text string) error {
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		switch strings.TrimSpace(text) {
		case "true":
			v.SetBool(true)
		case "false":
			v.SetBool(false)
		default:
			return errors.New("expected true or false")
		}
	case reflect.Int64:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return errors.New("expected an integer")
		}
		v.SetInt(n)
	case reflect.Float64:
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil {
			return errors.New("expected a number")
		}
		v.SetFloat(x)
	default:
		return fmt.Errorf("unknown kind %s", v.Kind())
	}
	return nil
}

// checkEnum refuses a value outside its enumeration.
func checkEnum(v reflect.Value, path string) error {
	enum, ok := v.Interface().(interface{ Values() []string })
	if !ok {
		return nil
	}
	if slices.Contains(enum.Values(), v.String()) {
		return nil
	}
	return constraint(fmt.Sprintf("'%s'", v.String()), path, "Member must satisfy enum value set: ["+strings.Join(enum.Values(), ", ")+"]")
}

func itoa(n int64) string { return strconv.FormatInt(n, 10) }

func malformed(format string, args ...any) *Error {
	return Errorf("MalformedInput", format, args...)
}

func missing(path string) *Error { return constraint("null", path, "Member must not be null") }

func constraint(value, path, rule string) *Error {
	return Errorf("MalformedXML", "1 validation error detected: Value %s at '%s' failed to satisfy constraint: %s", value, path, rule)
}

func lowerFirst(s string) string {
	r := []rune(s)
	if len(r) > 0 {
		r[0] = unicode.ToLower(r[0])
	}
	return string(r)
}
