// Package mutation holds signed access against a second, independent verifier: whatever is done
// to a signed request, an edge admits it exactly if that verifier does.
package mutation
