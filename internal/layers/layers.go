// Package layers holds the import picture of docs/architecture.md as a table and the test
// that enforces it. It has no code of its own.
package layers
