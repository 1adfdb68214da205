package endpoint

import "fmt"

// TLSRequiredError says that an address others can reach was configured without TLS.
type TLSRequiredError struct{ Address string }

// Error is one sentence for people.
func (e *TLSRequiredError) Error() string {
	return fmt.Sprintf("the API address %s is not on loopback and needs TLS: set a certificate and key, or listen on 127.0.0.1", e.Address)
}
